"""blame: who last changed what a line says, seen through layout, renames, moves, copies and order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.blame import Node, blame
from git_dagpatch.model.blame import Blame, Origin
from git_dagpatch.report.blame import porcelain_lines
from tests.command_line import Answer, contents, dagpatch
from tests.repositories import Repo
from tests.trees import text as as_file
from tests.trees import tree_of

Files = Mapping[bytes, bytes]


@dataclass
class Past:
    """A history in memory: commits called by numbers, each with its files and its parents."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def node(self, oid: str) -> Node:
        return self.nodes[oid]

    def commit(self, oid: str, files: Files, *parents: str) -> str:
        rank = 1 + max((self.nodes[parent].rank for parent in parents), default=-1)
        self.nodes[oid] = Node(tree_of({path: as_file(content) for path, content in files.items()}), parents, rank)
        return oid


def past(*states: Files) -> tuple[Past, str]:
    """Commits `0`, `1`, … in a row, and the last one."""
    history = Past()
    for number, files in enumerate(states):
        history.commit(str(number), files, *([str(number - 1)] if number else []))
    return history, str(len(states) - 1)


def blamed(*states: Files, path: bytes = b"m.py") -> Blame:
    history, tip = past(*states)
    text = states[-1][path]
    found = blame(history, Origin(tip, path), range(len(text.splitlines())))
    assert_sound(found, history)
    return found


def assert_sound(found: Blame, history: Past) -> None:
    """Every line has an origin that is there."""
    for line in found.lines.values():
        text = history.node(line.origin.commit).tree.read(line.origin.path)
        assert 0 <= line.line < len(text.splitlines())


def commits(found: Blame) -> str:
    return "".join(found.lines[number].origin.commit for number in sorted(found.lines))


FLAT = b"def total(first, second, third):\n    return first + second + third\n\n\nwidth = total(1, 2, 3)\n"
TALL = (
    b"def total(\n    first,\n    second,\n    third,\n):\n    return first + second + third\n\n\n"
    b"width = total(\n    1,\n    2,\n    3,\n)\n"
)


def test_layout_is_looked_through() -> None:
    found = blamed({b"m.py": FLAT}, {b"m.py": TALL})
    assert commits(found) == "0" * 13
    assert [found.lines[number].line for number in (0, 1, 3, 5, 8, 11)] == [0, 0, 0, 1, 4, 4]
    assert {step.commit for line in found.lines.values() for step in line.looked_through} == {"1"}


def test_layout_of_short_lines_is_looked_through() -> None:
    before = b"def f(a, b):\n    return a\n"
    assert commits(blamed({b"m.py": before}, {b"m.py": before.replace(b"(a, b)", b"(\n    a,\n    b,\n)")})) == "00000"


def test_a_part_of_a_line_is_not_what_was_edited_beside_it() -> None:
    edited = FLAT.replace(b"total(1, 2, 3)", b"total(1, 27, 3)")
    found = blamed({b"m.py": FLAT}, {b"m.py": edited}, {b"m.py": TALL.replace(b"    2,\n", b"    27,\n")})
    assert commits(found) == "0000000000" + "1" + "00"


def test_a_line_that_was_several_comes_from_the_newest_of_them() -> None:
    edited = TALL.replace(b"    third,\n", b"    third=0,\n")
    joined = FLAT.replace(b"third):", b"third=0):")
    found = blamed({b"m.py": TALL}, {b"m.py": edited}, {b"m.py": joined})
    assert commits(found) == "10000"


def test_layout_and_back_changes_nothing() -> None:
    edited = FLAT.replace(b"first + second", b"first - second")
    tall = TALL.replace(b"first + second", b"first - second")
    found = blamed({b"m.py": FLAT}, {b"m.py": TALL}, {b"m.py": tall}, {b"m.py": edited})
    assert commits(found) == "02000"


