"""The laws of the patch theory, for generated trees, generated sequences of effects, and the standard library."""

from __future__ import annotations

import ast
import difflib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from git_dagpatch.discovery.proposal import Proposal
from git_dagpatch.engine.commute import commute
from git_dagpatch.engine.execute import execute, weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.graph import build_graph
from git_dagpatch.engine.invert import invert
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.dag import mask_of, members
from git_dagpatch.model.effect import Appear, Effect, Relocate, SetMode, Vanish
from git_dagpatch.model.ids import canonical
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Create, Delete, Mode, Move, Operation, Transform, Whitespace
from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.paths import encode as encode_path
from git_dagpatch.model.text import to_text
from git_dagpatch.model.tree import Tree
from tests.strategies import MESSES, Pair, Sequence, changed, pairs, sequences
from tests.trees import (
    Files,
    Snapshot,
    applied,
    files_of,
    graph_of,
    in_order,
    removable,
    text,
    tree_id,
    tree_of,
)

thorough = settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
quick = settings(thorough, max_examples=100)

_PYTHON = b"import os\n\n\ndef f():\n    return 1\n\n\nclass A:\n    def m(self):\n        return 2\n"
_PROSE = b"One line of it,\nand the next,\n\nand one more\nthat ends here.\n"
SWAP = Pair(
    Snapshot({b"a.py": text(_PYTHON), b"b": text(_PROSE)}, {}),
    Snapshot({b"a.py": text(_PROSE), b"b": text(_PYTHON)}, {}),
)
SPELLED_FOLDER_FOR_FILE = Pair(Snapshot({b"d": text(b"x\n")}, {}), Snapshot({b"d/x": text(b"y\n")}, {b"d": "040000"}))


def tree(snapshot: Snapshot) -> Tree:
    made = tree_of(snapshot.files, snapshot.spellings)
    assert made.id == tree_id(*snapshot), "The tests' own trees are wrong."
    return made


def factored(pair: Pair, metadata: Metadata | None = None) -> Patch:
    return factor(tree(pair.before), tree(pair.after), metadata or Metadata())


def executed(operations: list[Operation], base: Snapshot, chosen: int | None = None) -> str:
    before = tree(base)
    return execute(operations, before, Objects(before.source), chosen).id


# Any two trees


@thorough
@given(pairs())
@example(SWAP)
@example(SPELLED_FOLDER_FOR_FILE)
def test_executing_a_patch_gives_the_other_tree(pair: Pair) -> None:
    patch = factored(pair)
    before = tree(pair.before)
    made = execute(patch.operations, before, Objects(before.source))
    assert files_of(made) == pair.after.files
    assert made.id == patch.result == tree_id(*pair.after)


@thorough
@given(pairs(), st.data())
@example(SWAP, None)
@example(SPELLED_FOLDER_FOR_FILE, None)
def test_any_closed_subset_in_any_order_does_what_its_effects_say(pair: Pair, data: st.DataObject | None) -> None:
    operations = factored(pair).operations
    graph = graph_of(operations)
    if data is None:
        subsets, priorities = [graph.closed(1 << n) for n in graph.order], list(graph.order)[::-1]
    else:
        subsets = [graph.closed(data.draw(st.integers(0, graph.everything))), graph.everything]
        priorities = data.draw(st.permutations(range(len(operations))))
    lineages = weave_in(operations, graph, tree(pair.before), graph.everything)
    for chosen in subsets:
        made = one_by_one(lineages, in_order(graph, chosen, priorities), pair.before)
        assert executed(operations, pair.before, chosen) == tree_id(*made)
        if chosen == graph.everything:
            assert made.files == pair.after.files


def one_by_one(lineages: Lineages, order: list[int], base: Snapshot) -> Snapshot:
    """`base` after each operation's effect in the state that those before it left, applied to plain files."""
    done, state = 0, base
    for number in order:
        state = applied(lineages.express(1 << number, done)[number], state)
        done |= 1 << number
    return state


