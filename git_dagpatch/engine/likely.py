"""Is it worth asking what operations did to lines, and of which files?

To find the operations of a commit takes far longer than to compare words. Only the search is cut short here: what is
looked at is proved, and what is not looked at comes from the commit, as git has it.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from git_dagpatch.alignment.lines import Block, diff, lines_of
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_blocks import lines_in_strings

_WORD = re.compile(rb"[\w\x80-\xff]+")
_NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_PREFIX = re.compile(rb"\b[uUbBrRfF]{1,2}(?=['\"])")
_FORM = b" \t\r\n\f\v'\",;()\\"
"""What layout may bring or take: white space, quotes, commas, parentheses, the ends of statements and lines."""
_DEFINED = re.compile(rb"^(?:[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=(?!=))")
_IMPORT = re.compile(rb"\s*(?:from|import)\s")
_MOVED, _COPIED = 20, 40
"""Letters and digits of equal lines that make others worth looking at, as git has them for ``-M`` and ``-C``."""
_TELLING = 6
"""Letters and digits without which a line tells nothing about where it comes from."""
_NEAR = 3
"""Lines around a change that may have stood in it."""
_KEYWORDS = frozenset(word.encode() for word in keyword.kwlist)
_MOST = 6
"""Files that are looked at together at most."""
_LARGE = 1_000_000
"""Bytes of all these files beyond which no further one is taken."""


def is_likely(file: Unfinished, numbers: Collection[int]) -> bool:
    """Whether any of the lines `numbers` of `file`, which the commit brought, may stand in what the file was."""
    lines = lines_of(file.wanted).lines
    blocks = [block for block in diff(file.now, file.wanted) if _holds(block, numbers)]
    if any(_is_laid_out(file, block) for block in blocks):
        return True
    gone, come = _changed(file)
    bare = _bare(b"\n".join(gone))
    # A line that is too short to tell anything goes with those around it.
    around = [line for block in blocks for line in lines[block.new_start : block.new_end]]
    if any(_weight([line]) >= _TELLING and _bare(line) in bare for line in around):
        return True
    return _may_be_renamed(gone, come, around) or _copied(file, around) >= _COPIED


def _holds(block: Block, numbers: Collection[int]) -> bool:
    return any(number in numbers for number in range(block.new_start, block.new_end))


def _is_laid_out(file: Unfinished, block: Block) -> bool:
    """Whether the same words come as go, or only blank lines."""
    old, new = lines_of(file.now), lines_of(file.wanted)
    gone, come = old.lines[block.old_start : block.old_end], new.lines[block.new_start : block.new_end]
    return _bare(b"".join(gone)) == _bare(b"".join(come))


class Worth:
    """Whether a stage of the search for operations may tell where lines of a file come from."""

    def __init__(self, path: bytes, numbers: Collection[int], pieces: Sequence[bytes]) -> None:
        """Asked are the lines `numbers` of what `path` becomes; of some only `pieces`."""
        self._path, self._numbers, self._pieces = path, numbers, pieces

    def __call__(self, stage: str, files: Sequence[Unfinished]) -> bool:
        file = next((one for one in files if one.path == self._path), None)
        blocks = [block for block in diff(file.now, file.wanted) if _holds(block, self._numbers)] if file else []
        if file is None or not blocks:
            return False
        match stage:
            case "layout":
                return bool(self._pieces) or any(_may_be_laid_out(file, block, self._numbers) for block in blocks)
            case "moves" | "moves after renames":
                return _may_be_moved(files, _lines(file, blocks))
            case "renames":
                return self._may_be_renamed(file, blocks)
        return True

    def _may_be_renamed(self, file: Unfinished, blocks: Sequence[Block]) -> bool:
        if language_of(file.path, file.now).name != "python":
            return False
        gone, come = _changed(file)
        fewer, more = _fewer_and_more(gone, come)
        if fewer and any(name in more for piece in self._pieces for name in _NAME.findall(piece)):
            return True
        # A rename reaches neither strings nor comments.
        lines = _lines(file, blocks, lines_in_strings(file.wanted))
        return _may_be_renamed(gone, come, [line for line in lines if not line.lstrip().startswith(b"#")])


def _lines(file: Unfinished, blocks: Iterable[Block], without: Collection[int] = ()) -> list[bytes]:
    lines = lines_of(file.wanted).lines
    return [lines[at] for block in blocks for at in range(block.new_start, block.new_end) if at not in without]


def _may_be_moved(files: Sequence[Unfinished], lines: Sequence[bytes]) -> bool:
    """Whether one of `lines` went elsewhere, or enough of them stood somewhere."""
    gone = {line.strip() for file in files for line in _changed(file)[0]}
    telling = (line.strip() for line in lines if _weight([line]) >= _TELLING)
    return any(line in gone for line in telling) or any(_copied(file, lines) >= _COPIED for file in files)


def _may_be_laid_out(file: Unfinished, block: Block, numbers: Collection[int]) -> bool:
    """Whether the words of one of the lines `numbers` of `block` may have stood there, but for names that changed."""
    if _is_laid_out(file, block):
        return True
    old, new = lines_of(file.now).lines, lines_of(file.wanted).lines
    gone = old[max(block.old_start - _NEAR, 0) : block.old_end + _NEAR]
    come = [new[number] for number in range(block.new_start, block.new_end) if number in numbers]
    fewer, more = _fewer_and_more(gone, new[max(block.new_start - _NEAR, 0) : block.new_end + _NEAR])
    bare = _bare(b"\n".join(gone))
    unnamed = _bare(b"\n".join(_without_names(line, fewer) for line in gone))
    return any(
        _bare(line) in bare or _bare(_without_names(line, more)) in unnamed
        for line in come
        if _weight([line]) >= _TELLING
    )


def _without_names(line: bytes, names: Collection[bytes]) -> bytes:
    return _NAME.sub(lambda match: b"\0" if match[0] in names else match[0], line)


def neighbours(file: Unfinished, lines: Sequence[bytes], others: Iterable[Unfinished]) -> list[Unfinished]:
    """Those of `others` that `lines` of `file` may have come from, or in which a name that they use was defined."""
    name = language_of(file.path, file.wanted).name
    wanted = {line.strip() for line in lines} - {b""}
    gone, come = _changed(file)
    renamed = _words(gone) - _words(come)
    imported = _words(line for line in lines if _IMPORT.match(line))
    scored = []
    for other in others:
        if language_of(other.path, other.now).name == name:
            score = _score(other, wanted, renamed, imported)
            if score:
                scored.append((-score, other.path, other))
    chosen: list[Unfinished] = []
    size = 0
    for _, _, other in sorted(scored, key=lambda one: one[:2])[:_MOST]:
        size += len(other.now) + len(other.wanted)
        if size <= _LARGE:
            chosen.append(other)
    return chosen


def _score(other: Unfinished, wanted: set[bytes], renamed: set[bytes], imported: set[bytes]) -> int:
    """How much speaks for looking at `other`; 0 if not enough does."""
    gone, come = _changed(other)
    moved = _weight(wanted.intersection(line.strip() for line in gone))
    copied = _weight(wanted.intersection(line.strip() for line in lines_of(other.now).lines))
    left, arrived = _defined(gone), _defined(come)
    names = len(renamed & (left - arrived)) + len(imported & (left ^ arrived))
    if moved < _MOVED and copied < _COPIED and not names:
        return 0
    return max(moved, copied // 2) + names


def _changed(file: Unfinished) -> tuple[list[bytes], list[bytes]]:
    """The lines that go and those that come."""
    old, new = lines_of(file.now).lines, lines_of(file.wanted).lines
    gone: list[bytes] = []
    come: list[bytes] = []
    for block in diff(file.now, file.wanted):
        gone += old[block.old_start : block.old_end]
        come += new[block.new_start : block.new_end]
    return gone, come


def _bare(text: bytes) -> bytes:
    """`text` without what layout may bring or take."""
    return _PREFIX.sub(b"", text).translate(None, _FORM).lower()


def _may_be_renamed(gone: Sequence[bytes], come: Sequence[bytes], lines: Sequence[bytes]) -> bool:
    """Whether one of `lines` is one that goes, but for names of which there are more now."""
    shapes: dict[bytes, list[bytes]] = {}
    for line in gone:
        shapes.setdefault(_NAME.sub(b"\0", _bare_of_space(line)), []).append(line)
    # The old name need not stand at fewer places: something new may have taken it.
    _, more = _fewer_and_more(gone, come)
    for line in lines:
        names = _NAME.findall(line)
        for old in shapes.get(_NAME.sub(b"\0", _bare_of_space(line)), ()):
            pairs = {pair for pair in zip(_NAME.findall(old), names, strict=True) if pair[0] != pair[1]}
            if pairs and all(other in more and not _KEYWORDS & {one, other} for one, other in pairs):
                return True
    return False


def _bare_of_space(line: bytes) -> bytes:
    return b" ".join(line.split())


def _fewer_and_more(gone: Iterable[bytes], come: Iterable[bytes]) -> tuple[Counter[bytes], Counter[bytes]]:
    """The names that stand at fewer places than before, and those that stand at more."""
    before, after = _counted(gone), _counted(come)
    return before - after, after - before


def _counted(lines: Iterable[bytes]) -> Counter[bytes]:
    return Counter(name for line in lines for name in _NAME.findall(line))


def _copied(file: Unfinished, lines: Sequence[bytes]) -> int:
    return _weight({line.strip() for line in lines}.intersection(line.strip() for line in lines_of(file.now).lines))


def _words(lines: Iterable[bytes]) -> set[bytes]:
    return {word for line in lines for word in _WORD.findall(line)}


def _defined(lines: Iterable[bytes]) -> set[bytes]:
    return {match[1] or match[2] for line in lines if (match := _DEFINED.match(line))}


def _weight(lines: Iterable[bytes]) -> int:
    """Letters and digits."""
    return sum(len(word) for line in lines for word in _WORD.findall(line))
