"""rename: an identifier gets another name, wherever it is meant in the files of the scope.

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
from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from git_dagpatch.alignment.lines import count_lines, whole_lines
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_symbols import WHOLE, Binding, Key, Sort, Symbols, symbols_of
from git_dagpatch.model.effect import Effect, Rewrite, Span, rewrite
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Operation, Rename
from git_dagpatch.model.paths import encode, join_target, split_target
from git_dagpatch.operations.following import FOLLOWS, MODULE, follows
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind

IDENTIFIER = "identifier"
"""The kind of a name whose definition is not in the patch."""

PROOF = "all that certainly means the symbol is renamed and nothing else, and no name is captured or shadowed"
PROOF_OF_TOTAL = f"{PROOF}; nothing in these files keeps the old name that could have meant it"

_MODULE_LEVEL = frozenset((Sort.IMPORT, Sort.MEMBER, Sort.PART, Sort.FREE))
_OF_OBJECTS = frozenset((Sort.RECEIVER, Sort.PART))
_NOTHING: frozenset[Sort] = frozenset()
MERGING = frozenset((Sort.RECEIVER, Sort.KEYWORD, Sort.PART, Sort.MEMBER))
"""Where another identifier may have had the new name before: what these mean, only running the code tells."""


def following(kind: str, qualified: str) -> frozenset[Sort]:
    """What may mean a symbol besides what certainly does, where the commit has it so."""
    match kind:
        case "identifier":
            return frozenset(Sort) - {Sort.SYMBOL}
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
        return msgspec.structs.replace(recorded, total=operation.total and is_total(recorded, effect, files))

    def describe(self, operation: Rename) -> str:
        spans = [len(spans or ()) for spans in (operation.footprint or {}).values()]
        symbol = operation.symbol.partition(":")[2]
        places = f"{sum(spans)} place{'s' * (sum(spans) != 1)}"
        where = f"{len(spans)} files" if len(spans) > 1 else next(iter(operation.footprint or {}), "no file")
        if operation.symbol_kind == MODULE:
            return f"Import from {operation.new_name} what went there from {operation.symbol[:-1]}, {places} in {where}"
        return f"Rename {operation.symbol_kind} {symbol} to {operation.new_name}, {places} in {where}"

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
        for place, change in effect.items():
            before = files.read(place)
            if not isinstance(change, Rewrite) or language_of(place).name != "python":
                return ""
            one, other = symbols_of(before), symbols_of(rewrite(before, change.spans))
            if one is None or other is None:
                return ""
            renamed = renamed_bindings(one, other, change.spans, old, new, operation.symbol_kind)
            if renamed is None or not _as_claimed(renamed, operation, place == path, path):
                return ""
        if operation.total and not is_total(operation, effect, files):
            return ""
        if operation.symbol_kind == IDENTIFIER:
            return "nothing but this identifier changes"
        return PROOF_OF_TOTAL if operation.total else PROOF

    def review_lines(self, operation: Rename, files: Files) -> int:
        if not self.proof(operation, files):
            return sum(
                text.count(b"\n", span.start, span.end) + count_lines(span.insert)
                for path, change in self.effect(operation, files).items()
                if isinstance(change, Rewrite)
                for text in [files.read(path)]
                for span in whole_lines(text, change.spans)
            )
        return 2 if operation.symbol_kind == IDENTIFIER else 1


def is_total(operation: Rename, effect: Effect, files: Files) -> bool:
    """Whether nothing in the files of `effect` keeps the old name that could have meant the symbol.

    That could be another binding of the same qualified name, a member of that name of any class if it is a member, and
    what `following` says may mean such a symbol, imported from where it may be.
    """
    if operation.symbol_kind in (MODULE, IDENTIFIER):
        return False
    home, qualified = split_target(operation.symbol)
    old = own_name(operation)
    for path, change in effect.items():
        found = symbols_of(files.read(path))
        if found is None or not isinstance(change, Rewrite):
            return False
        renamed = {span.start for span in change.spans}
        for key, binding in found.bindings.items():
            if key.name == old and not renamed.issuperset(binding.starts):
                if not binding.certain and key.sort is Sort.SYMBOL:
                    return False
                if _could_mean(binding, operation.symbol_kind, qualified, path == home, home, bool(found.stars)):
                    return False
    return True


def _could_mean(binding: Binding, kind: str, qualified: str, at_home: bool, home: bytes, has_stars: bool) -> bool:
    """Whether what means `binding` could have meant the symbol."""
    sort = binding.key.sort
    if sort is Sort.SYMBOL:
        if kind in ("method", "attribute") and "." in qualified and binding.kind in ("method", "attribute"):
            return True
        return at_home and binding.qualified == qualified
    if sort not in following(kind, qualified) or not may_be(binding.key.module, home):
        return False
    # What nothing binds is a builtin, or came with a star.
    return sort is not Sort.FREE or has_stars


def own_name(operation: Rename) -> str:
    """The old name, not qualified."""
    return operation.symbol.partition(":")[2].rpartition(".")[2]


def _may_be_renamed(old: str, new: str) -> bool:
    """Whether neither name is one that the language gives a meaning to."""
    return new.isidentifier() and not keyword.iskeyword(new) and not (_is_special(old) or _is_special(new))


def _is_special(name: str) -> bool:
    """Whether the language calls it, or writes it otherwise inside of a class."""
    return name.startswith("__")


def renamed_bindings(
    before: Symbols, after: Symbols, spans: tuple[Span, ...], old: str, new: str, kind: str
) -> list[Binding] | None:
    """The bindings that `spans` rename in a module; None if that is no renaming of `old` to `new`."""
    insert, size = new.encode(), len(old.encode())
    if any(span.insert != insert or span.end - span.start != size for span in spans):
        return None
    found = renaming(before, after, {span.start: new for span in spans}, merge_free=kind == IDENTIFIER)
    return None if found is None or any(binding.key.name != old for binding in found) else found


def renaming(
    before: Symbols, after: Symbols, names: Mapping[int, str], *, merge_free: bool = False
) -> list[Binding] | None:
    """The bindings that get the new `names` at the bytes where these stand; None if that is no alpha conversion.

    It is one if all identifiers mean the same among each other before and after: none is captured, none is shadowed,
    and no binding is renamed in part or in two ways.
    """
    merging = MERGING | {Sort.FREE} if merge_free else MERGING
    forth: dict[tuple[Key, str | None], Key] = {}
    back: dict[Key, tuple[Key, str | None]] = {}
    touched: dict[Key, Binding] = {}
    shift = met = 0
    if len(before.meaning) != len(after.meaning):
        return None
    for start, key in before.meaning.items():
        name = names.get(start)
        other = after.meaning.get(start + shift)
        if other != (key if name is None else key._replace(name=name)):
            return None
        assert other is not None
        if forth.setdefault((key, name), other) != other:
            return None
        if back.setdefault(other, (key, name)) != (key, name) and key.sort not in merging:
            return None
        if name is not None:
            touched[key] = before.bindings[key]
            shift += len(name.encode()) - len(key.name.encode())
            met += 1
    if met != len(names):
        return None
    ways = Counter(key for key, _ in forth)
    whole = [binding for binding in touched.values() if binding.key.sort in WHOLE]
    if any(not binding.certain or ways[binding.key] > 1 for binding in whole):
        return None
    return list(touched.values())


def _as_claimed(renamed: list[Binding], operation: Rename, at_home: bool, home: bytes) -> bool:
    """Whether the bindings of one file are the symbol, or what may mean it."""
    _, qualified = split_target(operation.symbol)
    may_follow = following(operation.symbol_kind, qualified)
    itself = [binding for binding in renamed if binding.key.sort is Sort.SYMBOL]
    if at_home and not itself and operation.symbol_kind != IDENTIFIER:
        return False
    for binding in itself:
        if not at_home or binding.qualified != qualified or binding.kind != operation.symbol_kind:
            return False
    return all(
        binding.key.sort in may_follow and (operation.symbol_kind == IDENTIFIER or may_be(binding.key.module, home))
        for binding in renamed
        if binding.key.sort is not Sort.SYMBOL
    )


def may_be(module: str, path: bytes) -> bool:
    """Whether what is imported from `module` may come from the file at `path`: from it, or from a package above it."""
    named = [part for part in module.split(".") if part]
    if not named:
        return True
    parts = path.removesuffix(b".py").removesuffix(b"/__init__").decode("utf-8", "replace").split("/")
    return any(parts[at : at + len(named)] == named for at in range(len(parts)))


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
