"""Progress on stderr, only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

_T = TypeVar("_T")
_LONG = 10


def progress(items: Iterable[_T], length: int, label: str) -> Iterator[_T]:
    """`items`, with a bar on a terminal where there are many."""
    if length < _LONG or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, label=label, file=sys.stderr) as bar:
        yield from bar
