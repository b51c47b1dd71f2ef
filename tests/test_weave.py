"""The weave: one text under any set of operations at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine import weave as module
from git_dagpatch.engine.weave import Weave
from git_dagpatch.model.dag import Dag
from git_dagpatch.model.effect import Span
from git_dagpatch.model.errors import WrongBase
from tests.trees import spliced

Changes = dict[int, list[Span]]
"""Operation → its spans, all in the state before any of them."""

_TEXT = b"0123456789abcdef"


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    """Spans of up to five operations on `_TEXT`; those of different ones may touch."""
    drawn: Changes = {}
    position, last = 0, -1
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(position, min(position + 3, len(_TEXT))))
        end = draw(st.integers(start, min(start + 2, len(_TEXT))))
        owners = [n for n in range(5) if n != last or start > position or not drawn]
        number = draw(st.sampled_from(owners))
        insert = b"ABCDE"[number : number + 1] * draw(st.integers(start == end, 2))
        drawn.setdefault(number, []).append(Span(start, end, insert))
        position, last = end, number
    return drawn


def woven(taken: Changes) -> Weave:
    weave = Weave(_TEXT)
    weave.add(sorted(taken.items()), 0)
    return weave


@settings(max_examples=300)
@given(changes())
def test_every_set_of_operations_has_its_own_text(taken: Changes) -> None:
    weave = woven(taken)
    for state in range(32):
        text = bytearray()
        position = 0
        spans = sorted((*span, number) for number, own in taken.items() if state >> number & 1 for span in own)
        for start, end, insert, _ in sorted(spans, key=lambda span: (span[0], span[1], span[3])):
            text += _TEXT[position:start] + insert
            position = end
        assert weave.text(state) == bytes(text) + _TEXT[position:]


@settings(max_examples=300)
@given(changes())
def test_an_operation_is_expressed_and_undone_in_any_state(taken: Changes) -> None:
    weave = woven(taken)
    for state in range(32):
        for number in taken:
            if not state >> number & 1:
                spans = weave.express(1 << number, state).get(number, [])
                with_it = state | 1 << number
                assert spliced(weave.text(state), tuple(spans)) == weave.text(with_it)
                assert spliced(weave.text(with_it), tuple(weave.undo(number, with_it))) == weave.text(state)


@settings(max_examples=100)
@given(changes(), st.integers(1, 3))
def test_pieces_that_are_read_in_runs_tell_the_same(taken: Changes, size: int) -> None:
    weave, in_runs = woven(taken), woven(taken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_RUN", size)
        patch.setattr(module, "_READINGS", size)
        read = [in_runs.text(state) for state in range(32)]
        changed = [in_runs.change(state, other) for state in range(32) for other in (0, 21, 31)]
        expressed = [in_runs.express(31 & ~state, state) for state in range(32)]
        authors = [in_runs.authors(start, start + size, 31) for start in range(len(read[31]))]
    assert read == [weave.text(state) for state in range(32)]
    assert changed == [weave.change(state, other) for state in range(32) for other in (0, 21, 31)]
    assert expressed == [weave.express(31 & ~state, state) for state in range(32)]
    assert authors == [weave.authors(start, start + size, 31) for start in range(len(read[31]))]


@settings(max_examples=200)
@given(changes(), st.integers(0, 31), st.integers(0, 31), st.sampled_from((1, 2, 32)))
def test_a_byte_is_followed_as_the_changes_tell(taken: Changes, before: int, after: int, size: int) -> None:
    weave = woven(taken)
    text, spans = weave.text(before), weave.change(before, after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_RUN", size)
        followed = [weave.follow(position, before, after) for position in range(len(text) + 1)]
    for position, there in enumerate(followed):
        passed = [span for span in spans if span.start <= position]
        gone = bool(passed) and position < passed[-1].end
        growth = sum(span.growth for span in passed[: -1 if gone else None])
        assert there == (passed[-1].start if gone else position) + growth


@settings(max_examples=300)
@given(changes())
def test_taking_operations_at_once_is_taking_them_one_by_one(taken: Changes) -> None:
    at_once, one_by_one = Weave(_TEXT), Weave(_TEXT)
    found = at_once.add(sorted(taken.items()), 0)
    touched = [found.get(number, 0) for number in range(5)]
    touched_then = [0] * 5
    for number in sorted(taken):
        state = (1 << number) - 1
        spans = at_once.express(1 << number, state)[number]
        touched_then[number] = one_by_one.add([(number, spans)], state)[number]
    graph = Dag(touched)
    assert graph.closures == Dag(touched_then).closures
    for state in {graph.closed(chosen) for chosen in range(32)}:
        assert one_by_one.text(state) == at_once.text(state)


def test_a_text_that_an_operation_brings_is_there_with_it_alone() -> None:
    weave = Weave(b"new", bringer=2)
    assert weave.text(0) == b""
    assert weave.text(4) == b"new"
    weave.add([(3, [Span(1, 2, b"E")])], 4)
    assert weave.text(0b1000) == b"E"
    assert weave.text(0b1100) == b"nEw"


def test_touching_is_told_also_where_the_text_between_is_gone() -> None:
    weave = Weave(b"abcd")
    assert weave.add([(0, [Span(1, 3, b"")])], 0)[0] == 0
    assert weave.add([(1, [Span(0, 1, b"A")])], 0b1)[1] == 0b1
    assert weave.add([(2, [Span(1, 2, b"D")])], 0b11)[2] & 0b11 == 0b11
    assert weave.add([(3, [Span(0, 0, b"<")])], 0b111)[3] & 0b10
    assert weave.add([(4, [Span(3, 3, b">")])], 0b1111)[4] & 0b100
    assert weave.text(0b11111) == b"<AD>"


def test_what_is_inserted_between_two_removals_later_does_not_keep_them_apart() -> None:
    assert Weave(b"abcd").add([(0, [Span(0, 2, b"")]), (1, [Span(2, 4, b"")]), (2, [Span(2, 2, b"x")])], 0)[1] == 0b1
    assert Weave(b"abcd").add([(0, [Span(0, 2, b"")]), (2, [Span(2, 4, b"")]), (1, [Span(2, 2, b"x")])], 0)[2] == 0b10


def test_an_operation_that_is_not_in_the_state_is_touched_where_its_text_would_stand() -> None:
    weave = Weave(b"abcd")
    weave.add([(0, [Span(2, 2, b"X")])], 0)
    assert weave.add([(1, [Span(2, 2, b"Y")])], 0)[1] == 1
    assert weave.add([(2, [Span(1, 2, b"")])], 0)[2] == 3
    assert weave.add([(3, [Span(0, 1, b"")])], 0)[3] == 4


def test_the_authors_of_a_range() -> None:
    weave = Weave(b"abcdef")
    weave.add([(0, [Span(1, 2, b"BB")]), (1, [Span(4, 5, b"")])], 0)
    assert weave.text(3) == b"aBBcdf"
    expected = {(0, 0): 0, (0, 1): 0, (1, 3): 1, (2, 3): 1, (3, 4): 1, (4, 5): 2, (5, 5): 2, (0, 6): 3}
    assert {bounds: weave.authors(*bounds, 3) for bounds in expected} == expected
    assert weave.authors(0, 6, 2) == 2


WRONG = {
    "beyond the end": [(0, [Span(3, 5, b"")])],
    "behind the end": [(0, [Span(5, 5, b"x")])],
    "before the start": [(0, [Span(-1, 1, b"")])],
    "backwards": [(0, [Span(2, 1, b"")])],
    "overlap of one operation": [(0, [Span(0, 2, b""), Span(1, 3, b"")])],
    "overlap of two": [(0, [Span(0, 2, b"")]), (1, [Span(1, 3, b"")])],
    "one inside the other": [(0, [Span(0, 4, b"")]), (1, [Span(2, 2, b"x")])],
}


@pytest.mark.parametrize("taken", WRONG.values(), ids=WRONG.keys())
def test_spans_that_do_not_fit_are_refused(taken: list[tuple[int, list[Span]]]) -> None:
    with pytest.raises(WrongBase):
        Weave(b"abcd").add(taken, 0)


def test_a_long_row_of_neighbours_is_ordered_though_not_searched_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    row: Changes = {number: [Span(number, number + 1, b"")] for number in range(12)}
    row[12] = [Span(12, 12, b"X")]
    monkeypatch.setattr(module, "_NEIGHBOURS", 3)
    weave = Weave(_TEXT)
    touched = weave.add(sorted(row.items()), 0)
    assert touched[12] >> 9 == 0b111
    assert weave.text((1 << 13) - 1) == b"X" + _TEXT[12:]
