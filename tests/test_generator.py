"""The versions that a patch depends on are recorded, and no others."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pytest

from git_dagpatch import __version__
from git_dagpatch.engine.factor import factor
from git_dagpatch.languages import language_of
from git_dagpatch.model.patch import Metadata
from tests.trees import File, Files, script, text, tree_of

PROGRAM = {"git-dagpatch": __version__, "python": platform.python_version()}
ALWAYS = {name: version(name) for name in ("google-re2", "pygit2", "rapidfuzz")}


def generator(before: Files, after: Files) -> dict[str, str]:
    found = factor(tree_of(before), tree_of(after), Metadata(generator=PROGRAM)).metadata.generator
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("path", "file", "packages"),
    [
        (b"a.py", text(b"a = 1\n"), []),
        (b"a.txt", text(b"a\n"), []),
        (b"a.go", text(b"package a\n"), ["tree-sitter", "tree-sitter-go"]),
        (b"a.tsx", text(b"let a = 1;\n"), ["tree-sitter", "tree-sitter-typescript"]),
        (b"a.yml", text(b"a: 1\n"), ["ruamel.yaml"]),
        (b"run", script(b"#!/bin/sh\necho\n"), ["tree-sitter", "tree-sitter-bash"]),
    ],
)
def test_what_reads_the_changed_files_is_recorded(path: bytes, file: File, packages: list[str]) -> None:
    assert language_of(b"a.rs").parses(b"fn a() {}"), "what was read before does not count"
    others: Files = {b"b.js": text(b"let b = 1;\n")}
    wanted = PROGRAM | ALWAYS | {name: version(name) for name in packages}
    changed = File(file.mode, file.content + b"\n\n")
    assert generator({path: file} | others, {path: changed} | others) == wanted
    assert generator(others, {path: file} | others) == wanted, "a file that comes"
    assert generator({path: file} | others, others) == wanted, "a file that goes"


def test_deltas_of_binary_files() -> None:
    data = bytes(range(256)) * 8
    found = generator({b"a.bin": text(data)}, {b"a.bin": text(data + b"\0")})
    assert found == PROGRAM | ALWAYS | {"zstandard": version("zstandard")}


def test_without_a_program_nothing_is_recorded() -> None:
    patch = factor(tree_of({b"a.go": text(b"package a\n")}), tree_of({b"b.go": text(b"")}), Metadata())
    assert patch.metadata == Metadata()
