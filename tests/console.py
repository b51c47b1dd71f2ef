"""The sessions in Markdown pages: blocks marked ``console``, with commands after ``$`` and what they print.

The commands of a page are run in its order, in one repository that tests/demo.py made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.demo import Shell

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BUG = 70
"""The exit status that says so."""
_MEASURES = re.compile(r"(\s*([0-9a-f]{12}|\d+ commits)\s+(yes|NO)\s|description \S+ of the diff)")
"""Lines of `stats`: sizes that depend on the version of zstd, and, last in its line, a time."""


def commands(page: str) -> list[str]:
    """The commands of `page`, in order."""
    return [command for block in _BLOCK.findall(page) for command, _ in _session(block)]


def played(page: str, shell: Shell) -> str:
    """`page` with what its commands print today; measures that differ a little stay as they were."""
    return _BLOCK.sub(lambda block: f"```console\n{''.join(_played(block[1], shell))}```", page)


def _played(block: str, shell: Shell) -> Iterator[str]:
    for command, before in _session(block):
        yield f"$ {command}\n"
        now = [line.rstrip() for line in shell.run(command).splitlines()]
        if shell.status == _BUG:
            raise AssertionError("\n".join(["A command of a page met a bug:", f"$ {command}", *now]))
        kept = before if len(before) == len(now) else now
        yield from (f"{old if _alike(old, new) else new}\n" for old, new in zip(kept, now, strict=True))


def _session(block: str) -> list[tuple[str, list[str]]]:
    """The commands of `block`, each with the lines that it printed."""
    session: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            session.append((line[2:], []))
        else:
            session[-1][1].append(line)
    return session


def _alike(old: str, new: str) -> bool:
    """Whether two lines say the same, but for measures: sizes to within a tenth, and any time."""
    if not _MEASURES.match(old) or not _MEASURES.match(new):
        return old == new
    one, other = old.split(), new.split()
    if "%" not in old:
        one, other = one[:-1], other[:-1]
    return one[0] == other[0] and len(one) == len(other) and all(map(_near, one[1:], other[1:]))


def _near(old: str, new: str) -> bool:
    try:
        one, other = float(old.rstrip("%")), float(new.rstrip("%"))
    except ValueError:
        return old == new
    return abs(one - other) <= 0.1 * one
