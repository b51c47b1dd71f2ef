"""How the merge of a file comes about: by lines, then by what is certain, then by strategy; the rest gets markers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Fork, Texts
from git_dagpatch.merging.lines import Agreed, Clash, Part, Place, Settled, disputes, merge_lines
from git_dagpatch.model.strategy import MARKER_SIZE, ConflictStyle, Labels, Policy, Strategy


class Open(Struct, frozen=True):
    """A clash that is left to a person, and where its markers stand in the merged text (lines from 1, inclusive)."""

    clash: Clash
    first_line: int
    last_line: int


class Merged(Struct, frozen=True):
    """A merged text. With clashes left open it holds markers."""

    text: bytes
    open: tuple[Open, ...] = ()
    steps: tuple[str, ...] = ()
    """What settled places that both sides had changed."""
    veto: str = ""
    """Why there is a conflict where git would see none."""


def merge_texts(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    strategy: Strategy = Strategy.MANUAL,
    style: ConflictStyle = ConflictStyle.MERGE,
    labels: Labels | None = None,
    path: bytes = b"",
    certain: bool = True,
    policies: Collection[Policy] = (),
    fork: Fork | None = None,
    marker_size: int = MARKER_SIZE,
) -> Merged:
    """Merge three texts. A union that no longer parses, where the three did, stays open.

    Without `certain`, lines are all that is merged, as git does.
    """
    versions = Texts(base, ours, theirs)
    settled = _settled(path, versions, policies, fork) if certain else {}
    parts = list(merge_lines(*versions, settled=settled))
    is_open = any(isinstance(part, Clash) for part in parts)
    if is_open and certain and (rewritten := _rewritten(path, versions, settled)) is not None:
        return rewritten
    if is_open and policies and (whole := _settled_whole(path, versions, policies)) is not None:
        return Merged(whole.text, steps=(*_steps(parts), whole.step))
    if strategy is not Strategy.MANUAL:
        chosen = b"".join(decided(part, strategy) for part in parts)
        if strategy is not Strategy.UNION or _still_parses(path, chosen, versions):
            return Merged(chosen, steps=_steps(parts))
    return marked(merge_lines(*versions, style=style, settled=settled), style, labels or Labels(), marker_size)


def _rewritten(path: bytes, versions: Texts, settled: Mapping[Place, Settled]) -> Merged | None:
    """The merge without some of what one side only wrote otherwise, if it has the other side's code."""
    # Loaded here, because most files have no conflict.
    from git_dagpatch.merging.line_ends import with_line_ends_of_file
    from git_dagpatch.merging.rewritten import taken_back
    from git_dagpatch.merging.settle import settle

    language = language_of(path, versions.base)
    for tried, code in taken_back(path, versions, settled):
        parts = list(merge_lines(*tried, settled=settle(path, tried)))
        text = b"".join(part.text for part in parts if isinstance(part, Agreed))
        if any(isinstance(part, Clash) for part in parts) or not language.means_the_same(code, text):
            continue
        ended = with_line_ends_of_file(path, versions, text)
        return None if ended is None else Merged(ended, steps=(*_steps(parts), "form"))
    return None


def _settled(path: bytes, versions: Texts, policies: Collection[Policy], fork: Fork | None) -> Mapping[Place, Settled]:
    if not any(disputes(path, versions)):
        return {}
    # Loaded here, because most files have no place that both sides changed, and need no step.
    from git_dagpatch.merging.settle import settle

    return settle(path, versions, policies, fork)


def _settled_whole(path: bytes, versions: Texts, policies: Collection[Policy]) -> Settled | None:
    from git_dagpatch.merging.settle import settle_whole

    return settle_whole(path, versions, policies)


def _steps(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(part.step for part in parts if isinstance(part, Agreed) and part.step)


def decided(part: Part, strategy: Strategy) -> bytes:
    """What stands there by a strategy other than `manual`."""
    if isinstance(part, Agreed):
        return part.text
    if strategy is Strategy.OURS:
        return part.ours
    if strategy is Strategy.THEIRS:
        return part.theirs
    return _ended(part.ours, part.line_end) + part.theirs


def _ended(text: bytes, line_end: bytes) -> bytes:
    """`text` with its last line ended, so that something can follow."""
    return text if not text or text.endswith(b"\n") else text + line_end


def _still_parses(path: bytes, merged: bytes, inputs: Sequence[bytes]) -> bool:
    language = language_of(path)
    return language.parses(merged) or not all(language.parses(text) for text in inputs)


def marked(parts: Iterable[Part], style: ConflictStyle, labels: Labels, marker_size: int = MARKER_SIZE) -> Merged:
    """The parts as one text, with markers around clashes."""
    parts = list(parts)
    written: list[bytes] = []
    found = []
    line = 1
    for part in parts:
        text = part.text if isinstance(part, Agreed) else _markers(part, style, labels, marker_size)
        after = line + text.count(b"\n")
        if isinstance(part, Clash):
            found.append(Open(part, line, after - 1))
        written.append(text)
        line = after
    return Merged(b"".join(written), tuple(found), _steps(parts))


def _markers(clash: Clash, style: ConflictStyle, labels: Labels, size: int) -> bytes:
    end = clash.line_end

    def marker(character: bytes, label: str) -> bytes:
        return character * size + b" " + label.encode() + end

    shown = b"" if style is ConflictStyle.MERGE else marker(b"|", labels.base) + clash.base
    return b"".join(
        (
            marker(b"<", labels.ours),
            _ended(clash.ours, end),
            _ended(shown, end),
            b"=" * size + end,
            _ended(clash.theirs, end),
            marker(b">", labels.theirs),
        )
    )
