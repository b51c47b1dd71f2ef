"""Where definitions come to stand: the texts of both sides without them are aligned, and each goes where it fits."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from git_dagpatch.alignment.lines import Block, diff
from git_dagpatch.discovery.copies import Copied
from git_dagpatch.discovery.files import create_file
from git_dagpatch.discovery.proposal import Proposal, Step
from git_dagpatch.discovery.rows import END, Change, Rows
from git_dagpatch.discovery.symbols import Paired, Symbol
from git_dagpatch.discovery.unfinished import Standing, Unfinished
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.operation import Edit
from git_dagpatch.model.paths import join_target


class _Skeleton(NamedTuple):
    """A new definition without those that come into it from elsewhere, or what a class has when all of it is gone."""

    symbol: Symbol
    anchor: int
    rows: list[int]


class Placing:
    """Chosen definitions on their way. Old symbols name them; rows are those of `Rows`."""

    def __init__(
        self, paired: Paired, files: Mapping[bytes, Unfinished], leaving: Sequence[Symbol], copied: Sequence[Copied]
    ) -> None:
        self._paired = paired
        self._leaving, self._copied = leaving, copied
        arriving = [*(paired.new_of[old] for old in leaving), *(copy.new for copy in copied)]
        paths = {symbol.path for symbol in (*leaving, *arriving)}
        self.before = {path: files[path] for path in sorted(paths)}
        self.cost = 0
        """The lines of what is created or added for others to find their place."""
        self.agrees = True
        """Whether the effects together do what was planned; not where several touch each other in turns."""
        self._rows: dict[bytes, Rows] = {}
        self._anchors: dict[Symbol, int] = {}
        """New symbol → the row that it is put before."""
        self._claimed: dict[bytes, set[int]] = defaultdict(set)
        """The blank lines of what is wanted that came with a definition."""
        self._arrived: list[tuple[Symbol, int, int]] = []
        """What was brought in the step that is under way: the new symbol, the row it is before, its first row."""
        self._created: list[Proposal] = []
        self._skeletons: list[_Skeleton] = []
        going, coming = _by_path(leaving), _by_path(arriving)
        for path, file in self.before.items():
            if file.standing is Standing.ARRIVES:
                self._create(file, coming[path])
            else:
                self._align(file, going[path], coming[path])

    def skeletons(self) -> list[Step]:
        """What has to be there before: new files and new definitions, without what comes into them from elsewhere."""
        steps: list[Step] = [(proposal,) for proposal in self._created]
        changes: dict[bytes, Change] = defaultdict(Change)
        for number, (symbol, anchor, rows) in enumerate(self._skeletons):
            changes[symbol.path].inserted[anchor].append((number, rows))
        effects = self._carried(changes, len(self._skeletons))
        edits = [
            Proposal(self._edit(symbol), effect)
            for (symbol, _, _), effect in zip(self._skeletons, effects, strict=True)
        ]
        return [*steps, tuple(edits)] if edits else steps

    def _edit(self, symbol: Symbol) -> Edit:
        name = self._paired.name(symbol)
        target = join_target(symbol.path, name)
        if symbol not in self._paired.old_of:
            return Edit(target=target, hunks=[])
        what = f"Change {symbol.body.kind} {name}"
        return Edit(target=target, hunks=[], intent="class-changed", description=what)

    def rounds(self, moved: Sequence[Symbol]) -> Iterator[list[Symbol]]:
        """`moved` in groups of which no member holds another one, those inside of others first."""
        chosen = set(moved)
        groups: dict[int, list[Symbol]] = defaultdict(list)
        for old in moved:
            depth, within = 0, self._paired.old.parent[old]
            while within is not None:
                depth += within in chosen
                within = self._paired.old.parent[within]
            groups[depth].append(old)
        for _, group in sorted(groups.items(), reverse=True):
            yield sorted(group, key=self._place)

    def carry(self, groups: Sequence[Sequence[Symbol]]) -> list[Effect]:
        """Bring each definition to its place; the effect of each group, all in the state before."""
        changes: dict[bytes, Change] = defaultdict(Change)
        for number, group in enumerate(groups):
            for old in sorted(group, key=self._place):
                new = self._paired.new_of[old]
                rows = self._rows[old.path]
                standing = rows.standing(old.first, old.last)
                changes[old.path].removed.update(dict.fromkeys(standing, number))
                self._bring(rows.text(rows.standing(old.start, old.end)), new, number, changes)
        return self._carried(changes, len(groups))

    def text(self, path: bytes) -> bytes:
        """What a file holds by now."""
        return self._rows[path].text()

    def duplicate(self) -> list[Effect]:
        """Bring each copy to its place, in their order; the effect of each, all in the state before."""
        changes: dict[bytes, Change] = defaultdict(Change)
        for number, (_, new, text) in enumerate(self._copied):
            self._bring(text, new, number, changes)
        return self._carried(changes, len(self._copied))

    def _bring(self, text: bytes, new: Symbol, owner: int, changes: Mapping[bytes, Change]) -> None:
        anchor = self._anchors.pop(new)
        brought = self._rows[new.path].bring(self._paired.fitted(text, new, self._claimed[new.path]))
        changes[new.path].inserted[anchor].append((owner, brought))
        self._arrived.append((new, anchor, brought[0]))

    def after(self) -> dict[bytes, Unfinished]:
        """The files as they are when all is carried."""
        return {
            path: replace(
                file,
                now=self._rows[path].text(),
                standing=Standing.STAYS if file.standing is Standing.ARRIVES else file.standing,
            )
            for path, file in self.before.items()
        }

    def lost(self) -> set[Symbol]:
        """Those that were carried, and new ones that were copied, which are no definitions of their name there."""
        language = self._paired.language
        names = {
            path: {one.name for one in (*(language.definitions(file.now) or ()), *language.variables(file.now))}
            for path, file in self.after().items()
        }
        targets = [
            *((old, self._paired.new_of[old]) for old in self._leaving),
            *((copy.new,) * 2 for copy in self._copied),
        ]
        return {one for one, new in targets if self._paired.name(new) not in names[new.path]}

    def _carried(self, changes: Mapping[bytes, Change], owners: int) -> list[Effect]:
        effects: list[dict[bytes, Rewrite]] = [{} for _ in range(owners)]
        for path, change in changes.items():
            before = self._rows[path].text()
            for owner, spans in sorted(self._rows[path].change(change).items()):
                effects[owner][path] = Rewrite(spans)
            together = [span for effect in effects if path in effect for span in effect[path].spans]
            after = rewrite(before, tuple(sorted(together, key=lambda span: (span.start, span.end))))
            self.agrees = self.agrees and after == self._rows[path].text()
        self._anchor_again()
        return list(effects)

    def _anchor_again(self) -> None:
        """Let what is still to come before something that has arrived at its row go before that."""
        for symbol, anchor in self._anchors.items():
            later = (
                (new.start, row)
                for new, place, row in self._arrived
                if new.path == symbol.path and place == anchor and symbol.start < new.start
            )
            self._anchors[symbol] = min(later, default=(0, anchor))[1]
        self._arrived.clear()

    def _place(self, old: Symbol) -> tuple[bytes, int]:
        new = self._paired.new_of[old]
        return new.path, new.start

    # Anchors

    def _create(self, file: Unfinished, coming: Sequence[Symbol]) -> None:
        """Let `file` begin with what does not come from elsewhere."""
        lines = self._paired.new.lines[file.path].lines
        kept = _without(len(lines), [(new.first, new.last) for new in coming])
        content = b"".join(lines[number] for number in kept)
        self._created.append(create_file(file, content))
        self.cost += len(kept)
        rows = self._rows[file.path] = Rows(content)
        self._anchor_within(coming, kept, rows.order, END)

    def _anchor_within(self, coming: Sequence[Symbol], kept: Sequence[int], rows: Sequence[int], end: int) -> None:
        """Anchor what comes between lines that are wanted, of which those numbered `kept` stand as `rows`."""
        for new in coming:
            self._anchors[new] = next((row for number, row in zip(kept, rows, strict=True) if number >= new.last), end)

    def _align(self, file: Unfinished, leaving: Sequence[Symbol], coming: Sequence[Symbol]) -> None:
        old, new = self._paired.old.lines[file.path].lines, self._paired.new.lines[file.path].lines
        rows = self._rows[file.path] = Rows(file.now)
        guests: dict[Symbol, list[Symbol]] = defaultdict(list)
        for symbol in coming:
            guests[self._host(symbol)].append(symbol)
        staying = _without(len(old), [(symbol.first, symbol.last) for symbol in leaving])
        known = _without(len(new), [(host.first, host.last) for host in guests])
        blocks = diff(b"".join(old[number] for number in staying), b"".join(new[number] for number in known))
        for host, inside in sorted(guests.items(), key=lambda item: item[0].first):
            place = _across(bisect_left(known, host.first), blocks)
            anchor = self._anchors[host] = staying[place] if place < len(staying) else END
            if inside != [host]:
                self._skeleton(host, inside, anchor, rows)
        added = [known[number] for block in blocks for number in range(block.new_start, block.new_end)]
        for skeleton in self._fillings(file, leaving, staying, added, rows):
            self._skeletons.append(skeleton)
            self.cost += len(skeleton.rows)

    def _fillings(
        self, file: Unfinished, leaving: Sequence[Symbol], staying: Sequence[int], added: Sequence[int], rows: Rows
    ) -> Iterator[_Skeleton]:
        """What is wanted in classes that would have nothing in them before it comes, such as ``pass``."""
        old, new = self._paired.old.lines[file.path].lines, self._paired.new.lines[file.path].lines
        if not leaving or file.may_become(b"".join(old[number] for number in staying)):
            return
        firsts: dict[Symbol, int] = {}
        for symbol in leaving:
            within = self._paired.old.parent[symbol]
            if within is not None and within in self._paired.new_of and within not in leaving:
                firsts[within] = min(symbol.first, firsts.get(within, symbol.first))
        found: dict[Symbol, tuple[int, list[bytes]]] = {}
        for within, first in firsts.items():
            became = self._paired.new_of[within]
            if became.path != file.path:
                continue
            inside = [new[number] for number in added if became.start < number < became.end]
            filling = _without_edges(inside, new[became.start])
            if filling:
                found[became] = first, filling
        for became, (first, filling) in found.items():
            others = {place: lines for other, (place, lines) in found.items() if other is not became}
            if not file.may_become(_filled(old, staying, others)) and file.may_become(
                _filled(old, staying, others | {first: filling})
            ):
                yield _Skeleton(became, first, rows.bring(filling))

    def _skeleton(self, host: Symbol, inside: Sequence[Symbol], anchor: int, rows: Rows) -> None:
        """Let `host` come without what is put `inside` it."""
        lines = self._paired.new.lines[host.path].lines
        kept = [
            host.first + number
            for number in _without(
                host.last - host.first, [(new.first - host.first, new.last - host.first) for new in inside]
            )
        ]
        brought = rows.bring([lines[number] for number in kept])
        self._skeletons.append(_Skeleton(host, anchor, brought))
        self.cost += len(kept)
        self._anchor_within(inside, kept, brought, anchor)

    def _host(self, new: Symbol) -> Symbol:
        """The outermost definition around `new` that is new itself, or `new`."""
        host, within = new, self._paired.new.parent[new]
        while within is not None:
            host = host if within in self._paired.old_of else within
            within = self._paired.new.parent[within]
        return host


def _by_path(symbols: Iterable[Symbol]) -> dict[bytes, list[Symbol]]:
    found: dict[bytes, list[Symbol]] = defaultdict(list)
    for symbol in symbols:
        found[symbol.path].append(symbol)
    return found


def _without_edges(lines: Sequence[bytes], head: bytes) -> list[bytes]:
    """`lines` from the first to the last that has code further in than `head`."""
    outer = len(head) - len(head.lstrip())
    inner = [number for number, line in enumerate(lines) if line.strip() and len(line) - len(line.lstrip()) > outer]
    return list(lines[inner[0] : inner[-1] + 1]) if inner else []


def _filled(lines: Sequence[bytes], staying: Sequence[int], fillings: Mapping[int, Sequence[bytes]]) -> bytes:
    """The lines that stay, and what comes before some."""
    placed = {number: [lines[number]] for number in staying}
    for number, filling in fillings.items():
        placed[number] = [*filling, *placed.get(number, ())]
    return b"".join(line for _, some in sorted(placed.items()) for line in some)


def _without(count: int, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers below `count` that are in none of `ranges`."""
    gone = bytearray(count)
    for start, end in ranges:
        gone[start:end] = b"\1" * (end - start)
    return [number for number in range(count) if not gone[number]]


def _across(line: int, blocks: Sequence[Block]) -> int:
    """The old line that stands where the new one does; inside of what differs, the line after it."""
    shift = 0
    for block in blocks:
        if line <= block.new_start:
            break
        if line <= block.new_end:
            return block.old_end
        shift = block.old_end - block.new_end
    return line + shift
