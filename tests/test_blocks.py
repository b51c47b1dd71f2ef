"""Code that gets under a condition or out of one: only the conditions are read, and no change hides in the rest."""

from __future__ import annotations

import random

import pytest

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.languages.python_blocks import differs_in_blocks
from git_dagpatch.model.codec import dag
from git_dagpatch.model.operation import Edit, Whitespace
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.text import readable
from git_dagpatch.operations import kind_of
from tests.planting import plants
from tests.trees import text, tree_of

OUTSIDE = b'''\
def load(path, strict):
    """Read all."""
    # Everything is read at once.
    rows = open(path).read().splitlines()
    kept = [row for row in rows if row]

    if strict and len(kept) > 3:
        raise ValueError("""too
  many""")  # noqa
    return kept
'''
INSIDE = b'''\
def load(path, strict):
    """Read all."""
    try:
        # Everything is read at once.
        rows = open(path).read().splitlines()
        kept = [row for row in rows if row]

        if strict and len(kept) > 3:
            raise ValueError("""too
  many""")  # noqa
        return kept
    except OSError:
        return []
'''


def factored(before: bytes, after: bytes) -> Patch:
    return factor(tree_of({b"m.py": text(before)}), tree_of({b"m.py": text(after)}), Metadata())


def states(patch: Patch, before: bytes) -> list[State]:
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, tree_of({b"m.py": text(before)}), graph.everything)
    return [State(lineages, closure) for closure in graph.closures]


def read_lines(patch: Patch, before: bytes) -> int:
    found = states(patch, before)
    return sum(kind_of(one).review_lines(one, state) for one, state in zip(patch.operations, found, strict=True))


def transforms(patch: Patch) -> list[str]:
    return [one.transform.name for one in patch.operations if isinstance(one, Whitespace)]


@pytest.mark.parametrize(("before", "after"), [(OUTSIDE, INSIDE), (INSIDE, OUTSIDE)], ids=["in", "out"])
def test_only_what_is_around_the_lines_is_read(before: bytes, after: bytes) -> None:
    patch = factored(before, after)
    assert transforms(patch) == ["blocks"]
    # The block, its head and `try`, and the two lines of `except`.
    assert read_lines(patch, before) == 5
    for one, state in zip(patch.operations, states(patch, before), strict=True):
        assert isinstance(one, Edit) or kind_of(one).proof(one, state)


def test_each_part_of_the_patch_parses() -> None:
    for before, after in ((OUTSIDE, INSIDE), (INSIDE, OUTSIDE)):
        patch = factored(before, after)
        graph = dag(patch.operations)
        lineages = weave_in(patch.operations, graph, tree_of({b"m.py": text(before)}), graph.everything)
        for closure in graph.closures:
            compile(State(lineages, closure).read(b"m.py"), "m.py", "exec")


def test_what_changes_between_the_lines_is_an_edit() -> None:
    after = INSIDE.replace(b"len(kept) > 3", b"len(kept) > 4")
    patch = factored(OUTSIDE, after)
    assert transforms(patch) == ["blocks"]
    assert read_lines(patch, OUTSIDE) == 7


@pytest.mark.parametrize("seed", range(12))
def test_a_change_planted_into_the_lines_is_in_an_edit(seed: int) -> None:
    chance = random.Random(seed)
    plant = chance.choice(list(plants(INSIDE, chance)))
    planted = plant.into(INSIDE)
    line = planted[planted.rfind(b"\n", 0, plant.start) + 1 :].split(b"\n", 1)[0].strip()
    patch = factored(OUTSIDE, planted)
    edits = [one for one in patch.operations if isinstance(one, Edit)]
    shown = [readable(one)[1:] for edit in edits for hunk in edit.hunks for one in hunk.lines]
    assert not plant.insert or any(line.decode() in one for one in shown), plant


def test_a_few_lines_are_read_as_they_are() -> None:
    before = b"def f(x):\n    print(x)\n    return x\n"
    after = b"def f(x):\n    if x:\n        print(x)\n    return x\n"
    assert not transforms(factored(before, after))


SAME = [
    (b"a()\nb()\n", b"a()\nif True:\n    b()\n"),
    (b"if x:\n    a()  # why\n    # then\n    b()\n", b"if x:\n    if True:\n     a()  # why\n     # then\n     b()\n"),
    (b"def f():\n    '''Doc.'''\n    a()\n", b"def f():\n    '''Doc.'''\n    if True:\n        a()\n"),
]
OTHERS = [
    (b"a()\nb()\n", b"if True:\n    a()\nb()\n".replace(b"True", b"False")),
    (b"def f():\n    '''Doc.'''\n    a()\n", b"def f():\n    if True:\n        '''Doc.'''\n        a()\n"),
    (b"if x:\n    a()\n    b()\n", b"if x:\n    a()\nb()\n"),
    (b"if x:\n    a()\nelse:\n    b()\n", b"if True:\n    if x:\n        a()\nif True:\n    b()\n"),
    (b"a()\n# one\n", b"# one\nif True:\n    a()\n"),
    (b"a('''b\nc''')\n", b"if True:\n    a('''b\n    c''')\n"),
    (b"from __future__ import annotations\na()\n", b"if True:\n    from __future__ import annotations\n    a()\n"),
    (b"if True:\n    a()\nelse:\n    b()\n", b"a()\nif True:\n    b()\n"),
    (b"a()\n", b"if True:\n    a(\n"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_a_block_that_is_always_run_means_nothing(before: bytes, after: bytes) -> None:
    assert differs_in_blocks(before, after)
    assert differs_in_blocks(after, before)


@pytest.mark.parametrize(("before", "after"), OTHERS)
def test_no_other_change_is_taken_for_one(before: bytes, after: bytes) -> None:
    assert not differs_in_blocks(before, after)
    assert not differs_in_blocks(after, before)