@quick
@given(pairs())
@example(SWAP)
@example(SPELLED_FOLDER_FOR_FILE)
def test_the_inverse_brings_the_first_tree_back(pair: Pair) -> None:
    inverse = invert(factored(pair), tree(pair.before), Metadata())
    assert executed(inverse.operations, pair.after) == inverse.result == tree_id(*pair.before)


@quick
@given(pairs())
def test_factoring_is_deterministic_and_blind_to_the_order_of_files(pair: Pair) -> None:
    other_way = Pair(*(Snapshot(dict(reversed(side.files.items())), side.spellings) for side in pair))
    assert encode(factored(pair)) == encode(factored(other_way))


def test_factoring_does_not_depend_on_the_seed_of_hashes() -> None:
    program = """if True:
        from tests import test_laws as laws
        from git_dagpatch.model.codec import encode
        print([encode(laws.factored(pair)) for pair in (laws.SWAP, laws.MANY_CANDIDATES)])
    """
    outputs = {_run(program, seed) for seed in ("1", "2", "3")}
    assert len(outputs) == 1


def _run(program: str, seed: str) -> bytes:
    root = str(Path(__file__).parent.parent)
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": root}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout


MANY_CANDIDATES = Pair(
    Snapshot({b"old/%d.py" % n: text(_PYTHON + b"x = %d\n" % (n % 3)) for n in range(8)}, {}),
    Snapshot({b"new/%d.py" % n: text(_PYTHON + b"x = %d\r\n" % (n % 4)) for n in range(9)}, {b"new": "040000"}),
)
"""Files that could have come from many others equally well."""


# Any sequence of effects


def proposal(effect: Effect) -> Proposal:
    """The operation that an effect could have come from."""
    operations: list[Operation] = []
    for path, change in effect.items():
        target = encode_path(path)
        match change:
            case Vanish():
                operations.append(Delete(target=target))
            case Appear(mode, content):
                operations.append(Create(target=target, mode=mode, content=to_text(content)))
            case Relocate(goal):
                operations.append(Move(source=target, target=encode_path(goal)))
            case SetMode(mode):
                operations.append(Mode(target=target, mode=mode))
            case _:
                operations.append(Whitespace(transform=Transform("made-up"), scope=[]))
    return Proposal(operations[0], effect)


def states(sequence: Sequence) -> list[Files]:
    """The files before the first effect, between each two, and after the last."""
    found = [Snapshot(sequence.base, {})]
    for effect in sequence.effects:
        found.append(applied(effect, found[-1]))
    return [state.files for state in found]


@thorough
@given(sequences(), st.data())
def test_a_sequence_in_any_order_that_its_graph_allows(sequence: Sequence, data: st.DataObject) -> None:
    base = Snapshot(sequence.base, {})
    operations, touched = build_graph(tree(base), [(proposal(effect),) for effect in sequence.effects])
    graph = graph_of(operations)
    assert executed(operations, base) == tree_id(states(sequence)[-1])
    assert set(touched) <= sequence.base.keys()
    lineages = weave_in(operations, graph, tree(base), graph.everything)
    chosen = graph.closed(data.draw(st.integers(0, graph.everything)))
    priorities = data.draw(st.permutations(range(len(operations))))
    for subset in (chosen, graph.everything):
        made = one_by_one(lineages, in_order(graph, subset, priorities), base)
        assert executed(operations, base, subset) == tree_id(*made)


@thorough
@given(sequences())
def test_what_undoes_an_operation_takes_it_out(sequence: Sequence) -> None:
    base = Snapshot(sequence.base, {})
    operations, _ = build_graph(tree(base), [(proposal(effect),) for effect in sequence.effects])
    graph = graph_of(operations)
    lineages = weave_in(operations, graph, tree(base), graph.everything)
    made = one_by_one(lineages, list(graph.order), base)
    for number in removable(graph, graph.everything):
        without = one_by_one(lineages, [other for other in graph.order if other != number], base)
        assert applied(lineages.undo(number, graph.everything), made) == without


