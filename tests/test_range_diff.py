"""range-diff: which commit became which, and what became of each operation."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from git_dagpatch.alignment.assignment import assign, pair_up
from git_dagpatch.alignment.words import compare_lines, words_of
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.range_diff import range_diff
from git_dagpatch.model.comparison import CommitPair, OnlyNew, OnlyOld, RowKind
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from tests.command_line import Answer, contents, dagpatch
from tests.repositories import Repo
from tests.strategies import Pair, mutated, pairs
from tests.trees import Snapshot, tree_of

quick = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

TABLES = st.integers(1, 4).flatmap(
    lambda rows: st.integers(rows, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 20).map(float), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


@given(TABLES)
def test_no_assignment_is_cheaper(costs: list[list[float]]) -> None:
    given_columns = assign(costs)
    assert len(set(given_columns)) == len(costs)
    every = permutations(range(len(costs[0])), len(costs))
    cheapest = min(sum(costs[row][column] for row, column in enumerate(order)) for order in every)
    assert sum(costs[row][column] for row, column in enumerate(given_columns)) == cheapest


def test_fewer_columns_than_rows_are_no_table() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        assign([[1.0], [1.0]])


@given(TABLES)
def test_pairs_are_like_enough_and_the_best(costs: list[list[float]]) -> None:
    likeness = [[value / 20 for value in row] for row in costs]
    pairs = pair_up(likeness, 0.5)
    assert all(likeness[row][column] >= 0.5 for row, column in pairs)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    rows, columns = len(likeness), len(likeness[0])
    # Rows may stay alone: in as many more columns.
    gain = [[value - 0.5 if value >= 0.5 else -1.0 for value in row] + [0.0] * rows for row in likeness]
    best = max(
        sum(gain[row][column] for row, column in enumerate(order))
        for order in permutations(range(columns + rows), rows)
    )
    assert sum(gain[row][column] for row, column in pairs) == pytest.approx(best)


UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(UNICODE, UNICODE)
def test_both_lines_can_be_read_off_the_words(old: str, new: str) -> None:
    words = words_of(old.encode(), new.encode())
    assert "".join(word.text for word in words if word.mark != "+") == old
    assert "".join(word.text for word in words if word.mark != "-") == new


LINES = st.lists(st.sampled_from([b"+a b", b"-a b", b"+a c", b"", b"+other line", b"-x"]), max_size=8)


@given(LINES, LINES)
def test_both_texts_can_be_read_off_the_rows(old: list[bytes], new: list[bytes]) -> None:
    assume(old != new)
    rows = compare_lines(old, new, 100)
    for lines, kinds, mark in ((old, {RowKind.OLD, RowKind.BOTH}, "+"), (new, {RowKind.NEW, RowKind.BOTH}, "-")):
        found = ["".join(word.text for word in row.words if word.mark != mark) for row in rows if row.kind in kinds]
        assert found == [line.decode() for line in lines]


def told(series: list[tuple[Patch, Tree]], other: list[tuple[Patch, Tree]]) -> list[CommitPair]:
    """The comparison, in which each commit and each operation stands once for each time that it has to."""
    found = range_diff(series, other)
    for side, attribute in ((series, "old"), (other, "new")):
        entries = [entry for pair in found if (entry := getattr(pair, attribute))]
        assert sorted(entry.number for entry in entries) == list(range(1, len(side) + 1))
        for pair in found:
            entry = getattr(pair, attribute)
            fates = [one for fate in pair.fates if (one := getattr(fate, attribute, None))]
            here = [one.operation.id for one in fates if entry and one.commit == entry.number]
            wanted = [operation.id for operation in side[entry.number - 1][0].operations] if entry else []
            assert sorted(map(str, here)) == sorted(map(str, wanted))
        missing = [fate for pair in found for fate in pair.fates if not hasattr(fate, attribute)]
        assert all(isinstance(fate, OnlyNew if attribute == "old" else OnlyOld) for fate in missing)
    return found


@quick
@given(st.lists(pairs(), min_size=1, max_size=3), st.lists(pairs(), max_size=2), st.booleans())
def test_nothing_is_left_out_of_any_comparison(old: list[Pair], new: list[Pair], shared: bool) -> None:
    series = [made(pair) for pair in old]
    other = [made(pair) for pair in new] + ([series[0]] if shared else [])
    told(series, other)
    told(other, series)
    assert all(pair.same for pair in told(series, series) if pair.fates)


@st.composite
def forks(draw: st.DrawFn) -> tuple[Pair, Pair]:
    """Two changes of one tree, which may come to the same."""
    one = draw(pairs())
    other = Snapshot(draw(mutated(one.before.files) | mutated(one.after.files)), {})
    return one, Pair(one.before, other)


@quick
@given(forks())
def test_on_one_base_only_equal_results_are_the_same(drawn: tuple[Pair, Pair]) -> None:
    old, new = made(drawn[0]), made(drawn[1])
    for pair in range_diff([old], [new]):
        event(f"same: {pair.same}")
        assert not pair.same or old[0].result == new[0].result


def made(pair: Pair) -> tuple[Patch, Tree]:
    base = tree_of(*pair.before)
    return factor(base, tree_of(*pair.after), Metadata()), base


MODULE = b"""\
import sys


