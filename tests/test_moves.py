"""Definitions that move: found, exact, proved; what changed inside them is an edit of its own."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import msgspec
import pytest

from git_dagpatch.engine.execute import execute, weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Copy, Create, Delete, Edit, Move, Operation, Rename
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import to_bytes
from git_dagpatch.operations import kind_of
from tests.planting import plants
from tests.trees import files_of, text, tree_id, tree_of

LOAD = b'''# Reads the lines of a file.
@cache
def load(path, mode="r"):
    """The lines of a file.

    Blank ones are left out.
    """
    with open(path, mode) as lines:
        return [line.strip() for line in lines if line.strip()]
'''
SAVE = b"""def save(path, lines):
    with open(path, "w") as out:
        for number, line in enumerate(lines):
            out.write(f"{number}: {line}")
"""
SHELF = b'''class Shelf(Base):
    """Where things are put."""

    def __init__(self, things):
        self.things = list(things)

    def find(self, name):
        for thing in self.things:
            if thing.name == name:
                return thing
        raise LookupError(name)

    def count(self):
        return len(self.things)
'''
HEAD = b"import os\nfrom functools import cache\n"
MUCH = (Path(__file__).parent / "trees.py").read_bytes()


def module(*parts: bytes) -> bytes:
    return b"\n\n".join(parts)


def method(function: bytes) -> bytes:
    return b"".join(b"    " + line if line.strip() else line for line in function.splitlines(keepends=True))


def factored(before: dict[bytes, bytes], after: dict[bytes, bytes]) -> Patch:
    """The patch, proved to be exact on its base."""
    old, new = ({path: text(content) for path, content in side.items()} for side in (before, after))
    base = tree_of(old)
    patch = factor(base, tree_of(new), Metadata())
    made = execute(patch.operations, base, Objects(base.source))
    assert files_of(made) == new
    assert patch.result == tree_id(new)
    return patch


def moves(patch: Patch) -> list[tuple[str, str]]:
    return [
        (operation.source, operation.target)
        for operation in patch.operations
        if isinstance(operation, Move) and operation.symbol_kind
    ]


def proofs(patch: Patch, before: dict[bytes, bytes]) -> dict[str, str]:
    """Proof of each operation by its id."""
    base = tree_of({path: text(content) for path, content in before.items()})
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    return {
        str(operation.id): kind_of(operation).proof(operation, State(lineages, graph.closures[number]))
        for number, operation in enumerate(patch.operations)
    }


def read_lines(patch: Patch, before: dict[bytes, bytes]) -> int:
    base = tree_of({path: text(content) for path, content in before.items()})
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    return sum(
        kind_of(operation).review_lines(operation, State(lineages, graph.closures[number]))
        for number, operation in enumerate(patch.operations)
    )


def state_of(before: dict[bytes, bytes]) -> State:
    """`before` as operations read it that need no others."""
    return State(Lineages(tree_of({path: text(content) for path, content in before.items()})), 0)


def test_a_function_moves_to_another_file_with_its_decorator_and_its_comment() -> None:
    before = {b"a.py": module(HEAD, LOAD, SHELF), b"b.py": module(HEAD, SAVE)}
    after = {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, SAVE, LOAD)}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:load", "b.py:load")]
    assert len(patch.operations) == 1
    assert read_lines(patch, before) == 1
    assert isinstance(patch.operations[0], Move)
    assert patch.operations[0].after == "b.py:save"
    assert patch.operations[0].symbol_kind == "function"


def test_a_function_becomes_a_method_and_its_docstring_is_indented_with_it() -> None:
    shelf = SHELF.replace(b"(Base)", b"")
    before = {b"a.py": module(HEAD, LOAD, SAVE, shelf)}
    after = {b"a.py": module(HEAD, SAVE, shelf + b"\n" + method(LOAD))}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:load", "a.py:Shelf.load")]
    assert len(patch.operations) == 1
    assert read_lines(patch, before) == 1


def test_a_string_that_is_no_docstring_is_not_indented() -> None:
    query = (
        b'def query(run):\n    return run(\n        """\n        select *\n        from things\n        """\n    )\n'
    )
    before = {b"a.py": module(HEAD, query, SHELF)}
    patch = factored(before, {b"a.py": module(HEAD, SHELF + b"\n" + method(query))})
    assert moves(patch) == [("a.py:query", "a.py:Shelf.query")]
    assert any(isinstance(operation, Edit) for operation in patch.operations)


@pytest.mark.parametrize("start", [b"f = lambda: ", b"f: ", b"f = lambda: \\\n        "])
def test_a_value_behind_a_colon_is_no_docstring(start: bytes) -> None:
    string = b'"""first\n        second\n        third"""\n'
    shelf = b"class Shelf:\n    size = 1\n\n    def show(self):\n        " + start + string + method(method(LOAD))
    outside = b"def show(self):\n    " + start + string.replace(b"\n        ", b"\n    ") + method(LOAD)
    before = {b"a.py": module(HEAD, shelf)}
    patch = factored(before, {b"a.py": module(HEAD, b"class Shelf:\n    size = 1\n", outside)})
    shown = [line for one in patch.operations if isinstance(one, Edit) for hunk in one.hunks for line in hunk.lines]
    assert moves(patch) == [("a.py:Shelf.show", "a.py:show")]
    assert all(proofs(patch, before).values())
    assert any(b"second" in to_bytes(line) for line in shown)


def test_a_class_moves_as_a_whole() -> None:
    before = {b"a.py": module(HEAD, SHELF, SAVE), b"b.py": module(HEAD, LOAD)}
    after = {b"a.py": module(HEAD, SAVE), b"b.py": module(HEAD, SHELF, LOAD)}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:Shelf", "b.py:Shelf")]
    assert len(patch.operations) == 1


def test_a_file_is_split_into_new_ones() -> None:
    before = {b"all.py": module(MUCH, LOAD, SAVE, SHELF)}
    after = {
        b"files.py": module(b'"""Files."""\n', LOAD, SAVE),
        b"shelves.py": module(b'"""Shelves."""\n', SHELF),
        b"all.py": MUCH,
    }
    patch = factored(before, after)
    assert sorted(moves(patch)) == [
        ("all.py:Shelf", "shelves.py:Shelf"),
        ("all.py:load", "files.py:load"),
        ("all.py:save", "files.py:save"),
    ]
    created = {
        operation.target: to_bytes(operation.content) for operation in patch.operations if isinstance(operation, Create)
    }
    assert created == {"files.py": b'"""Files."""\n', "shelves.py": b'"""Shelves."""\n'}


def test_files_are_merged_into_one_and_what_is_left_of_them_goes() -> None:
    before = {b"a.py": module(HEAD, LOAD), b"b.py": module(HEAD, SHELF), b"c.py": module(HEAD, SAVE)}
    after = {b"c.py": module(HEAD, LOAD, SHELF, SAVE)}
    patch = factored(before, after)
    assert sorted(moves(patch)) == [("a.py:load", "c.py:load"), ("b.py:Shelf", "c.py:Shelf")]
    assert sorted(operation.target for operation in patch.operations if isinstance(operation, Delete)) == [
        "a.py",
        "b.py",
    ]
    assert read_lines(patch, before) <= 2 + 2 * (HEAD.count(b"\n") + 2)


def test_a_method_is_pulled_up_into_a_new_class() -> None:
    sub = SHELF.replace(b"class Shelf(Base)", b"class Shelf(Rack)")
    pulled = sub.partition(b"    def find")[0] + b"    def count" + sub.partition(b"    def count")[2]
    find = b"    def find" + sub.partition(b"    def find")[2].partition(b"\n    def count")[0]
    before = {b"a.py": module(HEAD, SHELF, SAVE)}
    after = {b"a.py": module(HEAD, b"class Rack(Base):\n" + find, pulled, SAVE)}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:Shelf.find", "a.py:Rack.find")]


def test_a_method_leaves_a_class_that_moves_itself() -> None:
    rest = SHELF.partition(b"    def find")[0] + b"    def count" + SHELF.partition(b"    def count")[2]
    find = b"def find" + SHELF.partition(b"    def find")[2].partition(b"\n    def count")[0].replace(b"\n    ", b"\n")
    before = {b"a.py": module(HEAD, SHELF, LOAD), b"b.py": module(HEAD, SAVE)}
    after = {b"a.py": module(HEAD, find, LOAD), b"b.py": module(HEAD, SAVE, rest)}
    patch = factored(before, after)
    assert sorted(moves(patch)) == [("a.py:Shelf", "b.py:Shelf"), ("a.py:Shelf.find", "a.py:find")]
    assert all(proofs(patch, before).values())


EMPTIED = [
    ("statement", b"class Shelf:\n", b"class Shelf:\n    pass\n"),
    ("other base", b"class Shelf:\n", b"class Shelf(Rack):\n    ...\n"),
    ("docstring", b"class Shelf:\n\n", b'class Shelf:\n    """Nothing is left.\n\n    """\n'),
]


@pytest.mark.parametrize(("why", "old", "new"), EMPTIED, ids=[case[0] for case in EMPTIED])
def test_a_class_that_is_emptied_gets_what_it_has_then_before_its_methods_leave(
    why: str, old: bytes, new: bytes
) -> None:
    rack = b"class Rack:\n    def name(self):\n        return 1\n"
    members = b"\n".join(map(method, (LOAD, SAVE)))
    before = {b"a.py": module(HEAD, rack, old + members, b"print(Shelf)\n")}
    after = {b"a.py": module(HEAD, rack + b"\n" + members, new, b"print(Shelf)\n")}
    patch = factored(before, after)
    assert sorted(moves(patch)) == [("a.py:Shelf.load", "a.py:Rack.load"), ("a.py:Shelf.save", "a.py:Rack.save")]
    found = [proofs(patch, before)[str(one.id)] for one in patch.operations if isinstance(one, Move)]
    assert [bool(proof) for proof in found] == 2 * [why == "other base"]
    graph = dag(patch.operations)
    base = tree_of({path: text(content) for path, content in before.items()})
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    for number in graph.order:
        ast.parse(State(lineages, graph.closures[number] | 1 << number).read(b"a.py"))


def test_a_class_that_is_renamed_moves_no_method() -> None:
    before = {b"a.py": module(HEAD, SHELF)}
    patch = factored(before, {b"a.py": module(HEAD, SHELF.replace(b"Shelf", b"Board"))})
    assert moves(patch) == []


def test_what_is_shorter_to_read_as_it_stands_is_not_moved() -> None:
    tiny = b"def one():\n    return 1\n"
    changed = b"def one(self, other):\n    return other + 2 * 3\n"
    patch = factored(
        {b"a.py": module(HEAD, tiny, SAVE), b"b.py": module(HEAD, LOAD)},
        {b"a.py": module(HEAD, SAVE), b"b.py": module(HEAD, LOAD, changed)},
    )
    assert moves(patch) == []


def test_a_name_that_a_rename_frees_is_moved_to_after_it() -> None:
    other = SAVE.replace(b"save", b"load")
    before = {b"a.py": module(HEAD, LOAD, SHELF), b"b.py": module(HEAD, other)}
    after = {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, SAVE, LOAD)}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:load", "b.py:load")]
    rename, move = (next(one for one in patch.operations if isinstance(one, kind)) for kind in (Rename, Move))
    assert rename.id in move.depends_on
    assert read_lines(patch, before) == len(patch.operations)


CONSTANTS = b"LIMIT = 20\n# The names that are known.\nNAMES = [\n    'a',\n    'b',\n]\n"
BASE = b'''class Base:
    """What all have."""

    size = 3

    def __init__(self, name):
        self.name = name
        self.lines = list(name)

    def close(self):
        self.lines = []
'''
PART = b"""class Part(Base):
    def __init__(self, name):
        super().__init__(name)
        self.place = 0

    def read(self):
        return self.lines[self.place]