def test_blank_lines_of_a_layout_belong_to_the_code_below() -> None:
    one = b"import os\ndef load():\n    return os.getcwd()\n"
    found = blamed({b"m.py": one}, {b"m.py": one.replace(b"def", b"\n\ndef")})
    assert commits(found) == "00000"
    assert found.lines[1].line == found.lines[2].line == 1


def test_what_has_no_proof_is_not_looked_through() -> None:
    found = blamed({b"a.txt": b"some words\n"}, {b"a.txt": b"  some words\n"}, path=b"a.txt")
    assert commits(found) == "1"


RENAMED = FLAT.replace(b"total", b"sum_of").replace(b"second", b"other")


def test_a_rename_of_a_symbol_is_looked_through() -> None:
    found = blamed({b"m.py": FLAT}, {b"m.py": RENAMED})
    assert commits(found) == "00000"
    sentences = [said for step in found.lines[0].looked_through for said in step.operations]
    assert any("total to sum_of" in said for said in sentences)
    assert any("second to other" in said for said in sentences)


def test_a_name_that_is_exchanged_for_another_is_a_change() -> None:
    before = b"import os\n\nprint(os.getcwd(), 1)\nprint(os.getcwd(), 2)\n"
    found = blamed({b"m.py": before}, {b"m.py": before.replace(b"getcwd", b"getpid")})
    assert commits(found) == "0011"


def test_a_rename_reaches_into_the_file_that_uses_the_name() -> None:
    user = b"from m import total\n\nheight = total(4, 5, 6)\n"
    states: list[Files] = [
        {b"m.py": FLAT, b"user.py": user},
        {b"m.py": FLAT.replace(b"total", b"sum_of"), b"user.py": user.replace(b"total", b"sum_of")},
    ]
    assert commits(blamed(*states, path=b"user.py")) == "000"


METHODS = (
    b"class Shelf:\n    def first(self):\n        return self.books[0]\n\n"
    b"    def second(self):\n        return self.books[1]\n"
)
SWAPPED = (
    b"class Shelf:\n    def second(self):\n        return self.books[1]\n\n"
    b"    def first(self):\n        return self.books[0]\n"
)


def test_another_order_of_definitions_is_looked_through() -> None:
    found = blamed({b"m.py": METHODS}, {b"m.py": SWAPPED})
    assert commits(found) == "000000"
    assert [found.lines[number].line for number in (1, 2, 4, 5)] == [4, 5, 1, 2]


def test_definitions_that_change_places_are_followed_though_the_order_may_mean_something() -> None:
    one, other = b"\n    def a(self):\n        pass\n", b"\n    def b(self, x=show()):\n        print()\n"
    head = b"class Shade:\n    dark = make()\n"
    assert commits(blamed({b"m.py": head + one + other}, {b"m.py": head + other + one})) == "00000000"


def test_a_line_that_only_got_a_condition_is_followed() -> None:
    before = b"import os\n\nremove_all_books(os.curdir)\n"
    after = b"import os\n\nif os.name:\n    remove_all_books(os.curdir)\n"
    found = blamed({b"m.py": before}, {b"m.py": after})
    assert commits(found) == "0010"
    assert found.lines[3].looked_through[0].operations == ("Move or indent lines in m.py",)


def test_a_line_that_stands_elsewhere_is_followed_if_it_can_be_no_other() -> None:
    first, second = b"can_remove = hasattr(os, 'remove')\n", b"x = os.name\n"
    lines = b"y = x\nz = y\nprint(z)\n"
    moved = blamed(
        {b"m.py": b"import os\n" + first + second + lines}, {b"m.py": b"import os\n" + second + lines + first}
    )
    assert commits(moved) == "000000"
    twice = blamed({b"m.py": first + second + lines}, {b"m.py": second + lines + first + b"print()\n" + first})
    assert commits(twice)[4:] == "111"


