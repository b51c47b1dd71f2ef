"""What tells a rename: how a function is called, what a name is given, and the place of a name that others share."""

from __future__ import annotations

from git_dagpatch.alignment.definitions import Body, pair_definitions
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.state import State
from git_dagpatch.model.codec import dag
from git_dagpatch.model.operation import Edit, Operation, Rename
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.operations import kind_of
from tests.trees import text, tree_of


def factored(before: str, after: str) -> Patch:
    one, other = ({b"m.py": text(side.encode())} for side in (before, after))
    return factor(tree_of(one), tree_of(other), Metadata())


def told(operations: list[Operation]) -> set[tuple[str, str]]:
    return {(one.symbol.partition(":")[2], one.new_name) for one in operations if isinstance(one, Rename)}


_FIRST = (
    "rows = read ( shelf ) names = [ row . name for row in rows ] assert len ( names ) == 7 assert rows [ 0 ] is one"
)
_NEXT = (
    _FIRST.replace("7", "8").replace("one", "two").replace("shelf", "store")
    + " assert len ( store ) > 3 and store . open"
)
_OTHER = _FIRST.replace("7", "9").replace("one", "three").replace("shelf", "desk") + " desk . close ( ) assert not desk"


def function(name: str, parameters: str, text: str) -> Body:
    return Body(b"m.py", name, "function", f"def {name} ( {parameters} ) : {text}".encode())


def paired(old: list[Body], new: list[Body]) -> set[tuple[str, str]]:
    return {(one.name, other.name) for one, other in pair_definitions(old, new, lambda body: body.text.split())}


def test_functions_that_are_called_alike_and_keep_much_of_their_body_keep_their_names() -> None:
    old = [function("check_1", "", _FIRST), function("check_2", "", _NEXT)]
    new = [function("check_1", "", _OTHER), function("check_2", "", _FIRST)]
    assert paired(old, new) == {("check_1", "check_1"), ("check_2", "check_2")}


def test_a_new_name_with_the_very_body_takes_the_identity() -> None:
    old = [function("check_1", "", _FIRST), function("check_2", "", _NEXT)]
    new = [function("check_1", "", _OTHER), function("check_2", "", _FIRST), function("check_3", "", _NEXT)]
    assert paired(old, new) == {("check_1", "check_1"), ("check_2", "check_3")}


def test_functions_that_are_called_otherwise_follow_their_bodies() -> None:
    old = [function("load", "", _FIRST), function("load_all", "paths", _NEXT)]
    new = [function("load_one", "", _FIRST), function("load", "paths", _NEXT)]
    assert paired(old, new) == {("load", "load_one"), ("load_all", "load")}


_LONG = """\
class Runner:
    def check_number(self, place, rows, found, wanted):
        args = place.split()
        kind = args[1]
        if kind not in KINDS:
            raise ValueError(f"no such kind: {kind}")
        near = 1e-5 if len(args) == 2 else float(args[2])
        far = 1e-8 if len(args) == 2 else float(args[3])
        difference = [abs(one - other) for one, other in zip(found, wanted)]
        if any(one > near * other + far for one, other in zip(difference, wanted)):
            message = "of {0} rows {1} are wrong".format(len(rows), difference)
            raise RuntimeError(message)
"""
_SHORT = """\
class Runner:
    def check_row(self, place, rows, found, wanted):
        args = place.split()
        kind = args[1]
        if kind in KINDS:
            KINDS[kind](self, rows, found, wanted)
        else:
            raise ValueError(f"no such kind: {kind}")
"""


def test_a_method_that_is_called_as_before_may_have_lost_most_of_its_body() -> None:
    assert told(factored(_LONG, _SHORT).operations) == {("Runner.check_number", "check_row")}
    changed = _SHORT.replace("place, rows, found, wanted", "place, rows")
    assert not told(factored(_LONG, changed).operations)


def test_a_variable_that_gets_the_name_of_another_one_is_told_and_read_in_full() -> None:
    before = """\
def equal(one, other):
    first = None
    if one.dense:
        first = tuple(one.space())
        names = first
    if space is None:
        space = tuple(one.space())
    return names == space
"""
    after = before.replace("first", "space")
    patch = factored(before, after)
    assert told(patch.operations) == {("equal.first", "space")}
    (rename,) = patch.operations
    graph = dag(patch.operations)
    base = tree_of({b"m.py": text(before.encode())})
    state = State(weave_in(patch.operations, graph, base, graph.everything), graph.closures[0])
    assert not kind_of(rename).proof(rename, state)
    assert kind_of(rename).review_lines(rename, state) == 6


def test_a_name_that_shares_a_line_with_another_change_is_no_rename_to_a_name_that_was_there() -> None:
    before = "def f(x):\n    one = g(x)\n    two = h(one, x)\n    return two\n"
    after = "def f(x):\n    two = g(x)\n    two = h(two, x + 1)\n    return two\n"
    operations = factored(before, after).operations
    assert not told(operations)
    assert all(isinstance(one, Edit) for one in operations)


_CLAMPS = "def clamps(values, place):\n    {0}\n    return {1}\n"


def test_what_is_given_much_the_same_value_is_the_same_variable() -> None:
    before = _CLAMPS.format("index = search(values, place)", "pair(index - 1, index)")
    after = _CLAMPS.format(
        'left = search(values, place, "left")\n    right = search(values, place, "right")\n    upper = left\n'
        "    lower = upper - (left == right)",
        "pair(lower, upper)",
    )
    assert told(factored(before, after).operations) == {("clamps.index", "left")}


def test_what_was_there_before_is_no_new_name_of_what_is_given_the_same_value() -> None:
    before = _CLAMPS.format("left = 0\n    index = search(values, place)", "pair(left, index)")
    after = _CLAMPS.format('left = search(values, place, "left")', "pair(left)")
    assert not told(factored(before, after).operations)
