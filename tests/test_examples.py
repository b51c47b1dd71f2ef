"""The documented examples of every kind hold."""

from __future__ import annotations

import pytest

from git_dagpatch.engine.execute import execute
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.ids import canonical
from git_dagpatch.model.objects import FILE, Objects
from git_dagpatch.model.operation import KINDS
from git_dagpatch.operations import all_kinds
from git_dagpatch.operations.kind import Example
from tests.trees import File, files_of, tree_of

EXAMPLES = [(kind.operation, example) for kind in all_kinds() for example in kind.examples]


@pytest.mark.parametrize(
    ("operation", "example"), EXAMPLES, ids=[f"{operation.__name__}: {example.why}" for operation, example in EXAMPLES]
)
def test_an_example_does_what_it_shows(operation: type, example: Example) -> None:
    raw = {"format": "dagpatch/1", "base": "", "result": "", "base_tar": "", "operations": [example.operation]}
    patch = decode(canonical(raw))
    assert isinstance(patch.operations[0], operation)
    base = tree_of({path.encode(): File(FILE, content) for path, content in example.before.items()})
    made = execute(patch.operations, base, Objects(base.source))
    after = {path.encode(): File(example.modes.get(path, FILE), content) for path, content in example.after.items()}
    assert files_of(made) == after != files_of(base)
    assert decode(encode(patch)) == patch


def test_every_kind_is_known_and_has_an_example() -> None:
    assert {kind.operation for kind in all_kinds()} == set(KINDS)
    assert all(kind.examples for kind in all_kinds())
