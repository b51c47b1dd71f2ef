"""The merge by lines against the real ``git merge-file``, byte for byte, markers included."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from git_dagpatch.alignment.lines import split_lines
from git_dagpatch.merging.lines import Agreed, Clash, merge_lines
from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.model.strategy import ConflictStyle, Strategy

VARIANTS: dict[str, tuple[list[str], Strategy, ConflictStyle]] = {
    "merge": ([], Strategy.MANUAL, ConflictStyle.MERGE),
    "diff3": (["--diff3"], Strategy.MANUAL, ConflictStyle.DIFF3),
    "zdiff3": (["--zdiff3"], Strategy.MANUAL, ConflictStyle.ZDIFF3),
    "ours": (["--ours"], Strategy.OURS, ConflictStyle.MERGE),
    "theirs": (["--theirs"], Strategy.THEIRS, ConflictStyle.MERGE),
    "union": (["--union"], Strategy.UNION, ConflictStyle.MERGE),
}
"""What is asked of git, and of us."""


class Triple(NamedTuple):
    base: bytes
    ours: bytes
    theirs: bytes


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where git finds the three files; there is no repository around it, so no configuration of one."""
    return tmp_path_factory.mktemp("merge")


def merged_by_git(directory: Path, triple: Triple, flags: Sequence[str]) -> tuple[bool, bytes]:
    """Whether git is clean, and what it prints."""
    for name, text in zip(Triple._fields, triple, strict=True):
        (directory / name).write_bytes(text)
    labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
    command = ["git", "merge-file", "-p", "--quiet", *labels, *flags, "ours", "base", "theirs"]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    assert done.returncode < 128, done.stderr
    return done.returncode == 0, done.stdout


def merged_by_us(triple: Triple, strategy: Strategy, style: ConflictStyle) -> Merged:
    return merge_texts(triple.base, triple.ours, triple.theirs, strategy=strategy, style=style, certain=False)


_LINES = (b"", b"", b"}", b"a", b"b", b"c", b"    x", b"  y = 1", b"def f():", b"caf\xe9")
"""Few and often equal, so that a change can stand in several places."""


def _lines(most: int) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.sampled_from(_LINES), max_size=most)


@st.composite
def _changed(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    changed = list(lines)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(changed)))
        end = draw(st.integers(start, min(len(changed), start + 3)))
        changed[start:end] = draw(_lines(3))
    return changed


@st.composite
def _text(draw: st.DrawFn, lines: list[bytes], ends: Sequence[bytes]) -> bytes:
    text = b"".join(line + ends[at % len(ends)] for at, line in enumerate(lines))
    return text[:-1] if draw(st.integers(0, 3)) == 0 else text


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    """A text and two that were made of it, with one kind of line end or several, the last one now and then missing."""
    base = draw(_lines(14))
    kinds = st.sampled_from([[b"\n"], [b"\n"], [b"\n"], [b"\r\n"], [b"\n", b"\r\n"]])
    ends = draw(kinds)
    ours = draw(_text(draw(_changed(base)), draw(st.sampled_from([ends, ends, ends, draw(kinds)]))))
    theirs = draw(_text(draw(_changed(base)), ends))
    return Triple(draw(_text(base, ends)), ours, theirs)


def _joined_further(triple: Triple) -> bool:
    """Whether `git merge-file` may join clashes that `git merge` does not, and we do not: over any number of lines
    without a letter or digit."""
    return re.search(rb"(?:^[^A-Za-z0-9\n]*\n){4}", triple.ours, re.MULTILINE) is not None


