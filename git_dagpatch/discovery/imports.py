"""Which imports only changed their order or grouping? One reorder for each block of them."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from git_dagpatch.alignment.lines import Block as Lines
from git_dagpatch.alignment.lines import diff, distance, lines_of
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.import_blocks import Block, Named, Written, import_blocks
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Reorder
from git_dagpatch.model.paths import join_target
from git_dagpatch.operations.import_order import arrangement

log = logging.getLogger(__name__)

ORDER_MAY_MATTER = 0.95
"""Confidence where the same is imported in another order: loading a module may have an effect on another."""
COST = 1
"""Lines that a reorder costs its reader."""

_NAMES = rb"\w+(?:\s+as\s+\w+)?(?:\s*,\s*\w+(?:\s+as\s+\w+)?)*"
_PART = re.compile(
    rb"\s*(?:from\s+[.\w]+\s+import\b.*|import\s+\w.*|(?!(?:pass|return|break|continue|raise)\b)%b\s*,?\s*\)?\s*\\?\s*(?:\#.*)?)"
    % _NAMES,
    re.DOTALL,
)
"""A line that may be a part of an import."""
_WORD = re.compile(rb"\w+")
_KEYWORDS = {b"from", b"import", b"as"}


def find_imports(unfinished: Sequence[Unfinished]) -> tuple[list[Step], list[Unfinished]]:
    """A reorder for each block of imports of which less is left to explain after it."""
    proposals: list[Proposal] = []
    left: list[Unfinished] = []
    for file in unfinished:
        spans: list[Span] = []
        if file.has_layout and language_of(file.path, file.now).name == "python":
            for proposal, span in _reorders(file):
                proposals.append(proposal)
                spans.append(span)
        now = rewrite(file.now, tuple(sorted(spans)))
        if now != file.wanted:
            left.append(replace(file, now=now) if spans else file)
    return ([tuple(proposals)] if proposals else []), left


def _reorders(file: Unfinished) -> Iterator[tuple[Proposal, Span]]:
    blocks = diff(file.now, file.wanted)
    if not _may_be(file, blocks):
        return
    old = import_blocks(file.now, blocks[-1].old_end)
    new = import_blocks(file.wanted, blocks[-1].new_end)
    for one, other in _pairs(file, old, new):
        span = _arranged(file.now, one, other)
        if span is None:
            continue
        made = arrangement(file.path, file.now, span)
        if made is None:
            log.debug("imports of %r: another order could not be proved", file.path)
            continue
        if distance(rewrite(file.now, (span,)), file.wanted) + COST < distance(file.now, file.wanted):
            siblings, order = made
            target = join_target(file.path, one.symbol)
            operation = Reorder(target=target, order=order, siblings=siblings, confidence=ORDER_MAY_MATTER)
            yield Proposal(operation, {file.path: Rewrite((span,))}), span


def _may_be(file: Unfinished, blocks: Sequence[Lines]) -> bool:
    """Whether lines that look like parts of imports go and come, with words in common."""
    old, new = lines_of(file.now).lines, lines_of(file.wanted).lines
    gone = [_words(old[block.old_start : block.old_end]) for block in blocks]
    come = [_words(new[block.new_start : block.new_end]) for block in blocks]
    touched = [number for number, both in enumerate(zip(gone, come, strict=True)) if any(both)]
    if len(touched) == 1 and blocks[touched[0]].size <= 2 and gone[touched[0]] != come[touched[0]]:
        # One import that gets or loses names, and stays where it is, is shorter as an edit.
        return False
    return not set[bytes]().union(*gone).isdisjoint(set[bytes]().union(*come))


def _words(lines: Iterable[bytes]) -> set[bytes]:
    return {word for line in lines if _PART.fullmatch(line) for word in _WORD.findall(line)} - _KEYWORDS


def _pairs(file: Unfinished, old: Sequence[Block], new: Sequence[Block]) -> list[tuple[Block, Block]]:
    """Blocks of both sides that stand in the same body and share most, each at most once."""
    shared = sorted(
        (-common, i, j)
        for i, one in enumerate(old)
        for j, other in enumerate(new)
        if (one.body, one.indentation) == (other.body, other.indentation)
        and (common := (Counter(n.imported for n in one.names) & Counter(n.imported for n in other.names)).total()) > 0
    )
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for _, i, j in shared:
        if i in taken_old or j in taken_new:
            continue
        taken_old.add(i)
        taken_new.add(j)
        if file.now[old[i].start : old[i].end] != file.wanted[new[j].start : new[j].end]:
            pairs.append((old[i], new[j]))
    return pairs


class _Chunk(Struct):
    """A statement of the block that is being made, with the lines that lead to it."""

    lead: list[bytes]
    text: bytes
    names: set[Named]
    modules: set[str]

    @property
    def whole(self) -> bytes:
        return b"".join(self.lead) + self.text


def _arranged(now: bytes, old: Block, new: Block) -> Span | None:
    """What makes of `old` the block that holds the same, written as in `new` as far as that holds it, too."""
    chunks = _kept(old, new)
    before = [statement.whole for statement in old.statements]
    after = [chunk.whole for chunk in chunks]
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    # Blank lines at the end belong to the block, too.
    if old.tail == new.tail:
        while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
            last += 1
    kept = before[len(before) - last :]
    tail = () if last else new.tail
    start = old.start + sum(map(len, before[:first]))
    end = old.end - sum(map(len, kept)) - (sum(map(len, old.tail)) if last else 0)
    insert = b"".join([*after[first : len(after) - last], *tail])
    return None if now[start:end] == insert else Span(start, end, insert)


def _kept(old: Block, new: Block) -> list[_Chunk]:
    """The statements of `new` without what `old` does not hold, and with what it holds besides."""
    waiting = Counter(old.names)
    otherwise = Counter(old.names) - Counter(new.names)
    chunks: list[_Chunk] = []
    for statement in new.statements:
        gone = set()
        changed = []
        for number, named in enumerate(statement.names):
            if waiting[named] > 0:
                waiting[named] -= 1
                continue
            gone.add(number)
            # The same import with other remarks stands here as it was.
            same = next((one for one, count in otherwise.items() if count and one.imported == named.imported), None)
            if same is not None:
                otherwise[same] -= 1
                waiting[same] -= 1
                changed.append(same)
        names = {named for number, named in enumerate(statement.names) if number not in gone}
        lead = list(statement.lead)
        if names:
            text = statement.without(gone) if gone else statement.text
            chunks.append(_chunk(lead, text, names))
            lead = []
        if changed:
            chunks.append(_chunk(lead, _lines(changed, old, statement), set(changed)))
    _add_what_goes(chunks, old, waiting)
    _put_comments(chunks, old)
    return chunks


def _chunk(lead: list[bytes], text: bytes, names: set[Named]) -> _Chunk:
    return _Chunk(lead, text, names, {named.imported.module for named in names})


def _add_what_goes(chunks: list[_Chunk], old: Block, waiting: Counter[Named]) -> None:
    """What `waiting` counts gets statements of its own, behind those that import from the same module."""
    behind = -1
    for statement in old.statements:
        left = []
        for named in statement.names:
            if waiting[named] > 0:
                waiting[named] -= 1
                left.append(named)
        at = next((n for n, chunk in enumerate(chunks) if chunk.names.intersection(statement.names)), None)
        behind = behind if at is None else at
        if not left:
            continue
        whole = len(left) == len(statement.names)
        text = statement.text if whole else _lines(left, old, statement)
        modules = {named.imported.module for named in left}
        same = [n for n, chunk in enumerate(chunks) if chunk.modules & modules]
        behind = same[-1] + 1 if same else behind + 1
        lead = [line for line in statement.lead if line.strip()]
        chunks.insert(behind, _chunk(lead if whole else [], text, set(left)))


def _lines(names: Iterable[Named], block: Block, statement: Written) -> bytes:
    """A statement of its own for each of `names`, which `statement` holds."""
    end = b"\r\n" if statement.text.endswith(b"\r\n") else b"\n"
    lines = []
    for imported, remarks in names:
        lines += [block.indentation, str(imported).encode(), *(b"  " + remark for remark in remarks), end]
    return b"".join(lines)


def _put_comments(chunks: list[_Chunk], old: Block) -> None:
    """Each comment of `old` stands above one of its imports again; others do not stand there."""
    waiting = [(line, set(statement.names)) for statement in old.statements for line in statement.lead if line.strip()]
    for chunk in chunks:
        lead = []
        for line in chunk.lead:
            found = next((w for w in waiting if w[0].strip() == line.strip() and w[1] & chunk.names), None)
            if found:
                waiting.remove(found)
            if found or not line.strip():
                lead.append(line)
        chunk.lead = lead
    for line, names in reversed(waiting):
        home = next((chunk for chunk in chunks if chunk.names & names), None)
        if home is not None:
            blank = next((n for n, above in enumerate(home.lead) if above.strip()), len(home.lead))
            home.lead.insert(blank, line)
