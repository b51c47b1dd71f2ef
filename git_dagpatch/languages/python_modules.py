"""The Python modules of one tree: where an import finds them, and what they have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from git_dagpatch.languages.python_names import names_of

_COMPILED = frozenset(b"pyi pyx pxd so pyd c cc cpp cxx rs".split())
"""Suffixes of files that a module is built from, or described by, and that are not read here."""
PROJECT = frozenset((b"pyproject.toml", b"setup.py", b"setup.cfg", b"manage.py"))
BUILD = (b".gitignore", b"pyproject.toml", b"setup.py", b"setup.cfg", b"meson.build", b"CMakeLists.txt")
_SOURCE = (b"src", b"lib", b"python")
_EXTENDS_ITSELF = re.compile(rb"__path__|\bsys\.(?:modules|meta_path)\b")


class Module(Struct, frozen=True):
    """A module in a file; `directory` is where its submodules are if it is a package."""

    path: bytes
    directory: bytes | None


class Namespace(Struct, frozen=True):
    """A directory without an ``__init__.py``."""

    directory: bytes


class Unread(Struct, frozen=True):
    """Something that cannot be read here: compiled, generated, or behind a link."""


Found: TypeAlias = Module | Namespace | Unread


class Modules:
    """The modules among the files at `paths`; `read` gives what is in one.

    `links` are symbolic links and submodules: there may be anything behind them. Source roots are the top of the tree,
    the directories of projects and the ``src`` in them, which are the main ones, and every other directory above a
    module that is no package itself: Python puts the directory of a script first, and so do tools for tests.
    """

    def __init__(
        self, paths: Iterable[bytes], read: Callable[[bytes], bytes | None], links: Iterable[bytes] = ()
    ) -> None:
        self._paths = frozenset(paths)
        self._read = read
        self._links = frozenset(links)
        self._unread = {_stem(path) for path in self._paths if path.rpartition(b".")[2] in _COMPILED}
        self._unread |= {_stem(path) for path in self._links} | self._links
        files = [path for path in self._paths if path.endswith(b".py")]
        self.directories = {above for path in {*map(_directory, files)} for above in _with_parents(path)}
        """The directories above a module."""
        self._main = self._main_roots()
        roots = self._main | {above for above in self.directories if not self._is_package(above)}
        self._roots_of: dict[str, list[bytes]] = {}
        for place in {*map(_stem, files), *self._unread, *self.directories} - {b""}:
            if _directory(place) in roots:
                self._roots_of.setdefault(_text(_name(place)), []).append(_directory(place))
        self._names: dict[bytes, frozenset[str] | None] = {}
        self._build_text: bytes | None = None

    def _main_roots(self) -> set[bytes]:
        projects = {b""} | {_directory(path) for path in self._paths if _name(path) in PROJECT}
        return projects | {_join(project, source) for project in projects for source in _SOURCE}

    def _is_package(self, directory: bytes) -> bool:
        return _join(directory, b"__init__.py") in self._paths

    def absolute(self, parts: Sequence[str]) -> Iterator[tuple[bytes, Found | None]]:
        """What ``import a.b`` finds from each source root that has a module or package ``a``, and the root."""
        return ((root, self.below(Namespace(root), parts)) for root in self._roots_of.get(parts[0], ()))

    def is_own(self, root: bytes, name: str) -> bool:
        """Whether `root` is a main one, and has a module or a whole package `name`: then no other is meant."""
        return root in self._main and isinstance(self._child(root, name), Module)

    def package(self, directory: bytes) -> Found:
        """What a relative import in a file of `directory` starts from."""
        return (
            Module(_join(directory, b"__init__.py"), directory) if self._is_package(directory) else Namespace(directory)
        )

    def below(self, found: Found, parts: Sequence[str]) -> Found | None:
        """The submodule that `parts` leads to from `found`, or None."""
        for name in parts:
            match found:
                case Unread():
                    return found
                case Namespace(directory):
                    child = self._child(directory, name)
                case Module(path, None):
                    child = Unread() if self.names(path) is None else None
                case Module(path, bytes(directory)):
                    child = self._child(directory, name)
                    if child is None and _EXTENDS_ITSELF.search(self._read(path) or b""):
                        child = Unread()
            if child is None:
                return None
            found = child
        return found

    def _child(self, directory: bytes, name: str) -> Found | None:
        place = _join(directory, name.encode())
        if self._is_package(place):
            return Module(_join(place, b"__init__.py"), place)
        if place + b".py" in self._paths:
            return Module(place + b".py", None)
        if place in self._unread or _join(place, b"__init__") in self._unread:
            return Unread()
        if place in self.directories:
            return Namespace(place)
        return Unread() if self._is_generated(place) else None

    def _is_generated(self, place: bytes) -> bool:
        """Whether a build makes the module, by what is in the tree: its files name it, or there is its source."""
        name = _name(place)
        if any(place.removesuffix(end) + b".proto" in self._paths for end in (b"_pb2", b"_pb2_grpc")):
            return True
        if self._build_text is None:
            places = [_join(root, file) for root in sorted(self._main) for file in BUILD]
            self._build_text = b"\n".join(self._read(path) or b"" for path in places if path in self._paths)
        dotted = _name(_directory(place)) + b"." + name
        return re.search(rb"(?<![\w])%b\.py(?!\w)" % re.escape(name), self._build_text) is not None or (
            # Others are named there, too, as the place of a command, say.
            name.startswith(b"_") and dotted in self._build_text
        )

    def has(self, found: Found, name: str) -> bool:
        """Whether ``from found import name`` can succeed."""
        match found:
            case Unread():
                return True
            case Namespace(directory):
                return self._child(directory, name) is not None
            case Module(path, directory):
                names = self.names(path)
                return names is None or name in names or (directory is not None and bool(self._child(directory, name)))

    def has_submodule(self, found: Found, name: str) -> bool:
        """Whether `found` has the submodule `name`."""
        return self.below(found, [name]) is not None

    def names(self, path: bytes) -> frozenset[str] | None:
        """The names of the module in the file at `path`; None if it may have any."""
        if path not in self._names:
            text = self._read(path)
            self._names[path] = None if text is None else names_of(text)
        return self._names[path]


def _join(directory: bytes, name: bytes) -> bytes:
    return directory + b"/" + name if directory else name


def _directory(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


def _stem(path: bytes) -> bytes:
    """`path` without what follows the first dot of its name, such as ``.cpython-311-x86_64-linux-gnu.so``."""
    return _join(_directory(path), _name(path).partition(b".")[0])


def _with_parents(directory: bytes) -> Iterator[bytes]:
    while directory:
        yield directory
        directory = _directory(directory)


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