def load(path):
    with open(path) as stream:
        return stream.read()


def save(path, text):
    with open(path, "w") as stream:
        stream.write(text)


def main():
    save(sys.argv[2], load(sys.argv[1]))
"""


@pytest.fixture
def base(repo: Repo) -> Repo:
    """A module on main."""
    repo.write("app.py", MODULE)
    repo.write("notes.txt", b"One.\n\nTwo.\n\nThree.\n")
    repo.commit("Base")
    return repo


def change(repo: Repo, message: str, *replacements: tuple[bytes, bytes], path: str = "app.py") -> None:
    content = repo.read(path)
    for old, new in replacements:
        assert old in content
        content = content.replace(old, new)
    repo.write(path, content)
    repo.commit(message)


def branch(repo: Repo, name: str, start: str = "main") -> None:
    repo.git("checkout", "-q", "-b", name, start)


STRIP = (b"return stream.read()", b"return stream.read().strip()")
NEWLINE = (b"stream.write(text)", b'stream.write(text + "\\n")')
RENAME = (b"load(", b"read_file(")


def compared(repo: Repo, *series: str) -> list[dict[str, Any]]:
    answer = dagpatch(repo.path, "range-diff", "--json", *series)
    assert answer.status == 0, answer.err
    return answer.documents


def verdicts(pairs: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    return [
        (pair["old"]["number"] if pair["old"] else 0, pair["new"]["number"] if pair["new"] else 0, pair["verdict"])
        for pair in pairs
    ]


def of_operations(pair: dict[str, Any]) -> list[str]:
    return [operation["verdict"] for operation in pair["operations"]]


def test_what_a_rebase_shifts_is_the_same(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP)
    change(base, "Newline", NEWLINE)
    branch(base, "new", "main")
    change(base, "Upstream", (b"import sys\n", b"import os\nimport sys\n\nHOME = os.sep\n"))
    upstream = base.oid("HEAD")
    change(base, "Strip", STRIP)
    change(base, "Newline", NEWLINE)
    assert verdicts(compared(base, "main..old", f"{upstream}..new")) == [(1, 1, "same"), (2, 2, "same")]
    answer = dagpatch(base.path, "range-diff", "main..old", f"{upstream}..new")
    assert [line.split(" ", 5)[-1] for line in answer.lines] == ["Strip", "Newline"]
    assert all(" = " in line for line in answer.lines)


def test_commits_are_paired_by_what_they_do_in_any_order(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP)
    change(base, "Newline", NEWLINE)
    branch(base, "new", "main")
    change(base, "A newline at the end", NEWLINE)
    change(base, "No space", STRIP)
    pairs = compared(base, "main..old", "main..new")
    assert verdicts(pairs) == [(2, 1, "changed"), (1, 2, "changed")]
    assert all(of_operations(pair) == ["same"] for pair in pairs)
    assert all(pair["message"] for pair in pairs)


def test_a_change_is_told_word_by_word(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP, NEWLINE)
    branch(base, "new", "main")
    change(base, "Strip", (STRIP[0], STRIP[1].replace(b"strip()", b"strip('x')")), NEWLINE)
    (pair,) = compared(base, "old", "new")
    assert pair["verdict"] == "changed"
    changed, same = sorted(pair["operations"], key=lambda operation: str(operation["verdict"]))
    assert (changed["verdict"], same["verdict"]) == ("changed", "same")
    told = [word for row in changed["rows"] for word in row["words"] if word[0]]
    assert told == [["+", "'x'"]]
    text = dagpatch(base.path, "range-diff", "old", "new").out.decode()
    assert "= 1 operation the same\n" in text
    assert "! changed: Change the body of load in app.py\n" in text
    assert "+        return stream.read().strip({+'x'+})\n" in text


def test_what_has_no_counterpart_is_shown_with_its_content(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP)
    change(base, "Words", (b"Two.", b"Deux."), path="notes.txt")
    branch(base, "new", "main")
    change(base, "Strip", (STRIP[0], STRIP[1] + b"  # all"))
    base.write("more.txt", b"More of it.\n")
    base.commit("More")
    pairs = compared(base, "old...new")
    assert verdicts(pairs) == [(1, 1, "changed"), (2, 0, "old"), (0, 2, "new")]
    assert pairs[1]["operations"][0]["content"] == ["-Two.", "+Deux."]
    lines = dagpatch(base.path, "range-diff", "old...new").lines
    assert "        -Two." in lines
    assert "        +More of it." in lines
    lost = next(line for line in lines if line.endswith(" Words"))
    assert lost.startswith("2: ")
    assert " < -: " in lost
    assert any("> 2: " in line and line.startswith("-: ------- ") for line in lines)


def test_an_operation_that_went_to_another_commit_is_found_there(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP)
    change(base, "Newline", NEWLINE)
    branch(base, "new", "main")
    change(base, "Strip and newline", STRIP, NEWLINE)
    pairs = compared(base, "main", "old", "new")
    assert sorted(verdicts(pairs)) in ([(1, 1, "changed"), (2, 0, "old")], [(1, 0, "old"), (2, 1, "changed")])
    for pair in pairs:
        assert set(of_operations(pair)) == {"same"}
    text = dagpatch(base.path, "range-diff", "main", "old", "new").out.decode()
    assert "(in 1 of the new)" in text
    assert "(was in " in text


def test_the_same_rename_at_other_places(base: Repo) -> None:
    branch(base, "old")
    change(base, "Rename", RENAME)
    branch(base, "new", "main")
    change(base, "Use it", (b"def main", b"def twice(path):\n    return load(path) + load(path)\n\n\ndef main"))
    upstream = base.oid("HEAD")
    change(base, "Rename", RENAME)
    (pair,) = compared(base, "main..old", f"{upstream}..new")
    assert of_operations(pair) == ["elsewhere"]
    assert pair["operations"][0]["places"] == ["4 places in app.py, not 2"]


COLOURS = b"".join(b"filler %d\nline with its own colour\n" % number for number in range(8))


def test_a_pattern_at_as_many_other_places_is_not_the_same(base: Repo) -> None:
    base.write("notes.txt", COLOURS)
    base.commit("Notes")
    parts = COLOURS.split(b"filler 4")
    for name, changed in ("old", 0), ("new", 1):
        branch(base, name, "main")
        texts = [part.replace(b"colour", b"color") if number == changed else part for number, part in enumerate(parts)]
        base.write("notes.txt", b"filler 4".join(texts))
        base.commit("Spell it otherwise")
    (pair,) = compared(base, "main", "old", "new")
    assert of_operations(pair) == ["elsewhere"]


def test_a_function_that_moves_to_another_place_is_not_the_same(base: Repo) -> None:
    helper = b"def helper(path):\n    path = path.strip()\n    return path\n"
    functions = [b"def f%d(a):\n    return a + %d\n" % (number, number) for number in range(4)]
    base.write("a.py", b"import os\n\n\n" + helper)
    base.write("b.py", b"\n\n".join(functions))
    base.commit("Two modules")
    for name, at in ("old", 1), ("new", 3):
        branch(base, name, "main")
        base.write("a.py", b"import os\n")
        base.write("b.py", b"\n\n".join([*functions[:at], helper, *functions[at:]]))
        base.commit("Move the helper")
    (pair,) = compared(base, "main", "old", "new")
    assert of_operations(pair) == ["elsewhere"]


def test_a_text_that_says_that_no_newline_is_at_its_end_is_not_taken_for_one(base: Repo) -> None:
    for name, end in ("old", b""), ("new", b"\n\\ no newline at the end\n"), ("newer", b"\n(no newline at the end)\n"):
        branch(base, name, "main")
        base.write("new.txt", b"text" + end)
        base.commit("New")
    for name in ("new", "newer"):
        (pair,) = compared(base, "main", "old", name)
        assert of_operations(pair) == ["changed"]


def test_another_author_is_shown(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip the text", STRIP)
    branch(base, "new", "old")
    base.git("commit", "--quiet", "--amend", "--no-edit", "--author", "Somebody <else@example.org>")
    (pair,) = compared(base, "main", "old", "new")
    assert pair["verdict"] == "changed"
    assert "{+Somebody+}" in dagpatch(base.path, "range-diff", "main", "old", "new").out.decode()


def test_the_same_change_at_another_place(base: Repo) -> None:
    branch(base, "old")
    change(base, "Say more", (b"One.\n", b"One.\nThis is a sentence that is long enough to tell.\n"), path="notes.txt")
    branch(base, "new", "main")
    change(
        base, "Say more", (b"Three.\n", b"Three.\nThis is a sentence that is long enough to tell.\n"), path="notes.txt"
    )
    (pair,) = compared(base, "old", "new")
    assert of_operations(pair) == ["elsewhere"]
    assert pair["operations"][0]["places"] == ["after 'Three.', was after 'One.'"]


def test_contents_that_differ_in_nothing_but_their_end_are_not_the_same(base: Repo) -> None:
    branch(base, "old")
    base.write("new.txt", b"text\n")
    base.write("data.bin", b"a\0b")
    base.commit("New")
    branch(base, "new", "main")
    base.write("new.txt", b"text")
    base.write("data.bin", b"a\0c")
    base.commit("New")
    (pair,) = compared(base, "old", "new")
    assert of_operations(pair) == ["changed", "changed"]


def test_a_message_that_changed_is_shown(base: Repo) -> None:
    branch(base, "old")
    change(base, "Strip the text", STRIP)
    branch(base, "new", "main")
    change(base, "Strip all text", STRIP)
    (pair,) = compared(base, "old", "new")
    assert pair["verdict"] == "changed"
    assert ["".join(word[1] for word in row["words"] if word[0] != "-") for row in pair["message"]] == [
        "Strip all text"
    ]
    assert "Strip [-the-]{+all+} text" in dagpatch(base.path, "range-diff", "old", "new").out.decode()


def test_series_are_named_as_git_names_them(base: Repo, tmp_path: Path) -> None:
    branch(base, "old")
    change(base, "Strip", STRIP)
    branch(base, "new", "main")
    change(base, "Two", (b"Two.", b"Deux."), path="notes.txt")
    base.git("branch", "upstream")
    change(base, "Strip", STRIP)
    dagpatch(base.path, "export", "-o", tmp_path / "old.json", "old")
    before = contents(base.path)
    alone = [
        ("main..old", "upstream..new"),
        ("old^!", "new^!"),
        (str(tmp_path / "old.json"), "new^!"),
    ]
    for arguments in alone:
        assert verdicts(compared(base, *arguments)) == [(1, 1, "same")], arguments
    for words in ("old...new", "old...", "old new", "main old new", "main..old main..new"):
        assert verdicts(compared(base, *words.split())) == [(0, 1, "new"), (1, 2, "same")], words
    assert contents(base.path) == before


@pytest.mark.parametrize("arguments", [("main",), ("main..old", "new"), ("main", "old", "new", "old")])
def test_what_names_no_two_series_is_refused(base: Repo, arguments: tuple[str, ...]) -> None:
    for name in ("old", "new"):
        base.git("branch", name)
    answer = dagpatch(base.path, "range-diff", *arguments)
    assert (answer.status, answer.out) == (2, b"")
    assert "hint: " in answer.err


def test_nothing_to_compare_is_said(base: Repo) -> None:
    answer = dagpatch(base.path, "range-diff", "main", "main")
    assert (answer.status, answer.out) == (0, b"")
    assert "nothing to compare" in answer.err


def test_lines_are_wrapped_to_sixty_columns(base: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    branch(base, "old")
    change(base, "A subject that is much longer than what fits in a line of sixty columns", STRIP)
    branch(base, "new", "main")
    change(base, "A subject that is much longer than what fits in a line of sixty columns", STRIP, NEWLINE)
    monkeypatch.setenv("COLUMNS", "60")
    answer: Answer = dagpatch(base.path, "range-diff", "old", "new")
    assert max(len(line) for line in answer.lines if not line.startswith("        ")) <= 60
    assert answer.lines[0].endswith("…")


def test_long_content_is_cut_and_shown_whole_if_asked_for(base: Repo) -> None:
    branch(base, "old")
    branch(base, "new", "main")
    base.write("long.txt", b"".join(b"%d\n" % number for number in range(200)))
    base.commit("Long")
    short = dagpatch(base.path, "range-diff", "old", "new").out.decode()
    assert "… 140 more lines" in short
    assert "        +199\n" in dagpatch(base.path, "range-diff", "--full", "old", "new").out.decode()