"""


def test_constants_move_to_another_file_with_comments_and_blank_lines() -> None:
    before = {b"a.py": module(HEAD, CONSTANTS, SHELF), b"b.py": module(HEAD, SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, CONSTANTS, SAVE)})
    assert moves(patch) == [("a.py:LIMIT", "b.py:LIMIT"), ("a.py:NAMES", "b.py:NAMES")]
    assert read_lines(patch, before) == len(patch.operations) == 2
    assert all(isinstance(move, Move) and move.symbol_kind == "variable" for move in patch.operations)


def test_attributes_of_a_class_and_of_its_instances_are_pushed_down() -> None:
    before = {b"a.py": module(HEAD, BASE, PART)}
    base = BASE.replace(b"    size = 3\n\n", b"").replace(b"        self.name = name\n", b"")
    part = PART.replace(b"(Base):\n", b"(Base):\n    size = 3\n\n").replace(
        b"        self.place", b"        self.name = name\n        self.place"
    )
    patch = factored(before, {b"a.py": module(HEAD, base, part)})
    assert moves(patch) == [("a.py:Base.size", "a.py:Part.size"), ("a.py:Base.name", "a.py:Part.name")]
    # What a method assigns depends on when it is called, and with what.
    found = proofs(patch, before)
    told = [bool(found[str(one.id)]) for one in patch.operations if isinstance(one, Move)]
    assert told == [True, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"LIMIT = 20\n", b"LIMIT = 21\n"),
        (b"LIMIT = 20\n", b"LIMITS = 20\n"),
        (b"a = 1; LIMIT = 20\n", b"LIMIT = 20\n"),
    ],
)
def test_a_constant_with_another_name_or_value_or_beside_another_statement_does_not_move(
    old: bytes, new: bytes
) -> None:
    before = {b"a.py": module(HEAD, old, SHELF), b"b.py": module(HEAD, SAVE)}
    assert not moves(factored(before, {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, new, SAVE)}))


def test_a_constant_that_is_in_two_places_afterwards_does_not_move() -> None:
    before = {b"a.py": module(HEAD, CONSTANTS, SHELF), b"b.py": SAVE, b"c.py": SAVE}
    after = {b"a.py": module(HEAD, SHELF), b"b.py": module(CONSTANTS, SAVE), b"c.py": module(CONSTANTS, SAVE)}
    assert not moves(factored(before, after))


def test_a_lie_about_a_constant_is_not_proved() -> None:
    before = {b"a.py": module(HEAD, b"LIMIT = 20\n", SHELF), b"b.py": module(HEAD, SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, b"LIMIT = 20\n", SAVE)})
    (move,) = patch.operations
    assert isinstance(move, Move)
    assert isinstance(move.footprint, dict)
    spans = move.footprint["b.py"]
    assert spans is not None
    ((skip, remove, insert),) = spans
    kind, state = kind_of(move), state_of(before)
    assert kind.proof(move, state)
    for text_there in (str(insert).replace("20", "21"), str(insert).replace("LIMIT", "ALL"), str(insert) + "run()\n"):
        lie = msgspec.structs.replace(move, footprint=move.footprint | {"b.py": [(skip, remove, text_there)]})
        assert not kind.proof(lie, state)
    assert not kind.proof(msgspec.structs.replace(move, target="b.py:ALL"), state)


GROWN = b"""def grown(start):
    total = start + RATE
    total = total * RATE
    return round(total)
