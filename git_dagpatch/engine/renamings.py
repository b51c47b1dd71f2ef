"""What the two sides of a replay renamed: a patch by its operations, a target by what is found of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from git_dagpatch.discovery.renames import find_renames
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.suspected import Suspects
from git_dagpatch.languages.python_references import Symbol
from git_dagpatch.model.codec import dag
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import Operation, Rename
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations.following import MODULE
from git_dagpatch.operations.rename import IDENTIFIER


class Renaming(Struct, frozen=True):
    """A symbol of base that a side calls otherwise."""

    symbol: Symbol
    kind: str
    new: str
    operation: str
    """The id of the patch's operation; of the target's renames, what they do."""
    kept: bool = True
    """Whether nothing but names changed in what is renamed. Else the new name may mean something else, and no place is
    certain to want it."""

    @property
    def old(self) -> str:
        return self.symbol.qualified.rpartition(".")[2]

    @property
    def sibling(self) -> Symbol:
        """What base has under the new name."""
        return self.symbol._replace(qualified=self.symbol.qualified.removesuffix(self.old) + self.new)


def called(symbol: Symbol, names: Mapping[Symbol, str]) -> Symbol:
    """`symbol` under its new name, in what is around it under its own; `names` gives the new ones."""
    parts = symbol.qualified.split(".")
    above = [Symbol(symbol.path, ".".join(parts[: count + 1])) for count in range(len(parts))]
    return symbol._replace(qualified=".".join(names.get(one, part) for one, part in zip(above, parts, strict=True)))


def of_patch(operations: Sequence[Operation], starts: Mapping[bytes, bytes]) -> list[Renaming]:
    """The renames of a patch by what base calls the symbols; `starts` is where base has the files that it moves.

    An operation calls a symbol as those that it depends on left it; a name may come about in several steps.
    """
    graph = dag(operations)
    found: dict[Symbol, Renaming] = {}
    made: dict[Symbol, list[tuple[int, Symbol]]] = defaultdict(list)
    for number in sorted(range(len(operations)), key=lambda number: graph.closures[number].bit_count()):
        operation = operations[number]
        if not isinstance(operation, Rename) or operation.symbol_kind in (IDENTIFIER, MODULE):
            continue
        path, qualified = split_target(operation.symbol)
        parts = qualified.split(".")
        symbol = Symbol(starts.get(path, path), "")
        for part in parts:
            named = _in(symbol, part)
            earlier = [before for other, before in made[named] if graph.closures[number] >> other & 1]
            symbol = earlier[-1] if earlier else named
        found[symbol] = Renaming(symbol, operation.symbol_kind, operation.new_name, str(operation.id))
        above = symbol._replace(qualified=symbol.qualified.rpartition(".")[0])
        made[_in(above, operation.new_name)].append((number, symbol))
    return list(found.values())


def _in(symbol: Symbol, name: str) -> Symbol:
    """What is called `name` in `symbol`, or at the top of its file."""
    return symbol._replace(qualified=f"{symbol.qualified}.{name}" if symbol.qualified else name)


def found_renames(found: Suspects) -> Iterator[Renaming]:
    """The renames in the files of `found`."""
    files = [Unfinished(*texts, FILE) for texts in found.files]
    for operation in (proposal.operation for step in find_renames(files)[0] for proposal in step):
        if isinstance(operation, Rename) and operation.symbol_kind != IDENTIFIER:
            symbol = Symbol(*split_target(operation.symbol))
            if _went(symbol, operation.new_name, found):
                continue
            told = f"the target's rename of {symbol.qualified} to {operation.new_name}"
            yield Renaming(symbol, operation.symbol_kind, operation.new_name, told)


def _went(symbol: Symbol, new: str, found: Suspects) -> bool:
    """Whether another file defines the old name now and did not before, or does not define the new one any more."""
    old = symbol.qualified.rpartition(".")[2].encode()
    return any(old in came for path, came in found.came.items() if path != symbol.path) or any(
        new.encode() in gone for path, gone in found.gone.items() if path != symbol.path
    )