@pytest.mark.parametrize("variant", VARIANTS)
@given(triple=triples())
@example(Triple(b"a\nb\nc\n", b"a\nB\nc\n", b"a\nb\nC\n"))
@example(Triple(b"a\n\nb\n\nc\n", b"a\n\nb\n\nb\n\nc\n", b"a\n\nb\n\nc\n\nc\n"))
@example(Triple(b"a\nb\nc\nd\ne\n", b"A\nb\nX\nd\nE\n", b"1\nb\nX\nd\n5\n"))
@example(Triple(b"a\r\nb\r\n", b"A\r\nb\r\n", b"1\r\nb\r\n"))
@example(Triple(b"a\nb", b"a\nB", b"a\n"))
@example(Triple(b"", b"a\r\nb\r\n", b"a\r\nc\r\n"))
@settings(max_examples=120)
def test_the_merge_is_that_of_git(variant: str, directory: Path, triple: Triple) -> None:
    assume(not _joined_further(triple))
    flags, strategy, style = VARIANTS[variant]
    is_clean, text = merged_by_git(directory, triple, flags)
    ours = merged_by_us(triple, strategy, style)
    assert (not ours.open) is is_clean
    assert ours.text == text


@given(triple=triples())
def test_a_clash_tells_where_its_markers_stand(triple: Triple) -> None:
    for style in ConflictStyle:
        merged = merged_by_us(triple, Strategy.MANUAL, style)
        lines = split_lines(merged.text)
        for place in merged.open:
            assert lines[place.first_line - 1].startswith(b"<<<<<<< ours")
            assert lines[place.last_line - 1].startswith(b">>>>>>> theirs")
        marked = [at + 1 for at, line in enumerate(lines) if line.startswith(b"<<<<<<<")]
        assert [place.first_line for place in merged.open] == marked


@given(triple=triples())
def test_parts_are_pieces_of_their_texts(triple: Triple) -> None:
    for style in ConflictStyle:
        for part in merge_lines(*triple, style=style):
            match part:
                case Agreed(text):
                    assert text == b"" or text in triple.ours or text in triple.theirs or b"\n" in text
                case Clash(base, ours, theirs, start, end):
                    assert base in triple.base
                    assert ours in triple.ours
                    assert triple.theirs.startswith(theirs, start)
                    assert ours != theirs
                    assert end in (b"\n", b"\r\n")


@given(triple=triples())
def test_the_other_way_round_is_as_clean_and_equal(triple: Triple) -> None:
    here = merged_by_us(triple, Strategy.MANUAL, ConflictStyle.MERGE)
    there = merged_by_us(Triple(triple.base, triple.theirs, triple.ours), Strategy.MANUAL, ConflictStyle.MERGE)
    assert bool(here.open) == bool(there.open)
    if not here.open:
        assert here.text == there.text
    ours = merged_by_us(triple, Strategy.OURS, ConflictStyle.MERGE)
    theirs = merged_by_us(Triple(triple.base, triple.theirs, triple.ours), Strategy.THEIRS, ConflictStyle.MERGE)
    assert ours.text == theirs.text


def test_a_union_that_no_longer_parses_stays_open() -> None:
    body = b"    return 1\n"
    triple = Triple(b"def f():\n" + body, b"def f(a):\n" + body, b"def f(b):\n" + body)
    united = merge_texts(*triple, strategy=Strategy.UNION, path=b"m.txt")
    assert united == Merged(b"def f(a):\ndef f(b):\n" + body)
    left = merge_texts(*triple, strategy=Strategy.UNION, path=b"m.py")
    assert left == merge_texts(*triple)
    assert len(left.open) == 1


def test_a_union_of_what_never_parsed_is_taken() -> None:
    triple = Triple(b"def f(:\n", b"def f(a:\n", b"def f(b:\n")
    assert not merge_texts(*triple, strategy=Strategy.UNION, path=b"m.py").open


def test_far_clashes_stay_apart() -> None:
    between = b"\n" * 4
    triple = Triple(b"a\n" + between + b"b\n", b"A\n" + between + b"B\n", b"1\n" + between + b"2\n")
    assert len(merged_by_us(triple, Strategy.MANUAL, ConflictStyle.MERGE).open) == 2


def test_thousands_of_clashes() -> None:
    base = b"".join(b"%d\nkept\n\n\n\n" % number for number in range(5000))
    ours, theirs = base.replace(b"kept", b"ours"), base.replace(b"kept", b"theirs")
    merged = merge_texts(base, ours, theirs)
    assert len(merged.open) == 5000
    assert merged.open[-1].last_line == merged.text.count(b"\n") - 3
