"""apply and rollback in repositories as they are: configured, half finished, damaged, and not alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from git_dagpatch.model.errors import Refused, ValidationFailed
from git_dagpatch.porcelain.apply import apply
from git_dagpatch.porcelain.checkout import open_repository
from git_dagpatch.porcelain.documents import read_documents
from git_dagpatch.porcelain.run import ApplyOptions
from git_dagpatch.porcelain.sources import Document
from git_dagpatch.store import index as index_module
from tests.applying import LINES, Offer, changed, journal, look, offer, stopped
from tests.command_line import contents, dagpatch
from tests.repositories import Repo


def there_and_back(repo: Repo, patches: list[Path]) -> None:
    """Apply, take back, and bring back; and once more through a conflict that is aborted."""
    before = look(repo)
    assert dagpatch(repo.path, "apply", *patches).status == 0
    after = look(repo)
    assert after != before
    assert repo.git("status", "--porcelain") == b""
    for arguments, expected in (
        (["rollback", "--count", str(len(patches))], before),
        (["rollback", "--redo"], after),
        (["rollback", "--count", str(len(patches))], before),
    ):
        answer = dagpatch(repo.path, *arguments)
        assert answer.status == 0, answer
        assert look(repo) == expected
    assert repo.git("fsck", "--full", "--no-dangling") == b""


def hook(repo: Repo, name: str, script: str) -> None:
    repo.write(f".git/hooks/{name}", b"#!/bin/sh\n" + script.encode(), executable=True)


def test_a_linked_work_tree_is_a_place_of_its_own(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(5, to="theirs")})
    repo.git("worktree", "add", "--quiet", "-b", "linked", tmp_path / "linked")
    linked = Repo(tmp_path / "linked")
    linked.write("text.txt", changed(5, to="ours"))
    linked.commit("Ours")
    main, there = look(repo), look(linked)
    assert dagpatch(linked.path, "apply", *made.patches).status == 1
    assert linked.git("status", "--porcelain") == b"UU text.txt\n"
    assert look(repo).files == main.files
    assert journal(repo) == []
    assert dagpatch(repo.path, "apply", "--abort").status == 3
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert dagpatch(linked.path, "apply", "--abort").status == 0
    assert look(linked).files == there.files
    assert journal(linked) == [("apply", "failed")]
    assert journal(repo) == [("apply", "done")]
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == main


@pytest.fixture
def with_submodule(repo: Repo, tmp_path: Path) -> Offer:
    """`main` has the submodule at its first commit; the patches bring it to the second, and then remove it."""
    inner = Repo.init(tmp_path / "inner")
    inner.write("inner.txt", b"one\n")
    inner.commit("One")
    repo.write("text.txt", LINES)
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(inner.path), "sub")
    repo.commit("Base")
    repo.git("tag", "base")
    inner.write("inner.txt", b"two\n")
    second = inner.commit("Two")
    repo.git("switch", "--quiet", "--create", "theirs")
    repo.git("update-index", "--cacheinfo", f"160000,{second},sub")
    repo.git("commit", "--quiet", "--message", "Update")
    repo.git("rm", "--quiet", "--cached", "sub")
    repo.git("commit", "--quiet", "--message", "Remove")
    repo.git("reset", "--quiet", "base")
    repo.git("checkout", "--quiet", "-B", "main")
    repo.git("branch", "--force", "theirs", "HEAD@{1}")
    patches = tmp_path / "patches"
    assert dagpatch(repo.path, "export", "-o", patches, "base..ORIG_HEAD").status == 0
    return Offer(repo, sorted(patches.iterdir()))


@pytest.mark.parametrize("recurse", ["false", "true"])
def test_the_work_tree_of_a_submodule_is_left_alone(with_submodule: Offer, recurse: str) -> None:
    repo, patches = with_submodule
    repo.git("config", "submodule.recurse", recurse)
    repo.write("sub/untracked.txt", b"untracked\n")
    before = look(repo)
    inner = contents(repo.path / "sub")
    for count in (1, 2):
        assert dagpatch(repo.path, "apply", *patches[:count]).status == 0
        assert contents(repo.path / "sub") == inner
        answer = dagpatch(repo.path, "rollback", "--count", str(count))
        assert answer.status == 0, answer
        assert contents(repo.path / "sub") == inner
        assert look(repo) == before


def test_a_file_does_not_replace_the_work_tree_of_a_submodule(with_submodule: Offer, tmp_path: Path) -> None:
    repo, _ = with_submodule
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", ".", clone)
    other = Repo(clone)
    other.git("rm", "--quiet", "--cached", "sub")
    (clone / "sub").rmdir()
    other.write("sub", b"a file now\n")
    other.commit("Replace")
    assert dagpatch(clone, "export", "-o", tmp_path / "replace.json", "HEAD").status == 0
    before = look(repo)
    answer = dagpatch(repo.path, "apply", tmp_path / "replace.json")
    assert answer.status == 3
    assert "sub/inner.txt" in answer.err
    assert look(repo) == before


def test_line_ends_are_converted_as_configured(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    repo.git("config", "core.autocrlf", "true")
    repo.git("rm", "--quiet", "-r", "--cached", ".")
    repo.git("reset", "--quiet", "--hard")
    assert repo.read("text.txt") == LINES.replace(b"\n", b"\r\n")
    there_and_back(repo, made.patches)
    dagpatch(repo.path, "apply", *made.patches)
    assert repo.read("text.txt") == changed(3).replace(b"\n", b"\r\n")
    assert repo.git("show", "HEAD:text.txt") == changed(3)


def test_an_abort_brings_back_line_ends_as_they_were(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(5, to="theirs")})
    repo.git("config", "core.autocrlf", "input")
    repo.write("text.txt", changed(5, to="ours").replace(b"\n", b"\r\n"))
    repo.git("-c", "core.safecrlf=false", "commit", "--quiet", "--all", "--message", "Ours")
    before = look(repo)
    assert dagpatch(repo.path, "apply", *made.patches).status == 1
    assert dagpatch(repo.path, "apply", "--abort").status == 0
    assert look(repo) == before
    assert repo.git("status", "--porcelain") == b""


def swap_letters(repo: Repo) -> None:
    """A filter: the work tree has capitals where the repository has none."""
    repo.git("config", "filter.capitals.clean", "tr A-Z a-z")
    repo.git("config", "filter.capitals.smudge", "tr a-z A-Z")
    repo.git("config", "filter.capitals.required", "true")
    repo.write(".git/info/attributes", b"*.txt filter=capitals\n")
    repo.git("rm", "--quiet", "-r", "--cached", ".")
    repo.git("reset", "--quiet", "--hard")


def test_filters_run_as_configured(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    swap_letters(repo)
    assert repo.read("text.txt") == LINES.upper()
    there_and_back(repo, made.patches)
    dagpatch(repo.path, "apply", *made.patches)
    assert repo.read("new.txt") == b"NEW\n"
    assert repo.git("show", "HEAD:new.txt") == b"new\n"


def test_a_filter_that_fails_changes_nothing(repo: Repo) -> None:
    made = offer(repo, {"new/a.dat": b"new\n", "text.txt": changed(3)})
    swap_letters(repo)
    repo.git("config", "filter.capitals.smudge", "false")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "text.txt" in answer.err
    assert look(repo) == before
    assert not (repo.path / "new").exists()
    assert journal(repo) == [("apply", "failed")]
    assert dagpatch(repo.path, "apply", "--abort").status == 3


@pytest.fixture(params=["files", "index"])
def sparse(request: pytest.FixtureRequest, repo: Repo) -> Offer:
    """A repository of which only the directory `inside` is checked out, with a full index or a sparse one."""
    base = {"inside/a.txt": LINES, "outside/b.txt": LINES, "outside/c.txt": b"c\n", "top.txt": b"top\n"}
    made = offer(
        repo,
        {"inside/a.txt": changed(3), "outside/b.txt": changed(5, to="theirs"), "outside/c.txt": None},
        {"outside/d.txt": b"d\n", "inside/e.txt": b"e\n"},
        base=base,
    )
    repo.git("sparse-checkout", "set", "--cone", *(["--sparse-index"] if request.param == "index" else []), "inside")
    assert not (repo.path / "outside").exists()
    return made


def test_a_sparse_checkout_stays_sparse(sparse: Offer) -> None:
    repo, patches = sparse
    there_and_back(repo, patches)
    assert dagpatch(repo.path, "apply", *patches).status == 0
    assert not (repo.path / "outside").exists()
    assert repo.read("inside/a.txt") == changed(3)
    assert repo.git("show", "HEAD:outside/d.txt") == b"d\n"


def test_a_conflict_outside_of_a_sparse_checkout_is_shown(sparse: Offer) -> None:
    repo, patches = sparse
    repo.git("sparse-checkout", "disable")
    repo.write("outside/b.txt", changed(5, to="ours"))
    repo.commit("Ours")
    repo.git("sparse-checkout", "set", "inside")
    before = look(repo)
    assert dagpatch(repo.path, "apply", *patches).status == 1
    assert b"<<<<<<<" in repo.read("outside/b.txt")
    assert b"UU outside/b.txt" in repo.git("status", "--porcelain")
    assert dagpatch(repo.path, "apply", "--abort").status == 0
    assert look(repo) == before


def test_a_detached_head_moves_alone(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    main = repo.oid("main")
    repo.git("switch", "--quiet", "--detach")
    there_and_back(repo, made.patches)
    dagpatch(repo.path, "apply", *made.patches)
    assert repo.oid("main") == main
    assert repo.git("log", "-2", "--format=%s") == b"Step 2\nStep 1\n"


def test_an_unborn_branch_gets_its_first_commit(repo: Repo) -> None:
    repo.write("text.txt", LINES)
    repo.write("folder/file.txt", b"file\n")
    root = repo.commit("Root")
    repo.git("switch", "--quiet", "--orphan", "fresh")
    repo.write("untracked.txt", b"untracked\n")
    repo.git("add", "untracked.txt")
    before = look(repo)
    assert dagpatch(repo.path, "apply", "--dry-run", root).status == 0
    assert dagpatch(repo.path, "apply", root).status == 0
    assert repo.git("log", "--format=%s") == b"Root\n"
    assert repo.git("status", "--porcelain") == b"A  untracked.txt\n"
    after = look(repo)
    for arguments, expected in ((["rollback"], before), (["rollback", "--redo"], after), (["rollback"], before)):
        assert dagpatch(repo.path, *arguments).status == 0
        assert look(repo) == expected
    assert dagpatch(repo.path, "apply", "-n", root).status == 0
    assert dagpatch(repo.path, "rollback").status == 0
    assert look(repo) == before


def test_the_first_commit_of_an_empty_repository(repo: Repo, tmp_path: Path) -> None:
    repo.write("text.txt", LINES)
    repo.commit("Root")
    assert dagpatch(repo.path, "export", "-o", tmp_path / "root.json", "HEAD").status == 0
    empty = Repo.init(tmp_path / "empty")
    assert dagpatch(empty.path, "apply", tmp_path / "root.json").status == 0
    assert empty.oid("HEAD^{tree}") == repo.oid("HEAD^{tree}")
    assert dagpatch(empty.path, "rollback").status == 0
    assert empty.git("status", "--porcelain") == b""


def diverge(repo: Repo) -> None:
    """Another branch that conflicts with `main`."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.write("other.txt", b"side\n")
    repo.commit("Side")
    repo.git("switch", "--quiet", "main")
    repo.write("other.txt", b"main\n")
    repo.commit("Main")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["merge", "side"], "a merge"),
        (["cherry-pick", "side"], "a cherry-pick"),
        (["rebase", "side"], "a rebase"),
        (["revert", "HEAD~1", "HEAD"], "a revert"),
    ],
)
def test_what_git_has_not_finished_comes_first(repo: Repo, command: list[str], named: str) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    diverge(repo)
    if command[0] == "revert":
        repo.write("other.txt", b"again\n")
        repo.commit("Again")
    subprocess.run(["git", *command], cwd=repo.path, capture_output=True, check=False)
    before = look(repo)
    for arguments in (["apply", *made.patches], ["rollback"]):
        answer = dagpatch(repo.path, *arguments)
        assert answer.status == 3
        assert named in answer.err
        assert "--abort" in answer.err
    assert look(repo) == before


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg"])
def test_a_hook_that_says_no_changes_nothing(repo: Repo, name: str) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    hook(repo, name, 'echo "no, says the hook" >&2\nexit 1\n')
    repo.write("other.txt", b"staged\n")
    repo.git("add", "other.txt")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "no, says the hook" in answer.err
    assert look(repo) == before
    assert journal(repo) == [("apply", "failed")]
    assert dagpatch(repo.path, "apply", "--no-verify", *made.patches).status == 0


