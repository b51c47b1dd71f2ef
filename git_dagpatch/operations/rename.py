"""rename: an identifier gets another name, wherever it is meant in the files of the scope.

It has what certainly means the symbol, and nothing else: its definition, `self` and `cls`, objects that are only ever
made by calling the class or annotated with it, imports that lead to the file, and names of arguments at calls of it.
What may mean it, such as an attribute of an object that came from somewhere, is left to a rename of an `identifier`,
which may change what is called, or to edits.

It is `total` if nothing in these files keeps the old name that could have meant the symbol: no other binding of that
qualified name, of a method or an attribute no member of that name in any class, and nothing of which only running the
code tells whether it means the symbol, such as an attribute of an object that came from somewhere, or an argument's
name at a call of something unknown. That is looked at in the state in which the rename is carried out. A rename of an
`identifier` or of a `module` is never total.

Names that go round in a circle, such as two that are exchanged, are as many renames and one more: the first of them
goes through a name that stands in none of the files.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator

import msgspec

from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_origins import Origins
from git_dagpatch.languages.python_symbols import Binding, Sort, symbols_of
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Operation, Rename
from git_dagpatch.model.paths import encode, join_target, split_target
from git_dagpatch.operations.alpha_conversion import renamed_bindings
from git_dagpatch.operations.availability import Asked, Availability, availability
from git_dagpatch.operations.following import FOLLOWS, MODULE, follows
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind, rewritten_lines

IDENTIFIER = "identifier"
"""The kind of a name whose definition is not in the patch, or of which it is not known what it means."""
PROVED = 1.0
CLAIMED = 0.9
"""Confidence of a rename of which only running the code tells whether nothing else changes."""

PROOF = "all that is renamed certainly means the symbol, and no name is captured or shadowed"
PROOF_OF_TOTAL = f"{PROOF}; nothing in these files keeps the old name that could have meant it"
PROOF_BUT_UNSEEN = (
    "all that is renamed certainly means the symbol; something that is not known here may go by one of the names: "
    "a class above or below its own, or what calls it by a decorator or as a test"
)
PROOF_OF_IDENTIFIER = "nothing but this identifier changes"

_MODULE_LEVEL = frozenset((Sort.IMPORT, Sort.MEMBER, Sort.PART, Sort.FREE))
_OF_OBJECTS = frozenset((Sort.RECEIVER, Sort.OBJECT, Sort.PART))
_NOTHING: frozenset[Sort] = frozenset()


def following(kind: str, qualified: str) -> frozenset[Sort]:
    """What may mean a symbol besides what certainly does."""
    match kind:
        case "parameter":
            return frozenset((Sort.KEYWORD,))
        case "method":
            return _OF_OBJECTS
        case "attribute" | "class" if "." in qualified:
            return _OF_OBJECTS | {Sort.KEYWORD}
        case "attribute" | "class" | "function" if "." not in qualified:
            return _MODULE_LEVEL
    return _NOTHING


class RenameKind(RecordedKind[Rename]):
    operation = Rename
    summary = "An identifier gets another name, wherever it is meant."
    default_intent = "rename-symbol"
    default_tags = ("refactoring",)
    examples = (
        Example(
            why="A function, and the module that imports it.",
            before={
                "cli.py": b"from utils import load\n\nload()\n",
                "utils.py": b"def load():\n    return 1\n",
            },
            operation={
                "type": "rename",
                "symbol": "utils.py:load",
                "symbol_kind": "function",
                "new_name": "read",
                "scope": ["cli.py", "utils.py"],
                "footprint": {"cli.py": [[18, 4, "read"], [2, 4, "read"]], "utils.py": [[4, 4, "read"]]},
            },
            after={
                "cli.py": b"from utils import read\n\nread()\n",
                "utils.py": b"def read():\n    return 1\n",
            },
        ),
        Example(
            why="A parameter: nothing outside of its function means it.",
            before={"m.py": b"def twice(x):\n    return x + x\n"},
            operation={
                "type": "rename",
                "symbol": "m.py:twice.x",
                "symbol_kind": "parameter",
                "new_name": "value",
                "scope": ["m.py"],
                "footprint": {"m.py": [[10, 1, "value"], [14, 1, "value"], [3, 1, "value"]]},
            },
            after={"m.py": b"def twice(value):\n    return value + value\n"},
        ),
        Example(
            why="What is imported from a module is to be had at another one since it moved there.",
            before={"cli.py": b"from app.utils import load\n\nload()\n", "app/files.py": b"def load():\n    pass\n"},
            operation={
                "type": "rename",
                "symbol": "app/utils.py:",
                "symbol_kind": "module",
                "new_name": "app.files",
                "scope": ["cli.py"],
                "footprint": {"cli.py": [[5, 9, "app.files"]]},
            },
            after={"cli.py": b"from app.files import load\n\nload()\n", "app/files.py": b"def load():\n    pass\n"},
        ),
    )

    def intent(self, operation: Rename) -> str:
        return "imports-follow" if operation.symbol_kind == MODULE else f"rename-{operation.symbol_kind}"

    def tags(self, operation: Rename) -> list[str]:
        if operation.symbol_kind == MODULE:
            return [*self.default_tags, "imports"]
        return [*self.default_tags, *(["non-functional"] if operation.confidence == 1.0 else [])]

    def record(self, operation: Rename, effect: Effect, files: Files) -> Operation:
        recorded = super().record(operation, effect, files)
        assert isinstance(recorded, Rename)
        symbol = operation.symbol if operation.symbol_kind == MODULE else _symbol(operation, effect, files)
        recorded = msgspec.structs.replace(recorded, symbol=symbol, scope=sorted(encode(path) for path in effect))
        sure = operation.symbol_kind in (MODULE, IDENTIFIER) or _is_sure(recorded, effect, files)
        return msgspec.structs.replace(
            recorded,
            total=operation.total and is_total(recorded, effect, files),
            confidence=operation.confidence if sure or not operation.confidence else min(operation.confidence, CLAIMED),
        )

    def describe(self, operation: Rename) -> str:
        spans = [len(spans or ()) for spans in (operation.footprint or {}).values()]
        symbol = operation.symbol.partition(":")[2]
        places = f"{sum(spans)} place{'s' * (sum(spans) != 1)}"
        where = f"{len(spans)} files" if len(spans) > 1 else next(iter(operation.footprint or {}), "no file")
        if operation.symbol_kind == MODULE:
            return f"Import from {operation.new_name} what went there from {operation.symbol[:-1]}, {places} in {where}"
        told = f"Rename {operation.symbol_kind} {symbol} to {operation.new_name}, {places} in {where}"
        return f"{told}; this may change what is called" if operation.symbol_kind == IDENTIFIER else told

    def proof(self, operation: Rename, files: Files) -> str:
        if operation.symbol_kind == MODULE:
            return FOLLOWS if not operation.total and follows(operation, self.effect(operation, files), files) else ""
        old, new = own_name(operation), operation.new_name
        if not _may_be_renamed(old, new):
            return ""
        path, _ = split_target(operation.symbol)
        effect = self.effect(operation, files)
        if path not in effect:
            return ""
        origins = origins_in(files)
        for place, change in effect.items():
            before = files.read(place)
            if not isinstance(change, Rewrite) or language_of(place).name != "python":
                return ""
            one, other = symbols_of(before), symbols_of(rewrite(before, change.spans))
            if one is None or other is None:
                return ""
            loose = operation.symbol_kind == IDENTIFIER
            renamed = renamed_bindings(one, other, change.spans, old, new, loose=loose)
            if renamed is None or not _as_claimed(renamed, operation, place, origins):
                return ""
        if operation.symbol_kind == IDENTIFIER:
            return PROOF_OF_IDENTIFIER
        if operation.total and not is_total(operation, effect, files):
            return ""
        match availability(Asked(*split_target(operation.symbol), new), effect, origins):
            case Availability.TAKEN:
                return ""
            case Availability.UNKNOWN:
                return PROOF_BUT_UNSEEN
        return PROOF_OF_TOTAL if operation.total else PROOF

    def review_lines(self, operation: Rename, files: Files) -> int:
        proof = self.proof(operation, files)
        if not proof:
            return rewritten_lines(self.effect(operation, files), files)
        return lines_with(proof)


def lines_with(proof: str) -> int:
    """The lines to read of a rename that has this proof."""
    return 2 if proof in (PROOF_OF_IDENTIFIER, PROOF_BUT_UNSEEN) else 1


def origins_in(files: Files) -> Origins:
    """Where imports lead in a state of the files."""

    def read(path: bytes) -> bytes | None:
        try:
            return files.read(path)
        except WrongBase:
            return None

    return Origins(read)


def _is_sure(operation: Rename, effect: Effect, files: Files) -> bool:
    """Whether all that is renamed certainly means the symbol, and nothing that belongs to it elsewhere has one name.

    What is to be proved besides, that no name is captured, was looked at when the rename was found.
    """
    origins = origins_in(files)
    for path, change in effect.items():
        symbols = origins.symbols(path)
        if symbols is None or not isinstance(change, Rewrite):
            return False
        keys = {symbols.meaning.get(span.start) for span in change.spans}
        renamed = [symbols.bindings[key] for key in keys if key is not None]
        if len(renamed) < len(keys) or not _as_claimed(renamed, operation, path, origins):
            return False
    asked = Asked(*split_target(operation.symbol), operation.new_name)
    return availability(asked, effect, origins) is Availability.FREE


def is_total(operation: Rename, effect: Effect, files: Files) -> bool:
    """Whether nothing in the files of `effect` keeps the old name that could have meant the symbol.

    That could be another binding of the same qualified name, a member of that name of any class if it is a member, and
    what `following` says may mean such a symbol, imported from where it may be.
    """
    if operation.symbol_kind in (MODULE, IDENTIFIER):
        return False
    origins = origins_in(files)
    old = own_name(operation)
    for path, change in effect.items():
        found = symbols_of(files.read(path))
        if found is None or not isinstance(change, Rewrite):
            return False
        renamed = {span.start for span in change.spans}
        for key, binding in found.bindings.items():
            if key.name != old or renamed.issuperset(binding.starts):
                continue
            if _could_mean(binding, operation, path, origins) and (key.sort is not Sort.FREE or found.stars):
                return False
    return True


def _could_mean(binding: Binding, operation: Rename, path: bytes, origins: Origins) -> bool:
    """Whether what means `binding` in the file at `path` could have meant the symbol."""
    home, qualified = split_target(operation.symbol)
    kind, key = operation.symbol_kind, binding.key
    if key.sort is Sort.SYMBOL:
        if kind in ("method", "attribute") and "." in qualified and binding.kind in ("method", "attribute"):
            return True
        return path == home and binding.qualified == qualified
    if key.sort not in following(kind, qualified):
        return False
    return not key.module or origins.may_lead(path, key.module, home)


def own_name(operation: Rename) -> str:
    """The old name, not qualified."""
    return operation.symbol.partition(":")[2].rpartition(".")[2]


def _may_be_renamed(old: str, new: str) -> bool:
    """Whether neither name is one that the language gives a meaning to."""
    return new.isidentifier() and not keyword.iskeyword(new) and not (_is_special(old) or _is_special(new))


def _is_special(name: str) -> bool:
    """Whether the language calls it, or writes it otherwise inside of a class."""
    return name.startswith("__")


def _as_claimed(renamed: list[Binding], operation: Rename, path: bytes, origins: Origins) -> bool:
    """Whether the bindings of the file at `path` are the symbol, or certainly mean it."""
    if operation.symbol_kind == IDENTIFIER:
        return all(binding.key.sort is not Sort.SYMBOL for binding in renamed)
    home, qualified = split_target(operation.symbol)
    itself = [binding for binding in renamed if binding.key.sort is Sort.SYMBOL]
    if path == home and not itself:
        return False
    for binding in itself:
        if path != home or binding.qualified != qualified or binding.kind != operation.symbol_kind:
            return False
    return all(
        origins.meaning(path, binding.key) == (home, qualified)
        for binding in renamed
        if binding.key.sort is not Sort.SYMBOL
    )


def _symbol(operation: Rename, effect: Effect, files: Files) -> str:
    """The symbol as it is called and where it stands in `files`."""
    path, qualified = split_target(operation.symbol)
    for place, binding in _defined(operation, effect, files, first=path):
        if binding is not None and binding.kind == operation.symbol_kind:
            return join_target(place, binding.qualified)
    return join_target(path if path in effect else min(effect), qualified)


def _defined(operation: Rename, effect: Effect, files: Files, first: bytes) -> Iterator[tuple[bytes, Binding | None]]:
    for place in sorted(effect, key=lambda path: (path != first, path)):
        change = effect[place]
        found = symbols_of(files.read(place))
        if found is None or not isinstance(change, Rewrite):
            continue
        for span in change.spans:
            key = found.meaning.get(span.start)
            if key is not None and key.sort is Sort.SYMBOL:
                yield place, found.bindings[key]