"""
ELSEWHERE = [
    ("the same import", b"from rates import RATE\n", b"from rates import RATE\n", b"from rates import RATE\n", True),
    ("another import", b"from rates import RATE\n", b"from old import RATE\n", b"from old import RATE\n", False),
    ("an import that an edit adds", b"from rates import RATE\n", b"", b"from rates import RATE\n", True),
    ("relative and absolute", b"from rates import RATE\n", b"", b"from .rates import RATE\n", True),
    ("a constant there", b"RATE = 1\n", b"RATE = 60\n", b"RATE = 60\n", False),
    ("the constant of before, imported", b"RATE = 1\n", b"import os\n", b"import os\nfrom a import RATE\n", True),
    ("a constant that is a builtin there", b"round = RATE = 1\n", b"", b"from a import RATE\n", False),
    ("a star there", b"from rates import RATE\n", b"from old import *\n", b"from old import *\n", False),
    ("bound in two ways", b"RATE = 1\n", b"", b"from a import RATE\nif os:\n    RATE = 2\n", False),
]


@pytest.mark.parametrize(("why", "here", "there", "then", "proved"), ELSEWHERE, ids=[case[0] for case in ELSEWHERE])
def test_a_function_moves_in_one_line_only_where_its_names_mean_the_same(
    why: str, here: bytes, there: bytes, then: bytes, proved: bool
) -> None:
    before = {b"a.py": module(here + HEAD, GROWN, SHELF), b"b.py": module(there + HEAD, SAVE)}
    patch = factored(before, {b"a.py": module(here + HEAD, SHELF), b"b.py": module(then + HEAD, SAVE, GROWN)})
    (move,) = (one for one in patch.operations if isinstance(one, Move))
    assert bool(proofs(patch, before)[str(move.id)]) == proved == (move.confidence == 1.0)
    edited = sum(line not in there for line in then.splitlines(keepends=True))
    assert (read_lines(patch, before) <= 1 + edited) == proved


def test_names_that_move_along_mean_the_same() -> None:
    constant = b"RATE = (\n    1,\n    2,\n)\n"
    before = {b"a.py": module(HEAD, constant, GROWN, SHELF), b"b.py": module(HEAD, SAVE)}
    patch = factored(before, {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, constant, SAVE, GROWN)})
    assert sorted(moves(patch)) == [("a.py:RATE", "b.py:RATE"), ("a.py:grown", "b.py:grown")]
    assert read_lines(patch, before) == 2


def test_a_constant_that_moves_to_where_its_value_is_another_is_read() -> None:
    limits = b"LIMITS = [\n    T,\n    T + 1,\n    T + 2,\n]\n"
    before = {b"a.py": module(b"T = 1\n", limits, SAVE), b"b.py": module(b"T = 60\n", LOAD)}
    patch = factored(before, {b"a.py": module(b"T = 1\n", SAVE), b"b.py": module(b"T = 60\n", limits, LOAD)})
    assert read_lines(patch, before) == limits.count(b"\n")


def test_a_function_that_takes_the_name_of_a_builtin_is_read() -> None:
    renamed = GROWN.replace(b"grown", b"open")
    before = {b"a.py": module(HEAD, b"RATE = 1\n", renamed, SHELF), b"b.py": module(HEAD, SAVE)}
    after = {
        b"a.py": module(HEAD, b"RATE = 1\n", SHELF),
        b"b.py": module(HEAD + b"from a import RATE\n", SAVE, renamed),
    }
    patch = factored(before, after)
    (move,) = (one for one in patch.operations if isinstance(one, Move))
    assert not proofs(patch, before)[str(move.id)]


SIZE = b"""    def size(self):
        most = self.LIMIT
        least = most // 2
        return most - least
