"""Renames: what is one is found and wholly explained; what is none never hides in one."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag, decode
from git_dagpatch.model.ids import canonical
from git_dagpatch.model.operation import Edit, Operation, Rename, StringReplace
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import readable
from git_dagpatch.operations import kind_of
from tests.planting import plants
from tests.trees import File, Files, text, tree_of

SHELF = """\
import json
from collections import defaultdict

<<LIMIT>> = 3
__all__ = ["<<load>>", "<<Shelf>>"]


def <<load>>(<<path>>, *, <<strict>>=False):
    with open(<<path>>) as <<stream>>:
        <<rows>> = json.load(<<stream>>)
    if <<strict>> and len(<<rows>>) > <<LIMIT>>:
        raise ValueError(f"{<<path>>}: {len(<<rows>>)} rows")
    return [<<row>> for <<row>> in <<rows>> if <<row>>]


class <<Shelf>>:
    <<capacity>> = 10

    def __init__(self, <<titles>>):
        self.<<books>> = list(<<titles>>)
        self.<<index>> = defaultdict(list)

    def <<find>>(self, <<word>>, <<again>>=0):
        <<found>> = self.<<index>>.get(<<word>>, [])
        while <<found>> and <<again>> < self.<<capacity>>:
            <<again>> += 1
            <<found>> = <<found>> + self.<<find>>(<<word>>, <<again>>=<<again>> + 2)
        return <<found>> or self.<<books>>

    def <<add>>(self, <<book>>, <<place>>=None):
        def <<key>>(<<other>>):
            return <<other>> == <<book>>

        <<count>> = len([<<one>> for <<one>> in self.<<books>> if <<key>>(<<one>>)])
        self.<<index>>[<<place>>].append(<<count>>)
        return <<count>> * 2


def <<fill>>(<<names>>):
    <<shelf>> = <<Shelf>>(<<names>>)
    for <<name>> in <<load>>(<<names>>, <<strict>>=True):
        <<shelf>>.<<add>>(<<name>>)
    return <<shelf>>
"""
USE = """\
from shelf import <<Shelf>>, <<load>>
import shelf


def main(argv):
    mine = <<Shelf>>(<<load>>(argv[0], <<strict>>=True))
    mine.<<add>>(argv[1])
    print(mine.<<find>>("a"), shelf.<<load>>(argv[2]), shelf.<<LIMIT>>)
