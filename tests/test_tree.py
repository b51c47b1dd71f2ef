"""Trees: changed in one pass, read no further than the change, refused where a file would hide another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from git_dagpatch.engine.factor import factor
from git_dagpatch.model.errors import DagpatchError, MissingObject, WrongBase
from git_dagpatch.model.objects import Entries, Entry, Objects, Oid, parse_tree, tree_bytes
from git_dagpatch.model.patch import Metadata
from git_dagpatch.model.tree import Tree, empty_tree
from tests.strategies import Pair, pairs, trees
from tests.trees import Files, files_of, script, submodule, symlink, text, tree_id, tree_of

EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without entries, as every git knows it."""


def entries_of(tree: Tree) -> dict[bytes, Entry | None]:
    return dict(tree.files())


@settings(max_examples=200)
@given(pairs())
def test_a_change_of_many_files_at_once(pair: Pair) -> None:
    before, after = tree_of(*pair.before), tree_of(*pair.after)
    gone: dict[bytes, Entry | None] = dict.fromkeys(pair.before.files)
    spellings = {path.rpartition(b"/")[0]: "40000" for path in pair.after.files} | dict(pair.after.spellings)
    for directory in list(spellings):
        while directory := directory.rpartition(b"/")[0]:
            spellings.setdefault(directory, "40000")
    made = before.with_changes(Objects(before.source), gone | entries_of(after), spellings)
    assert made.id == after.id == tree_id(*pair.after)


@given(trees())
def test_no_change_is_no_change(files: Files) -> None:
    tree = tree_of(files)
    objects = Objects(tree.source)
    assert tree.with_changes(objects, {}).id == tree.id == tree_id(files)
    assert tree.with_changes(objects, entries_of(tree)).id == tree.id
    assert tree.with_changes(objects, dict.fromkeys(files)).id == EMPTY
    assert tree.with_changes(objects, {path + b"/below": None for path in files}).id == tree.id
    assert tree.with_changes(objects, {}, dict.fromkeys(files, "040000")).id == tree.id


BASE = {b"a": text(b"1"), b"d/e/f": text(b"2"), b"l": symlink(b"d"), b"s": submodule("a")}


@pytest.mark.parametrize("path", [b"a/x", b"a/x/y", b"l/e/f", b"s/x", b"d", b"d/e", b"d/e/f/g"])
def test_a_file_is_never_hidden_by_another(path: bytes) -> None:
    base = tree_of(BASE)
    objects = Objects(base.source)
    entry = Entry("100644", objects.add_blob(b"new"))
    with pytest.raises(WrongBase):
        base.with_changes(objects, {path: entry})


def test_a_file_that_goes_makes_room() -> None:
    base = tree_of(BASE)
    objects = Objects(base.source)
    new = Entry("100755", objects.add_blob(b"new"))
    made = base.with_changes(objects, {b"a": None, b"a/x/y": new, b"d/e/f": None, b"d": new})
    after = {b"a/x/y": script(b"new"), b"d": script(b"new"), b"l": BASE[b"l"], b"s": BASE[b"s"]}
    assert made.id == tree_id(after)
    with pytest.raises(WrongBase):
        base.with_changes(objects, {b"a": new, b"a/x": new})


def test_what_stands_at_a_path() -> None:
    base = tree_of(BASE)
    assert base.read(b"a") == b"1"
    assert base.read(b"l") == b"d"
    assert base.read(b"s") == b"Subproject commit " + b"a" * 40 + b"\n"
    assert base.entry(b"d/e") is not None
    assert base.file(b"d/e") is None
    for path in (b"d/e", b"none", b"a/b", b"l/e/f", b"d/e/f/g"):
        with pytest.raises(WrongBase):
            base.read(path)
    assert [path for path, _ in base.files(b"d")] == [b"d/e/f"]
    assert not list(base.files(b"a"))
    assert not list(base.files(b"none"))


@given(trees())
def test_a_tree_object_is_read_as_it_was_written(files: Files) -> None:
    tree = tree_of(files)
    entries = tree.source.entries(tree.id)
    assert parse_tree(tree_bytes(entries), "sha1") == entries
    assert files_of(tree) == files


def test_the_empty_tree_is_known_to_every_source() -> None:
    assert empty_tree().id == EMPTY
    assert Objects().entries(EMPTY) == {}
    with pytest.raises(MissingObject):
        Objects().entries("1" * 40)
    with pytest.raises(MissingObject):
        Objects().blob("1" * 40)


class Watched:
    """A source that remembers which blobs were asked for."""

    algorithm = "sha1"

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.read: set[Oid] = set()

    def blob(self, oid: Oid) -> bytes:
        self.read.add(oid)
        return self._objects.blob(oid)

    def entries(self, oid: Oid) -> Entries:
        return self._objects.entries(oid)


def test_factoring_reads_no_blob_that_did_not_change() -> None:
    unchanged: Files = {b"d%d/f%d" % (n % 5, n): text(b"%d\n" % n) for n in range(50)}
    objects = Objects()
    source = Watched(objects)

    def watched(content: bytes) -> Tree:
        files = unchanged | {b"d1/changed": text(content)}
        changes = {path: Entry(file.mode, objects.add_blob(file.content)) for path, file in files.items()}
        return Tree(source, empty_tree(objects).with_changes(objects, changes).id)

    factor(watched(b"one\ntwo\n"), watched(b"one\n2\n"), Metadata())
    assert source.read == {objects.add_blob(b"one\ntwo\n"), objects.add_blob(b"one\n2\n")}


@pytest.mark.xfail(reason="no operation says that an empty directory comes or goes", raises=DagpatchError, strict=True)
@pytest.mark.parametrize("change", ["comes", "goes", "stays behind", "becomes a file"])
def test_an_empty_directory_as_other_programs_than_git_write_it(change: str) -> None:
    objects = Objects()
    file = Entry("100644", objects.add_blob(b"x"))
    folder = Entry("40000", objects.add_tree({}))
    filled = Entry("40000", objects.add_tree({b"f": file}))
    without, empty, full, gone = (
        Tree(objects, objects.add_tree(entries))
        for entries in ({b"a": file}, {b"a": file, b"e": folder}, {b"a": file, b"e": filled}, {b"a": file, b"e": file})
    )
    sides = {
        "comes": (without, empty),
        "goes": (empty, without),
        "stays behind": (full, empty),
        "becomes a file": (empty, gone),
    }
    before, after = sides[change]
    patch = factor(before, after, Metadata())
    assert patch.result == after.id