@thorough
@given(sequences())
def test_commuting_keeps_the_effect_and_is_its_own_inverse(sequence: Sequence) -> None:
    before = states(sequence)
    for at in range(len(sequence.effects) - 1):
        first, second = sequence.effects[at : at + 2]
        pair = commute(first, second)
        if pair is not None:
            state = Snapshot(before[at], {})
            assert applied(pair[1], applied(pair[0], state)).files == before[at + 2]
            assert commute(*pair) == (first, second)


@thorough
@given(sequences())
def test_the_graph_has_an_edge_between_neighbours_that_do_not_commute(sequence: Sequence) -> None:
    found = dependencies(sequence)
    for at in range(len(sequence.effects) - 1):
        first, second = sequence.effects[at : at + 2]
        assert bool(found[at + 1] >> at & 1) == (commute(first, second) is None)


@thorough
@given(sequences())
def test_an_operation_is_expressed_where_commuting_leftwards_puts_it(sequence: Sequence) -> None:
    lineages = Lineages(tree_of(sequence.base))
    needs = dependencies(sequence, lineages)
    closures: list[int] = []
    for need in needs:
        closures.append(need | mask_of(far for near in members(need) for far in members(closures[near])))
    for number, closure in enumerate(closures):
        group = [sequence.effects[number]]
        for other in reversed(range(number)):
            passing = sequence.effects[other]
            if closure >> other & 1:
                group.insert(0, passing)
                continue
            for at, member in enumerate(group):
                pair = commute(passing, member)
                assert pair is not None, "The graph lacks an edge."
                group[at], passing = pair
        assert lineages.express(1 << number, closure)[number] == group[-1]


def dependencies(sequence: Sequence, lineages: Lineages | None = None) -> list[int]:
    """Per effect, the mask of those before it that the lineages say it does not commute with."""
    taken = lineages or Lineages(tree_of(sequence.base))
    return [taken.add([(n, effect)], (1 << n) - 1)[n] for n, effect in enumerate(sequence.effects)]


# Documents and ids

_TEXTS = st.text(max_size=6).filter(lambda text: text.isprintable() or "\n" in text) | st.just("é\u2028\0")
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_UNKNOWN_FIELDS = st.dictionaries(st.sampled_from(["x-new", "é", "extra", "", "kind"]), _ANY, max_size=3)
_BYTES = st.binary(max_size=8).map(to_text)
_METADATA = st.builds(
    Metadata,
    commit=st.just("c" * 40),
    author=st.builds(Author, name=_BYTES, email=_BYTES, date=st.sampled_from(["2026-01-02T03:04:05+01:00", "never"])),
    message=_BYTES,
    generator=st.dictionaries(_TEXTS, _TEXTS, max_size=2),
    extra=_UNKNOWN_FIELDS | st.just({"type": "x"}),
)


@quick
@given(pairs(), _METADATA)
def test_a_patch_survives_its_document(pair: Pair, metadata: Metadata) -> None:
    patch = factored(pair, metadata)
    assert decode(encode(patch)) == patch
    assert encode(decode(encode(patch))) == encode(patch)


@quick
@given(pairs(), _METADATA, _UNKNOWN_FIELDS, _UNKNOWN_FIELDS)
def test_a_document_without_ids_survives_with_all_that_is_unknown(
    pair: Pair, metadata: Metadata, of_patch: dict[str, Any], of_operations: dict[str, Any]
) -> None:
    raw = by_place(factored(pair, metadata)) | of_patch
    for operation in raw["operations"]:
        operation |= of_operations  # noqa: PLW2901 (in place)
    patch = decode(canonical(raw))
    assert by_place(patch) == raw
    assert decode(encode(patch)) == patch


def by_place(patch: Patch) -> dict[str, Any]:
    """The document of `patch` as people write it: without ids, operations named by their place, and with reasons."""
    raw: dict[str, Any] = msgspec.json.decode(encode(patch))
    del raw["id"]
    places = {operation.pop("id"): f"#{place}" for place, operation in enumerate(raw["operations"])}
    for operation in raw["operations"]:
        operation["depends_on"] = [places[need] for need in operation["depends_on"]]
        reasons = operation.get("because") or dict.fromkeys(places, "It is needed.")
        operation["because"] = {
            place: reasons[need] for need, place in places.items() if place in operation["depends_on"]
        }
    return raw


