"""Both backends of `Store` give the same, and the one that fits a repository is opened."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from git_dagpatch.model.commit import Person
from git_dagpatch.model.errors import (
    GitFailed,
    MissingObject,
    NotARepository,
    UnbornBranch,
    UnknownRevision,
    UnsupportedRepository,
)
from git_dagpatch.model.objects import EXECUTABLE, SYMLINK, Entry, Objects
from git_dagpatch.store.gitcommand import GitStore
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo

Backend = type[LibgitStore] | type[GitStore]

each_backend = pytest.mark.parametrize("backend", [LibgitStore, GitStore])

HELLO = b"hello\n"

NO_REVISIONS = [
    *("", "nothing", "HEADER", "HEAD~5", "HEAD^2", "HEAD:b", "HEAD@{7}", "nothing:a", ":/nothing", "HEAD^{nothing}"),
    *("-x", "--all", "^HEAD", "HEAD..HEAD", "HEAD:./a.txt", "HEAD:../a.txt", "refs/heads", "HEAD blob 3", "x" * 5000),
    *("HEAD\n", "HEAD\0", "HEAD\r", "\udcff", "1" * 39, "1" * 40, "1" * 64),
]


def commit_object(repo: Repo, content: bytes) -> str:
    """A commit object of any content, which git would not write by itself."""
    return repo.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", input=content).decode().strip()


class TestReading:
    """Contents, entries, commits and trees."""

    @pytest.fixture
    def repo(self, repo: Repo) -> Repo:
        repo.write("a.txt", HELLO)
        repo.write(b"dir/\xff\n.sh", b"\0\r\n\x80", executable=True)
        repo.commit("First")
        return repo

    @each_backend
    @pytest.mark.parametrize("content", [b"", b"\n", b"\0", b"a\r\nb", bytes(range(256)) * 20_000], ids=len)
    def test_a_blob_is_its_bytes(self, backend: Backend, repo: Repo, content: bytes) -> None:
        oid = repo.git("hash-object", "-w", "--stdin", input=content).decode().strip()
        store = backend(str(repo.path))
        assert store.blob(oid) == content
        assert store.blob(repo.oid("HEAD:a.txt")) == HELLO, "the answer before was read to its end"

    @each_backend
    def test_entries_are_as_git_stored_them(self, backend: Backend, repo: Repo) -> None:
        blob, tree = repo.oid("HEAD:a.txt"), repo.oid("HEAD:dir")
        lines = [
            ("0100664", b".git", blob),
            ("120000", b"b\n", blob),
            ("040000", b"c", tree),
            ("160000", b"d", "1" * 40),
        ]
        content = b"".join(b"%b %b\0%b" % (mode.encode(), name, bytes.fromhex(oid)) for mode, name, oid in lines)
        oid = repo.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", input=content).decode().strip()
        store = backend(str(repo.path))
        assert list(store.entries(oid).items()) == [(name, Entry(mode, oid)) for mode, name, oid in lines]
        assert store.entries(tree) == {b"\xff\n.sh": Entry(EXECUTABLE, repo.oid(os.fsdecode(b"HEAD:dir/\xff\n.sh")))}

    @each_backend
    def test_revisions_name_objects(self, backend: Backend, repo: Repo) -> None:
        first = repo.oid("HEAD")
        repo.write("a.txt", b"other\n")
        second = repo.commit("Second")
        repo.git("tag", "--annotate", "--message", "one", "one", first)
        repo.git("tag", "--annotate", "--message", "two", "two", "one")
        repo.git("tag", "--annotate", "--message", "a tree", "forest", "HEAD^{tree}")
        repo.git("branch", "f\u00e9e", first)
        store = backend(str(repo.path))
        assert store.resolve("HEAD") == store.resolve("@") == store.resolve(second) == second
        assert store.resolve(second[:9]) == second
        assert store.resolve("HEAD^") == store.resolve("f\u00e9e") == first
        assert store.resolve(":/First") == first
        assert store.resolve("two") == repo.oid("two") != first, "a tag is an object of its own"
        assert store.resolve("HEAD:a.txt") == repo.oid("HEAD:a.txt")
        for name in ("two", repo.oid("two"), "one", first, "HEAD~1", "two^{commit}"):
            assert store.commit(name).oid == first
            assert store.tree(name) == repo.oid(f"{first}^{{tree}}")
        for name in ("forest", "HEAD^{tree}", "HEAD:", repo.oid("HEAD^{tree}")):
            assert store.tree(name) == repo.oid("HEAD^{tree}")
        assert store.tree("HEAD:dir") == repo.oid("HEAD:dir")
        with pytest.raises(UnknownRevision, match="names no commit"):
            store.commit("forest")

    @each_backend
    def test_a_commit_is_as_git_stored_it(self, backend: Backend, repo: Repo) -> None:
        parent, tree = repo.oid("HEAD"), repo.oid("HEAD^{tree}")
        content = (
            f"tree {tree}\nparent {parent}\nparent {parent}\n".encode()
            + b"author J\xf6rg <<a>@b> <> -62135596800 +1342\n"
            + b"committer C <c> 1 +0000\nencoding latin-1\ngpgsig -----BEGIN\n \n author No <no> 5 +0000\n\n"
            + b"\nG\xf6del\0\n\n"
        )
        commit = backend(str(repo.path)).commit(commit_object(repo, content))
        assert (commit.tree, commit.parents, commit.encoding) == (tree, (parent, parent), "latin-1")
        assert commit.author == Person(b"J\xf6rg", b"<a>@b> <", b"-62135596800 +1342")
        assert commit.message == b"\nG\xf6del\0\n\n"

    @each_backend
    def test_an_author_line_may_be_broken(self, backend: Backend, repo: Repo) -> None:
        content = f"tree {repo.oid('HEAD^{tree}')}\nauthor nobody\ncommitter C <c> 1 +0000\n\nx".encode()
        commit = backend(str(repo.path)).commit(commit_object(repo, content))
        assert commit.author == Person(b"nobody", b"", b"0 +0000")

    @each_backend
    @pytest.mark.parametrize("revision", NO_REVISIONS, ids=lambda revision: ascii(revision[:20]))
    def test_what_is_no_revision_is_refused(self, backend: Backend, repo: Repo, revision: str) -> None:
        store = backend(str(repo.path))
        for ask in (store.resolve, store.commit, store.tree):
            with pytest.raises(UnknownRevision):
                ask(revision)
        assert store.resolve("HEAD") == repo.oid("HEAD"), "nothing of the question before is left"

    @each_backend
    def test_a_revision_of_another_kind_is_refused(self, backend: Backend, repo: Repo) -> None:
        store = backend(str(repo.path))
        for name in ("HEAD:a.txt", repo.oid("HEAD:a.txt"), repo.oid("HEAD^{tree}"), "HEAD^{tree}"):
            with pytest.raises(UnknownRevision, match="names no commit"):
                store.commit(name)
        with pytest.raises(UnknownRevision, match="names no tree"):
            store.tree("HEAD:a.txt")

    @each_backend
    def test_an_unborn_branch_is_told_from_a_wrong_name(self, backend: Backend, tmp_path: Path) -> None:
        store = backend(str(Repo.init(tmp_path / "unborn").path))
        for name in ("HEAD", "@", "HEAD~1", "HEAD:a", "HEAD^{tree}"):
            with pytest.raises(UnbornBranch):
                store.resolve(name)
            with pytest.raises(UnbornBranch):
                store.commit(name)
        for name in ("main", "HEADER", "HEAD/x"):
            with pytest.raises(UnknownRevision):
                store.resolve(name)

    @each_backend
    @pytest.mark.parametrize(
        "oid", ["1" * 40, "1" * 64, "1" * 39, "HEAD", "", "zz", "\n", "a\nHEAD", "\0", "\udcff"], ids=ascii
    )
    def test_what_is_not_here_is_missing(self, backend: Backend, repo: Repo, oid: str) -> None:
        store = backend(str(repo.path))
        for ask in (store.blob, store.entries):
            with pytest.raises(MissingObject):
                ask(oid)
        assert store.blob(repo.oid("HEAD:a.txt")) == HELLO

    @each_backend
    def test_an_object_of_another_kind_is_missing(self, backend: Backend, repo: Repo) -> None:
        store = backend(str(repo.path))
        with pytest.raises(MissingObject, match="is a blob, where a tree is needed"):
            store.entries(repo.oid("HEAD:a.txt"))
        with pytest.raises(MissingObject, match="is a tree, where a blob is needed"):
            store.blob(repo.oid("HEAD:dir"))
        with pytest.raises(MissingObject):
            store.blob(repo.oid("HEAD:a.txt")[:20])

    @each_backend
    def test_a_damaged_object_is_told_from_a_missing_one(self, backend: Backend, repo: Repo) -> None:
        oid = repo.oid("HEAD:a.txt")
        file = repo.path / ".git/objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(b"nonsense")
        store = backend(str(repo.path))
        with pytest.raises(GitFailed, match=oid):
            store.blob(oid)
        assert store.commit("HEAD").oid == repo.oid("HEAD")

    @each_backend
    def test_an_id_stands_for_its_content_whatever_replaces_it(self, backend: Backend, repo: Repo) -> None:
        first, oid = repo.oid("HEAD"), repo.oid("HEAD:a.txt")
        other = repo.git("hash-object", "-w", "--stdin", input=b"in its place\n").decode().strip()
        repo.write("b.txt", b"")
        second = repo.commit("Second")
        third = repo.git("commit-tree", "-m", "no parent", "HEAD^{tree}").decode().strip()
        repo.git("replace", oid, other)
        repo.git("replace", second, third)
        store = backend(str(repo.path))
        assert store.blob(oid) == HELLO
        assert store.commit(second).parents == (first,)
        assert list(store.walk([second], [])) == [first, second]

    @each_backend
    def test_what_git_does_meanwhile_is_seen(self, backend: Backend, repo: Repo) -> None:
        store = backend(str(repo.path))
        first = store.resolve("HEAD")
        repo.write("a.txt", b"later\n")
        second = repo.commit("Second")
        assert store.resolve("HEAD") == second
        repo.git("gc", "--quiet")
        repo.git("tag", "packed")
        repo.git("pack-refs", "--all")
        assert store.resolve("packed") == second
        assert store.blob(repo.oid("HEAD:a.txt")) == b"later\n"
        assert store.commit(first).oid == first

    @each_backend
    def test_it_opens_again_in_another_process(self, backend: Backend, repo: Repo) -> None:
        store = backend(str(repo.path))
        again = pickle.loads(pickle.dumps(store))
        assert type(again) is backend
        assert (again.git_dir, again.work_tree, again.algorithm) == (store.git_dir, store.work_tree, store.algorithm)
        assert again.blob(repo.oid("HEAD:a.txt")) == HELLO

    @each_backend
    def test_the_places_are_git_s(self, backend: Backend, repo: Repo, tmp_path: Path) -> None:
        repo.git("worktree", "add", "--quiet", "../linked")
        bare = Repo.init(tmp_path / "bare", bare=True)
        for path, git_dir, work_tree in [
            (repo.path, repo.path / ".git", repo.path),
            (repo.path / "dir", repo.path / ".git", repo.path),
            (tmp_path / "linked/dir", repo.path / ".git/worktrees/linked", tmp_path / "linked"),
            (bare.path, bare.path, None),
        ]:
            store = backend(str(path))
            assert Path(store.git_dir) == git_dir
            assert (Path(store.work_tree) if store.work_tree else None) == work_tree

    @each_backend
    def test_outside_of_a_repository_there_is_none(self, backend: Backend, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(NotARepository, match="There is no git repository"):
                backend(str(path))


class TestWriting:
    """New objects, for git to read."""

    @each_backend
    @pytest.mark.parametrize("count", [0, 1, 99, 100, 300])
    def test_git_reads_what_is_written(self, backend: Backend, repo: Repo, count: int) -> None:
        store = backend(str(repo.path))
        objects = Objects(store)
        contents = {objects.add_blob(content): content for content in (b"%d\n" % n * n for n in range(count))}
        store.write(objects)
        listed = repo.git("cat-file", "--batch-check", "--batch-all-objects").decode().splitlines()
        assert sorted(listed) == sorted(f"{oid} blob {len(content)}" for oid, content in contents.items())
        for oid in [*contents][-3:]:
            assert repo.git("cat-file", "blob", oid) == contents[oid] == store.blob(oid)
        repo.git("fsck", "--strict")

    @each_backend
    @pytest.mark.parametrize("more", [0, 150])
    def test_objects_of_every_kind_are_exact(self, backend: Backend, repo: Repo, more: int) -> None:
        store = backend(str(repo.path))
        objects = Objects(store)
        for number in range(more):
            objects.add_blob(b"%d" % number)
        blob = objects.add_blob(bytes(range(256)) * 300)
        below = objects.add_tree(
            {b"..": Entry("100664", blob), b".git": Entry("0100644", blob), b"z\n": Entry(SYMLINK, blob)}
        )
        tree = objects.add_tree(
            {b"a": Entry("040000", below), b"b": Entry("160000", "2" * 40), b"c": Entry("100600", blob)}
        )
        commit = objects.add("commit", b"tree %b\nauthor \xff\ncommitter \0\n\nnot for git" % tree.encode())
        store.write(objects)
        for oid, (kind, data) in objects.new.items():
            assert repo.git("cat-file", kind, oid) == data
        assert store.entries(tree)[b"a"] == Entry("040000", below)
        assert store.commit(commit).tree == tree

    @each_backend
    @pytest.mark.parametrize("count", [3, 150])
    def test_what_is_there_may_be_written_again(self, backend: Backend, repo: Repo, count: int) -> None:
        store = backend(str(repo.path))
        objects = Objects(store)
        for number in range(count):
            objects.add_blob(b"%d" % number)
        for _ in range(2):
            store.write(objects)
        repo.git("repack", "-adk", "--quiet")
        store.write(objects)
        assert len(repo.git("rev-parse", *objects.new).splitlines()) == count
        repo.git("fsck")

    @each_backend
    @pytest.mark.parametrize("count", [1, 150])
    def test_a_failure_is_told(self, backend: Backend, repo: Repo, count: int) -> None:
        store = backend(str(repo.path))
        # Where files stand for directories nobody can write, root included.
        (repo.path / ".git/objects/pack").rmdir()
        for name in ("pack", *(f"{number:02x}" for number in range(256))):
            (repo.path / ".git/objects" / name).touch()
        objects = Objects(store)
        for number in range(count):
            objects.add_blob(b"%d" % number)
        with pytest.raises(GitFailed) as caught:
            store.write(objects)
        assert caught.value.cause

    @each_backend
    def test_ids_of_another_algorithm_are_refused(self, backend: Backend, repo: Repo) -> None:
        objects = Objects(algorithm="sha256")
        objects.add_blob(HELLO)
        with pytest.raises(UnsupportedRepository, match="sha256"):
            backend(str(repo.path)).write(objects)


class TestWalk:
    """The order is git's, and the same for both: so are the numbers of exported files."""

    @each_backend
    @pytest.mark.parametrize("times", ["rising", "equal", "any"])
    def test_the_order_is_that_of_rev_list(self, backend: Backend, repo: Repo, times: str) -> None:
        chance = random.Random(times)
        histories = [import_history(repo, number, times, chance) for number in range(8)]
        parents = parents_of_all(repo)
        store = backend(str(repo.path))
        for commits in histories:
            for _ in range(3):
                tips = chance.sample(commits, chance.randint(1, min(3, len(commits))))
                hidden = chance.sample(commits, chance.randint(0, 2))
                for first_parent in (False, True):
                    walked = list(store.walk(tips, hidden, first_parent=first_parent))
                    expected = reach(tips, parents, first_parent) - reach(hidden, parents)
                    assert len(walked) == len(expected)
                    assert set(walked) == expected
                    listed = rev_list(repo, tips, hidden, first_parent)
                    # git itself hides too little now and then where times are equal, but only with --first-parent.
                    assert walked == listed or (first_parent and set(listed) > expected)

    @each_backend
    def test_a_commit_graph_changes_nothing(self, backend: Backend, repo: Repo) -> None:
        chance = random.Random(1)
        histories = [import_history(repo, number, "any", chance) for number in range(5)]
        before = [list(backend(str(repo.path)).walk(commits, [])) for commits in histories]
        repo.git("commit-graph", "write", "--reachable")
        assert [list(backend(str(repo.path)).walk(commits, [])) for commits in histories] == before

    @each_backend
    def test_commits_that_libgit2_cannot_parse_are_walked(self, backend: Backend, repo: Repo) -> None:
        tree, parents, commits = repo.git("mktree", input=b"").strip().decode(), "", []
        for number in range(4):
            person = "nobody" if number % 2 else f"N <e> {number} +0000"
            content = f"tree {tree}\n{parents}author {person}\ncommitter {person}\n\n{number}".encode()
            commits.append(commit_object(repo, content))
            parents = f"parent {commits[-1]}\n"
        repo.git("update-ref", "HEAD", commits[-1])
        store = backend(str(repo.path))
        assert store.resolve("HEAD") == store.resolve("main") == store.commit("HEAD").oid == commits[-1]
        assert store.tree("HEAD") == store.tree(commits[-1]) == tree
        assert list(store.walk([commits[3]], [])) == commits
        assert list(store.walk([commits[3]], [commits[1]], first_parent=True)) == commits[2:]

    @each_backend
    def test_a_walk_may_start_at_tags(self, backend: Backend, repo: Repo) -> None:
        repo.write("a", b"")
        first = repo.commit("First")
        repo.write("a", b"2")
        second = repo.commit("Second")
        repo.git("tag", "--annotate", "--message", "a tag", "one", first)
        repo.git("tag", "--annotate", "--message", "a tag", "two", second)
        store = backend(str(repo.path))
        for first_parent in (False, True):
            assert list(store.walk([repo.oid("two")], [], first_parent=first_parent)) == [first, second]
            assert list(store.walk([repo.oid("two")], [repo.oid("one")], first_parent=first_parent)) == [second]

    @each_backend
    def test_parents_come_before_children(self, backend: Backend, repo: Repo) -> None:
        commits = import_history(repo, 0, "any", random.Random(5))
        store = backend(str(repo.path))
        seen: set[str] = set()
        for oid in store.walk(commits, []):
            assert seen.issuperset(store.commit(oid).parents)
            seen.add(oid)
        assert seen == set(commits)

    @each_backend
    def test_nothing_is_walked_from_nothing(self, backend: Backend, repo: Repo) -> None:
        store = backend(str(repo.path))
        assert list(store.walk([], [])) == []
        repo.write("a", b"")
        first = repo.commit("First")
        assert list(store.walk([first], [first])) == []

    @each_backend
    def test_a_walk_starts_at_what_is_here(self, backend: Backend, repo: Repo) -> None:
        repo.write("a", b"")
        first = repo.commit("First")
        store = backend(str(repo.path))
        for tips, hidden in ([["1" * 40], []], [[first], ["1" * 40]]):
            with pytest.raises(UnknownRevision, match="11111"):
                list(store.walk(tips, hidden))


