"""What a text means: its definitions, whether it is well formed, whether a change of layout keeps its meaning.

A language is loaded when the first file of it is met. For one that needs a package which is not installed there is a
language that can tell nothing, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from git_dagpatch.languages.data_values import CannotMutate, check_untouched
from git_dagpatch.languages.detection import language_name
from git_dagpatch.languages.grammars import GRAMMARS, Grammar, Preprocessor
from git_dagpatch.languages.language import Fault, Language
from git_dagpatch.languages.plain import NotInstalled, Plain, is_text, is_utf8
from git_dagpatch.languages.python_syntax import parses
from git_dagpatch.model.effect import Span
from git_dagpatch.model.operation import Mutation

if TYPE_CHECKING:
    from git_dagpatch.languages.data_diff import Align, Differ
    from git_dagpatch.languages.data_document import Document

__all__ = ["Fault", "Language", "fault_of", "is_readable", "language_of", "packages_of", "well_formed"]

_LONG = 50_000
"""Bytes of a text that is not read to see whether it is well formed."""
_GRAMMARS = {grammar.name: grammar for grammar in GRAMMARS}


def language_of(path: bytes, text: bytes = b"") -> Language:
    """The language of the file at `path`, told by its name, or by the first line of `text` if it has no suffix."""
    return _language(language_name(path, text))


def fault_of(path: bytes, text: bytes) -> Fault | None:
    """The first place where the file at `path` is not well formed; None if it is, or if that cannot be told."""
    return language_of(path, text).fault(text)


def is_readable(path: bytes, text: bytes) -> bool:
    """Whether the file at `path` is text that people read line by line.

    Where git sees text, a NUL further down and bytes that are not UTF-8 tell of data in between, as in drawings. In
    code they tell nothing: what is executed is never taken for unreadable.
    """
    return is_text(text) and (b"\0" not in text or is_utf8(text) or language_of(path, text).name != Plain.name)


def packages_of(path: bytes, text: bytes) -> tuple[str, ...]:
    """The packages by which the language of the file at `path` is read, whether they are installed or not."""
    name = language_name(path, text)
    if name == "yaml":
        return ("ruamel.yaml",)
    return ("tree-sitter", _GRAMMARS[name].package) if name in _GRAMMARS else ()


def well_formed(path: bytes, text: bytes) -> bool:
    """Whether the file at `path` parses, as far as its syntax goes; True where that cannot be told.

    Of Python the sections are asked that all stages share. Of other languages only short texts are read: what is
    long there was mostly written by a program, and takes long to parse.
    """
    language = language_of(path, text)
    if language.name == "python":
        return parses(text)
    return len(text) > _LONG or language.parses(text)


DATA = ("json", "toml", "yaml")
"""The languages of data whose values can be changed by their paths."""
_LONGEST_DATA = 2_000_000
"""Bytes of a text that is read as data."""


def is_data(path: bytes) -> bool:
    """Whether the file at `path` is in one of these."""
    return language_name(path, b"") in DATA


def differ(path: bytes, now: bytes, wanted: bytes, align: Align) -> Differ:
    """What tells how the values of two texts of the file at `path` differ. Raises CannotMutate."""
    if max(len(now), len(wanted)) > _LONGEST_DATA:
        raise CannotMutate
    from git_dagpatch.languages.data_diff import Differ

    read = _reader(language_name(path, b""))
    return Differ(read(now), read(wanted), align)


def value_of(path: bytes, text: bytes) -> Any:
    """The value of a text of data, as its format's own reader tells. Raises CannotMutate if that is not sure."""
    if len(text) > _LONGEST_DATA:
        raise CannotMutate
    return _value(language_name(path, b""), text)


@lru_cache(maxsize=8)
def _value(name: str, text: bytes) -> Any:
    """The value of a text, which nobody may change; who proves merges asks for that of each version again and again."""
    return _reader(name)(text).read


def mutations_of_text(path: bytes, text: bytes, mutations: Sequence[Mutation]) -> tuple[Span, ...]:
    """What `mutations` change in the text of the file at `path`, in bytes of it.

    It is proved that the values after are what the mutations make of the values before. Raises CannotMutate, with its
    reason, where a mutation cannot be carried out.
    """
    if len(text) > _LONGEST_DATA:
        raise CannotMutate
    return _reader(language_name(path, b""))(text).carry_out_proved(mutations)


def mutations_elsewhere(path: bytes, base: bytes, text: bytes, mutations: Sequence[Mutation]) -> tuple[Span, ...]:
    """What `mutations`, made on `base`, change in another text of the file at `path`; proved as above.

    Raises CannotMutate, with its reason, also where the values that would change are not those of `base`.
    """
    if max(len(base), len(text)) > _LONGEST_DATA:
        raise CannotMutate
    read = _reader(language_name(path, b""))
    document = read(text)
    check_untouched(read(base).read, document.read, mutations)
    return document.carry_out_proved(mutations)


def _reader(name: str) -> Callable[[bytes], Document]:
    """What reads texts of a language of data."""
    match name:
        case "json":
            from git_dagpatch.languages.json_tree import JsonDocument

            return JsonDocument
        case "toml":
            from git_dagpatch.languages.toml_tree import TomlDocument

            return TomlDocument
        case "yaml":
            try:
                from git_dagpatch.languages.yaml_tree import YamlDocument
            except ImportError:
                raise CannotMutate from None
            return YamlDocument
    raise CannotMutate


@cache
def _language(name: str) -> Language:
    match name:
        case "python":
            from git_dagpatch.languages.python import Python

            return Python()
        case "json" | "jsonc" | "toml":
            from git_dagpatch.languages.data import Json, JsonWithComments, Toml

            return {"json": Json, "jsonc": JsonWithComments, "toml": Toml}[name]()
        case "yaml":
            return _yaml()
        case "plain":
            return Plain()
    return _parsed(_GRAMMARS[name])


def _yaml() -> Language:
    try:
        from git_dagpatch.languages.yaml import Yaml
    except ImportError:
        return NotInstalled("yaml", _needs("ruamel.yaml", "yaml"))
    return Yaml()


def _parsed(grammar: Grammar) -> Language:
    try:
        from git_dagpatch.languages.syntax_tree import Conditional, Expanded, Parsed

        pointer = getattr(import_module(grammar.package.replace("-", "_")), grammar.function)()
    except ImportError:
        return NotInstalled(grammar.name, _needs(grammar.package, "grammars"))
    kinds = {Preprocessor.NONE: Parsed, Preprocessor.CONDITIONS: Conditional, Preprocessor.MACROS: Expanded}
    try:
        return kinds[grammar.preprocessor](grammar.name, pointer)
    except ValueError as error:
        return NotInstalled(grammar.name, f"{grammar.package} does not fit tree-sitter: {error}")


def _needs(package: str, extra: str) -> str:
    return f"{package} is not installed; the extra {extra} brings it"
