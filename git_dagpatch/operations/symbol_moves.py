"""What shows that definitions were moved or copied and nothing else: their texts, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from git_dagpatch.alignment.lines import Lines, lines_of
from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import VARIABLES
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Copy, Move
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations.symbol_text import is_definition, is_variable, renamed, same_but_indented


class _Passage(NamedTuple):
    """A text that an effect takes out of a file or puts into it, at a byte of the file before or after."""

    path: bytes
    start: int
    text: bytes


def is_move(operation: Move, effect: Effect, files: Files) -> bool:
    """Whether `effect` takes out the whole definition that `operation` names, and puts it where it says."""
    removed, added = list(_removed(effect, files)), list(_added(effect))
    if len(removed) != 1 or len(added) != 1:
        return False
    (source, name), (target, new_name) = split_target(operation.source), split_target(operation.target)
    if (removed[0].path, added[0].path) != (source, target) or _own(name) != _own(new_name):
        return False
    language = language_of(source)
    if language is not language_of(target) or not same_but_indented(removed[0].text, added[0].text, language):
        return False
    change = effect[target]
    assert isinstance(change, Rewrite)
    after = rewrite(files.read(target), change.spans)
    kind = str(operation.symbol_kind)
    return _is(removed[0], files.read(source), name, kind) and _is(added[0], after, new_name, kind)


def is_copy(operation: Copy, effect: Effect, files: Files) -> bool:
    """Whether `effect` puts the whole definition that `operation` names where it says, under the name that it says."""
    added = list(_added(effect))
    if len(added) != 1 or any(_removed(effect, files)):
        return False
    (source, name), (target, new_name) = split_target(operation.source), split_target(operation.target)
    language = language_of(source)
    if added[0].path != target or language is not language_of(target):
        return False
    change = effect[target]
    assert isinstance(change, Rewrite)
    if not _is(added[0], rewrite(files.read(target), change.spans), new_name, str(operation.symbol_kind)):
        return False
    try:
        text = files.read(source)
    except WrongBase:
        return False
    lines = lines_of(text).lines
    texts = [b"".join(lines[one.start : one.end]) for one in language.definitions(text) or () if one.name == name]
    copies = [renamed(one, _own(name), _own(new_name), language) for one in texts]
    return any(copy is not None and same_but_indented(copy, added[0].text, language) for copy in copies)


def _own(name: str) -> str:
    return name.rpartition(".")[2]


def _removed(effect: Effect, files: Files) -> Iterator[_Passage]:
    for path, change in effect.items():
        if isinstance(change, Rewrite):
            text = files.read(path)
            for start, end, _ in change.spans:
                if start < end:
                    yield _Passage(path, start, text[start:end])


def _added(effect: Effect) -> Iterator[_Passage]:
    for path, change in effect.items():
        growth = 0
        if isinstance(change, Rewrite):
            for span in change.spans:
                if span.insert:
                    yield _Passage(path, span.start + growth, span.insert)
                growth += span.growth


def _is(passage: _Passage, text: bytes, name: str, kind: str) -> bool:
    """Whether `passage` is the definition `name` of the file with this text, or what gives it its value."""
    lines: Lines = lines_of(text)
    language = language_of(passage.path)
    start, end = lines.number_at(passage.start), lines.number_at(passage.start + len(passage.text))
    if kind in VARIABLES:
        return is_variable(language.variables(text), name, lines.lines, start, end, language)
    return is_definition(language.definitions(text) or (), name, lines.lines, start, end)
