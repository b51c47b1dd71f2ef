"""Does a definition that moves, or is copied, mean the same at its new place? Told from the whole patch.

What the new place binds comes partly from other operations, such as an edit that adds an import, so the files in the
end are looked at; and what a name stood for may have moved, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import VARIABLES
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files, PatchFiles
from git_dagpatch.model.operation import Copy, Move, Operation, Rename
from git_dagpatch.model.paths import split_target
from git_dagpatch.model.transfer import Becoming, Read, Transfer


def keeps_its_meaning(operation: Move | Copy, effect: Effect, files: Files) -> bool:
    """Whether it is proved that what `operation` carries means the same where `effect` puts it."""
    transfer = _transfer(operation, effect, files)
    return language_of(transfer.source).means_the_same_there(transfer)


def names_in_doubt(operation: Move | Copy, effect: Effect, files: Files) -> Sequence[str]:
    """The names of which that is not proved, its own among them; empty where they are not known."""
    transfer = _transfer(operation, effect, files)
    return language_of(transfer.source).doubted_there(transfer)


def _transfer(operation: Move | Copy, effect: Effect, files: Files) -> Transfer:
    (source, name), (target, new_name) = split_target(operation.source), split_target(operation.target)
    steps: Sequence[Operation] = files.operations if isinstance(files, PatchFiles) else ()
    number = next((at for at, one in enumerate(steps) if _is_same(one, operation)), None)
    left, arrived = source, target
    if number is None or not isinstance(files, PatchFiles):
        # Nothing else is known than the files around it.
        became, after = [*_becomings([operation])], _reader(files, effect)
    else:
        became = [*_becomings(steps)]
        later = became[len([*_becomings(steps[: number + 1])]) :]
        left, arrived = _final(left, later), _final(arrived, later)
        new_name = _final_name(target, new_name, later)
        after = _reader(files.result, {})
    return Transfer(
        name=name,
        new_name=new_name,
        is_variable=str(operation.symbol_kind) in VARIABLES,
        is_copy=isinstance(operation, Copy),
        source=source,
        left=left,
        target=target,
        arrived=arrived,
        base=_reader(files.base if isinstance(files, PatchFiles) else files, {}),
        before=_reader(files, {}),
        after=after,
        became=became,
    )


def _reader(files: Files, effect: Effect) -> Read:
    """What reads `files` with `effect` in them."""

    def read(path: bytes) -> bytes | None:
        try:
            text = files.read(path)
        except WrongBase:
            return None
        change = effect.get(path)
        return rewrite(text, change.spans) if isinstance(change, Rewrite) else text

    return read


def _is_same(one: Operation, other: Move | Copy) -> bool:
    return type(one) is type(other) and (one.source, one.target) == (other.source, other.target)


def _becomings(operations: Sequence[Operation]) -> Iterator[Becoming]:
    for one in operations:
        if isinstance(one, Move):
            yield Becoming(*split_target(one.source), *split_target(one.target))
        elif isinstance(one, Rename):
            path, name = split_target(one.symbol)
            yield Becoming(path, name, path, f"{name.rpartition('.')[0]}.{one.new_name}".lstrip("."))


def _final(path: bytes, steps: Sequence[Becoming]) -> bytes:
    for step in steps:
        if not step.name and step.path == path:
            path = step.new_path
    return path


def _final_name(path: bytes, name: str, steps: Sequence[Becoming]) -> str:
    for step in steps:
        if step.path == path and not step.name:
            path = step.new_path
        elif step.path == path and (name == step.name or name.startswith(f"{step.name}.")):
            path, name = step.new_path, step.new_name + name[len(step.name) :]
    return name
