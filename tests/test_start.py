"""The start: what a command loads, and what it leaves alone."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from git_dagpatch.languages.python_blocks import lines_in_strings
from tests.repositories import Repo

_REVIEW = """\
import json, os, sys
from git_dagpatch.cli.main import run
status = run(["review"])
import pygit2
loaded = sorted({name.partition(".")[0] for name in sys.modules})
asked = {name: os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
print(json.dumps([status, loaded, pygit2.settings.ssl_cert_file, asked]), file=sys.stderr)
"""
_NOT_NEEDED = {
    "git",
    "ruamel",
    "tomllib",
    "tree_sitter",
    "pygments",
    "unidiff",
    "multiprocessing",
    "concurrent",
    "email",
}


@pytest.fixture
def of_python(repo: Repo) -> Path:
    """A repository whose last commit changes a file of Python."""
    repo.write("m.py", b"def f(a):\n    return a\n")
    repo.commit("First")
    repo.write("m.py", b"def f(a):\n    return -a\n")
    repo.commit("Second")
    return repo.path


_MERGE = """\
import json, sys
from git_dagpatch.cli.main import run
status = run(["apply-tree", "patch.json", sys.argv[1]])
print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)
"""


def _merge(repo: Repo, ours: bytes) -> tuple[int, set[str]]:
    """What is loaded for a patch that adds a line to the end of a file, on a target whose file is `ours`."""
    base = b"def f(a):\n    return a\n\n\ndef g(b):\n    return b\n"
    repo.write("m.py", base)
    repo.write("n.txt", b"one\n")
    repo.commit("Base")
    repo.git("checkout", "-qb", "theirs")
    repo.write("m.py", base + b"\n\nprint(g(1))\n")
    repo.commit("Theirs")
    repo.git("checkout", "-q", "-b", "ours", "HEAD^")
    repo.write("m.py", ours)
    repo.write("n.txt", b"two\n")
    repo.commit("Ours")
    subprocess.run(
        [sys.executable, "-m", "git_dagpatch", "export", "theirs", "-o", "patch.json"],
        cwd=repo.path,
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        [sys.executable, "-c", _MERGE, "ours"], cwd=repo.path, capture_output=True, check=True, env=dict(os.environ)
    )
    status, loaded = json.loads(done.stderr.splitlines()[-1])
    return status, set(loaded)


_FOR_CONFLICTS = {f"git_dagpatch.{name}" for name in ("merging.settle", "engine.gathering", "porcelain.explain")}
_FOR_NAMES = {f"git_dagpatch.{name}" for name in ("engine.replay", "engine.following", "engine.patterns")}
_FOR_FACTORING = {"git_dagpatch.engine.factor", "rapidfuzz"}


def test_a_merge_without_conflicts_and_renames_loads_nothing_for_them(repo: Repo) -> None:
    status, loaded = _merge(repo, b"def f(a):\n    return -a\n\n\ndef g(b):\n    return b\n")
    assert status == 0
    assert not loaded & (_FOR_CONFLICTS | _FOR_NAMES | _FOR_FACTORING)


def test_a_rename_that_the_patch_does_not_know_is_followed(repo: Repo) -> None:
    status, loaded = _merge(repo, b"def f(a):\n    return a\n\n\ndef h(b):\n    return b\n")
    assert status == 0
    assert "git_dagpatch.engine.replay" in loaded


def _review(directory: Path, **environment: str) -> tuple[int, set[str], str | None, dict[str, str | None]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
    done = subprocess.run(
        [sys.executable, "-c", _REVIEW], cwd=directory, env=kept | environment, capture_output=True, check=True
    )
    status, loaded, certificates, asked = json.loads(done.stderr)
    return status, set(loaded), certificates, asked


def test_a_review_of_python_loads_nothing_for_other_languages_or_many_commits(of_python: Path) -> None:
    status, loaded, *_ = _review(of_python)
    assert status == 0
    assert not loaded & _NOT_NEEDED
    assert "pygit2" in loaded


@pytest.mark.parametrize("asked", [{}, {"SSL_CERT_FILE": "of-their-own.pem"}, {"SSL_CERT_DIR": "theirs"}])
def test_no_certificates_are_read_and_the_environment_stays_as_it_was(of_python: Path, asked: dict[str, str]) -> None:
    *_, certificates, left = _review(of_python, **asked)
    assert certificates is None
    assert {name: value for name, value in left.items() if value is not None} == asked


@pytest.mark.parametrize("module", [argparse, ast, dataclasses, inspect, json], ids=lambda module: module.__name__)
def test_lines_in_strings_are_those_of_all_strings(module: ModuleType) -> None:
    text = inspect.getsource(module).encode()
    assert lines_in_strings(text) == _of_all(text)


@pytest.mark.parametrize(
    "text",
    [
        b'@mark("""\n  one\n""")\ndef f(): pass\n',
        b'class C(f"""\n  {x}\n"""): x = 1; y = """\n"""\n',
        b'x = [\n  "a"\n  "b",\n]\n',
        b'def f(a="""\n""", *, b=lambda: """\n""") -> """\n""": pass\n',
    ],
)
def test_lines_in_strings_that_stand_in_one_line_of_code(text: bytes) -> None:
    assert lines_in_strings(text) == _of_all(text) != frozenset()


def _of_all(text: bytes) -> frozenset[int]:
    return frozenset(
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno
        for line in range(node.lineno, node.end_lineno or 0)
    )
