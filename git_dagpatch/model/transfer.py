"""Where definitions were and where they are in the end, as a language is asked whether they mean the same there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

Read: TypeAlias = Callable[[bytes], bytes | None]
"""The content of the file at a path in one state, or None."""


class Becoming(NamedTuple):
    """A symbol got another place or name; or a file, if the names are empty."""

    path: bytes
    name: str
    new_path: bytes
    new_name: str


class Transfer(NamedTuple):
    """A definition goes from one place to another one, or is copied there."""

    name: str
    """Qualified, like the next."""
    new_name: str
    """What it is called in the end."""
    is_variable: bool
    is_copy: bool
    source: bytes
    """The file that it is in before."""
    left: bytes
    """Where that file is in the end."""
    target: bytes
    """The file that it gets into, before."""
    arrived: bytes
    """Where that file is in the end."""
    base: Read
    before: Read
    after: Read
    """The files in the end."""
    became: Sequence[Becoming]
    """All that changed its place or name, this included, in an order in which it happened."""
