"""--interactive: what is answered for each operation, and what follows from it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.divide import divided
from git_dagpatch.engine.execute import execute
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.handwork import read, written
from git_dagpatch.model.codec import dag, decode, encode
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Edit
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.picking import Picking
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.porcelain.sources import Based
from tests.command_line import PROGRAM, Answer, contents, dagpatch
from tests.repositories import Repo
from tests.strategies import Pair, pairs
from tests.test_made_cases import CASES, Case
from tests.trees import Files, files_of, text, tree_of

quick = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

BEFORE = b"""\
import sys


def load(path):
    first = 1
    with open(path) as stream:
        found = stream.read()
    last = 2
    return found


def save(path, text):
    with open(path, "w") as stream:
        stream.write(text)


def main():
    save(sys.argv[2], load(sys.argv[1]))
"""
AFTER = (
    BEFORE.replace(b"first = 1", b"first = 10")
    .replace(b"last = 2", b"last = 20")
    .replace(b"def main():\n", b"def twice(text):\n    return text + text\n\n\ndef main():\n")
    .replace(b"save(sys.argv[2], load(sys.argv[1]))", b"save(sys.argv[2], twice(load(sys.argv[1])))")
)
LOAD, TWICE, MAIN = "Change the body of load", "Add function twice", "Change the body of main"


@pytest.fixture
def changed(repo: Repo) -> Repo:
    """A commit of three operations, of which the last one needs the second."""
    repo.write("app.py", BEFORE)
    repo.commit("First")
    repo.write("app.py", AFTER)
    repo.commit("Second")
    return repo


def export(repo: Repo, *answers: str) -> Answer:
    return dagpatch(repo.path, "export", "-o", "-", "-i", stdin="".join(f"{one}\n" for one in answers).encode())


def exported(answer: Answer) -> list[str]:
    assert answer.status == 0, answer.err
    (document,) = answer.documents
    return [operation["description"].removesuffix(" in app.py") for operation in document["operations"]]


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        ("yyy", [LOAD, TWICE, MAIN]),
        ("ynn", [LOAD]),
        ("a", [LOAD, TWICE, MAIN]),
        ("na", [TWICE, MAIN]),
        ("yd", [LOAD]),
        ("yq", [LOAD]),
        ("y", [LOAD]),
        ("nny", [TWICE, MAIN]),
        ("jjyy", [LOAD, TWICE, MAIN]),
        ("jkyd", [LOAD]),
        ("jyyn", [TWICE, MAIN]),
    ],
)
def test_answers(changed: Repo, answers: str, taken: list[str]) -> None:
    assert sorted(exported(export(changed, *answers))) == sorted(taken)


@pytest.mark.parametrize("answers", ["nnn", "d", "q", ""])
def test_nothing_is_taken(changed: Repo, answers: str) -> None:
    answer = export(changed, *answers)
    assert (answer.status, answer.out) == (0, b"")


def test_what_an_operation_takes_along_is_said(changed: Repo) -> None:
    answer = export(changed, "n", "n", "y")
    assert "Takes along: " in answer.err
    assert f"({TWICE} in app.py), which you left" in answer.err
    assert f"({TWICE} in app.py)\n" in answer.err.partition("Taken as well: ")[2]


def test_leaving_one_leaves_what_needs_it(changed: Repo) -> None:
    picking = picking_of(changed)
    picking.take(2)
    assert picking.taken == 0b110
    assert picking.drops(1) == [2]
    picking.leave(1)
    assert picking.taken == 0
    assert picking.undecided(0)


def test_what_depends_on_one_that_was_left_may_bring_it_back(changed: Repo) -> None:
    picking = picking_of(changed)
    picking.leave(1)
    assert picking.undecided(2)
    assert picking.brings(2) == [1]
    picking.take_rest(0)
    assert picking.taken == 0b001
    picking.take(2)
    assert picking.taken == 0b111


def test_the_words_that_change_are_shown(changed: Repo) -> None:
    shown = export(changed, "q").err
    assert f"edit  {LOAD} in app.py\n" in shown
    assert "~     first = [-1-]{+10+}\n" in shown
    assert "      with open(path) as stream:\n" in shown
    assert "(1/3) Take this operation [y,n,q,a,d,j,s,e,?]? " in shown


def test_help_and_what_is_no_answer(changed: Repo) -> None:
    for answer in ("?", "x", ""):
        shown = export(changed, answer, "q").err
        assert "s - split it into smaller operations\n" in shown
        assert shown.count("(1/3)") == 2


def test_an_edit_is_split_by_hunks(changed: Repo) -> None:
    answer = export(changed, "s", "y", "d")
    assert "Split into 2 operations.\n" in answer.err
    assert "(1/4)" in answer.err
    (document,) = answer.documents
    (operation,) = document["operations"]
    assert [line for hunk in operation["hunks"] for line in hunk["lines"] if line[0] != " "] == [
        "-    first = 1\n",
        "+    first = 10\n",
    ]
    assert operation["description"] == f"{LOAD} in app.py"


def test_apply_takes_a_part(changed: Repo) -> None:
    dagpatch(changed.path, "export", "-o", "../p.json")
    changed.git("reset", "-q", "--hard", "HEAD~1")
    answer = dagpatch(changed.path, "apply", "-i", "../p.json", stdin=b"s\nn\ny\nd\n")
    assert answer.status == 0, answer.err
    assert changed.read("app.py") == BEFORE.replace(b"last = 2", b"last = 20")
    assert changed.git("log", "-1", "--format=%s") == b"Second\n"


def test_apply_of_nothing_changes_nothing(changed: Repo) -> None:
    before = contents(changed.path)
    answer = dagpatch(changed.path, "apply", "-i", "HEAD", stdin=b"q\n")
    assert answer.status == 0
    assert "Nothing was taken" in answer.err
    assert contents(changed.path) == before


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_patches_and_answers_do_not_come_the_same_way(changed: Repo, arguments: tuple[str, ...]) -> None:
    answer = dagpatch(changed.path, "apply", "-i", *arguments, stdin=b"y\n")
    assert answer.status == 2
    assert "standard input" in answer.err


def test_quitting_ends_all_patches(changed: Repo) -> None:
    changed.write("more.txt", b"more\n")
    changed.commit("Third")
    answer = dagpatch(changed.path, "export", "-o", "-", "-i", "HEAD~2..HEAD", stdin=b"y\nq\ny\n")
    assert len(answer.documents) == 1
    assert "more.txt" not in answer.err


def test_split_in_two(changed: Repo) -> None:
    old = changed.oid("HEAD")
    answer = dagpatch(changed.path, "split", "-i", stdin=b"s\nn\ny\nd\n")
    assert answer.status == 0, answer.err
    assert changed.oid("HEAD^{tree}") == changed.oid(f"{old}^{{tree}}")
    assert changed.oid("HEAD~2") == changed.oid(f"{old}~1")
    assert changed.git("show", "HEAD~1:app.py") == BEFORE.replace(b"last = 2", b"last = 20")
    assert "e - edit it by hand" not in dagpatch(changed.path, "split", "-i", stdin=b"?\nq\n").err


@pytest.mark.parametrize("answers", [b"a\n", b"d\n", b"q\n"])
def test_a_split_with_an_empty_part_is_refused(changed: Repo, answers: bytes) -> None:
    before = contents(changed.path)
    assert dagpatch(changed.path, "split", "-i", stdin=answers).status == 3
    assert contents(changed.path) == before


# By hand


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *scripts: str) -> None:
    """An editor that runs one script of sed after the other, one each time that it is opened."""
    program = tmp_path / "editor"
    steps = "\n".join(f"{number}) sed -i -e '{script}' \"$1\";;" for number, script in enumerate(scripts, 1))
    count = tmp_path / "count"
    program.write_text(
        f"#!/bin/sh\necho x >>'{count}'\ncase $(wc -l <'{count}' | tr -d ' ') in\n{steps}\n*) exit 1;;\nesac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(program))


def test_an_operation_is_edited(changed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, "s/first = 10/first = 11/")
    answer = export(changed, "e", "d")
    assert exported(answer) == [LOAD]
    made = apply_document(changed, answer)
    assert made[b"app.py"].content == BEFORE.replace(b"first = 1", b"first = 11").replace(b"last = 2", b"last = 20")


def apply_document(repo: Repo, answer: Answer) -> Files:
    patch = decode(answer.out.strip())
    base = tree_of({b"app.py": text(BEFORE)})
    assert patch.base == base.id
    return files_of(execute(patch.operations, base, Objects(base.source)))


def test_an_edit_that_does_not_fit_is_asked_again(
    changed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "s/^-    first = 1$/-    second = 1/", "s/^-    second = 1$/-    first = 1/")
    answer = export(changed, "e", "y", "d")
    assert "Your edit does not fit: The edit of 'app.py:load' does not fit at line" in answer.err
    assert exported(answer) == [LOAD]


def test_an_export_of_which_nothing_is_taken_writes_nothing(changed: Repo, tmp_path: Path) -> None:
    answer = dagpatch(changed.path, "export", "-i", "-o", tmp_path / "new.json", stdin=b"d\n")
    assert (answer.status, answer.out) == (0, b"")
    assert "Nothing was taken, so nothing is written." in answer.err
    assert not (tmp_path / "new.json").exists()


def test_an_edit_that_changes_nothing_takes_the_operation_as_it_is(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("app.py", b"def bar(a):\n    return a\n")
    repo.commit("Before")
    repo.write("app.py", b"def baar(aa):\n    return aa\n")
    repo.commit("After")
    editor(tmp_path, monkeypatch, "", "s/baar/baaar/")
    answer = export(repo, "e", "n")
    assert exported(answer) == ["Rename function bar to baar, 1 place"]
    other = export(repo, "e", "n", "n", "n")
    assert "touches what another operation of the patch changes" in other.err


def test_what_a_patch_says_is_no_part_of_an_edit(changed: Repo) -> None:
    changed.write("other.txt", b"safe\n")
    changed.commit("Another file")
    (document,) = dagpatch(changed.path, "export", "HEAD~1", "-o", "-").documents
    document["operations"][0]["description"] += "\n@@ 1 @@ other.txt\n-safe\n+harm"
    patch = decode(json.dumps(document).encode())
    text = written(patch, Tree(open_store(str(changed.path)), patch.base), 0)
    assert text is not None
    assert all(line.startswith(b"#") for line in text.splitlines() if b"other.txt" in line)


def test_what_is_no_edit_is_refused(changed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, "s/^-/x/")
    answer = export(changed, "e", "n", "n", "y", "n")
    assert "starts neither with" in answer.err
    assert exported(answer) == [TWICE]


def test_an_edit_with_nothing_left_leaves_the_operation_as_it_was(
    changed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "/^[-+]/d")
    answer = export(changed, "e", "y", "d")
    assert "Nothing is left" in answer.err
    assert exported(answer) == [LOAD]


def test_what_depends_on_an_edited_operation_is_left_out(
    changed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "s/text + text/text * 2/")
    answer = export(changed, "n", "e")
    assert f"({MAIN} in app.py)" in answer.err.partition("Left out of the patch: ")[2]
    assert exported(answer) == [TWICE]
    assert b"text * 2" in apply_document(changed, answer)[b"app.py"].content


def test_an_editor_that_fails_is_told_of(changed: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_EDITOR", "false")
    before = contents(changed.path)
    assert export(changed, "e").status == 3
    assert contents(changed.path) == before


# What holds for all


def picking_of(repo: Repo) -> Picking:
    (document,) = dagpatch(repo.path, "export", "-o", "-").out.splitlines()
    return Picking(Based(decode(document), tree_of({b"app.py": text(BEFORE)})))


def result(patch: Patch, base: Tree) -> str:
    return execute(decode(encode(patch)).operations, base, Objects(base.source)).id


def hold(patch: Patch, base: Tree) -> None:
    """The laws of smaller operations, for each of a patch."""
    for number in range(len(patch.operations)):
        made, count = divided(patch, base, number)
        assert len(made.operations) == len(patch.operations) + count - 1
        assert result(made, base) == result(patch, base) == made.result
        graph = dag(made.operations)
        for at in range(number, number + count):
            # Each of them executes alone with what it needs, and none needs another one.
            execute(made.operations, base, Objects(base.source), graph.closures[at] | 1 << at)
            assert count == 1 or not any(graph.closures[at] >> other & 1 for other in range(number, number + count))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_smaller_operations_of_made_commits(case: Case) -> None:
    base = tree_of(case.before, case.before_spellings)
    hold(factor(base, tree_of(case.after, case.after_spellings), Metadata()), base)


@quick
@given(pairs())
def test_smaller_operations_of_any_commit(pair: Pair) -> None:
    base = tree_of(*pair.before)
    hold(factor(base, tree_of(*pair.after), Metadata()), base)


@quick
@given(pairs())
def test_what_is_not_changed_by_hand_stays_the_same(pair: Pair) -> None:
    base = tree_of(*pair.before)
    patch = factor(base, tree_of(*pair.after), Metadata())
    for number in range(len(patch.operations)):
        shown = written(patch, base, number)
        if shown is None:
            continue
        picking = Picking(Based(patch, base))
        for other in range(number):
            picking.take(other)
        if not read(patch, number, shown):
            continue
        dropped = picking.depending(number)
        assert picking.edit(number, shown)
        assert len(picking.operations) >= len(patch.operations) - len(dropped)
        kept = dag(patch.operations).everything & ~sum(1 << one for one in dropped)
        expected = execute(patch.operations, base, Objects(base.source), kept)
        assert picking.based.patch.result == expected.id


@quick
@given(pairs(), st.data())
def test_any_answers_leave_a_closed_part(pair: Pair, data: st.DataObject) -> None:
    base = tree_of(*pair.before)
    patch = factor(base, tree_of(*pair.after), Metadata())
    picking = Picking(Based(patch, base))
    for _ in range(6):
        if not picking.operations:
            break
        number = data.draw(st.integers(0, len(picking.operations) - 1))
        action = data.draw(st.sampled_from(["take", "leave", "take_rest", "leave_rest", "divide"]))
        getattr(picking, action)(number)
        assert dag(picking.operations).closed(picking.taken) == picking.taken
    found = picking.result()
    if found is not None:
        assert result(found.patch, base) == found.patch.result


RENAMED = {b"a.py": b"def load():\n    return 1\n", b"b.py": b"from a import load\n\nload()\nload()\n"}


def test_a_rename_is_split_by_files_and_text_that_is_replaced_by_places() -> None:
    base = tree_of({path: text(content) for path, content in RENAMED.items()})
    after = tree_of({path: text(content.replace(b"load", b"read")) for path, content in RENAMED.items()})
    patch = factor(base, after, Metadata())
    (rename,) = patch.operations
    assert rename.type == "rename"
    made, count = divided(patch, base, 0)
    assert count == 2
    assert [operation.type for operation in made.operations] == ["rename", "rename"]
    assert divided(made, base, 0)[1] == divided(made, base, 1)[1] == 1
    words = b"".join(b"the colour %d\n\n" % number for number in range(4))
    base = tree_of({b"w.txt": text(words)})
    patch = factor(base, tree_of({b"w.txt": text(words.replace(b"colour", b"color"))}), Metadata())
    assert [operation.type for operation in patch.operations] == ["string_replace"]
    assert divided(patch, base, 0)[1] == 4


def test_pieces_of_an_edit_keep_its_symbol() -> None:
    base = tree_of({b"app.py": text(BEFORE)})
    patch = factor(base, tree_of({b"app.py": text(AFTER)}), Metadata())
    made, count = divided(patch, base, 0)
    assert count == 2
    assert [one.target for one in made.operations[:2] if isinstance(one, Edit)] == ["app.py:load"] * 2


# On a terminal


def test_on_a_terminal(changed: Repo) -> None:
    """Asked and answered through a pseudo-terminal, in colour, with the patch on a pipe."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "export", "-o", "-", "--interactive"],
        cwd=changed.path,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    for answer in (b"y\n", b"n\n", b"n\n"):
        asked = seen.count(b"]? ")
        while seen.count(b"]? ") == asked:
            assert select.select([mine], [], [], 60)[0], seen
            seen += os.read(mine, 65536)
        os.write(mine, answer)
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    os.close(mine)
    assert [operation.description for operation in decode(out.strip()).operations] == [f"{LOAD} in app.py"]
    assert b"\x1b[31m[-1-]\x1b[0m\x1b[32m{+10+}\x1b[0m" in seen
