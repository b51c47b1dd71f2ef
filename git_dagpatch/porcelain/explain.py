"""What a person needs to decide a conflict: what it belongs to, what each side did there, what is likely meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.alignment.lines import lines_of
from git_dagpatch.engine.sides import what_was_done
from git_dagpatch.languages import language_of
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.marked import Piece, Unclear, pieces
from git_dagpatch.merging.standing import places_in
from git_dagpatch.model.conflict import Conflict, Intents, Marked, Proposal, Stages
from git_dagpatch.model.objects import SUBMODULE, SYMLINK, BlobSource, Entry
from git_dagpatch.model.patch import Patch
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.strategy import MergeOptions, Strategy

_MOST = 50
"""Files in conflict that are explained; of more nobody reads it."""


class File(Struct, frozen=True):
    """A file in conflict: what the merge left, and what it made that of."""

    path: bytes
    parts: Sequence[Piece]
    """Without a conflict where the file is taken whole."""
    versions: Texts
    has: tuple[bool, bool, bool]
    """Which of the versions there are."""

    @property
    def marked(self) -> list[Marked]:
        """Its conflicts."""
        return [part for part in self.parts if isinstance(part, Marked)]

    def symbols(self) -> Mapping[int, str]:
        """First line of a conflict → what it belongs to."""
        # With markers in it, a text is no code; with one side in their place it is.
        ours = b"".join(part.ours if isinstance(part, Marked) else part for part in self.parts)
        outline = language_of(self.path, ours).outline(ours)
        found = {}
        line = 0
        for part in self.parts:
            if isinstance(part, Marked):
                found[part.first_line] = outline.symbol_at(line) if outline else ""
            line += (part.ours if isinstance(part, Marked) else part).count(b"\n")
        return found

    def intents(self) -> Mapping[int, Intents]:
        """First line of a conflict, 0 for a file that is taken whole → what both sides did there."""
        mine, other = (self._done(side) for side in ("ours", "theirs"))
        return {line: (mine[line], other[line]) for line in mine}

    def _done(self, side: str) -> dict[int, tuple[str, ...]]:
        version = getattr(self.versions, side)
        before, _, _ = (text if there else None for text, there in zip(self.versions, self.has, strict=True))
        after = version if self.has[1 if side == "ours" else 2] else None
        if not self.marked:
            return {0: tuple(what_was_done(self.path, before, after, [(0, len(version))])[0])}
        starts = [*lines_of(version).starts, len(version)]
        places = places_in(self.parts, version, side)
        spans = [(starts[at[0]], starts[min(at[1], len(starts) - 1)]) if at else None for at in places]
        said = iter(what_was_done(self.path, before, after, [span for span in spans if span is not None]))
        return {
            conflict.first_line: tuple(next(said)) if span is not None else ()
            for conflict, span in zip(self.marked, spans, strict=True)
        }

    def proposals(self) -> Mapping[int, Sequence[Proposal]]:
        """First line of a conflict, 0 for a file that is taken whole → what is likely to be meant there."""
        if self.marked:
            # Loaded here, because apply-tree asks for them only with --json.
            from git_dagpatch.merging.proposals import proposals

            return proposals(self.path, self.versions, self.parts)
        return {0: self._of_deletion()}

    def _of_deletion(self) -> Sequence[Proposal]:
        """Where one side deleted the file and the other changed it: the deletion, or the change."""
        _, ours, theirs = self.has
        if ours == theirs or not all(map(is_text, self.versions)):
            return ()
        mine = self.versions.ours
        keep, drop = (Strategy.OURS, Strategy.THEIRS) if ours else (Strategy.THEIRS, Strategy.OURS)
        return (
            Proposal("deletion", b"", mine, 0, 0, side=drop),
            Proposal("change", self.versions.ours or self.versions.theirs, mine, 0, 0, side=keep),
        )


def explained(plan: Plan, patch: Patch, options: MergeOptions, *, propose: bool = False) -> Plan:
    """`plan` with all that is known about its conflicts; with `propose`, also what is likely to be meant."""
    told = {str(operation.id): str(operation.description or operation.type) for operation in patch.operations}
    files = {path: _planned(plan, path, stages, options) for path, stages in list(plan.stages.items())[:_MOST]}
    known = {path: _known(file, propose=propose) for path, file in files.items() if file is not None}
    conflicts = [
        known[conflict.path].about(conflict, told.get(conflict.operation, "")) if conflict.path in known else conflict
        for conflict in plan.conflicts
    ]
    return replace(plan, conflicts=conflicts)


class _Known(Struct, frozen=True):
    symbols: Mapping[int, str]
    intents: Mapping[int, Intents]
    proposals: Mapping[int, Sequence[Proposal]]

    def about(self, conflict: Conflict, told: str) -> Conflict:
        """`conflict` with what is known; `told` is what the patch itself says of the operation that collides."""
        line = conflict.lines[0] if conflict.lines else 0
        ours, theirs = self.intents.get(line, ((), ()))
        return replace(
            conflict,
            symbol=self.symbols.get(line, ""),
            intents=(ours, tuple(dict.fromkeys((told, *theirs) if told else theirs))),
            proposals=tuple(self.proposals.get(line, ())),
        )


def _known(file: File, *, propose: bool) -> _Known:
    return _Known(file.symbols(), file.intents(), file.proposals() if propose else {})


def _planned(plan: Plan, path: bytes, stages: Stages, options: MergeOptions) -> File | None:
    """A file in conflict of `plan`; None if that is no text."""
    entries = (stages.base, stages.ours, stages.theirs)
    versions = Texts(*(_read(plan.tree.source, entry) for entry in entries))
    if not all(map(is_text, versions)) or any(entry and entry.mode in (SYMLINK, SUBMODULE) for entry in entries):
        return None
    has = (stages.base is not None, stages.ours is not None, stages.theirs is not None)
    entry = plan.tree.file(path)
    try:
        parts = pieces(_read(plan.tree.source, entry), options.marker_size(path), versions) if all(has[1:]) else []
    except Unclear:
        parts = []
    return File(path, parts, versions, has)


def _read(source: BlobSource, entry: Entry | None) -> bytes:
    return source.blob(entry.oid) if entry is not None and entry.mode != SUBMODULE else b""
