"""Whether code outside of the project may have to change because of an operation."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from git_dagpatch.languages.public import is_public_module, is_public_name
from git_dagpatch.model.operation import (
    BinaryDelta,
    Copy,
    Create,
    Delete,
    Mode,
    Move,
    Mutate,
    Operation,
    Rename,
    Reorder,
    Whitespace,
)
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations.domains import domain_of

_HARMLESS = (Create, Copy, Mode, Reorder, Whitespace, BinaryDelta)
_OF_PACKAGES = ("build", "packaging")
_OF_PYTHON = (b".py", b".pyi", b".pyw")


def breaks(operation: Operation) -> bool | UnsetType:
    """Whether `operation` takes away, or renames, what others may use; UNSET where that is not known.

    What an edit does was seen when it was found; it is kept. What is public is a matter of names, and known of Python.
    """
    match operation:
        case Delete(target=place) | Move(source=place):
            return _loses(place)
        case Rename(symbol_kind="module"):
            return False
        case Rename(symbol_kind="identifier"):
            return UNSET
        case Rename(symbol=place, symbol_kind="function") if "." in split_target(place)[1]:
            # It is in another function.
            return False
        case Rename(symbol=place, symbol_kind="parameter") if place.endswith((".self", ".cls")):
            return False
        case Mutate(target=place):
            # What a package asks for, or offers, may be what others rely on.
            return UNSET if domain_of(split_target(place)[0]) in _OF_PACKAGES else False
        case Rename(symbol=place, symbol_kind=kind):
            path, name = split_target(place)
            return is_public_module(path) and is_public_name(name) and not (kind == "variable" and "." in name)
        case _ if isinstance(operation, _HARMLESS):
            return False
    return operation.breaking_change


def _loses(place: str) -> bool | UnsetType:
    """Of a file or a symbol that is at `place` no longer."""
    path, name = split_target(place)
    if not path.endswith(_OF_PYTHON):
        return UNSET
    return is_public_module(path) and is_public_name(name)