"""
CLASSES = [
    ("unrelated", b"class B:\n    LIMIT = 60\n", SIZE, False),
    ("pushed down", b"class B(A):\n    LIMIT = 60\n", SIZE, True),
    ("of no object", b"class B:\n    LIMIT = 60\n", SIZE.replace(b"self.LIMIT", b"len(HEAD)"), True),
    ("by its parent", b"class B(A):\n    LIMIT = 60\n", SIZE.replace(b"self.LIMIT", b"super().LIMIT"), False),
    ("private to the class", b"class B(A):\n    LIMIT = 60\n", SIZE.replace(b"LIMIT", b"__limit"), False),
    ("past another one", b"class C(A):\n    size = 3\n\n\nclass B(C):\n    LIMIT = 60\n", SIZE, False),
    ("an unknown parent first", b"class B(Other, A):\n    LIMIT = 60\n", SIZE, False),
]


@pytest.mark.parametrize(("why", "other", "size", "proved"), CLASSES, ids=[case[0] for case in CLASSES])
def test_a_method_moves_in_one_line_only_where_its_object_is_the_same(
    why: str, other: bytes, size: bytes, proved: bool
) -> None:
    head = b"HEAD = 'a'\nfrom other import Other\n"
    a = b"class A:\n    LIMIT = 1\n"
    before = {b"a.py": module(head, a + b"\n" + size, other)}
    patch = factored(before, {b"a.py": module(head, a, other + b"\n" + size)})
    assert moves(patch) == [("a.py:A.size", "a.py:B.size")]
    assert (read_lines(patch, before) == 1) == proved


def test_a_method_is_pulled_up_in_one_line() -> None:
    a, b = b"class A:\n    LIMIT = 1\n", b"class B(A):\n    LIMIT = 60\n"
    before = {b"a.py": module(a, b + b"\n" + SIZE)}
    patch = factored(before, {b"a.py": module(a + b"\n" + SIZE, b)})
    assert moves(patch) == [("a.py:B.size", "a.py:A.size")]
    assert read_lines(patch, before) == 1


def test_a_method_that_hides_one_of_a_parent_is_read() -> None:
    top = b"class Top:\n    def size(self):\n        return 5\n"
    a, b = b"class A(Top):\n    LIMIT = 1\n", b"class B(A):\n    LIMIT = 60\n"
    before = {b"a.py": module(top, a, b + b"\n" + SIZE)}
    patch = factored(before, {b"a.py": module(top, a + b"\n" + SIZE, b)})
    assert moves(patch) == [("a.py:B.size", "a.py:A.size")]
    assert read_lines(patch, before) > 1


def test_other_languages_move_their_definitions_too() -> None:
    pytest.importorskip("tree_sitter_javascript")
    load = b"function load(path) {\n  const lines = read(path).split(sep);\n  return lines.filter(given);\n}\n"
    save = b"function save(path, lines) {\n  write(path, lines.join(sep));\n  log(path);\n}\n"
    patch = factored({b"a.js": module(load, save), b"b.js": save}, {b"a.js": save, b"b.js": module(save, load)})
    assert moves(patch) == [("a.js:load", "b.js:load")]


MESSY = [
    (b"a.py", b"class A:\r\n    def f(self):\r\n        return 1\r\n"),
    (b"a.py", b"def f(:\n    pass\n\nclass A\n  def g(self) return 2\n"),
    (b"a.py", b"\tdef f():\n\t\treturn 1\n\nprint 'two'\n"),
    (b"a.py", b"def f():\n    return 1"),
    (b"a.py", b"\xff\xfe" + SHELF),
]


@pytest.mark.parametrize(("path", "odd"), MESSY, ids=range(len(MESSY)))
def test_odd_files_stay_exact(path: bytes, odd: bytes) -> None:
    factored({path: odd + b"\n\n" + SHELF, b"b.py": LOAD}, {path: odd, b"b.py": LOAD + b"\n\n" + SHELF})
    factored({path: LOAD + odd}, {path: odd + LOAD})


def test_a_lie_about_a_move_is_not_proved() -> None:
    before = {b"a.py": module(HEAD, LOAD, SHELF), b"b.py": module(HEAD, SAVE)}
    after = {b"a.py": module(HEAD, SHELF), b"b.py": module(HEAD, SAVE, LOAD)}
    patch = factored(before, after)
    (move,) = patch.operations
    assert isinstance(move, Move)
    assert isinstance(move.footprint, dict)
    spans = move.footprint["b.py"]
    assert spans is not None
    ((skip, remove, insert),) = spans
    lies: list[Operation] = [
        msgspec.structs.replace(move, source="a.py:Shelf"),
        msgspec.structs.replace(move, target="b.py:read"),
        msgspec.structs.replace(move, footprint=move.footprint | {"b.py": [(skip, remove, str(insert) + "x = 1\n")]}),
        msgspec.structs.replace(
            move, footprint=move.footprint | {"b.py": [(skip, remove, str(insert).replace("line.strip()", "line"))]}
        ),
        msgspec.structs.replace(move, footprint={"b.py": move.footprint["b.py"]}),
    ]
    state = state_of(before)
    kind = kind_of(move)
    assert kind.proof(move, state)
    for lie in lies:
        assert not kind.proof(lie, state)
        assert kind.review_lines(lie, state) > 8


@pytest.mark.parametrize("seed", range(25))
def test_a_change_planted_into_moved_code_is_in_an_edit(seed: int) -> None:
    chance = random.Random(seed)
    whole = SHELF if seed % 2 else LOAD
    chosen = chance.choice(list(plants(whole, chance)))
    before = {b"a.py": module(HEAD, whole, SAVE), b"b.py": MUCH}
    after = {b"a.py": module(HEAD, SAVE), b"b.py": MUCH + b"\n\n" + chosen.into(whole)}
    patch = factored(before, after)
    assert moves(patch)
    graph = dag(patch.operations)
    unedited = sum(1 << n for n, operation in enumerate(patch.operations) if not isinstance(operation, Edit))
    base = tree_of({path: text(content) for path, content in before.items()})
    made = files_of(execute(patch.operations, base, Objects(base.source), graph.closed(unedited)))
    assert whole in made[b"b.py"].content


USES = b"""def total(path):
    found = pkg.one.read(path)
    lines = found.lines()
    return sum(lines) + len(found)
