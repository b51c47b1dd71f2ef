"""The proof that a reorder of imports imports the same: from the text of the block before and after, nothing else."""

from __future__ import annotations

from collections import defaultdict, deque

from git_dagpatch.languages import language_of
from git_dagpatch.languages.import_blocks import Named, block_between, same_imports
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.operation import Reorder

PROOF = (
    "the same names are imported from the same modules, with their comments, and nothing but imports stands between; "
    "modules may be loaded in another order"
)


def arrangement(path: bytes, before: bytes, span: Span) -> tuple[list[str], list[int]] | None:
    """The imports of the block that `span` replaces, and their new order; None unless it is proved to hold the same."""
    if language_of(path, before).name != "python":
        return None
    old = block_between(before, span.start, span.end)
    new = block_between(rewrite(before, (span,)), span.start, span.start + len(span.insert))
    if old is None or new is None or old.body != new.body or not same_imports(old, new):
        return None
    places: dict[Named, deque[int]] = defaultdict(deque)
    for number, named in enumerate(old.names):
        places[named].append(number)
    return [str(named.imported) for named in old.names], [places[named].popleft() for named in new.names]


def proof_of_imports(operation: Reorder, path: bytes, before: bytes, span: Span) -> str:
    """What shows that `span`, a block of imports of Python, only changes their order and grouping; empty if nothing."""
    return PROOF if arrangement(path, before, span) == (operation.siblings, operation.order) else ""