def test_a_line_of_a_string_is_not_followed_to_another_indentation() -> None:
    before = b'text = """\nsome words that are long enough\n"""\n'
    found = blamed({b"m.py": before}, {b"m.py": before.replace(b"\nsome", b"\n    some")})
    assert commits(found) == "010"


def test_a_bracket_that_closes_what_is_new_is_new() -> None:
    before = b"def load(path, mode):\n    return read(path, mode)\n"
    after = b"def load(path, mode):\n    return write_again(\n        target,\n        limit,\n    )\n"
    assert commits(blamed({b"m.py": before}, {b"m.py": after})) == "01111"


def test_a_bracket_that_closes_what_is_old_is_old() -> None:
    before = b"name = describe(key, doc='a word')\n"
    after = b"name = describe(\n    key,\n    doc='other words',\n)\n"
    assert commits(blamed({b"m.py": before}, {b"m.py": after})) == "0010"


def test_another_order_of_imports_is_looked_through() -> None:
    before = b"import sys\nfrom os import path, name\n\nx = 1\n"
    edited = before.replace(b"import sys", b"import sys as system")
    after = b"import sys as system\nfrom os import name\nfrom os import path\n\nx = 1\n"
    found = blamed({b"m.py": before}, {b"m.py": edited}, {b"m.py": after})
    assert commits(found) == "10000"
    assert [found.lines[number].line for number in (1, 2)] == [1, 1]


FAR = b"\n\ndef weigh(book, scale):\n    load = book.pages * 4\n    return scale.round(load + 200)\n"


def test_a_move_to_another_file_is_looked_through() -> None:
    states: list[Files] = [
        {b"a.py": b"import os\n" + FAR, b"m.py": b"limit = 3\n"},
        {b"a.py": b"import os\n", b"m.py": b"limit = 3\n" + FAR},
    ]
    found = blamed(*states)
    assert commits(found) == "000000"
    assert found.lines[4].origin == Origin("0", b"a.py")
    assert found.lines[4].line == 4


def test_a_move_into_a_class_is_looked_through_at_another_indentation() -> None:
    owner = b"class Scale:\n    limit = 3\n"
    inside = b"\n" + b"".join(b"    " + line for line in FAR.strip(b"\n").splitlines(keepends=True))
    found = blamed({b"m.py": owner + FAR}, {b"m.py": owner + inside})
    assert commits(found) == "000000"


LONG = FAR.replace(
    b"    return",
    b"    if book.is_bound:\n        load = load + book.cover.weight + scale.offset\n"
    b"    if book.is_old:\n        load = load - scale.wear\n    return",
)


def test_a_copy_is_looked_through_and_what_is_new_in_it_is_not() -> None:
    twin = LONG.replace(b"weigh(", b"weigh_again(").replace(b"* 4", b"* 5")
    found = blamed({b"m.py": b"import os\n" + LONG}, {b"m.py": b"import os\n" + LONG + twin})
    assert commits(found) == "0000000000" + "000100000"
    assert found.lines[14].line == 5


def test_a_file_is_followed_to_its_old_path() -> None:
    found = blamed({b"old.py": FLAT}, {b"m.py": FLAT.replace(b"(1, 2, 3)", b"(1, 2, 4)")})
    assert commits(found) == "00001"
    assert found.lines[0].origin == Origin("0", b"old.py")
    assert found.previous[Origin("1", b"m.py")] == Origin("0", b"old.py")


def test_a_copy_of_a_file_is_followed() -> None:
    copy = FLAT.replace(b"(1, 2, 3)", b"(1, 2, 4)")
    found = blamed({b"old.py": FLAT}, {b"old.py": FLAT + b"x = 1\n", b"m.py": copy})
    assert commits(found) == "00001"


