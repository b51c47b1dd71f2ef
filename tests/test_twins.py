"""New definitions that are much alike: one is read, the others are copies of it."""

from __future__ import annotations

from git_dagpatch.model.operation import Copy, Edit
from tests.test_copies import copies
from tests.test_moves import HEAD, LOAD, SAVE, SHELF, factored, method, module, proofs, read_lines

BEFORE = {b"a.py": module(HEAD, SAVE, SHELF), b"b.py": module(HEAD, SAVE)}
FETCH = LOAD.replace(b"load", b"fetch").replace(b"if line.strip()]", b"if line]")


def test_the_second_of_two_new_functions_is_a_copy_of_the_first() -> None:
    after = BEFORE | {b"a.py": module(HEAD, LOAD, FETCH, SAVE, SHELF)}
    patch = factored(BEFORE, after)
    assert copies(patch) == [("a.py:load", "a.py:fetch")]
    assert [operation.type for operation in patch.operations] == ["edit", "copy", "edit"]
    assert read_lines(patch, BEFORE) == LOAD.count(b"\n") + 2 + 1 + 2
    assert proofs(patch, BEFORE)


def test_a_copy_needs_the_definition_that_it_is_copied_from() -> None:
    after = BEFORE | {b"a.py": module(HEAD, LOAD, SAVE, SHELF), b"b.py": module(HEAD, FETCH, SAVE)}
    patch = factored(BEFORE, after)
    (added,) = [one for one in patch.operations if isinstance(one, Edit) and one.target == "a.py:load"]
    (copy,) = [one for one in patch.operations if isinstance(one, Copy)]
    assert (copy.source, copy.target) == ("a.py:load", "b.py:fetch")
    assert copy.depends_on == [added.id]


def test_a_method_is_copied_from_a_function() -> None:
    after = BEFORE | {
        b"a.py": BEFORE[b"a.py"] + b"\n" + method(FETCH),
        b"b.py": module(HEAD, LOAD, SAVE),
    }
    assert copies(factored(BEFORE, after)) == [("a.py:Shelf.fetch", "b.py:load")]


def test_new_functions_with_little_in_common_are_added_each() -> None:
    after = BEFORE | {
        b"a.py": module(HEAD, LOAD, SAVE, SHELF),
        b"b.py": module(HEAD, SAVE, SAVE.replace(b"save", b"keep")),
    }
    patch = factored(BEFORE, after)
    assert "a.py:load" not in [source for source, _ in copies(patch)]
