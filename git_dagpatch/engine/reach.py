"""What Python code can reach from where, by name: never too little where names can tell, often too much.

A method is reached where its name is mentioned and an object of its class, or of one that derives from it, can be
there: something that is reached mentions the class. What no name shows is taken to happen: operators, what a class of a
library calls in those that derive from it, and names that are put together from pieces.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from git_dagpatch.languages.python_modules import Module, Modules, Namespace
from git_dagpatch.languages.python_parts import HARMLESS, How, Mention, Part, PartKind, Parts


class Owner(NamedTuple):
    """What has members: a class, or a module, whose `qualified` is empty."""

    path: bytes
    qualified: str


_PLAIN_BASES = frozenset(dir(builtins)) | frozenset(
    {
        "ABC",
        "Generic",
        "Protocol",
        "NamedTuple",
        "TypedDict",
        "Mapping",
        "MutableMapping",
        "Sequence",
        "MutableSequence",
        "Set",
        "MutableSet",
        "Iterable",
        "Iterator",
        "Container",
        "Collection",
        "Hashable",
        "Sized",
        "Callable",
    }
)
"""Classes of libraries that call nothing of those that derive from them but what their operators say."""
_ASKED = frozenset(
    {
        "read",
        "write",
        "readline",
        "readlines",
        "writelines",
        "close",
        "flush",
        "seek",
        "tell",
        "fileno",
        "isatty",
        "readable",
        "writable",
        "seekable",
        "readinto",
        "keys",
        "items",
        "values",
        "get",
        "update",
        "acquire",
        "release",
    }
)
"""What libraries call of any object that is handed to them."""


class Reached(msgspec.Struct):
    """What is reached from some roots."""

    parts: set[int] = msgspec.field(default_factory=set)
    live: set[Owner] = msgspec.field(default_factory=set)
    wanted: set[str] = msgspec.field(default_factory=set)
    pieces: set[str] = msgspec.field(default_factory=set)
    imports: bool = False
    """Whether it is what importing reaches: then objects are called only where that shows."""
    run: set[bytes] = msgspec.field(default_factory=set)
    """The files of modules that are imported, so that what they do at the top is done."""

    def copy(self) -> Reached:
        return Reached(set(self.parts), set(self.live), set(self.wanted), set(self.pieces), self.imports, set(self.run))


class Program:
    """The parts of the modules of a tree, and how they mention each other."""

    def __init__(self, modules: Modules, parsed: Mapping[bytes, Parts]) -> None:
        self._modules = modules
        self._parsed = parsed
        self.parts: list[Part] = [part for path in sorted(parsed) for part in parsed[path].parts]
        self._members: dict[Owner, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._statements: dict[Owner, list[int]] = defaultdict(list)
        self._named: dict[str, list[tuple[Owner, int]]] = defaultdict(list)
        self._heads: dict[Owner, list[int]] = defaultdict(list)
        self._fixtures: dict[str, list[int]] = defaultdict(list)
        for number, part in enumerate(self.parts):
            self._place(number, part)
        self._imports: dict[tuple[bytes, str], list[Owner]] = {}
        self._bases: dict[Owner, tuple[list[Owner], bool]] = {}
        self._heirs: dict[Owner, set[Owner]] = defaultdict(set)
        for owner in list(self._heads):
            for above in self._direct(owner)[0]:
                self._heirs[above].add(owner)
        self._families: dict[Owner, list[Owner]] = {}
        self._links: dict[int, list[int]] = defaultdict(list)
        self._link()

    def _place(self, number: int, part: Part) -> None:
        owner = Owner(part.path, part.owner)
        if part.kind is PartKind.STATEMENT:
            self._statements[owner].append(number)
            return
        self._members[owner][part.name].append(number)
        self._named[part.name].append((owner, number))
        if part.kind is PartKind.CLASS:
            self._heads[Owner(part.path, part.qualified)].append(number)
        if "fixture" in part.words:
            for name in {part.name} | part.words:
                self._fixtures[name].append(number)

    def _link(self) -> None:
        """Tie what is done at the top, and what a decorator takes, to what it is done with."""
        for number, part in enumerate(self.parts):
            if part.kind is PartKind.STATEMENT:
                for how, name in part.mentions:
                    if how in (How.NAME, How.CHAIN):
                        self._tie(part, name, number)
            for chain in part.decorators:
                if chain and chain.rpartition(".")[2] not in HARMLESS:
                    self._tie(part, chain, number)

    def _tie(self, part: Part, chain: str, number: int) -> None:
        for found in self._found(part, chain):
            if isinstance(found, int) and found != number:
                self._links[found].append(number)

    # Imports

    def imported(self, path: bytes, module: str) -> list[Owner]:
        """The modules that may be meant by `module` in the file at `path`."""
        key = path, module
        if key not in self._imports:
            self._imports[key] = [
                Owner(found.path, "") for found in self._found_modules(path, module) if found.path in self._parsed
            ]
        return self._imports[key]

    def _found_modules(self, path: bytes, module: str) -> Iterator[Module]:
        name = module.lstrip(".")
        level = len(module) - len(name)
        if not level:
            places = [found for _, found in self._modules.absolute(module.split("."))]
        else:
            directory = path.rpartition(b"/")[0]
            for _ in range(level - 1):
                directory = directory.rpartition(b"/")[0]
            start = self._modules.package(directory)
            places = [self._modules.below(start, name.split(".")) if name else start]
        return (found for found in places if isinstance(found, Module))

    def named(self, path: bytes, names: Sequence[str]) -> list[Owner]:
        """The modules that a string may name in the file at `path`: those of the project, and those beside the file."""
        beside = path.rpartition(b"/")[0]
        found = self._modules.absolute(names)
        own = [one for root, one in found if root == beside or self._modules.is_own(root, names[0])]
        return [Owner(one.path, "") for one in own if isinstance(one, Module) and one.path in self._parsed]

    def modules_run(self, path: bytes) -> set[bytes]:
        """The files of modules that run when the one at `path` does."""
        found = {path}
        waiting = [path]
        while waiting:
            here = waiting.pop()
            for module in self._parsed[here].imports:
                parts = module.split(".")
                for end in range(1, len(parts) + 1):
                    for owner in (
                        self.imported(here, ".".join(parts[:end])) if parts[end - 1] or end == len(parts) else ()
                    ):
                        if owner.path not in found:
                            found.add(owner.path)
                            waiting.append(owner.path)
        return found

    # Names

    def global_(self, path: bytes, name: str, seen: frozenset[bytes] = frozenset()) -> list[int]:
        """The parts that bind `name` in a module, also through ``import *``."""
        found = self._members[Owner(path, "")].get(name, [])
        if found or path in seen:
            return found
        stars = (owner.path for module in self._parsed[path].stars for owner in self.imported(path, module))
        return [number for star in stars for number in self.global_(star, name, seen | {path})]

    def _ends(self, number: int, seen: frozenset[int] = frozenset()) -> Iterator[int | Owner]:
        """What an import brings in the end, with each import on the way; of any other part, the part itself."""
        part = self.parts[number]
        yield number
        if part.origin is None or number in seen:
            return
        for owner in self.imported(part.path, part.origin.module):
            if not part.origin.name:
                yield owner
                continue
            targets = self.global_(owner.path, part.origin.name)
            for target in targets:
                yield from self._ends(target, seen | {number})
            if not targets and not self._submodule(owner, part.origin.name):
                yield from self._members[owner].get("__getattr__", ())
        if part.origin.name:
            dots = "" if part.origin.module.endswith(".") else "."
            yield from self.imported(part.path, part.origin.module + dots + part.origin.name)

    def _found(self, part: Part, chain: str) -> list[int | Owner]:
        """What the first name of `chain` may be where `part` mentions it; empty for what is not of this tree."""
        root = chain.partition(".")[0]
        numbers = self._members[Owner(part.path, part.owner)].get(root, []) if part.owner else []
        numbers = [*numbers, *self.global_(part.path, root)]
        return [found for number in numbers for found in self._ends(number)]

    # Classes

    def _direct(self, owner: Owner) -> tuple[list[Owner], bool]:
        """The classes of the tree that a class derives from, and whether there are others that may call it."""
        if owner not in self._bases:
            self._bases[owner] = [], False
            found: list[Owner] = []
            strange = False
            for number in self._heads[owner]:
                part = self.parts[number]
                for chain in part.bases:
                    known = (
                        [one for one in self._along(part, chain) if one in self._heads and one != owner]
                        if chain
                        else []
                    )
                    found += known
                    strange |= not known and chain.rpartition(".")[2] not in _PLAIN_BASES
            self._bases[owner] = found, strange
        return self._bases[owner]

    def _along(self, part: Part, chain: str) -> Iterator[Owner]:
        """The classes that a chain of names leads to."""
        places: list[int | Owner] = list(self._found(part, chain))
        for name in chain.split(".")[1:]:
            owners = [self._owner(one) for one in places]
            numbers = [number for owner in owners if owner for number in self._has(owner, name)]
            places = [found for number in numbers for found in self._ends(number)]
            places += [one for owner in owners if owner for one in self._submodule(owner, name)]
        return (owner for one in places if (owner := self._owner(one)) is not None)

    def _owner(self, found: int | Owner) -> Owner | None:
        if isinstance(found, Owner):
            return found
        part = self.parts[found]
        return Owner(part.path, part.qualified) if part.kind is PartKind.CLASS else None

    def _has(self, owner: Owner, name: str) -> list[int]:
        return self._members[owner].get(name, []) if owner.qualified else self.global_(owner.path, name)

    def _submodule(self, owner: Owner, name: str) -> list[Owner]:
        directory, _, file = owner.path.rpartition(b"/")
        if owner.qualified or file != b"__init__.py":
            return []
        found = self._modules.below(Module(owner.path, directory), [name])
        return [Owner(found.path, "")] if isinstance(found, Module) and found.path in self._parsed else []

    def above(self, owner: Owner) -> list[Owner]:
        """A class and all that it derives from in the tree."""
        found = {owner: None}
        waiting = [owner]
        while waiting:
            for one in self._direct(waiting.pop())[0]:
                if one not in found:
                    found[one] = None
                    waiting.append(one)
        return list(found)

    def _family(self, owner: Owner) -> list[Owner]:
        """The classes whose members ``self`` may have in a method of a class."""
        if owner not in self._families:
            heirs = {owner}
            waiting = [owner]
            while waiting:
                for one in self._heirs[waiting.pop()] - heirs:
                    heirs.add(one)
                    waiting.append(one)
            self._families[owner] = sorted({above for heir in heirs for above in self.above(heir)})
        return self._families[owner]

    # Reaching

    def reach(self, reached: Reached, roots: Iterable[int], mentions: Sequence[tuple[Part, Mention]] = ()) -> Reached:
        """Add to `reached` what `roots` reach, and what mentions in given parts do."""
        walk = _Walk(self, reached)
        for number in roots:
            walk.touch(number)
        for part, mention in mentions:
            walk.mention(part, mention)
        walk.go()
        return reached


class _Walk:
    """One search."""

    def __init__(self, program: Program, reached: Reached) -> None:
        self._program = program
        self._reached = reached
        self._waiting: list[int] = []

    def go(self) -> None:
        while self._waiting:
            number = self._waiting.pop()
            part = self._program.parts[number]
            for mention in part.mentions:
                self.mention(part, mention)
            for other in self._program._links.get(number, ()):
                if self._program.parts[other].path in self._reached.run:
                    self.touch(other)

    def touch(self, number: int, *, alive: bool = True) -> None:
        """Reach a part; of a class, its objects too if they may be made."""
        part = self._program.parts[number]
        if number not in self._reached.parts:
            self._reached.parts.add(number)
            self._waiting.append(number)
            if part.kind is PartKind.CLASS:
                for owner in self._program.above(Owner(part.path, part.qualified)):
                    for hook in self._program._members[owner].get("__init_subclass__", ()):
                        self.touch(hook)
        if alive and part.kind is PartKind.CLASS:
            self._live(Owner(part.path, part.qualified))

    def _all(self, found: Iterable[int | Owner], *, alive: bool = True) -> None:
        for one in found:
            if isinstance(one, Owner):
                self._live(one)
            else:
                self.touch(one, alive=alive)

    def _live(self, owner: Owner) -> None:
        if owner in self._reached.live:
            return
        self._reached.live.add(owner)
        if not owner.qualified:
            self._offer(owner, everything=False, values=False)
            return
        strange = False
        for one in self._program.above(owner):
            self._reached.live.add(one)
            strange |= self._program._direct(one)[1]
        for one in self._program.above(owner):
            for number in self._program._heads[one]:
                self.touch(number, alive=False)
            for number in self._program._statements.get(one, ()):
                self.touch(number)
            decorated = any(self._program.parts[number].decorators for number in self._program._heads[one])
            self._offer(one, everything=strange, values=decorated)

    def _offer(self, owner: Owner, *, everything: bool, values: bool) -> None:
        """Reach the members of a live owner that are asked for."""
        for name, numbers in list(self._program._members[owner].items()):
            asked = everything or name in self._reached.wanted or self._is_asked(name)
            for number in numbers:
                is_value = values and self._program.parts[number].kind is PartKind.VALUE
                if asked or is_value:
                    self._all(self._program._ends(number))

    def _is_asked(self, name: str) -> bool:
        return (
            (name.startswith("__") and name.endswith("__") and not (self._reached.imports and name == "__call__"))
            or name in _ASKED
            or any(name.startswith(one) or name.endswith(one) for one in self._reached.pieces)
        )

    def _want(self, name: str) -> None:
        """Reach each member of that name that some live object may have."""
        if name in self._reached.wanted:
            return
        self._reached.wanted.add(name)
        for owner, number in self._program._named.get(name, ()):
            if owner in self._reached.live:
                self._all(self._program._ends(number))

    def mention(self, part: Part, mention: Mention) -> None:
        how, name = mention
        match how:
            case How.NAME:
                found = self._program._found(part, name)
                if any(isinstance(one, int) and self._program.parts[one].kind is PartKind.VALUE for one in found):
                    self._want("__call__")
                self._all(found)
            case How.CHECK:
                found = self._program._found(part, name)
                self._all((one for one in found if isinstance(one, int)), alive=False)
                if "." in name:
                    self._chain(part, name, alive=False)
            case How.CHAIN:
                self._chain(part, name, alive=True)
            case How.OWN:
                self._own(part, name)
            case How.ATTRIBUTE:
                self._want(name)
            case How.TEXT:
                self._text(part, name)
            case How.PIECE:
                self._piece(name)
            case How.PARAMETER:
                for number in self._program._fixtures.get(name, ()):
                    self.touch(number)

    def _chain(self, part: Part, chain: str, *, alive: bool) -> None:
        places = self._program._found(part, chain)
        if not places:
            # A builtin has no member of this tree, and neither has an import from elsewhere.
            return
        _, *names = chain.split(".")
        known = [one for one in places if isinstance(one, Owner)]
        for number in (one for one in places if isinstance(one, int)):
            self.touch(number, alive=alive)
        parts = [self._program.parts[one] for one in places if isinstance(one, int)]
        if not known and all(one.kind is PartKind.IMPORT for one in parts):
            return
        if any(one.kind is not PartKind.IMPORT for one in parts):
            for name in names:
                self._want(name)
        while known and names:
            name = names.pop(0)
            found = [
                end
                for owner in known
                for number in self._program._has(owner, name)
                for end in self._program._ends(number)
            ]
            found += [one for owner in known for one in self._program._submodule(owner, name)]
            if not found:
                found += [one for owner in known for one in self._program._members[owner].get("__getattr__", ())]
            for one in found:
                if isinstance(one, int):
                    self.touch(one, alive=alive)
                elif not names:
                    self._live(one)
            if any(isinstance(one, int) and self._program.parts[one].kind is not PartKind.IMPORT for one in found):
                for other in names:
                    self._want(other)
            known = [one for one in found if isinstance(one, Owner)]

    def _own(self, part: Part, name: str) -> None:
        if not part.owner:
            self._want(name)
            return
        for owner in self._program._family(Owner(part.path, part.owner)):
            if owner in self._reached.live or owner == Owner(part.path, part.owner):
                for number in self._program._members[owner].get(name, ()):
                    self.touch(number)
        # An heir may become live later.
        self._want(name)

    def _text(self, part: Part, text: str) -> None:
        names = text.replace(":", ".").split(".")
        self._all(self._program._found(part, names[0]) if len(names) == 1 else [])
        for number in self._program._fixtures.get(names[0], ()) if len(names) == 1 else ():
            self.touch(number)
        for end in range(1, len(names) + 1):
            for owner in self._program.named(part.path, names[:end]) if len(names) > 1 else ():
                self._run(owner.path)
                self._live(owner)
        for name in names:
            self._want(name)

    def _run(self, path: bytes) -> None:
        """Take it that a module is imported by its name."""
        new = self._program.modules_run(path) - self._reached.run
        self._reached.run |= new
        for number in list(self._reached.parts):
            for other in self._program._links.get(number, ()):
                if self._program.parts[other].path in new:
                    self.touch(other)

    def _piece(self, piece: str) -> None:
        if piece in self._reached.pieces:
            return
        self._reached.pieces.add(piece)
        for owner in list(self._reached.live):
            self._offer(owner, everything=False, values=False)


__all__ = ["Namespace", "Owner", "Program", "Reached"]
