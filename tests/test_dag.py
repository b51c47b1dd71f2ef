"""Graphs of operations: order, closures, reduction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.model.dag import Dag, mask_of, members, reduced
from git_dagpatch.model.errors import InvalidPatch

Needs = list[int]


@st.composite
def graphs(draw: st.DrawFn) -> Needs:
    """Masks without a circle, in any numbering."""
    size = draw(st.integers(0, 8))
    order = draw(st.permutations(range(size)))
    needs = [0] * size
    for at, number in enumerate(order):
        needs[number] = mask_of(draw(st.lists(st.sampled_from(order[:at]), max_size=4))) if at else 0
    return needs


def reachable(needs: Needs, number: int) -> set[int]:
    found: set[int] = set()
    waiting = list(members(needs[number]))
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += members(needs[other])
    return found


@given(graphs())
def test_closures_are_all_that_can_be_reached(needs: Needs) -> None:
    graph = Dag(needs)
    assert [set(members(closure)) for closure in graph.closures] == [reachable(needs, n) for n in range(len(needs))]


@given(graphs(), st.integers(0, 255))
def test_users_are_all_that_reach_one_of_a_set(needs: Needs, chosen: int) -> None:
    graph = Dag(needs)
    chosen &= graph.everything
    using = {number for number in range(len(needs)) if reachable(needs, number) & set(members(chosen))}
    assert set(members(graph.users(chosen))) == using | set(members(chosen))


@given(graphs())
def test_the_order_takes_the_lowest_number_that_is_ready(needs: Needs) -> None:
    done = 0
    for number in Dag(needs).order:
        ready = [n for n in range(len(needs)) if not done >> n & 1 and not needs[n] & ~done]
        assert number == ready[0]
        done |= 1 << number
    assert done == Dag(needs).everything


@given(graphs())
def test_reduction_keeps_what_can_be_reached_and_nothing_to_spare(needs: Needs) -> None:
    less = reduced(needs)
    closures = Dag(needs).closures
    assert Dag(less).closures == closures
    assert Dag(less).edges() == sum(need.bit_count() for need in less)
    for number, need in enumerate(less):
        for edge in members(need):
            without = [*less[:number], need & ~(1 << edge), *less[number + 1 :]]
            assert Dag(without).closures != closures


@given(graphs(), st.data())
def test_a_set_is_closed_with_all_that_it_needs(needs: Needs, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(needs) - 1))) if needs else set()
    expected = chosen.union(*(reachable(needs, number) for number in chosen))
    assert set(members(Dag(needs).closed(mask_of(chosen)))) == expected


@given(graphs().filter(bool), st.data())
def test_a_circle_is_refused(needs: Needs, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(needs) - 1))
    back = data.draw(st.sampled_from([number, *sorted(reachable(needs, number))]))
    needs[back] |= 1 << number
    with pytest.raises(InvalidPatch, match="circle"):
        Dag(needs)
