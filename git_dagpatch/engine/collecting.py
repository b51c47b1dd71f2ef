"""Which files, classes and functions pytest takes for tests, by its settings in a tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigurationError
from fnmatch import fnmatchcase
from typing import NamedTuple

from git_dagpatch.engine.changed import is_file
from git_dagpatch.model.tree import Tree

_TOML = (b"pyproject.toml", b"pytest.toml", b".pytest.toml")
_INI = (b"pytest.ini", b".pytest.ini", b"tox.ini", b"setup.cfg")
_DOCTEST_GLOB = re.compile(r"--doctest-glob[= ]['\"]?([^\s'\"]+)")


class Collecting(NamedTuple):
    """Patterns, those that pytest has without settings among them."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py", "tests.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    options: str = ""
    """What is always given on the command line."""

    def is_test(self, path: bytes) -> bool:
        """Whether tests are looked for in the module at `path`."""
        text = path.decode(errors="replace")
        name = text.rpartition("/")[2]
        return text.endswith(".py") and any(
            fnmatchcase(text if "/" in pattern else name, "*/" + pattern if "/" in pattern else pattern)
            for pattern in self.files
        )

    def is_class(self, name: str) -> bool:
        return _is_any(name, self.classes)

    def is_function(self, name: str) -> bool:
        return _is_any(name, self.functions)

    def is_doctest(self, path: bytes, text: bytes) -> bool:
        """Whether the examples in a text are tests."""
        if b">>>" not in text:
            return False
        if path.endswith(b".py"):
            return "--doctest-modules" in self.options
        name = path.decode(errors="replace").rpartition("/")[2]
        return any(fnmatchcase(name, pattern) for pattern in _DOCTEST_GLOB.findall(self.options))


def _is_any(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name is taken, as pytest tells it: it starts with one of `patterns` or matches it."""
    return any(
        name.startswith(one) or (any(sign in one for sign in "?*[") and fnmatchcase(name, one)) for one in patterns
    )


def collecting(tree: Tree) -> Collecting:
    """What the settings of `tree` say, all of them together, though pytest reads only one of the files."""
    known = Collecting()
    for settings in _settings(tree):
        known = Collecting(
            known.files + _list(settings.get("python_files")),
            known.classes + _list(settings.get("python_classes")),
            known.functions + _list(settings.get("python_functions")),
            " ".join((known.options, *_list(settings.get("addopts")))),
        )
    return known


def _list(value: object) -> tuple[str, ...]:
    match value:
        case str():
            return tuple(value.split())
        case list():
            return tuple(map(str, value))
    return ()


def _settings(tree: Tree) -> Iterator[dict[str, object]]:
    for path in _TOML:
        try:
            table = tomllib.loads(_read(tree, path))
        except tomllib.TOMLDecodeError:
            continue
        pytest = (table.get("tool") or {}).get("pytest") or table.get("pytest") or {}
        yield {**pytest, **(pytest.get("ini_options") or {})}
    for path in _INI:
        parser = ConfigParser(interpolation=None)
        try:
            parser.read_string(_read(tree, path))
        except ConfigurationError:
            continue
        for section in ("pytest", "tool:pytest"):
            if parser.has_section(section):
                yield dict(parser.items(section))


def _read(tree: Tree, path: bytes) -> str:
    entry = tree.file(path)
    return tree.read(path).decode(errors="replace") if entry is not None and is_file(entry) else ""
