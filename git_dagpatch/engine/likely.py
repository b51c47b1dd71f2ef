"""Is it worth asking what operations did to lines, and of which files?

To find the operations of a commit takes far longer than to compare words. Only the search is cut short here: what is
looked at is proved, and what is not looked at comes from the commit, as git has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from git_dagpatch.alignment.lines import Block, diff, lines_of
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.languages import language_of

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
    """Whether one of `lines` is one that goes, but for names of which there are fewer now."""
    shapes: dict[bytes, list[bytes]] = {}
    for line in gone:
        shapes.setdefault(_NAME.sub(b"\0", _bare_of_space(line)), []).append(line)
    fewer = _counted(gone) - _counted(come)
    for line in lines:
        names = _NAME.findall(line)
        for old in shapes.get(_NAME.sub(b"\0", _bare_of_space(line)), ()):
            pairs = zip(_NAME.findall(old), names, strict=False)
            if any(one != other and one in fewer for one, other in pairs):
                return True
    return False


def _bare_of_space(line: bytes) -> bytes:
    return b" ".join(line.split())


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