"""


@pytest.mark.parametrize(
    ("here", "there", "proved"),
    [
        (b"import pkg.one\n", b"import pkg.one\n", True),
        (b"import pkg.one\n", b"import pkg\n", False),
        (b"import pkg.one\n", b"import pkg.two\n", False),
        (b"import pkg.one\n", b"import pkg.two\nimport pkg.one\n", True),
        (b"import pkg.one\nimport pkg.two\n", b"import pkg.one\n", True),
        (b"import pkg\n", b"import pkg.one\n", True),
        (b"import pkg.one\n", b"import pkg.one\nimport other as pkg\n", False),
        (b"import pkg.one\n", b"import pkg.one\n\npkg = fake(pkg)\n", False),
    ],
)
def test_a_module_that_is_used_by_its_package_is_imported_at_the_new_place_too(
    here: bytes, there: bytes, proved: bool
) -> None:
    rest = b"\n\nx = 1\ny = [x, x]\n"
    before = {b"a.py": module(here, USES) + rest, b"b.py": there + rest}
    after = {b"a.py": here + rest, b"b.py": module(there, USES) + rest}
    patch = factored(before, after)
    assert moves(patch) == [("a.py:total", "b.py:total")]
    assert (read_lines(patch, before) == 1) == proved


@pytest.mark.parametrize(
    ("there", "told"), [(b"import pkg.one\n", ["copy", "edit"]), (b"import other as pkg\n", ["edit"])]
)
def test_a_copy_that_nothing_proves_is_told_as_what_it_adds(there: bytes, told: list[str]) -> None:
    longer = USES.replace(
        b"    return", b"    for line in lines:\n        found.add(line)\n        log(line)\n    return"
    )
    source = module(b"import pkg.one\n", longer)
    before = {b"a.py": source, b"b.py": there}
    copied = module(there, longer.replace(b"len(found)", b"len(lines)"))
    patch = factored(before, {b"a.py": module(source, b"x = 1\n"), b"b.py": copied})
    here = [one for one in patch.operations if isinstance(one, Copy | Edit) and one.target.startswith("b.py")]
    assert [operation.type for operation in here] == told
