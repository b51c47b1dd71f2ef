"""The merge of one file of three trees: its mode, and its lines; then, where these conflict, what is renamed in all
three versions, and values by their paths."""

from __future__ import annotations

from collections import Counter
from functools import partial

from git_dagpatch.engine.draft import Draft
from git_dagpatch.engine.inputs import Inputs
from git_dagpatch.engine.lineage import Life
from git_dagpatch.engine.suspected import is_stirred
from git_dagpatch.languages import language_of
from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.effort import Effort
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.merging.veto import with_veto
from git_dagpatch.model.conflict import Stages
from git_dagpatch.model.objects import FILE, SUBMODULE, SYMLINK, Entry
from git_dagpatch.model.plan import Doubt, Settlement
from git_dagpatch.model.strategy import Policy, Strategy

_DOUBTED = 200_000
"""Bytes, of all versions together, in which it is looked for what speaks against files that lines alone merge."""


class Contents:
    """Merges files; what is settled on the way, and what is left open, is noted in the draft."""

    def __init__(self, inputs: Inputs, draft: Draft) -> None:
        self._inputs = inputs
        self._draft = draft
        self._strategy = inputs.options.strategy
        self._effort = Effort(_DOUBTED)

    def merge(self, life: Life, path: bytes, old: Entry | None, ours: Entry, theirs: Entry, reason: str) -> Entry:
        """The file that three versions make; conflicts are noted."""
        if ours == theirs or theirs == old:
            return ours
        if ours == old:
            return theirs
        if len({type_of(entry) for entry in (old, ours, theirs) if entry}) > 1:
            return self._whole(life, path, Stages(old, ours, theirs), reason)
        mode = self._mode(life, path, old, ours, theirs)
        oids = (old.oid if old else None, ours.oid, theirs.oid)
        if oids[1] == oids[2] or oids[2] == oids[0]:
            return Entry(mode, ours.oid)
        if oids[1] == oids[0]:
            return Entry(mode, theirs.oid)
        return self._merge_contents(life, path, mode, (old, ours, theirs), reason)

    def merge_texts(self, path: bytes, texts: Texts, strategy: Strategy | None = None) -> Merged:
        """Three texts by their lines, and what steps and policies settle."""
        options = self._inputs.options
        return merge_texts(
            *texts,
            strategy=strategy or options.strategy,
            style=options.style,
            labels=options.labels,
            path=path,
            policies=options.policies_for(path),
            fork=partial(self._inputs.at_fork, path),
            marker_size=options.marker_size(path),
        )

    def goes_too(self, path: bytes, old: Entry | None, changed: Entry) -> bool:
        """Whether a file that one side deletes and the other one changes only lost something there, or its form."""
        if old is None or old == changed or old.mode != changed.mode or type_of(old) != FILE:
            return False
        before, after = (self._inputs.read(entry) for entry in (old, changed))
        if not (is_text(before) and is_text(after)):
            return False
        # Loaded here, because few merges ask for it.
        from git_dagpatch.merging.contained import only_takes_away

        if not only_takes_away(path, before, after):
            return False
        self._draft.settled.append(Settlement(path, "contained", 1))
        return True

    def _mode(self, life: Life, path: bytes, old: Entry | None, ours: Entry, theirs: Entry) -> str:
        before = old.mode if old else None
        if ours.mode == theirs.mode or theirs.mode == before:
            return ours.mode
        if ours.mode == before or self._strategy is Strategy.THEIRS:
            return theirs.mode
        if self._strategy is not Strategy.OURS:
            reason = f"the patch sets the mode {theirs.mode}, the target has {ours.mode}"
            self._draft.conflict(life, path, reason, Stages(old, ours, theirs))
        return ours.mode

    def _merge_contents(
        self, life: Life, path: bytes, mode: str, versions: tuple[Entry | None, Entry, Entry], reason: str
    ) -> Entry:
        old, ours, theirs = versions
        contents = [self._inputs.read(entry) if entry else b"" for entry in versions]
        if type_of(ours) != FILE or not all(is_text(content) for content in contents):
            return self._whole(life, path, Stages(old, ours, theirs), reason, mode)
        merged, why = self._merged(path, Texts(*contents))
        for step, places in Counter(merged.steps).items():
            self._draft.settled.append(Settlement(path, step, places, _advice(path, step)))
        self._note(life, path, merged, f"{why}: {reason}" if why else reason, Stages(old, ours, theirs))
        return Entry(mode, self._inputs.objects.add_blob(merged.text))

    def _merged(self, path: bytes, texts: Texts) -> tuple[Merged, str]:
        """The merge, and the word for why mutations cannot be carried out on the other side's values."""
        plain = self.merge_texts(path, texts, Strategy.MANUAL)
        if not plain.open:
            checked = plain if plain.steps else self._checked(path, texts, plain)
            if checked is not plain:
                self._draft.disputed.add(path)
                return checked, checked.veto
            self._draft.clean[path] = plain.text
            note = self._draft.stirred.add if is_stirred(path, texts) else self._draft.stirred.discard
            note(path)
            return plain, ""
        renamed = self._renamed(path)
        if renamed is not None:
            return renamed, ""
        # Loaded here, because most merges have no conflict.
        from git_dagpatch.engine.values import merged_values

        values = merged_values(path, texts)
        if isinstance(values, bytes):
            return Merged(values, steps=("values",)), ""
        self._draft.disputed.add(path)
        return plain if self._strategy is Strategy.MANUAL else self.merge_texts(path, texts), values

    def _checked(self, path: bytes, texts: Texts, plain: Merged) -> Merged:
        """A merge that git makes, too, or, where it is wrong, the same with a conflict there. What only speaks against
        it is noted."""
        if plain.text in texts or not self._effort.spend(sum(map(len, texts))):
            return plain
        fault = fault_of_merge(path, texts, plain.text)
        if not fault and language_of(path, texts.base).tokens(b"") is not None:
            return plain
        # What one side renamed is around what the other one brought, which nothing else speaks against; or it has a
        # name that is taken, which is told of the whole file.
        if fault and (self._collides(path) or self._under_renames(path) is not None):
            return plain
        checked = with_veto(plain, path, texts, self._inputs.options)
        if fault and checked is plain:
            self._draft.doubts.append(Doubt(path, fault))
        return checked

    def _collides(self, path: bytes) -> bool:
        replay, start = self._inputs.replay, self._draft.standings[path].base
        return replay is not None and any(one.symbol.path == start for one in replay.collisions)

    def _renamed(self, path: bytes) -> Merged | None:
        """The merge of the file with what both sides renamed, where only that way nothing is left open."""
        found = self._under_renames(path)
        if found is None:
            return None
        merged, versions = found
        if self._inputs.replay is not None:
            self._inputs.replay.merged(path, versions)
        return merged

    def _under_renames(self, path: bytes) -> tuple[Merged, Texts] | None:
        """The merge of the file with what both sides renamed renamed in all versions, and these; None without such a
        rename, and where something speaks against the merge or is left open."""
        replay = self._inputs.replay
        versions = None if replay is None else replay.versions(self._draft.standings[path])
        if versions is None:
            return None
        merged = self.merge_texts(path, versions, Strategy.MANUAL)
        return None if merged.open or fault_of_merge(path, versions, merged.text) else (merged, versions)

    def _whole(self, life: Life, path: bytes, versions: Stages, reason: str, mode: str = "") -> Entry:
        """One side or the other of what cannot be taken apart, in `mode` where that was merged by itself."""
        assert versions.ours is not None and versions.theirs is not None
        if self._strategy is Strategy.THEIRS:
            return Entry(mode or versions.theirs.mode, versions.theirs.oid)
        if self._strategy is not Strategy.OURS:
            self._draft.conflict(life, path, f"{reason}; it can only be taken whole", versions)
        return Entry(mode or versions.ours.mode, versions.ours.oid)

    def _note(self, life: Life, path: bytes, merged: Merged, reason: str, stages: Stages) -> None:
        for place in merged.open:
            start = place.clash.theirs_start
            end = start + len(place.clash.theirs)
            authors = self._inputs.lineages.authors(life, start, end, self._inputs.everything)
            self._draft.conflict(life, path, reason, stages, authors, (place.first_line, place.last_line))


def _advice(path: bytes, step: str) -> str:
    """What is left to do about a file that `step` settled."""
    if step != Policy.LOCKFILE:
        return ""
    from git_dagpatch.merging.policies.lockfile import command_for

    return f"Run {command_for(path)}, which writes it."


def type_of(entry: Entry) -> str:
    """Whether an entry is a file, a symlink or a submodule."""
    return entry.mode if entry.mode in (SYMLINK, SUBMODULE) else FILE
