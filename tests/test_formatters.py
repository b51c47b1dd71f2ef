"""Formatters that the reader has configured: a patch names the one that laid files out as the commit does."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from git_dagpatch.engine.factor import factor
from git_dagpatch.model.formatting import Formatted, Formatter
from git_dagpatch.model.operation import Whitespace
from git_dagpatch.model.patch import Metadata, Patch
from git_dagpatch.model.tree import Tree
from git_dagpatch.operations import kind_of
from git_dagpatch.porcelain.formatters import NAMES, Program
from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.trees import Files, Snapshot, text, tree_of

SCRIPTS = Path(sys.executable).parent
MESSY = b"""\
def load( path, mode = 'r' ):
    '''Read it.'''
    return open(path, mode = mode) .read( )
class Shelf:
    def find(self,name): return self.books[ name ]
    def all(self): return [ self.find(name) for name in [ 'one','two','three','four','five','six','seven' ] ]
"""
IMPORTS = (
    b"from os import altsep, curdir, devnull, environ, extsep, getcwd, linesep, name, pardir, path, pathsep, sep\n"
)


class Fixed(NamedTuple):
    """A formatter that says what it is told to."""

    name: str
    made: Mapping[bytes, bytes] | None

    def format(self, texts: Mapping[bytes, bytes], tree: Tree) -> Formatted | None:
        return (
            None if self.made is None else Formatted("1.2", {path: self.made.get(path, texts[path]) for path in texts})
        )


def program(name: str) -> Program:
    return Program(name, str(SCRIPTS / name))


def laid_out(name: str, content: bytes, **settings: bytes) -> bytes:
    """`content` as the formatter writes it, with the settings of a project."""
    tree = tree_of({b"pyproject.toml": text(settings.get("pyproject", b""))})
    made = program(name).format({b"app/m.py": content}, tree)
    assert made is not None
    return made.texts[b"app/m.py"]


def patch_of(before: Files, after: Files, formatters: Sequence[Formatter]) -> Patch:
    return factor(tree_of(before), tree_of(after), Metadata(), lambda: formatters)


def told(patch: Patch) -> list[str]:
    return [str(operation.description) for operation in patch.operations]


@pytest.mark.parametrize("name", ["black", "ruff"])
def test_a_commit_that_a_formatter_made_is_one_operation_that_names_it(name: str) -> None:
    formatted = laid_out(name, MESSY)
    assert formatted != MESSY
    before = {b"app/m.py": text(MESSY), b"app/n.py": text(MESSY + b"y = 1\n")}
    after = {b"app/m.py": text(formatted), b"app/n.py": text(laid_out(name, MESSY + b"y = 1\n"))}
    patch = patch_of(before, after, [program(name)])
    (operation,) = patch.operations
    assert isinstance(operation, Whitespace)
    assert operation.transform.name == name
    assert operation.description == f"Format with {name} {operation.transform.version} in 2 files"
    assert (operation.intent, operation.confidence) == ("format", 1.0)
    state = Snapshot(before, {})
    assert kind_of(operation).review_lines(operation, _Read(state.files)) == 1
    assert "strings" in kind_of(operation).proof(operation, _Read(state.files))


class _Read(NamedTuple):
    files: Files

    def read(self, path: bytes) -> bytes:
        return self.files[path].content

    def mode(self, path: bytes) -> str:
        return self.files[path].mode


def test_the_proof_says_if_white_space_alone_changes() -> None:
    before, after = {b"m.py": text(b"x=1\n")}, {b"m.py": text(b"x = 1\n")}
    (operation,) = patch_of(before, after, [program("black")]).operations
    assert operation.description is not None
    assert "tokens" in kind_of(operation).proof(operation, _Read(before))


def test_the_settings_are_those_of_the_commit() -> None:
    settings = b"[tool.black]\nskip-string-normalization = true\nline-length = 40\n"
    formatted = laid_out("black", MESSY, pyproject=settings)
    assert b"'r'" in formatted
    before = {b"app/m.py": text(MESSY)}
    after = {b"app/m.py": text(formatted), b"pyproject.toml": text(settings)}
    assert any(one.startswith("Format with black") for one in told(patch_of(before, after, [program("black")])))
    del after[b"pyproject.toml"]
    assert not any(one.startswith("Format with") for one in told(patch_of(before, after, [program("black")])))


def test_what_else_changes_stays_an_edit() -> None:
    formatted = laid_out("black", MESSY).replace(b"self.books[name]", b"self.books.get(name)")
    patch = patch_of({b"app/m.py": text(MESSY)}, {b"app/m.py": text(formatted)}, [program("black")])
    assert [operation.type for operation in patch.operations] == ["whitespace", "edit"]
    assert told(patch)[0].startswith("Format with black")


def test_isort_wraps_imports() -> None:
    formatted = laid_out("isort", IMPORTS)
    assert formatted != IMPORTS
    patch = patch_of({b"m.py": text(IMPORTS)}, {b"m.py": text(formatted)}, [program("isort")])
    assert [one.partition(" in ")[2] for one in told(patch)] == ["m.py"]
    assert told(patch)[0].startswith("Format with isort")


def test_one_formatter_goes_on_from_another_and_each_is_tried_alone() -> None:
    one, other = IMPORTS + b"x = 'a'\n", IMPORTS + b"x='a'\n"
    spaced, respelled = other.replace(b"=", b" = "), other.replace(b"='a'", b' = "a"')
    first = Fixed("isort", {b"a.py": one.replace(b"import ", b"import  "), b"b.py": spaced})
    second = Fixed("ruff", {b"a.py": one.replace(b"import ", b"import   "), b"b.py": respelled})
    assert second.made is not None
    after = {path: text(made) for path, made in second.made.items()}
    patch = patch_of({b"a.py": text(one), b"b.py": text(other)}, after, [first, second])
    assert told(patch) == ["Format with isort 1.2 in 2 files", "Format with ruff 1.2 in 2 files"]
    alone = patch_of(
        {b"b.py": text(other)},
        {b"b.py": text(other.replace(b"=", b" = "))},
        [Fixed("isort", {b"b.py": b"y"}), Fixed("black", {b"b.py": other.replace(b"=", b" = ")})],
    )
    assert told(alone) == ["Format with black 1.2 in b.py"]


class Careful(NamedTuple):
    """A formatter that does nothing to what another one changed."""

    original: bytes
    made: bytes
    name: str = "black"

    def format(self, texts: Mapping[bytes, bytes], tree: Tree) -> Formatted | None:
        return Formatted("1.2", {p: self.made if text == self.original else text for p, text in texts.items()})


def test_what_only_one_of_two_formatters_did_is_told_of_that_one() -> None:
    now, wanted = b"x=1\n", b"x = 1\n"
    other = Fixed("isort", {b"m.py": b"x=  1\n"})
    patch = patch_of({b"m.py": text(now)}, {b"m.py": text(wanted)}, [other, Careful(now, wanted)])
    assert told(patch) == ["Format with black 1.2 in m.py"]


@pytest.mark.parametrize(
    "formatter",
    [
        Fixed("black", None),
        Fixed("black", {b"app/m.py": b"x = 1\n"}),
        Fixed("black", {b"app/m.py": MESSY.replace(b"'one'", b"'two'")}),
        Fixed("black", {b"app/m.py": b"("}),
        Program("black", "/nonexistent/black"),
        Program("black", sys.executable),
    ],
)
def test_a_formatter_that_does_something_else_changes_nothing(formatter: Fixed | Program) -> None:
    before, after = {b"app/m.py": text(MESSY)}, {b"app/m.py": text(laid_out("black", MESSY))}
    assert patch_of(before, after, [formatter]).operations == patch_of(before, after, []).operations


def test_no_formatter_is_asked_where_no_layout_changes() -> None:
    asked: list[str] = []

    def formatters() -> Sequence[Formatter]:
        asked.append("black")
        return ()

    factor(tree_of({b"m.py": text(b"x = 1\n")}), tree_of({b"m.py": text(b"x = 2\n")}), Metadata(), formatters)
    assert asked == []


def test_a_document_that_claims_a_formatter_is_not_believed() -> None:
    (operation,) = patch_of({b"m.py": text(b"x=1\n")}, {b"m.py": text(b"x = 1\n")}, [program("black")]).operations
    assert kind_of(operation).proof(operation, _Read({b"m.py": text(b"x=1\n")}))
    assert not kind_of(operation).proof(operation, _Read({b"m.py": text(b"y=\n2")}))


def test_paths_stay_inside() -> None:
    made = program("black").format({b"../../out.py": b"x=1\n", b"a b/-c.py": b"x=1\n"}, tree_of({}))
    assert made is not None
    assert made.texts == {b"a b/-c.py": b"x = 1\n"}


@pytest.mark.parametrize("count", [1, 21], ids=["one process", "several"])
def test_what_is_configured_is_used(repo: Repo, count: int) -> None:
    for number in range(count):
        repo.write(f"m{number}.py", b"x=1\n")
    repo.commit("before")
    for number in range(count):
        repo.write(f"m{number}.py", b"x = 1\n")
        repo.commit(f"{number}")
    assert _descriptions(repo, count) == {"Lay code out otherwise"}
    repo.git("config", "dagpatch.formatter", "black")
    repo.git("config", "--add", "dagpatch.formatter", "isort")
    (one,) = _descriptions(repo, count)
    assert one.startswith("Format with black ")


def _descriptions(repo: Repo, count: int) -> set[str]:
    answer = dagpatch(repo.path, "export", "-o", "-", "--jobs", "2", f"HEAD~{count}..HEAD")
    assert answer.status == 0, answer
    patches = [json.loads(line) for line in answer.out.splitlines()]
    return {one["description"].partition(" in ")[0] for patch in patches for one in patch["operations"]}


def test_all_names_are_tested() -> None:
    assert NAMES == ("black", "isort", "ruff")


def test_a_formatter_that_only_adds_an_operation_is_not_named() -> None:
    now, wanted = b"x=1\n", b"x = 1\n"
    before = {b"m.py": text(now), b"n.py": text(b"y=2\n")}
    after = {b"m.py": text(wanted), b"n.py": text(b"y  = 2\n")}
    patch = patch_of(before, after, [Fixed("black", {b"m.py": wanted})])
    assert told(patch) == ["Lay code out otherwise in 2 files"]
