"""What git merges without a conflict may still say one thing twice: a key, an attribute, a definition, or what both
sides added to a list in different places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from git_dagpatch.languages import language_of
from git_dagpatch.languages.markup import doubled_attributes
from git_dagpatch.languages.settings import doubled_settings
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.lines import Agreed, Clash, pieces
from git_dagpatch.merging.strategies import Merged, decided, marked
from git_dagpatch.merging.values import told_twice
from git_dagpatch.model.strategy import MergeOptions, Strategy

_TRIED = 40
"""How many changes are looked at one by one to see which of them it is about."""


def with_veto(merged: Merged, path: bytes, versions: Texts, options: MergeOptions) -> Merged:
    """`merged`, or, where the merge by lines says something twice, the same with a conflict there."""
    # What a step settled is proved already.
    fault = "" if merged.open or merged.steps else fault_of_lines(path, versions, merged.text)
    found = _opened(path, versions) if fault else None
    if found is None:
        return merged
    before, clash, after = found
    if options.strategy in (Strategy.OURS, Strategy.THEIRS):
        return Merged(before + decided(clash, options.strategy) + after, steps=merged.steps)
    size = options.marker_size(path)
    made = marked([Agreed(before), clash, Agreed(after)], options.style, options.labels, size)
    return replace(made, steps=merged.steps, veto=fault)


def fault_of_lines(path: bytes, versions: Texts, merged: bytes) -> str:
    """What stands twice in `merged` that does in none of `versions`, as a phrase; empty if nothing does."""
    if merged in versions:
        return ""
    return _doubled_by_merge(path, versions, merged) or told_twice(path, versions, merged)


def _doubled_by_merge(path: bytes, versions: Texts, merged: bytes) -> str:
    known: Counter[str] = Counter()
    for text in versions:
        known |= _doubled(path, text)
    found = _doubled(path, merged) - known
    if found:
        return min(found)
    language = language_of(path, versions.base)
    # In these a key that stands twice is an error.
    if language.name == "toml" and not language.parses(merged) and all(map(language.parses, versions)):
        return "it does not parse"
    return ""


def _opened(path: bytes, versions: Texts) -> tuple[bytes, Clash, bytes] | None:
    """The merge by lines with a clash from the first to the last change without which nothing would be doubled.

    As what stands before it, the clash, and what stands after. None where no change of both sides is concerned.
    """
    cut = list(pieces(versions))
    changed = [at for at, piece in enumerate(cut) if piece.ours != piece.theirs or piece.ours != piece.base]
    concerned = changed
    if len(changed) <= _TRIED:
        concerned = [at for at in changed if not _fault_without(path, cut, at)] or changed
    first, last = concerned[0], concerned[-1] + 1
    base, ours, theirs = (b"".join(piece[side] for piece in cut[first:last]) for side in range(3))
    if base in (ours, theirs):
        return None
    before, after = (b"".join(map(_taken, part)) for part in (cut[:first], cut[last:]))
    start = sum(len(piece.theirs) for piece in cut[:first])
    line_end = b"\r\n" if all(b"\r\n" in text.partition(b"\n")[0] + b"\n" for text in versions) else b"\n"
    return before, Clash(base, ours, theirs, start, line_end), after


def _doubled(path: bytes, text: bytes) -> Counter[str]:
    return language_of(path, text).doubled(text) + doubled_attributes(path, text) + doubled_settings(path, text)


def _fault_without(path: bytes, cut: Sequence[Texts], left_out: int) -> str:
    """What would be doubled if a change had not been made."""
    kept = [Texts(piece.base, piece.base, piece.base) if at == left_out else piece for at, piece in enumerate(cut)]
    versions = Texts(*(b"".join(piece[side] for piece in kept) for side in range(3)))
    return fault_of_lines(path, versions, b"".join(map(_taken, kept)))


def _taken(piece: Texts) -> bytes:
    return piece.theirs if piece.ours == piece.base else piece.ours