"""
_HOLE = re.compile("<<(\\w+)>>")
NAMES = sorted({*_HOLE.findall(SHELF)})


def filled(names: dict[str, str]) -> Files:
    """The two files with other names for some symbols."""
    sides = {b"shelf.py": SHELF, b"use.py": USE}
    return {
        path: text(_HOLE.sub(lambda hole: names.get(hole[1], hole[1]), side).encode()) for path, side in sides.items()
    }


def factored(before: Files, after: Files) -> Patch:
    return factor(tree_of(before), tree_of(after), Metadata())


def python(before: str, after: str) -> list[Operation]:
    return factored({b"m.py": text(before.encode())}, {b"m.py": text(after.encode())}).operations


def told(operations: list[Operation]) -> set[tuple[str, str, str]]:
    return {(one.symbol, one.symbol_kind, one.new_name) for one in operations if isinstance(one, Rename)}


def proofs(patch: Patch, before: Files) -> list[str]:
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, tree_of(before), graph.everything)
    return [
        kind_of(operation).proof(operation, State(lineages, graph.closures[number]))
        for number, operation in enumerate(patch.operations)
        if isinstance(operation, Rename)
    ]


renamings = st.sets(st.sampled_from(NAMES), min_size=1, max_size=8).map(
    lambda names: {name: f"{name}_of_old" for name in sorted(names)}
)


@settings(max_examples=60, deadline=None)
@given(renamings)
def test_a_renaming_is_found_and_explains_all(names: dict[str, str]) -> None:
    before, after = filled({}), filled(names)
    patch = factored(before, after)
    assert {operation.type for operation in patch.operations} == {"rename"}
    assert all(proofs(patch, before))
    assert {one.new_name for one in patch.operations if isinstance(one, Rename)} == {*names.values()}


@settings(max_examples=60, deadline=None)
@given(renamings, st.randoms(use_true_random=False))
def test_what_else_changes_in_renamed_code_is_an_edit(names: dict[str, str], chance: random.Random) -> None:
    before, after = filled({}), filled(names)
    found = list(plants(after[b"shelf.py"].content, chance))
    plant = chance.choice(found)
    planted = plant.into(after[b"shelf.py"].content)
    after[b"shelf.py"] = text(planted)
    patch = factored(before, after)
    assert all(proofs(patch, before))
    edits = [operation for operation in patch.operations if isinstance(operation, Edit)]
    shown = {readable(line)[1:] for edit in edits for hunk in edit.hunks for line in hunk.lines if line != " "}
    changed = planted[planted.rfind(b"\n", 0, plant.start) + 1 :].split(b"\n", 1)[0].decode()
    assert edits, plant
    assert not plant.insert or any(changed in line for line in shown), plant


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_an_occurrence_that_is_left_behind_is_an_edit(name: str, chance: random.Random) -> None:
    before, after = filled({}), filled({name: "something"})
    content = after[b"shelf.py"].content
    places = [match.start() for match in re.finditer(rb"(?<!def )(?<!class )\bsomething\b", content)]
    if len(places) < 3:
        return
    place = chance.choice(places[1:])
    after[b"shelf.py"] = text(content[:place] + name.encode() + content[place + len("something") :])
    patch = factored(before, after)
    assert any(isinstance(operation, Edit | StringReplace) for operation in patch.operations)


CASES = [
    (
        "a chain",
        "def a():\n    return 1 + 2 + 3\n\n\ndef c():\n    return [4, 5, 6]\n\n\nprint(a(), c())\n",
        "def b():\n    return 1 + 2 + 3\n\n\ndef a():\n    return [4, 5, 6]\n\n\nprint(b(), a())\n",
        {("m.py:a", "function", "b"), ("m.py:c", "function", "a")},
    ),
    (
        "a chain of locals",
        "def f():\n    one = 1\n    two = 2\n    print(one, two)\n    return one - two\n",
        "def f():\n    two = 1\n    three = 2\n    print(two, three)\n    return two - three\n",
        {("m.py:f.one", "variable", "two"), ("m.py:f.two", "variable", "three")},
    ),
    (
        "a parameter in its list and at a call",
        "def f(x):\n    return x\n\n\nf(x=1)\n",
        "def f(y):\n    return y\n\n\nf(y=1)\n",
        {("m.py:f.x", "parameter", "y")},
    ),
    (
        "a name that a comprehension and a lambda have, too",
        "def f(x):\n    x = [x for x in x]\n    return lambda x: x\n",
        "def f(y):\n    y = [x for x in y]\n    return lambda x: x\n",
        {("m.py:f.x", "parameter", "y")},
    ),
]


@pytest.mark.parametrize(("why", "before", "after", "renames"), CASES, ids=[case[0] for case in CASES])
def test_a_rename(why: str, before: str, after: str, renames: set[tuple[str, str, str]]) -> None:
    operations = python(before, after)
    assert told(operations) == renames
    assert len(operations) == len(renames)


NO_RENAMES = [
    (
        "a helper was extracted",
        "def run(rows):\n    total = 0\n    for row in rows:\n        total += row * 2\n    return total\n",
        "def run_rows(rows):\n    total = 0\n    for row in rows:\n        total += row * 2\n    return total\n\n\n"
        "def run(rows):\n    return run_rows(rows)\n",
    ),
    ("a literal became a parameter", "def f():\n    return 3 + 4\n", "def f(x):\n    return x + 4\n"),
    ("another module", "import json\n\nprint(json.load(1))\n", "import pickle\n\nprint(pickle.load(1))\n"),
    ("another callee", "import os\n\nos.remove('a')\n", "import os\n\nos.rmdir('a')\n"),
    ("another variable", "def f(a, b):\n    return a + 1\n", "def f(a, b):\n    return b + 1\n"),
    (
        "a special method",
        "class C:\n    def __repr__(self):\n        return ''\n",
        "class C:\n    def __str__(self):\n",
    ),
]


@pytest.mark.parametrize(("why", "before", "after"), NO_RENAMES, ids=[case[0] for case in NO_RENAMES])
def test_no_rename(why: str, before: str, after: str) -> None:
    assert told(python(before, after)) == set()


def test_identifiers_whose_definition_is_elsewhere() -> None:
    before = "".join(f"def test_{n}(self):\n    self.assertEquals({n}, f({n}))\n\n\n" for n in range(5))
    operations = python(before, before.replace("assertEquals", "assertEqual"))
    assert told(operations) == {("m.py:assertEquals", "identifier", "assertEqual")}
    assert len(operations) == 1


def test_a_definition_of_which_another_one_keeps_the_name_is_read_in_full() -> None:
    before = "def test():\n    assert 1 + 1\n\n\ndef test():\n    assert [2, 3]\n"
    patch = factored(
        {b"m.py": text(before.encode())},
        {b"m.py": text(before.replace("test():\n    assert [", "other():\n    assert [").encode())},
    )
    assert all(not proof for proof in proofs(patch, {b"m.py": text(before.encode())}))


CIRCLES = [
    (
        "variables",
        "def f(y):\n    <<low>> = y + 1\n    <<high>> = y * 2\n    print(<<low>>, <<high>>)\n    return <<low>>\n",
    ),
    (
        "three variables",
        "def f(y):\n    <<low>> = y + 1\n    <<high>> = y * 2\n    <<mid>> = y - 1\n    print(<<low>>, <<high>>)\n"
        "    print(<<mid>>)\n    return <<low>> - <<high>> * <<mid>>\n",
    ),
    (
        "parameters",
        "def f(<<low>>, <<high>>):\n    print(<<low>> + 1, <<high>>)\n    return <<low>>\n\n\nf(1, <<high>>=2)\n",
    ),
    (
        "attributes",
        "class A:\n    def __init__(self):\n        self.<<low>> = 1\n        self.<<high>> = 2\n\n"
        "    def size(self):\n        return self.<<high>> - self.<<low>>\n",
    ),
    (
        "functions",
        "def <<low>>(x):\n    return x + 1\n\n\ndef <<high>>(y):\n    print(y)\n    return [y]\n\n\n"
        "<<high>>(<<low>>(1))\n",
    ),
]


@pytest.mark.parametrize(("why", "marked"), CIRCLES, ids=[case[0] for case in CIRCLES])
def test_names_that_go_round_in_a_circle(why: str, marked: str) -> None:
    names = list(dict.fromkeys(_HOLE.findall(marked)))
    others = dict(zip(names, [*names[1:], names[0]], strict=True))
    before = {b"m.py": text(_HOLE.sub(r"\1", marked).encode())}
    patch = factored(before, {b"m.py": text(_HOLE.sub(lambda hole: others[hole[1]], marked).encode())})
    renames = [one for one in patch.operations if isinstance(one, Rename)]
    assert len(renames) == len(patch.operations) == len(names) + 1
    assert all(proofs(patch, before))
    between = {one.new_name for one in renames} - {*names}
    assert len(between) == 1
    assert all(name not in marked for name in between)


def test_attributes_that_change_places_go_round_in_no_circle() -> None:
    low, high, mid, top = (f"    {name}: str = field({name!r})\n" for name in ("low", "high", "mid", "top"))
    before, after = f"class A:\n{low}{high}{mid}{top}", "class A:\n" + "    # other\n".join([high, low, top, mid])
    assert told(python(before, after)) == set()


@settings(max_examples=40, deadline=None)
@given(st.permutations(["word", "again", "found"]), st.randoms(use_true_random=False))
def test_a_change_among_names_that_go_round_is_an_edit(names: list[str], chance: random.Random) -> None:
    before = filled({})
    after = filled(dict(zip(["word", "again", "found"], names, strict=True)))
    assert {one.type for one in factored(before, after).operations} <= {"rename"}
    content = after[b"shelf.py"].content
    plant = chance.choice([one for one in plants(content, chance) if one.kind in ("operator", "constant", "default")])
    patch = factored(before, after | {b"shelf.py": text(plant.into(content))})
    assert all(proofs(patch, before))
    assert any(isinstance(one, Edit) for one in patch.operations)


TOTAL = [
    ("function", "def <<load>>(x):\n    return x\n\n\n<<load>>(1)\n", True),
    ("function, and one of a module", "import json\n\n\ndef <<load>>(x):\n    return json.load(x)\n", True),
    ("class", "class <<Shelf>>:\n    pass\n\n\n<<Shelf>>()\n", True),
    ("method", "class A:\n    def <<find>>(self):\n        return self.<<find>>()\n", True),
    (
        "method, called of anything",
        "class A:\n    def <<find>>(self, x):\n        return self.<<find>>(x.find)\n",
        False,
    ),
    (
        "method, and one of another class",
        "class A:\n    def <<find>>(self):\n        pass\n\n\nclass B(A):\n    def find(self):\n        return 2\n",
        False,
    ),
    ("attribute", "class A:\n    def __init__(self):\n        self.<<size>> = 1\n        print(self.<<size>>)\n", True),
    (
        "attribute, and one of anything",
        "class A:\n    def __init__(self, b):\n        self.<<size>> = 1\n        print(b.size, self.<<size>>)\n",
        False,
    ),
    ("parameter", "def f(<<size>>):\n    return <<size>> * 2\n\n\nf(<<size>>=1)\n", True),
    ("parameter, and one of another call", "def f(<<size>>):\n    return <<size>> * 2\n\n\ng(f(2), size=1)\n", False),
    ("variable", "def f(y):\n    <<size>> = y + 1\n    print(<<size>>)\n    return <<size>>\n", True),
]


@pytest.mark.parametrize(("why", "marked", "total"), TOTAL, ids=[case[0] for case in TOTAL])
def test_a_rename_is_total_if_nothing_keeps_a_name_that_could_mean_it(why: str, marked: str, total: bool) -> None:
    before, after = _HOLE.sub(r"\1", marked), _HOLE.sub("other", marked)
    (rename,) = (one for one in python(before, after) if isinstance(one, Rename))
    assert rename.total == total


# What a document may claim

BASE = b"import json\n\n\ndef load(x, y=1):\n    z = x\n    return z + y + json.load(x)\n\n\nload(1, y=2)\nread = 1\n"


def claim(symbol: str, kind: str, new: str, *names: tuple[int, bytes], total: bool = False, base: bytes = BASE) -> str:
    """The proof of a rename that replaces the words `names`, each told by its number among equals, in the file."""
    spans = []
    for number, name in names:
        matches = list(re.finditer(rb"\b%b\b" % name, base))
        spans.append((matches[number].start(), len(name)))
    footprint, position = [], 0
    for start, size in sorted(spans):
        footprint.append([start - position, size, new])
        position = start + size
    raw: dict[str, Any] = {
        "type": "rename",
        "symbol": f"m.py:{symbol}",
        "symbol_kind": kind,
        "new_name": new,
        "scope": ["m.py"],
        "total": total,
        "footprint": {"m.py": footprint},
    }
    document = {"format": "dagpatch/1", "base": "", "result": "", "base_tar": "", "operations": [raw]}
    patch = decode(canonical(document))
    files: Files = {b"m.py": File("100644", base)}
    (proof,) = proofs(patch, files)
    return proof


def test_a_claim_to_be_total_is_looked_at() -> None:
    assert "keeps the old name" in claim("load", "function", "fetch", (0, b"load"), (2, b"load"), total=True)
    assert claim("load.z", "variable", "w", (0, b"z"), (1, b"z"), total=True)
    base = b"class A:\n    def find(self, x):\n        return x.find\n"
    assert claim("A.find", "method", "look", (0, b"find"), base=base)
    assert not claim("A.find", "method", "look", (0, b"find"), total=True, base=base)


def test_an_honest_claim_is_proved() -> None:
    assert claim("load", "function", "fetch", (0, b"load"), (2, b"load"))
    assert claim("load.x", "parameter", "first", (0, b"x"), (1, b"x"), (2, b"x"))
    assert claim("load.y", "parameter", "w", (0, b"y"), (1, b"y"), (2, b"y"))
    assert claim("load.z", "variable", "w", (0, b"z"), (1, b"z"))


@pytest.mark.parametrize(
    ("symbol", "kind", "new", "names"),
    [
        ("load", "function", "fetch", [(0, b"load")]),
        ("load", "function", "fetch", [(0, b"load"), (1, b"load"), (2, b"load")]),
        ("load", "function", "read", [(0, b"load"), (2, b"load")]),
        ("load", "function", "class", [(0, b"load"), (2, b"load")]),
        ("load", "function", "__load", [(0, b"load"), (2, b"load")]),
        ("load", "method", "fetch", [(0, b"load"), (2, b"load")]),
        ("other", "function", "fetch", [(0, b"load"), (2, b"load")]),
        ("load.x", "parameter", "z", [(0, b"x"), (1, b"x"), (2, b"x")]),
        ("load.x", "parameter", "y", [(0, b"x"), (1, b"x"), (2, b"x")]),
        ("load.x", "parameter", "json", [(0, b"x"), (1, b"x"), (2, b"x")]),
        ("load.x", "parameter", "x2); evil(x", [(0, b"x"), (1, b"x"), (2, b"x")]),
        ("load.x", "parameter", "w", [(0, b"x"), (1, b"x")]),
        ("load.x", "parameter", "w", [(0, b"x"), (1, b"x"), (2, b"x"), (0, b"z")]),
        ("load.z", "variable", "x", [(0, b"z"), (1, b"z")]),
        ("json", "attribute", "pickle", [(0, b"json"), (1, b"json")]),
        ("load", "identifier", "fetch", [(0, b"load"), (2, b"load")]),
    ],
)
def test_a_false_claim_is_not_proved(symbol: str, kind: str, new: str, names: list[tuple[int, bytes]]) -> None:
    assert claim(symbol, kind, new, *names) == ""
