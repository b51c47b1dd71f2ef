"""What corresponds to what: lines of two texts, and files of two trees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.alignment.files import Correspondence, correspond, differences, respelled
from git_dagpatch.alignment.lines import Lines, count_lines, diff, distance, split_lines, whole_lines
from tests.strategies import Pair, changed, contents, pairs, spans, trees
from tests.trees import Files, script, spliced, submodule, symlink, text, tree_of

# Lines


@st.composite
def two_texts(draw: st.DrawFn) -> tuple[bytes, bytes]:
    one = draw(contents())
    return one, draw(st.one_of(changed(one), changed(one), contents()))


@settings(max_examples=300)
@given(two_texts())
def test_blocks_are_the_whole_difference(sides: tuple[bytes, bytes]) -> None:
    old, new = (split_lines(side) for side in sides)
    made: list[bytes] = []
    position = 0
    for block in diff(*sides):
        assert position < block.old_start or not made, "A block touches the one before it."
        assert block.size > 0
        made += old[position : block.old_start]
        assert len(made) == block.new_start
        made += new[block.new_start : block.new_end]
        position = block.old_end
    assert made + old[position:] == new
    assert distance(*sides) == sum(block.size for block in diff(*sides))


@pytest.mark.parametrize(
    ("old", "new", "size"),
    [
        (b"", b"", 0),
        (b"", b"a", 1),
        (b"a", b"a\n", 2),
        (b"a\nb\nc\n", b"a\nc\n", 1),
        (b"a\r\nb\n", b"a\nb\n", 2),
        (b"a\0\nb\n", b"a\0\nc\n", 2),
        (b"a\rb", b"a\rc", 2),
        (b"\xff\n" * 3, b"\xff\n" * 4, 1),
    ],
)
def test_the_distance_of_two_texts_is_in_lines(old: bytes, new: bytes, size: int) -> None:
    assert distance(old, new) == distance(new, old) == size


@given(contents())
def test_only_a_line_feed_ends_a_line(content: bytes) -> None:
    lines = split_lines(content)
    assert b"".join(lines) == content
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines[:-1])
    assert count_lines(content) == len(lines)


@given(contents())
def test_lines_are_found_by_position(content: bytes) -> None:
    lines = Lines(content)
    for position in range(len(content)):
        assert lines.number_at(position) == content.count(b"\n", 0, position)
    assert lines.number_at(len(content)) == len(lines.lines)


@given(st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=9), st.data())
def test_a_place_is_unique_if_its_lines_stand_once(listed: list[bytes], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(listed)))
    end = data.draw(st.integers(start, len(listed)))
    width = end - start
    places = [at for at in range(len(listed) - width + 1) if listed[at : at + width] == listed[start:end]]
    assert Lines(b"".join(listed)).stands_once(start, end) == (len(places) == 1)


@settings(max_examples=300)
@given(st.binary(max_size=1).flatmap(lambda _: st.text("ab\n", max_size=14)), st.data())
def test_spans_are_widened_to_whole_lines(written: str, data: st.DataObject) -> None:
    content = written.encode()
    letters = data.draw(st.sampled_from(["x", "\n", "x\n", "\nx"]))
    narrow = data.draw(spans(content, letters))
    wide = whole_lines(content, narrow)
    assert spliced(content, wide) == spliced(content, narrow)
    for span in wide:
        assert span.start == 0 or content[span.start - 1 : span.start] == b"\n" or span.start == len(content)
        assert span.end in (0, len(content)) or content[span.end - 1 : span.end] == b"\n"
        assert span.end == len(content) or not span.insert or span.insert.endswith(b"\n")


# Files


@given(pairs())
def test_differences_are_those_of_the_files(pair: Pair) -> None:
    before, after = (side.files for side in pair)
    found = differences(tree_of(*pair.before), tree_of(*pair.after))
    assert [difference.path for difference in found] == sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    for path, old, new in found:
        assert (old is None, new is None) == (path not in before, path not in after)


@settings(max_examples=200)
@given(pairs())
def test_every_changed_file_is_accounted_for_once(pair: Pair) -> None:
    before, after = (side.files for side in pair)
    found = correspond(tree_of(before), tree_of(after))
    changed_paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    left = [*found.deleted, *found.kept, *(move.source for move in found.moved)]
    arrived = [
        *found.created,
        *found.kept,
        *(move.target for move in found.moved),
        *(copy.target for copy in found.copied),
    ]
    assert sorted(left) == sorted(changed_paths & before.keys())
    assert sorted(arrived) == sorted(changed_paths & after.keys())
    for source, target, similarity in (*found.moved, *found.copied):
        assert (similarity == 1.0) == (before[source].content == after[target].content)
        assert 0.5 <= similarity <= 1.0
    assert list(found) == [sorted(part) for part in found]


@given(trees())
def test_equal_trees_correspond_without_a_word(files: Files) -> None:
    assert correspond(tree_of(files), tree_of(files)) == Correspondence([], [], [], [], [])


def test_a_spelling_is_told_where_after_writes_it_otherwise() -> None:
    files = {b"d/e/a": text(b"x"), b"f/b": text(b"y")}
    plain, padded = tree_of(files), tree_of(files, {b"d/e": "040000", b"f": "040000"})
    assert respelled(plain, padded) == [(b"d/e", "040000"), (b"f", "040000")]
    assert respelled(padded, plain) == [(b"d/e", "40000"), (b"f", "40000")]
    assert respelled(padded, padded) == []
    assert respelled(tree_of({}), padded) == [(b"d/e", "040000"), (b"f", "040000")]
    assert respelled(padded, tree_of({b"d": text(b"")})) == []


LINES = [b"line %d of the file\n" % number for number in range(20)]
WHOLE = b"".join(LINES)


def moves_and_copies(before: Files, after: Files) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """Target → source."""
    found = correspond(tree_of(before), tree_of(after))
    return {move.target: move.source for move in found.moved}, {copy.target: copy.source for copy in found.copied}


@pytest.mark.parametrize(("kept", "is_moved"), [(20, True), (11, True), (9, False), (0, False)])
def test_half_the_bytes_make_a_rename(kept: int, is_moved: bool) -> None:
    content = b"".join(LINES[:kept]) + b"".join(b"other %d of the file\n" % number for number in range(20 - kept))
    moved, _ = moves_and_copies({b"a": text(WHOLE)}, {b"b": text(content)})
    assert moved == ({b"b": b"a"} if is_moved else {})


def test_of_equal_files_the_one_of_the_same_name_moves() -> None:
    before = {b"d/x": text(WHOLE), b"e/y": text(WHOLE), b"f/z": text(WHOLE)}
    assert moves_and_copies(before, {b"n/y": text(WHOLE)})[0] == {b"n/y": b"e/y"}
    assert moves_and_copies(before, {b"f/q": text(WHOLE)})[0] == {b"f/q": b"f/z"}


def test_of_similar_files_the_most_similar_moves() -> None:
    before = {
        b"x/m.py": text(b"".join(LINES[:12])),
        b"y": text(b"".join(LINES[:18])),
        b"z": text(b"".join(LINES[4:16])),
    }
    assert moves_and_copies(before, {b"n/m.py": text(WHOLE)})[0] == {b"n/m.py": b"y"}


def test_a_copy_is_found_beside_its_original_even_if_that_stays() -> None:
    before = {b"d/a": text(WHOLE), b"e/a": text(b"")}
    assert moves_and_copies(before, before | {b"d/b": text(WHOLE)}) == ({}, {b"d/b": b"d/a"})
    assert moves_and_copies(before, before | {b"e/b": text(WHOLE)}) == ({}, {}), "Unchanged blobs are not searched."


def test_a_chain_of_renames_is_seen_through_a_file_that_was_rewritten() -> None:
    other = b"".join(b"%d wholly other\n" % number for number in range(20))
    before = {b"a": text(WHOLE), b"c": text(other)}
    assert moves_and_copies(before, {b"a": text(other), b"b": text(WHOLE)})[0] == {b"a": b"c", b"b": b"a"}
    edited = {b"a": text(other + b"more\n"), b"b": text(WHOLE + b"more\n")}
    assert moves_and_copies(before, edited)[0] == {b"a": b"c", b"b": b"a"}


@pytest.mark.parametrize("file", [symlink(WHOLE), submodule("a"), text(b"")], ids=["symlink", "submodule", "empty"])
def test_what_is_no_file_with_content_is_not_taken_for_one(file: Files) -> None:
    assert moves_and_copies({b"a": text(WHOLE)}, {b"b": file}) == ({}, {})  # type: ignore[dict-item]


def test_the_executable_bit_does_not_make_another_file() -> None:
    assert moves_and_copies({b"a": text(WHOLE)}, {b"b": script(WHOLE)})[0] == {b"b": b"a"}


def test_chunks_that_stand_everywhere_say_nothing() -> None:
    license_text = b"the same license\n" * 3
    before = {b"old/%d" % n: text(license_text + b"%d\n" % n * 9) for n in range(60)}
    after = {b"new/%d" % n: text(license_text + b"%d\n" % n * 9 + b"x\n") for n in range(60)}
    assert moves_and_copies(before, after)[0] == {b"new/%d" % n: b"old/%d" % n for n in range(60)}