def test_hooks_see_what_they_see_of_git(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    hook(repo, "pre-commit", "git diff --cached --name-only > ../staged\ngit rev-parse HEAD > ../head\n")
    hook(repo, "commit-msg", 'printf "%s\\n" "Edited: $(head -n 1 "$1")" > "$1"\n')
    hook(repo, "post-commit", "git log -1 --format=%s > ../committed\n")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    outside = repo.path.parent
    assert (outside / "staged").read_bytes() == b"text.txt\n"
    assert (outside / "head").read_text() == repo.git("rev-parse", "HEAD^").decode()
    assert (outside / "committed").read_bytes() == b"Edited: Step 1\n"
    hook(repo, "commit-msg", ': > "$1"\n')
    dagpatch(repo.path, "rollback")
    assert dagpatch(repo.path, "apply", *made.patches).status == 3


def test_what_a_hook_changes_is_not_in_the_commit(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    hook(repo, "pre-commit", "echo more >> text.txt\ngit add text.txt\n")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert repo.git("show", "HEAD:text.txt") == changed(3)
    assert repo.git("status", "--porcelain") == b"M  text.txt\n"


def test_a_hook_may_call_git_dagpatch(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    hook(repo, "post-commit", "git dagpatch record > ../recorded 2>&1\n")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert (repo.path.parent / "recorded").read_text().startswith(repo.oid("HEAD")[:12])
    assert repo.oid("refs/dagpatch/patches")


def test_a_refused_ref_update_changes_nothing(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    hook(repo, "reference-transaction", 'test "$1" != prepared || ! grep -q refs/heads/main\n')
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert look(repo) == before
    assert journal(repo) == [("apply", "failed")]


@pytest.fixture
def signing(repo: Repo, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository whose commits are signed with a key that nobody else has."""
    # A socket's path has to be short.
    home = tmp_path_factory.getbasetemp().parent / f"gpg-{os.getpid()}"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    key = ["--batch", "--passphrase", "", "--quick-generate-key", "tests@example.com", "ed25519", "sign", "never"]
    subprocess.run(["gpg", "--quiet", *key], check=True, capture_output=True)
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "user.signingKey", "tests@example.com")
    return repo


@pytest.mark.skipif(not shutil.which("gpg"), reason="There is no gpg here to sign with.")
def test_commits_are_signed_as_configured(signing: Repo) -> None:
    try:
        made = offer(signing, {"text.txt": changed(3)})
        assert dagpatch(signing.path, "apply", *made.patches).status == 0
        signing.git("verify-commit", "HEAD")
        assert signing.git("log", "-1", "--format=%G? %an %s") == b"G The Tests Step 1\n"
        assert signing.git("cat-file", "-p", "HEAD").count(b"Dagpatch-Id") == 1
        assert dagpatch(signing.path, "rollback").status == 0
        signing.git("config", "user.signingKey", "nobody@example.com")
        before = look(signing)
        answer = dagpatch(signing.path, "apply", *made.patches)
        assert answer.status == 3
        assert "could not be signed" in answer.err
        assert look(signing) == before
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
        shutil.rmtree(os.environ["GNUPGHOME"])


def test_an_unknown_person_commits_nothing(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    config.write_text("[user]\nuseConfigOnly = true\n")
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert "user.name" in answer.err
    assert look(repo) == before


@pytest.mark.parametrize("name", ["dagpatch", "dagpatch/backup"])
def test_a_branch_in_the_way_of_backups_is_named(repo: Repo, name: str) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    repo.git("branch", name)
    before = look(repo)
    answer = dagpatch(repo.path, "apply", *made.patches)
    assert answer.status == 3
    assert f"git branch -m {name}" in answer.err
    assert look(repo) == before
    repo.git("config", "dagpatch.createBackups", "false")
    assert dagpatch(repo.path, "apply", *made.patches).status == 0
    assert dagpatch(repo.path, "rollback").status == 0


@pytest.mark.parametrize("lock", ["index.lock", "refs/heads/main.lock", "HEAD.lock"])
def test_a_lock_of_another_process_is_left_alone(repo: Repo, lock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_PATIENCE", 0.1)
    made = offer(repo, {"text.txt": changed(3)})
    dagpatch(repo.path, "apply", *made.patches)
    before = look(repo)
    repo.write(f".git/{lock}", b"")
    answer = dagpatch(repo.path, "rollback")
    assert answer.status == 3
    assert lock in answer.err
    assert dagpatch(repo.path, "apply", "--abort").status == 3
    assert (repo.path / ".git" / lock).exists()
    repo.remove(f".git/{lock}")
    assert look(repo) == before
    assert dagpatch(repo.path, "rollback").status == 0


def test_a_locked_repository_is_waited_for(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    script = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); time.sleep(1)"
    holder = subprocess.Popen(
        ["python3", "-c", script, repo.path / ".git/dagpatch.lock"], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert dagpatch(repo.path, "apply", *made.patches).status == 0


GARBAGE = "0123456789012345678901234567890123456789"
DAMAGE: dict[str, Callable[[Repo], object]] = {
    "no id": lambda repo: repo.write(".git/refs/dagpatch/journal", b"garbage\n"),
    "an id of nothing": lambda repo: repo.write(".git/refs/dagpatch/journal", f"{GARBAGE}\n".encode()),
    "a commit of the user": lambda repo: repo.git("update-ref", "refs/dagpatch/journal", "HEAD"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_journal_is_said_and_nothing_is_done(repo: Repo, kind: str) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    dagpatch(repo.path, "apply", made.patches[0])
    good = repo.oid("refs/dagpatch/journal")
    files, head = look(repo).files, repo.oid("HEAD")
    DAMAGE[kind](repo)
    for arguments in (["apply", made.patches[1]], ["rollback"], ["apply", "--abort"], ["log"]):
        answer = dagpatch(repo.path, *arguments)
        assert answer.status == 3, (arguments, answer)
        assert "refs/dagpatch/journal" in answer.err
    repo.remove(".git/refs/dagpatch/journal")
    repo.git("update-ref", "refs/dagpatch/journal", good)
    assert (look(repo).files, repo.oid("HEAD")) == (files, head)
    assert dagpatch(repo.path, "rollback").status == 0


def test_a_damaged_record_hides_only_those_before_it(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    dagpatch(repo.path, "apply", *made.patches)
    oid = repo.git("rev-parse", "refs/dagpatch/journal~2:record.json").decode().strip()
    damaged = repo.path / ".git/objects" / oid[:2] / oid[2:]
    damaged.chmod(0o600)
    damaged.write_bytes(b"damaged")
    answer = dagpatch(repo.path, "log")
    assert answer.status == 3
    assert "Step 2" in answer.out.decode()
    assert dagpatch(repo.path, "rollback").status == 0
    assert dagpatch(repo.path, "rollback").status == 3


def test_a_damaged_run_is_said_and_can_be_removed(repo: Repo) -> None:
    stopped(repo, {"third.txt": b"third\n"})
    (repo.path / ".git/dagpatch/queue/000001.json").write_bytes(b"{}")
    repo.write("text.txt", b"resolved\n")
    repo.git("add", "text.txt")
    answer = dagpatch(repo.path, "apply", "--continue")
    assert answer.status == 1
    assert "1 patches landed, and then this failed" in answer.err
    assert "000001.json" in answer.err
    assert repo.git("log", "-1", "--format=%s") == b"Step 1\n"
    run = repo.path / ".git/dagpatch/run.json"
    run.write_bytes(b"{")
    for arguments in (["apply"], ["apply", "--abort"], ["rollback"]):
        answer = dagpatch(repo.path, *arguments)
        assert answer.status == 3
        assert "run.json" in answer.err
    run.unlink()
    assert dagpatch(repo.path, "rollback").status == 0


def in_process(repo: Repo, made: Offer, **options: object) -> None:
    """Apply with options that the command line does not have."""
    repository = open_repository(str(repo.path))
    documents = [Document(patch.read_bytes(), patch.name) for patch in made.patches]
    list(apply(repository, list(read_documents(documents, repository.store)), ApplyOptions(**options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("after", [False, True])
def test_a_test_that_hangs_is_ended(repo: Repo, after: bool) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    before = look(repo)
    command = f"sleep 100 & echo $! > {repo.path.parent}/pid; wait"
    with pytest.raises(ValidationFailed, match="did not end"):
        in_process(repo, made, test=command, test_after=after, test_timeout=0.3)
    assert look(repo) == before
    pid = (repo.path.parent / "pid").read_text().strip()
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z", "What the test started is gone, too."
    assert repo.git("worktree", "list").count(b"\n") == 1


@pytest.mark.parametrize("after", [False, True])
def test_what_a_test_changes_is_not_in_the_commit(repo: Repo, after: bool) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    command = "echo changed > text.txt; echo new > made.txt" + ("" if after else "; git add --all")
    in_process(repo, made, test=command, test_after=after)
    assert repo.git("show", "HEAD:text.txt") == changed(3)
    assert repo.git("ls-tree", "--name-only", "HEAD") == b"other.txt\ntext.txt\n"
    left = {"text.txt", "made.txt"} if after else set()
    assert {line[3:] for line in repo.git("status", "--porcelain").decode().splitlines()} == left


def test_a_test_that_fails_after_changing_files_is_taken_back(repo: Repo) -> None:
    made = offer(repo, {"text.txt": changed(3), "new.txt": b"new\n"})
    before = look(repo)
    with pytest.raises(Refused, match="failed with status 7"):
        in_process(repo, made, test="echo changed > text.txt; rm new.txt; exit 7", test_after=True)
    assert look(repo) == before


def test_a_shallow_clone_applies_and_rolls_back(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    assert dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path / "p.tar", "theirs").status == 0
    for number in range(3):
        repo.write("other.txt", b"%d\n" % number)
        repo.commit(f"Later {number}")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--depth", "1", repo.path.as_uri(), clone)
    shallow = Repo(clone)
    refused = dagpatch(clone, "review", *made.patches)
    assert refused.status == 3
    assert "--format tar" in refused.err
    there_and_back(shallow, [tmp_path / "p.tar"])
    assert "placed by its context" in dagpatch(clone, "apply", "--dry-run", *made.patches).err


def test_a_partial_clone_fetches_what_it_needs(repo: Repo, tmp_path: Path) -> None:
    made = offer(repo, {"text.txt": changed(3), "other.txt": b"changed\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.write("text.txt", changed(9, to="ours"))
    repo.commit("Ours")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--filter=blob:none", repo.path.as_uri(), clone)
    there_and_back(Repo(clone), made.patches)


def test_sha256(tmp_path: Path) -> None:
    path = tmp_path / "sha256"
    path.mkdir()
    repo = Repo(path)
    repo.git("init", "--quiet", "--object-format=sha256")
    made = offer(repo, {"text.txt": changed(5, to="theirs")}, {"new.txt": b"new\n"})
    there_and_back(repo, made.patches)
    repo.write("text.txt", changed(5, to="ours"))
    repo.commit("Ours")
    before = look(repo)
    assert dagpatch(path, "apply", *made.patches).status == 1
    assert repo.git("status", "--porcelain") == b"UU text.txt\n"
    assert dagpatch(path, "apply", "--abort").status == 0
    assert look(repo) == before


def test_another_repository_that_the_environment_names(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    made = offer(repo, {"text.txt": changed(3)})
    elsewhere = repo.path.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repo.path))
    assert dagpatch(elsewhere, "apply", *made.patches).status == 0
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    assert repo.read("text.txt") == changed(3)
    assert repo.git("status", "--porcelain") == b""


@pytest.mark.parametrize("setting", ["core.splitIndex", "core.untrackedCache", "feature.manyFiles"])
def test_an_index_of_another_form_stays_whole(repo: Repo, setting: str) -> None:
    made = offer(repo, {"text.txt": changed(3)}, {"new.txt": b"new\n"})
    repo.git("config", setting, "true")
    repo.git("update-index", "--force-write-index")
    repo.git("status")
    there_and_back(repo, made.patches)
