"""What only the backend through git does: its processes, SHA-256, and repositories that hold less than all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from git_dagpatch.cli.main import run
from git_dagpatch.model.errors import MissingObject, UnknownRevision
from git_dagpatch.model.objects import Objects
from git_dagpatch.porcelain.repository import open_store
from git_dagpatch.store.gitcommand import GitStore
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo

MODULE = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"


def history(repo: Repo, count: int = 4) -> list[str]:
    """Commits with edits, a move, odd modes, binary and empty files, a submodule; their ids, oldest first."""
    files = {b"m.py": ("100644", MODULE), b"dir/data": ("100644", bytes(range(256)) * 4), b"empty": ("100755", b"")}
    commits = [repo.commit_tree(files, "Commit 0")]
    for number in range(1, count):
        files[b"m.py"] = ("100644", MODULE.replace(b"1", b"%d" % number) + b"\n\ndef h():\n    return %d\n" % number)
        if number == 1:
            files[b"moved/data"] = files.pop(b"dir/data")
            files[b"link"] = ("120000", b"m.py")
            files[b"sub"] = ("160000", commits[0].encode())
        commits.append(repo.commit_tree(files, f"Commit {number}"))
    return commits


def sha256(path: Path) -> Repo:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", path], check=True)
    return Repo(path)


def clone(source: Repo, path: Path, *options: str) -> Repo:
    subprocess.run(["git", "clone", "--quiet", *options, f"file://{source.path}", path], check=True)
    return Repo(path)


def python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in an interpreter of its own that takes every warning for an error and says what it leaves open."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


class TestProcesses:
    """They run while they are needed, and leave nothing behind."""

    @pytest.fixture
    def repo(self, repo: Repo) -> Repo:
        repo.write("a.txt", b"hello\n")
        repo.commit("First")
        return repo

    def children(self) -> set[int]:
        listing = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        if not listing.exists():
            pytest.skip("this system does not tell which processes are whose")
        return {int(word) for word in listing.read_text().split()}

    def test_they_end_when_the_store_is_closed(self, repo: Repo) -> None:
        before = self.children()
        with GitStore(str(repo.path)) as store:
            assert self.children() == before, "each starts when it is asked first"
            store.entries(store.tree("HEAD"))
            assert len(self.children() - before) == 2
        assert self.children() == before
        assert store.resolve("HEAD") == repo.oid("HEAD"), "they start again where more is asked"
        store.close()
        store.close()
        assert self.children() == before

    def test_they_end_when_the_store_goes(self, repo: Repo) -> None:
        before = self.children()
        store = GitStore(str(repo.path))
        store.commit("HEAD")
        assert self.children() > before
        del store
        assert self.children() == before

    def test_they_start_again_when_killed(self, repo: Repo) -> None:
        store = GitStore(str(repo.path))
        oid = repo.oid("HEAD:a.txt")
        before = self.children()
        for _ in range(3):
            assert store.blob(oid) == b"hello\n"
            for process in self.children() - before:
                os.kill(process, signal.SIGKILL)

    def test_they_end_with_the_interpreter_without_a_word(self, repo: Repo) -> None:
        script = (
            "import sys\n"
            "from git_dagpatch.store.gitcommand import GitStore\n"
            "store = GitStore(sys.argv[1])\n"
            "print(store.blob(store.resolve('HEAD:a.txt')))\n"
        )
        done = python(script, str(repo.path))
        assert (done.stdout, done.stderr, done.returncode) == ("b'hello\\n'\n", "", 0)

    def test_a_fork_has_its_own(self, repo: Repo) -> None:
        script = (
            "import os, sys\n"
            "from git_dagpatch.store.gitcommand import GitStore\n"
            "store = GitStore(sys.argv[1])\n"
            "oid = store.resolve('HEAD:a.txt')\n"
            "assert store.blob(oid) == b'hello\\n'\n"
            "child = os.fork()\n"
            "for _ in range(300):\n"
            "    assert store.blob(oid) == b'hello\\n'\n"
            "if child:\n"
            "    assert os.waitpid(child, 0)[1] == 0\n"
            "assert store.blob(oid) == b'hello\\n'\n"
        )
        done = python(script, str(repo.path))
        assert (done.stderr, done.returncode) == ("", 0)

    def test_what_git_complains_about_is_never_waited_for(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.git("repack", "-ad", "--quiet")
        # A line on stderr for each object that is read, which would fill the pipe.
        monkeypatch.setenv("GIT_TRACE_PACK_ACCESS", "2")
        store = GitStore(str(repo.path))
        oid = repo.oid("HEAD:a.txt")
        for _ in range(3000):
            assert store.blob(oid) == b"hello\n"

    def test_an_answer_that_was_not_read_is_not_taken_for_the_next(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = GitStore(str(repo.path))
        big = repo.git("hash-object", "-w", "--stdin", input=bytes(1 << 20)).decode().strip()
        read = os.read

        def interrupted(handle: int, size: int) -> bytes:
            monkeypatch.setattr(os, "read", read)
            raise KeyboardInterrupt

        store.blob(repo.oid("HEAD:a.txt"))
        monkeypatch.setattr(os, "read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.blob(big)
        assert store.blob(repo.oid("HEAD:a.txt")) == b"hello\n"


class TestSha256:
    """All verbs that read, end to end, with ids of 64 digits."""

    @pytest.fixture
    def repo(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
        repo = sha256(tmp_path / "sha256")
        monkeypatch.chdir(repo.path)
        return repo

    def test_patches_are_exported_and_verified(self, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
        commits = history(repo)
        for form, name in (("json", "dagpatch.json"), ("tar", "dagpatch.tar")):
            assert run(["export", "-o", form, "--format", form, commits[0], f"{commits[0]}..HEAD"]) == 0
            files = sorted(str(file) for file in Path(form).iterdir())
            assert len(files) == len(commits)
            assert all(file.endswith(name) for file in files)
            capsys.readouterr()
            assert run(["verify", "--json", *files]) == 0
            verdicts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            assert [verdict["commit"] for verdict in verdicts] == commits
        document = json.loads(Path("json").joinpath(Path(files[0]).stem + ".json").read_bytes())
        assert document["base"] == repo.git("mktree", input=b"").decode().strip()
        assert document["result"] == repo.oid(f"{commits[0]}^{{tree}}")
        assert len(document["base"]) == len(document["result"]) == 64

    def test_they_apply_to_trees(self, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
        commits = history(repo)
        for parent, commit in pairwise(commits):
            assert run(["apply-tree", commit, parent]) == 0
            assert capsys.readouterr().out.strip() == repo.oid(f"{commit}^{{tree}}")
        assert run(["apply-tree", f"{commits[0]}..{commits[-1]}", commits[0]]) == 0
        assert capsys.readouterr().out.strip() == repo.oid("HEAD^{tree}")
        assert run(["apply-tree", commits[3], commits[1]]) == 1, "both changed the same lines"
        tree = capsys.readouterr().out.splitlines()[0]
        assert b"<<<<<<<" in repo.git("cat-file", "blob", f"{tree}:m.py")
        assert repo.git("fsck", "--no-dangling") == b""

    def test_stats_measure_them_in_several_processes(self, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
        commits = history(repo, 30)
        assert run(["stats", "--json", "--jobs", "2", f"{commits[0]}..HEAD"]) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [row["commit"] for row in rows] == commits[1:]
        assert all(row["exact"] and row["diff_bytes"] for row in rows)

    def test_many_objects_are_written_at_once(self, repo: Repo) -> None:
        store = open_store()
        objects = Objects(store)
        for number in range(10_000):
            objects.add_blob(b"%d\n" % number)
        store.write(objects)
        assert repo.git("count-objects", "-v").split()[:2] == [b"count:", b"0"], "in a pack"
        listed = repo.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").decode().split()
        assert sorted(listed) == sorted(objects.new)

    def test_a_patch_of_an_sha1_repository_applies_from_a_tar(
        self, repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = Repo.init(tmp_path / "sha1")
        for at in (other, repo):
            at.commit_tree({b"m.py": ("100644", MODULE)}, "First")
            at.commit_tree({b"m.py": ("100644", MODULE.replace(b"1", b"7"))}, "Second")
        assert run(["-C", str(other.path), "export", "--format", "tar", "-o", str(tmp_path / "p.tar"), "HEAD"]) == 0
        os.chdir(repo.path)
        capsys.readouterr()
        assert run(["apply-tree", str(tmp_path / "p.tar"), "HEAD^"]) == 0
        assert capsys.readouterr().out.strip() == repo.oid("HEAD^{tree}")


class TestPartialClone:
    """git fetches what is missing, when it is asked for."""

    @pytest.fixture
    def source(self, repo: Repo) -> Repo:
        history(repo)
        repo.git("config", "uploadpack.allowFilter", "true")
        repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
        return repo

    @pytest.fixture(params=["blob:none", "tree:0"])
    def partial(self, request: pytest.FixtureRequest, source: Repo, tmp_path: Path) -> Repo:
        return clone(source, tmp_path / "partial", f"--filter={request.param}", "--no-checkout")

    def test_missing_objects_are_fetched(self, source: Repo, partial: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(partial.path)
        assert b"\n?" in b"\n" + partial.git("rev-list", "--objects", "--missing=print", "HEAD"), "some are missing"
        store = open_store()
        assert isinstance(store, GitStore)
        assert store.blob(source.oid("HEAD:m.py")) == source.git("cat-file", "blob", "HEAD:m.py")
        assert run(["export", "-o", "out", "HEAD~3..HEAD"]) == 0
        assert run(["verify", *sorted(str(file) for file in Path("out").iterdir())]) == 0

    def test_what_cannot_be_fetched_is_missing_and_it_says_why(self, source: Repo, partial: Repo) -> None:
        oid = source.oid("HEAD:m.py")
        source.path.rename(source.path.with_name("moved"))
        store = open_store(str(partial.path))
        for _ in range(2):
            with pytest.raises(MissingObject, match="could not be fetched") as caught:
                store.blob(oid)
            assert "fatal: " in caught.value.cause
        assert store.resolve("HEAD") == partial.oid("HEAD")

    def test_new_objects_are_written_without_asking_for_them(self, source: Repo, partial: Repo) -> None:
        source.path.rename(source.path.with_name("moved"))
        for count in (3, 150):
            store = open_store(str(partial.path))
            objects = Objects(store)
            oids = [objects.add_blob(b"%d of %d" % (number, count)) for number in range(count)]
            store.write(objects)
            assert partial.git("cat-file", "blob", oids[-1]) == b"%d of %d" % (count - 1, count)


class TestShallowClone:
    """History ends early there; what lies before is not taken for nothing."""

    @pytest.mark.parametrize("backend", [LibgitStore, GitStore])
    def test_history_ends_where_it_was_cut(
        self, backend: type[LibgitStore] | type[GitStore], repo: Repo, tmp_path: Path
    ) -> None:
        commits = history(repo)
        store = backend(str(clone(repo, tmp_path / "shallow", "--depth=2").path))
        assert list(store.walk([commits[3]], [])) == commits[2:]
        assert list(store.walk([commits[3]], [commits[2]])) == commits[3:]
        assert store.commit(commits[2]).parents == (commits[1],), "its parent is told, though not here"
        with pytest.raises(UnknownRevision, match="is not in this repository") as caught:
            store.commit(commits[1])
        assert "git fetch --unshallow" in caught.value.hint

    def test_only_what_has_its_base_is_exported(
        self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        history(repo)
        monkeypatch.chdir(clone(repo, tmp_path / "shallow", "--depth=2").path)
        assert run(["verify", "HEAD"]) == 0
        assert run(["verify", "HEAD~1"]) == 3
        assert "git fetch --unshallow" in capsys.readouterr().err


class TestSparseIndex:
    """Verbs that read do not need the index, whichever form it has."""

    def test_patches_reach_what_is_not_checked_out(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        repo.write("kept/a.txt", b"a\n")
        repo.write("left/b.txt", b"b\n")
        repo.commit("First")
        repo.write("left/b.txt", b"bb\n")
        repo.commit("Second")
        repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "kept")
        assert b"040000" in repo.git("ls-files", "--sparse", "--stage")
        monkeypatch.chdir(repo.path)
        assert run(["export", "HEAD"]) == 0
        assert run(["verify", "0001-Second.dagpatch.json"]) == 0
        capsys.readouterr()
        assert run(["apply-tree", "HEAD", "HEAD^"]) == 0
        assert capsys.readouterr().out.strip() == repo.oid("HEAD^{tree}")
        assert GitStore(".").resolve(":kept/a.txt") == repo.oid("HEAD:kept/a.txt")


class TestAlternates:
    """Objects of another repository count as this one's."""

    @pytest.mark.parametrize("backend", [LibgitStore, GitStore])
    def test_a_shared_clone_reads_its_source(
        self, backend: type[LibgitStore] | type[GitStore], repo: Repo, tmp_path: Path
    ) -> None:
        commits = history(repo)
        shared = clone(repo, tmp_path / "shared", "--bare")
        subprocess.run(["git", "clone", "--quiet", "--shared", repo.path, tmp_path / "second"], check=True)
        store = backend(str(tmp_path / "second"))
        assert store.blob(repo.oid("HEAD:m.py")) == shared.git("cat-file", "blob", "HEAD:m.py")
        objects = Objects(store)
        oid = objects.add_blob(b"of its own\n")
        store.write(objects)
        assert list(store.walk([commits[-1]], [])) == commits
        with pytest.raises(MissingObject):
            backend(str(repo.path)).blob(oid)