@quick
@given(pairs(), st.sampled_from(["kept", "description", "intent", "confidence", "generator"]))
def test_description_is_no_part_of_an_id(pair: Pair, field: str) -> None:
    patch = factored(pair)
    raw = msgspec.json.decode(encode(patch))
    new: dict[str, Any] = {"description": "Other words", "intent": "other", "confidence": 0.125}
    if field == "generator":
        raw["metadata"]["generator"] = {"python": "4.0"}
    elif field in new:
        for operation in raw["operations"]:
            operation[field] = new[field]
    assert decode(canonical(raw)).id == patch.id


# The standard library

_STDLIB = Path(os.__file__).parent
MODULES = [
    *("argparse.py", "ast.py", "bdb.py", "codecs.py", "configparser.py", "dataclasses.py", "enum.py", "ftplib.py"),
    *("heapq.py", "inspect.py", "keyword.py", "mailbox.py", "netrc.py", "opcode.py", "pickle.py", "re/__init__.py"),
    *("this.py", "textwrap.py", "typing.py", "uuid.py", "json/decoder.py", "email/header.py", "test/test_grammar.py"),
]


class EditedModule:
    """A module before and after; shows itself as a diff, since modules are long."""

    def __init__(self, name: str, before: bytes, after: bytes) -> None:
        self.name, self.before, self.after = name, before, after

    def __repr__(self) -> str:
        before, after = (side.decode("latin-1").splitlines(keepends=True) for side in (self.before, self.after))
        return f"{self.name}: {''.join(difflib.unified_diff(before, after, n=1))!r}"


@st.composite
def edited_modules(draw: st.DrawFn) -> EditedModule:
    name = draw(st.sampled_from(MODULES))
    before = (_STDLIB / name).read_bytes()
    return EditedModule(name, before, draw(changed(before, most=5)))


@settings(thorough, max_examples=200)
@given(edited_modules())
def test_edits_of_the_standard_library(module: EditedModule) -> None:
    before, after = {b"m.py": text(module.before)}, {b"m.py": text(module.after)}
    pair = Pair(Snapshot(before, {}), Snapshot(after, {}))
    operations = factored(pair).operations
    assert executed(operations, pair.before) == tree_id(after)
    kinds = {operation.type for operation in operations}
    assert (
        kinds <= {"copy", "edit", "move", "rename", "reorder", "string_replace", "whitespace"}
        if b"\0" not in module.after[:8000]
        else kinds == {"binary_delta"}
    )
    assert bool(kinds) == (before != after)
    graph = graph_of(operations)
    lineages = weave_in(operations, graph, tree(pair.before), graph.everything)
    for number in graph.order:
        chosen = graph.closed(1 << number)
        made = one_by_one(lineages, in_order(graph, chosen, list(graph.order)), pair.before)
        assert executed(operations, pair.before, chosen) == tree_id(made.files)


@pytest.mark.parametrize("mess", MESSES, ids=lambda mess: mess.__name__.strip("_"))
@settings(quick, max_examples=15)
@given(data=st.data())
def test_tidying_the_standard_library_is_layout_proved_by_the_syntax_tree(mess: Any, data: st.DataObject) -> None:
    tidy = b"".join(line.rstrip() + b"\n" for line in (_STDLIB / "textwrap.py").read_bytes().splitlines())
    messy = b"".join(mess(data.draw, tidy.splitlines(keepends=True)))
    patch = factored(Pair(Snapshot({b"m.py": text(messy)}, {}), Snapshot({b"m.py": text(tidy)}, {})))
    assert [operation.type for operation in patch.operations] == ["whitespace"] * (messy != tidy)
    # White space behind a backslash at the end of a line is none that Python takes.
    parses = not re.search(rb"\\[ \t]+\r?$", messy, re.MULTILINE)
    proved = parses and ast.dump(ast.parse(messy)) == ast.dump(ast.parse(tidy))
    assert all((operation.confidence == 1.0) == proved for operation in patch.operations)
