"""What a reviewer is given of a patch: cards in reading order, with what was proved and what has to be read."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.measure import review_lines
from git_dagpatch.engine.review import review
from git_dagpatch.model.codec import dag, decode
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.paths import encode
from git_dagpatch.model.review import Card, Concern, Detail, Hunk, Journey, Place, Review, Row, Side
from git_dagpatch.model.tree import Tree
from git_dagpatch.report.review_text import View, review_text
from git_dagpatch.report.review_words import Wish
from tests.documents import document, edit
from tests.reviews import plain
from tests.strategies import Pair, pairs
from tests.trees import Files, text, tree_of

quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

FUNCTIONS = b"".join(b"def f%d():\n    return %d\n\n\n" % (number, number) for number in range(9))
LONG = b"def long(a):\n" + b"".join(b"    step(%d, a)\n" % number for number in range(8))


def python(**modules: bytes) -> Files:
    return {name.encode() + b".py": text(content) for name, content in modules.items()}


def reviewed(before: Files, after: Files, detail: Detail | None = None) -> Review:
    base = tree_of(before)
    return review(factor(base, tree_of(after), Metadata()), base, detail or Detail(), trusted=True)


def only(found: Review, kind: str) -> Card:
    (card,) = [card for card in found.cards if card.kind == kind]
    return card


def hunks(card: Card) -> list[Hunk]:
    return [hunk for file in card.files for hunk in file.hunks]


def sides(row: Row) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
    old, new = ((line.number, line.text) if line else None for line in (row.old, row.new))
    return old, new


def test_a_changed_body_is_shown_word_by_word() -> None:
    found = reviewed(python(m=FUNCTIONS), python(m=FUNCTIONS.replace(b"return 3", b"return 33")))
    (card,) = found.cards
    assert (card.concern, card.headline, card.folded) == (Concern.BEHAVIOUR, "Change the body of f3 in m.py", "")
    assert card.places == (Place("m.py", 14, Side.RESULT),)
    (hunk,) = hunks(card)
    assert (hunk.symbol, hunk.to_read, hunk.place) == ("f3", True, card.places[0])
    (row,) = [row for row in hunk.rows if not row.is_context]
    assert sides(row) == ((14, "    return 3"), (14, "    return 33"))
    assert row.new is not None
    assert [segment.text for segment in row.new.segments if segment.changed] == ["33"]
    assert [sides(one)[0] for one in hunk.rows] == [(13, "def f3():"), (14, "    return 3")]
    verdict = found.verdict
    assert verdict.concerns[Concern.BEHAVIOUR] == verdict.operations == 1
    assert (verdict.lines_to_read, verdict.diff_lines, verdict.files, verdict.breaking) == (2, 2, 1, 0)


def test_lines_around_a_change_are_of_its_definition_unless_more_are_asked_for() -> None:
    before = b"import os\n\n\ndef f(a):\n    b = a\n\n    return b\n\n\ndef g():\n    pass\n"
    after = before.replace(b"return b", b"return -b").replace(b"import os", b"import os\nimport re")
    body, imports = reviewed(python(m=before), python(m=after)).cards
    assert [[row.old.text for row in hunk.rows if row.old] for hunk in hunks(body)] == [
        ["def f(a):", "    b = a", "", "    return b"]
    ]
    assert [[row.new.text for row in hunk.rows if row.new] for hunk in hunks(imports)] == [["import re"]]
    body, imports = reviewed(python(m=before), python(m=after), Detail(context=4)).cards
    assert [row.old.text for row in hunks(body)[0].rows if row.old][-1] == "    pass"
    assert len(hunks(imports)[0].rows) == 6


def test_lines_far_from_a_change_are_left_out_and_near_ones_shared() -> None:
    after = FUNCTIONS.replace(b"return 1", b"return one()").replace(b"return 7", b"return seven()")
    (one, other) = reviewed(python(m=FUNCTIONS), python(m=after), Detail(context=1)).cards
    assert [[row.old.number for row in hunk.rows if row.old] for card in (one, other) for hunk in hunks(card)] == [
        [5, 6, 7],
        [29, 30, 31],
    ]
    (whole,) = hunks(only(reviewed({b"a": text(b"1\n2\n3\n4\n")}, {b"a": text(b"0\n2\n3\n5\n")}), "edit"))
    assert [row.is_context for row in whole.rows] == [False, False, True, True, False, False]


def test_the_end_of_a_text_without_a_newline_is_told() -> None:
    (hunk,) = hunks(only(reviewed({b"a.sh": text(b"one\ntwo")}, {b"a.sh": text(b"one\nthree\ntwo!\n")}), "edit"))
    rows = [row for row in hunk.rows if not row.is_context]
    assert [sides(row) for row in rows] == [(None, (2, "three")), ((2, "two"), (3, "two!"))]
    assert [(row.old and row.old.ended, row.new and row.new.ended) for row in rows] == [(None, True), (False, True)]


def test_positions_are_those_of_the_result_whatever_else_changes() -> None:
    after = b"import os\n\n\n" + FUNCTIONS.replace(b"return 3", b"return os.name")
    found = reviewed(python(m=FUNCTIONS), python(m=after))
    card = next(card for card in found.cards if card.intent == "body-changed")
    assert card.places == (Place("m.py", 17, Side.RESULT),)
    assert found.cards[-1].intent == "import-added", "imports come after what uses them"


def test_what_goes_has_its_place_in_base() -> None:
    (card,) = reviewed(python(m=FUNCTIONS), python(m=FUNCTIONS.replace(b"def f3():\n    return 3\n\n\n", b""))).cards
    assert card.places == (Place("m.py", 13, Side.BASE),)
    assert card.breaking is True


def test_what_is_only_written_otherwise_is_folded_and_comes_last() -> None:
    before, after = b"x = 1\ny = f(1)\n", b"x = 2\n\ny = f(\n    1\n)\n"
    found = reviewed(python(m=before), python(m=after))
    assert [card.concern for card in found.cards] == [Concern.BEHAVIOUR, Concern.PROVED]
    layout = found.cards[1]
    assert layout.folded == layout.proof != ""
    assert [hunk.to_read for hunk in hunks(layout)] == [False]
    assert (layout.lines_to_read, layout.files[0].removed, layout.files[0].added) == (1, 1, 4)
    folded = reviewed(python(m=before), python(m=after), Detail(folded=False))
    assert hunks(folded.cards[1]) == []
    assert folded.verdict == found.verdict
    assert hunks(folded.cards[0]) == hunks(found.cards[0])


def test_of_a_pattern_one_place_is_read() -> None:
    before = b"".join(b"a%d = read(x%d)\n\n\n\n\n\n\n\n" % (number, number) for number in range(5))
    found = reviewed(python(m=before), python(m=before.replace(b")", b", text=True)")))
    card = only(found, "string_replace")
    assert [hunk.to_read for hunk in hunks(card)] == [True, False, False, False, False]
    assert (len(card.places), card.lines_to_read) == (5, 2)
    (kept,) = hunks(
        only(reviewed(python(m=before), python(m=before.replace(b")", b", text=True)")), Detail(False)), card.kind)
    )
    assert kept == hunks(card)[0]


def test_both_ends_of_a_move_are_known_and_what_changes_inside_says_so() -> None:
    before = python(a=b"import os\n\n\n" + LONG, b=b"import re\n")
    after = python(a=b"import os\n", b=b"import re\n\n\n" + LONG.replace(b"step(3, a)", b"step(3, -a)"))
    found = reviewed(before, after)
    move, change = only(found, "move"), only(found, "edit")
    assert move.journey == Journey(Place("a.py", 4, Side.BASE), Place("b.py", 4, Side.RESULT), 9)
    assert (move.concern, move.inside) == (Concern.REFACTORING, ())
    assert change.inside == (move.id,)
    assert change.places == (Place("b.py", 8, Side.RESULT),)
    assert found.cards == (change, move)


def test_a_copy_names_where_the_original_stands() -> None:
    before = python(a=b"import os\n\n\n" + LONG)
    after = python(a=b"import os\nimport re\n\n\n" + LONG + b"\n\n" + LONG.replace(b"def long", b"def other"))
    journey = only(reviewed(before, after), "copy").journey
    assert journey is not None
    assert (journey.source, journey.target.side) == (Place("a.py", 5, Side.RESULT), Side.RESULT)


def test_a_moved_file_goes_from_base_to_result() -> None:
    found = reviewed({b"a/m.py": text(FUNCTIONS)}, {b"b/m.py": text(FUNCTIONS.replace(b"return 3", b"return 4"))})
    move = only(found, "move")
    assert move.journey == Journey(Place("a/m.py", 1, Side.BASE), Place("b/m.py", 1, Side.RESULT), 36)
    assert only(found, "edit").inside == (move.id,)
    assert (found.verdict.diff_lines, found.verdict.files) == (2, 2)


def test_a_name_inside_a_function_concerns_nobody_else() -> None:
    before = b"def f():\n    total = 1\n    total += f(total)\n    return total\n\n\ndef g(x):\n    return f() + f()\n"
    local = reviewed(python(m=before), python(m=before.replace(b"total", b"count")))
    assert [card.concern for card in local.cards] == [Concern.PROVED]
    found = reviewed(python(m=before), python(m=before.replace(b"f(", b"ff(")))
    assert [(card.concern, card.breaking) for card in found.cards] == [(Concern.REFACTORING, True)]
    assert found.verdict.breaking == 1
    assert not found.verdict.changes_behaviour


@pytest.mark.parametrize(
    ("path", "concern"),
    [
        (b"app/core.py", Concern.BEHAVIOUR),
        (b"app/data.json", Concern.BEHAVIOUR),
        (b"tests/test_core.py", Concern.TESTS),
        (b"docs/index.rst", Concern.DOCUMENTS),
        (b"docs/conf.py", Concern.SETTINGS),
        (b"app/docs/views.py", Concern.BEHAVIOUR),
        (b"pyproject.toml", Concern.SETTINGS),
    ],
)
def test_files_tell_whom_a_change_concerns(path: bytes, concern: Concern) -> None:
    before, after = (b"[1]\n", b"[2]\n") if path.endswith(b"json") else (b"x = 1\n", b"x = 2\n")
    (card,) = reviewed({path: text(before)}, {path: text(after)}).cards
    assert card.concern is concern


def test_comments_and_docstrings_are_proved() -> None:
    before = b'def f():\n    """Old."""\n    return 1  # one\n'
    (card,) = reviewed(python(m=before), python(m=before.replace(b"# one", b"# uno"))).cards
    assert (card.concern, card.folded) == (Concern.PROVED, "")
    (card,) = reviewed(python(m=before), python(m=before.replace(b"Old", b"New"))).cards
    assert (card.concern, card.proof) == (Concern.DOCUMENTS, "the syntax tree stays the same but for docstrings")


def test_what_an_edit_says_of_itself_is_no_evidence() -> None:
    lie = edit("m.py:f", (1, [" def f(a):\n", "-    return 1\n", "+    return evil()\n"])) | {
        "intent": "comment-changed",
        "description": "Fix a typo",
        "semantic_tags": ["documentation", "non-functional"],
        "breaking_change": False,
    }
    gone = edit("m.py:", (4, [" \n", " \n", "-def g():\n", "-    pass\n"])) | lie_fields(breaking=False)
    patch = decode(document(lie, gone))
    base = tree_of(python(m=b"def f(a):\n    return 1\n\n\n\ndef g():\n    pass\n"))
    first, second = review(patch, base, Detail(), trusted=False).cards
    assert (first.headline, first.breaking, first.concern) == ("Remove function g in m.py", True, Concern.BEHAVIOUR)
    assert (second.headline, second.concern) == ("Change the body of f in m.py", Concern.BEHAVIOUR)
    assert "non-functional" not in second.tags


def lie_fields(*, breaking: bool) -> dict[str, object]:
    return {"intent": "docstring-changed", "description": "Nothing", "breaking_change": breaking}


def test_edits_of_one_file_are_told_as_they_were_found_whatever_they_say() -> None:
    changed = FUNCTIONS.replace(b"return 3", b"return 33").replace(b"def f5():", b"def f5(a=1):") + b"\n# End.\n"
    base = tree_of(python(m=FUNCTIONS))
    patch = factor(base, tree_of(python(m=changed)), Metadata())
    lies = [msgspec.structs.replace(one, **lie_fields(breaking=True)) for one in patch.operations]
    found = review(patch, base, Detail(), trusted=True).cards
    assert len(found) == 3
    cards = review(msgspec.structs.replace(patch, operations=lies), base, Detail(), trusted=False).cards
    assert [(card.headline, card.breaking, card.concern) for card in cards] == [
        (card.headline, card.breaking, card.concern) for card in found
    ]


def test_an_edit_of_many_symbols_is_told_by_its_target() -> None:
    both = edit("m.py:f", (1, ["-def f():\n", "+def f(a):\n"]), (4, ["-def g():\n", "+def g(a):\n"]))
    base = tree_of(python(m=b"def f():\n    pass\n\ndef g():\n    pass\n"))
    (card,) = review(decode(document(both)), base, Detail(), trusted=False).cards
    assert (card.headline, card.breaking, card.lines_to_read) == ("Edit f in m.py", True, 4)


def _lines(tree: Tree, path: str) -> int:
    (content,) = [tree.read(name) for name, _ in tree.files() if encode(name) == path]
    return max(len(content.split(b"\n")), 1)


@given(pairs(), st.booleans())
@quick
def test_every_patch_has_a_review_that_agrees_with_its_measures(pair: Pair, trusted: bool) -> None:
    before, after = tree_of(*pair.before), tree_of(*pair.after)
    patch = factor(before, after, Metadata())
    found = review(patch, before, Detail(), trusted=trusted)
    assert sorted(card.id for card in found.cards) == sorted(str(operation.id) for operation in patch.operations)
    assert sum(found.verdict.concerns.values()) == len(patch.operations)
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, before, graph.everything)
    assert found.verdict.lines_to_read == review_lines(patch.operations, graph, lineages)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Review) == found
    for card in found.cards:
        assert card.places
        _check_places(card, before, after)
        for file in card.files:
            changed = [row for hunk in file.hunks for row in hunk.rows if not row.is_context]
            assert file.removed == sum(row.old is not None for row in changed)
            assert file.added == sum(row.new is not None for row in changed)
            numbers = [row.old.number for hunk in file.hunks for row in hunk.rows if row.old]
            assert numbers == sorted(set(numbers))


def _check_places(card: Card, before: Tree, after: Tree) -> None:
    trees = {Side.BASE: before, Side.RESULT: after}
    for place in card.places:
        tree = trees[place.side]
        if any(encode(name) == place.path for name, _ in tree.files()):
            assert 1 <= place.line <= _lines(tree, place.path)


def test_a_patch_of_nothing_has_nothing_to_read() -> None:
    found = reviewed(python(m=b"x = 1\n"), python(m=b"x = 1\n"))
    assert found.cards == ()
    assert (found.verdict.operations, found.verdict.lines_to_read, found.verdict.diff_lines) == (0, 0, 0)


def test_dependencies_and_their_reasons_are_told() -> None:
    before = python(m=b"def g():\n    return 1\n")
    after = python(m=b"def h():\n    return 2\n\n\ndef g():\n    return h()\n")
    base = tree_of(before)
    patch: Patch = factor(base, tree_of(after), Metadata())
    found = review(patch, base, Detail(), trusted=True)
    needs = {operation.id: operation.depends_on for operation in patch.operations}
    assert {card.id: [*card.depends_on] for card in found.cards} == needs
    assert any(card.because for card in found.cards)


def test_of_a_moved_text_the_names_are_told_that_may_mean_something_else() -> None:
    definition = b"\n\ndef long(a):\n" + b"".join(b"    step(helper(%d), a)\n" % number for number in range(8))
    before = python(a=b"import os\nfrom x import helper, step\n" + definition, b=b"from y import helper, step\n")
    after = python(a=b"import os\nfrom x import helper, step\n", b=b"from y import helper, step\n" + definition)
    move = only(reviewed(before, after), "move")
    assert (move.proof, move.holds, move.concern) == ("", True, Concern.BEHAVIOUR)
    assert move.doubts == ("step", "helper")
    assert [(hunk.place.path, hunk.to_read) for hunk in hunks(move)] == [("a.py", False), ("b.py", False)]
    assert move.lines_to_read == 9
    told = " ".join("\n".join(review_text(reviewed(before, after), plain, View())).split())
    assert "the same text as at a.py:5 (old); step, helper may mean something else here" in told
    assert "step(helper(0), a)" not in told
    shown = "\n".join(review_text(reviewed(before, after), plain, View(wish=Wish(show=frozenset(("move",))))))
    assert "+     step(helper(0), a)" in shown
    assert "proved:" not in shown


def test_a_moved_text_that_others_find_by_its_name_names_itself() -> None:
    helper = b"def helper(a):\n    first = a + 1\n    second = first * 2\n    return first, second\n"
    before = python(a=helper + b"\n\ndef use():\n    return helper(1)\n", b=b"class C:\n    size = 1\n")
    method = b"    " + helper.replace(b"\n    ", b"\n        ")
    caller = b"import re as helper\n\n\ndef use():\n    return helper(1)\n"
    after = python(a=caller, b=b"class C:\n    size = 1\n\n" + method)
    move = only(reviewed(before, after), "move")
    assert (move.holds, move.doubts) == (True, ("helper",))