def test_a_merge_hands_lines_to_the_parent_that_has_them() -> None:
    history = Past()
    history.commit("0", {b"m.py": FLAT})
    history.commit("1", {b"m.py": TALL}, "0")
    edited = FLAT.replace(b"first + second", b"first - second")
    history.commit("2", {b"m.py": edited}, "0")
    history.commit("3", {b"m.py": TALL.replace(b"first + second", b"first - second")}, "1", "2")
    found = blame(history, Origin("3", b"m.py"), range(13))
    assert commits(found) == "00000200" + "00000"


def test_only_the_lines_that_are_asked_for() -> None:
    history, tip = past({b"m.py": FLAT}, {b"m.py": TALL})
    assert sorted(blame(history, Origin(tip, b"m.py"), [3, 5, 5]).lines) == [3, 5]


STATEMENTS = st.sampled_from(["alpha", "beta", "gamma"]).flatmap(
    lambda name: st.lists(st.integers(100, 140), min_size=1, max_size=3).map(
        lambda numbers: f"{name}_values = collect({', '.join(map(str, numbers))})"
    )
)
CONTENTS = st.lists(st.lists(STATEMENTS, min_size=1, max_size=5), min_size=1, max_size=5)


def flat(statements: Sequence[str]) -> bytes:
    return "".join(f"{statement}\n" for statement in statements).encode()


def tall(statements: Sequence[str]) -> bytes:
    text = re.sub(r"\((.*)\)", lambda match: f"(\n    {match[1]},\n)", flat(statements).decode())
    return text.replace(", ", ",\n    ").encode()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(CONTENTS)