def import_history(repo: Repo, number: int, times: str, chance: random.Random) -> list[str]:
    """A random history, made at once; the ids of its commits, parents first."""
    count = chance.randint(3, 14)
    seconds = {"rising": range(count), "equal": [0] * count, "any": chance.choices(range(count * 2), k=count)}[times]
    stream = []
    for mark in range(1, count + 1):
        parents = chance.sample(range(1, mark), min(mark - 1, chance.choice([0, 1, 1, 1, 1, 2, 2, 3])))
        lines = [f"commit refs/heads/h{number}-{mark}", f"mark :{mark}"]
        lines += [f"committer C <c> {1_700_000_000 + seconds[mark - 1]} +0000", "data 0"]
        lines += [f"{'merge' if place else 'from'} :{parent}" for place, parent in enumerate(parents)]
        lines += ["M 100644 inline f", "data <<END", f"{number} {mark}", "END", ""]
        stream.append("\n".join(lines))
    file = repo.path / ".git/marks"
    repo.git("fast-import", "--quiet", f"--export-marks={file}", input="".join(stream).encode())
    marks = dict(line.split() for line in file.read_text().splitlines())
    return [marks[f":{mark}"] for mark in range(1, count + 1)]


def parents_of_all(repo: Repo) -> dict[str, list[str]]:
    lines = (line.split() for line in repo.git("rev-list", "--all", "--parents").decode().splitlines())
    return {oid: parents for oid, *parents in lines}


def reach(oids: Sequence[str], parents: Mapping[str, list[str]], first_parent: bool = False) -> set[str]:
    """What `oids` reach, by the meaning of the word."""
    reached: set[str] = set()
    waiting = list(oids)
    while waiting:
        oid = waiting.pop()
        if oid not in reached:
            reached.add(oid)
            waiting += parents[oid][:1] if first_parent else parents[oid]
    return reached


def rev_list(repo: Repo, tips: Sequence[str], hidden: Sequence[str], first_parent: bool) -> list[str]:
    options = ["--first-parent"] if first_parent else []
    stdin = "".join([*(f"{oid}\n" for oid in tips), *(f"^{oid}\n" for oid in hidden)]).encode()
    return repo.git("rev-list", "--date-order", "--reverse", *options, "--stdin", input=stdin).decode().split()
