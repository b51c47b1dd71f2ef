"""The inverse of a patch: what it did is taken back, last first. Inverse kinds may differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from git_dagpatch.alignment.lines import whole_lines
from git_dagpatch.discovery.files import find_spellings
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.engine.execute import weave_in
from git_dagpatch.engine.factor import assemble
from git_dagpatch.engine.lineage import Lineages
from git_dagpatch.engine.state import State
from git_dagpatch.languages import is_readable
from git_dagpatch.model.codec import dag
from git_dagpatch.model.dag import Dag, mask_of, members
from git_dagpatch.model.effect import (
    Appear,
    FileChange,
    Relocate,
    Rewrite,
    SetMode,
    Span,
    SpellDirectory,
    Vanish,
    rewrite,
)
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import BinaryDelta, Create, Delete, Edit, Mode, Move, Operation
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.paths import encode, join_target, split_target
from git_dagpatch.model.text import to_text
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations.binary_delta import CODEC, make_delta


def invert(patch: Patch, base: Tree, metadata: Metadata, undone: int | None = None) -> Patch:
    """The patch that makes `base` again of what `patch` makes of it.

    With `undone`, a mask of operations, it takes back only these, and those that depend on them.
    """
    graph = dag(patch.operations)
    lineages = weave_in(patch.operations, graph, base, graph.everything)
    result = lineages.tree(graph.everything, Objects(base.source))
    gone = graph.everything if undone is None else graph.users(undone)
    left = lineages.tree(graph.everything & ~gone, Objects(base.source))
    steps = [*_steps(patch.operations, lineages, graph, gone), *find_spellings(result, left)]
    return assemble(result, left, metadata, steps)


def _steps(operations: Sequence[Operation], lineages: Lineages, graph: Dag, gone: int) -> Iterator[Step]:
    """What takes back the operations of the mask `gone`, last first, of the state that holds all."""
    state = graph.everything
    while gone:
        # What nothing needs any more; of edits, all at once, since there may be many of one file.
        ready = gone
        for number in members(gone):
            ready &= ~graph.needs[number]
        edits = mask_of(number for number in members(ready) if isinstance(operations[number], Edit))
        files = State(lineages, state)
        together: list[Proposal] = []
        for number, effect in lineages.undo_rewrites(edits, state).items():
            proposals = [_proposal(operations[number], path, change, files) for path, change in effect.items()]
            if all(proposal.effect.get(path) == effect[path] for proposal in proposals for path in proposal.effect):
                together += proposals
            else:
                edits &= ~(1 << number)
        if together:
            yield tuple(together)
        state &= ~edits
        for number in sorted(members(ready & ~edits), reverse=True):
            files = State(lineages, state)
            for path, change in lineages.undo(number, state).items():
                # Of a directory that went with its last file, no operation says how its mode was written.
                if not isinstance(change, SpellDirectory):
                    yield (_proposal(operations[number], path, change, files),)
            state &= ~(1 << number)
        gone &= ~ready


def _proposal(operation: Operation, path: bytes, change: FileChange, files: State) -> Proposal:
    match change:
        case Appear(mode, content):
            return Proposal(Create(target=encode(path), mode=mode, content=to_text(content)), {path: change})
        case Vanish():
            return Proposal(Delete(target=encode(path)), {path: change})
        case Relocate(target):
            return Proposal(Move(source=encode(path), target=encode(target)), {path: change})
        case SetMode(mode):
            return Proposal(Mode(target=encode(path), mode=mode), {path: change})
        case Rewrite(spans):
            return _text(operation, path, files.read(path), spans)


def _text(operation: Operation, path: bytes, text: bytes, spans: Sequence[Span]) -> Proposal:
    after = rewrite(text, tuple(spans))
    if not (is_readable(path, text) and is_readable(path, after)):
        delta = BinaryDelta(
            target=encode(path),
            delta=make_delta(text, after),
            codec=CODEC,
            before=hashlib.sha256(text).hexdigest(),
            after=hashlib.sha256(after).hexdigest(),
        )
        return Proposal(delta, {path: Rewrite((Span(0, len(text), after),))})
    symbol = split_target(operation.target)[1] if isinstance(operation, Edit) else ""
    return Proposal(Edit(target=join_target(path, symbol), hunks=[]), {path: Rewrite(whole_lines(text, spans))})