def test_commits_that_only_lay_out_change_no_answer(contents_of: list[list[str]]) -> None:
    plain = [flat(statements) for statements in contents_of]
    laid_out = [text for statements in contents_of for text in (flat(statements), tall(statements), flat(statements))]
    expected = blamed(*({b"m.py": text} for text in plain))
    found = blamed(*({b"m.py": text} for text in laid_out))
    assert [int(found.lines[at].origin.commit) for at in sorted(found.lines)] == [
        3 * int(expected.lines[at].origin.commit) for at in sorted(expected.lines)
    ]
    assert [found.lines[at].line for at in sorted(found.lines)] == [
        expected.lines[at].line for at in sorted(expected.lines)
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(CONTENTS, st.data())
def test_no_line_comes_from_a_commit_that_only_laid_out(contents_of: list[list[str]], data: st.DataObject) -> None:
    states: list[bytes] = []
    layouts: set[str] = set()
    for statements in contents_of:
        write, other = (flat, tall) if data.draw(st.booleans()) else (tall, flat)
        states += (write(statements), other(statements))
        layouts.add(str(len(states) - 1))
    found = blamed(*({b"m.py": text} for text in states))
    assert len(found.lines) == len(states[-1].splitlines())
    assert layouts.isdisjoint(line.origin.commit for line in found.lines.values())


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A file that was edited, reformatted and moved."""
    repo = Repo.init(tmp_path / "repo")
    repo.write("shelf.py", FLAT)
    repo.commit("Add totals")
    repo.write("shelf.py", FLAT.replace(b"first + second", b"first - second"))
    repo.commit("Fix the total")
    repo.write("shelf.py", TALL.replace(b"first + second", b"first - second"))
    repo.commit("Format with black")
    repo.git("mv", "shelf.py", "totals é.py")
    repo.commit("Rename the file")
    return repo


PATH = "totals é.py"


def documents(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def test_json_tells_each_line(repo: Repo) -> None:
    lines = documents(dagpatch(repo.path, "blame", "--json", PATH))
    assert [line["line"] for line in lines] == list(range(1, 14))
    assert {line["summary"] for line in lines} == {"Add totals", "Fix the total"}
    assert lines[5] | {"looked_through": []} == {
        "line": 6,
        "text": "    return first - second + third",
        "commit": repo.oid("HEAD~2"),
        "boundary": False,
        "path": "shelf.py",
        "source_line": 2,
        "author": lines[5]["author"],
        "author_mail": lines[5]["author_mail"],
        "author_date": lines[5]["author_date"],
        "summary": "Fix the total",
        "looked_through": [],
    }
    assert [step["summary"] for step in lines[1]["looked_through"]] == ["Rename the file", "Format with black"]


def plain_history(repo: Repo) -> None:
    """Commits that git and git dagpatch see alike: of text, with a merge."""
    repo.write("notes.txt", b"one line\nanother line\nthe last line\n")
    repo.commit("Start notes")
    repo.git("switch", "--quiet", "--create", "side", "HEAD")
    repo.write("notes.txt", b"one line\nanother line\nthe last line\nof the side\n")
    repo.commit("Add to notes")
    repo.git("switch", "--quiet", "-")
    repo.write("notes.txt", b"a first line\none line\nanother line\nthe last line\n")
    repo.commit("Begin otherwise")
    repo.git("merge", "--quiet", "side")


FORMATS = [(), ("--porcelain",), ("--line-porcelain",), ("-L", "2,3"), ("-L", "4"), ("-L", "1,+2", "--porcelain")]


@pytest.mark.parametrize("options", FORMATS)
@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1", "HEAD^2", "HEAD~1..HEAD"])
def test_formats_are_those_of_git(repo: Repo, options: tuple[str, ...], revision: str) -> None:
    plain_history(repo)
    if options == ("-L", "4") and revision == "HEAD~1":
        options = ("-L", "1")
    wanted = repo.git("blame", *options, revision, "--", "notes.txt")
    answer = dagpatch(repo.path, "blame", *options, revision, "--", "notes.txt")
    assert answer.status == 0, answer.err
    assert answer.out == wanted


def test_the_porcelain_of_a_file_that_moved_is_that_of_git(repo: Repo) -> None:
    repo.write(PATH, repo.read(PATH) + b"depth = 3\n")
    repo.commit("Add the depth")
    wanted = repo.git("blame", "--line-porcelain", "-L", "14", "HEAD", "--", PATH)
    assert dagpatch(repo.path, "blame", "--line-porcelain", "-L", "14", "HEAD", "--", PATH).out == wanted
    lines = dagpatch(repo.path, "blame", "--porcelain", "HEAD", PATH).out.split(b"\n")
    assert b"filename shelf.py" in lines
    assert rb'filename "totals \303\251.py"' in lines


def test_what_is_not_committed_yet_is_nobodys(repo: Repo) -> None:
    repo.write(PATH, repo.read(PATH).replace(b"    third,\n", b"    third=0,\n") + b"x = 1\n")
    lines = documents(dagpatch(repo.path, "blame", "--json", PATH))
    nobody = [line["line"] for line in lines if not line["commit"].strip("0")]
    assert nobody == [4, 14]
    assert lines[3]["author"] == "Not Committed Yet"
    text = dagpatch(repo.path, "blame", "-L", "14", PATH).out.decode()
    assert text.startswith("0000000")
    assert "(Not Committed Yet " in text
    assert dagpatch(repo.path, "blame", "-L", "13,14", "HEAD", PATH).out.count(b"\n") == 1


def test_layout_that_is_not_committed_yet_is_looked_through(repo: Repo) -> None:
    repo.write(PATH, FLAT.replace(b"first + second", b"first - second"))
    lines = documents(dagpatch(repo.path, "blame", "--json", PATH))
    assert [line["summary"] for line in lines] == ["Add totals", "Fix the total", *["Add totals"] * 3]


def test_a_definition_is_named(repo: Repo) -> None:
    assert len(documents(dagpatch(repo.path, "blame", "--json", "-L", ":total", PATH))) == 6
    repo.write("twice.py", b"class A:\n    def f(self): pass\n\n\nclass B:\n    def f(self): pass\n")
    repo.commit("Two of a name")
    answer = dagpatch(repo.path, "blame", "-L", ":f", "twice.py")
    assert answer.status == 2
    assert ":A.f, :B.f" in answer.err
    assert len(documents(dagpatch(repo.path, "blame", "--json", "-L", ":B.f", "twice.py"))) == 1


def test_what_was_looked_through_is_listed(repo: Repo) -> None:
    text = dagpatch(repo.path, "blame", "-v", PATH).out.decode()
    head, _, listing = text.partition("\n\nLooked through:\n")
    assert head.count("\n") == 12
    assert "Rename the file: 13 lines" in listing
    assert re.search(r"^[0-9a-f]{7} Format with black: \d+ lines$", listing, re.MULTILINE)
    nothing = dagpatch(repo.path, "blame", "-v", "-L", "2", "HEAD~3", "shelf.py").out.decode()
    assert nothing.endswith("Nothing was looked through.\n")


def test_a_file_is_named_from_where_one_stands(repo: Repo) -> None:
    repo.write("below/m.py", FLAT)
    repo.commit("Go deeper")
    assert len(documents(dagpatch(repo.path / "below", "blame", "--json", "m.py"))) == 5
    assert len(documents(dagpatch(repo.path / "below", "blame", "--json", "HEAD", f"../{PATH}"))) == 13


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["missing.py"], 3, "no file 'missing.py' in the work tree"),
        (["HEAD", "missing.py"], 3, "no file 'missing.py' in HEAD"),
        (["nowhere", PATH], 3, "nowhere"),
        (["-L", "90", PATH], 2, "has 13 lines"),
        (["-L", "x", PATH], 2, "no range of lines"),
        (["-L", ":nothing", PATH], 2, "defines no 'nothing'"),
        (["HEAD...main", PATH], 2, "no one commit"),
        (["../outside.py"], 2, "outside of the work tree"),
        (["HEAD", "one", "two"], 2, "More than a revision and a file"),
        (["--json", "--porcelain", PATH], 2, "exclude each other"),
    ],
)
def test_refusals(repo: Repo, arguments: list[str], code: int, said: str) -> None:
    before = contents(repo.path)
    answer = dagpatch(repo.path, "blame", *arguments)
    assert answer.status == code
    assert said in answer.err
    assert contents(repo.path) == before


def test_no_text_drives_the_terminal(repo: Repo) -> None:
    repo.write("evil.txt", b"a \x1b[31mred\r line\n")
    repo.git("-c", "user.name=Mal\x1b[2Jlory", "add", "evil.txt")
    repo.git("-c", "user.name=Mal\x1b[2Jlory", "commit", "--quiet", "--message", "Evil\x1b]0;title\x07")
    for options in ([], ["-v"]):
        out = dagpatch(repo.path, "blame", *options, "evil.txt").out
        assert b"\x1b" not in out
        assert b"\r" not in out
        assert b"\\x1b[31mred" in out


def test_a_shallow_clone_ends_at_its_boundary(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.path}", str(tmp_path / "shallow"))
    lines = documents(dagpatch(tmp_path / "shallow", "blame", "--json", PATH))
    assert {line["commit"] for line in lines} == {repo.oid("HEAD~1")}
    assert all(line["boundary"] for line in lines)


def test_porcelain_groups_lines_that_stood_together() -> None:
    found = blamed({b"m.py": METHODS}, {b"m.py": SWAPPED})

    @dataclass
    class Commit:
        short: str = "0"
        author: str = "A"
        author_mail: str = "a@b"
        author_date: str = "0 +0000"
        committer: str = "A"
        committer_mail: str = "a@b"
        committer_date: str = "0 +0000"
        subject: str = "s"

    heads = [line for line in porcelain_lines(found, {"0": Commit()}, every=False) if line.startswith(b"0 ")]
    assert [line.split(b" ", 1)[1] for line in heads if line.count(b" ") == 3] == [
        b"1 1 1",
        b"5 2 2",
        b"2 4 1",
        b"2 5 2",
    ]
