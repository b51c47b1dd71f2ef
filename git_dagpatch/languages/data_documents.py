"""The formats of data, and the proof that mutations did what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from git_dagpatch.languages.data_document import MAX_BYTES, Document
from git_dagpatch.languages.data_values import CannotMutate, mutated, same
from git_dagpatch.languages.json_tree import JsonDocument
from git_dagpatch.languages.toml_tree import TomlDocument
from git_dagpatch.model.effect import Span, rewrite
from git_dagpatch.model.operation import Mutation

_FORMATS: dict[str, Callable[[bytes], Document]] = {"json": JsonDocument, "toml": TomlDocument}


def document_of(name: str, text: bytes) -> Document:
    """A text in the language of this name, as data. Raises CannotMutate if it is none that can be changed for sure."""
    if name not in _FORMATS or len(text) > MAX_BYTES:
        raise CannotMutate
    return _FORMATS[name](text)


def carried_out(name: str, text: bytes, mutations: Sequence[Mutation]) -> tuple[Span, ...]:
    """What `mutations` change in a text, in bytes of it, proved by the values after. Raises CannotMutate."""
    document = document_of(name, text)
    spans = document.carry_out(mutations)
    wanted = mutated(document.value(text), mutations)
    if not same(document.value(rewrite(text, spans)), wanted):
        raise CannotMutate
    return spans
