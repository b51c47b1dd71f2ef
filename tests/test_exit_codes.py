"""The exit codes of the contract, for every kind of bad input: one clear message, and nothing changed."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from git_dagpatch.model import codec, tar
from tests.command_line import PROGRAM, Answer, called_by_git, contents, dagpatch
from tests.repositories import Repo
from tests.samples import history, lines

DONE, DIFFERENT, USAGE, REFUSED, BUG, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 3, 70, 130, 141

Fields = dict[str, Any]
BASE = {
    b"a.txt": ("100644", lines().encode()),
    b"b.bin": ("100644", bytes(range(256))),
    b"link": ("120000", b"sub"),
    b"sub/c.txt": ("100644", b"c\n"),
}


@pytest.fixture
def based(repo: Repo) -> Repo:
    """A repository with the files that the patches are made for."""
    repo.commit_tree(BASE)
    repo.git("reset", "--quiet", "--hard")
    return repo


def document(repo: Repo, *operations: Fields, **fields: Any) -> bytes:
    """A patch on the tree of HEAD; where its ids are left out, they are computed."""
    tree = repo.oid("HEAD^{tree}")
    raw = {"format": "dagpatch/1", "base": tree, "result": tree, "base_tar": "0" * 64, "metadata": {}}
    return json.dumps(raw | {"operations": list(operations)} | fields).encode()


def create(path: str = "new.txt", **fields: Any) -> Fields:
    return {"type": "create", "target": path, "mode": "100644", "content": "new\n"} | fields


def edit(*hunks: tuple[int, list[str]]) -> Fields:
    return {"type": "edit", "target": "a.txt:", "hunks": [{"at": at, "lines": given} for at, given in hunks]}


def spans(*given: tuple[int, int, str], path: str = "a.txt") -> Fields:
    transform = {"transform": {"name": "trailing-space"}, "scope": [path]}
    return {"type": "whitespace", **transform, "footprint": {path: list(given)}}


def delta(**fields: Any) -> Fields:
    before = hashlib.sha256(bytes(range(256))).hexdigest()
    whole = {"type": "binary_delta", "target": "b.bin", "codec": "zstd-dictionary", "delta": {"base64": ""}}
    return whole | {"before": before, "after": before} | fields


def assert_announced(answer: Answer, status: int) -> None:
    """One failure, told on stderr alone: what, and why or what to do about it."""
    assert answer.status == status, answer.err
    assert answer.out == b""
    what, *more = answer.err.splitlines()
    assert what.startswith("error: ")
    assert what.endswith(".")
    assert [line for line in more if line.startswith("error:")] == []
    assert "Traceback" not in answer.err
    assert any(line.startswith("hint: ") for line in more), answer.err


VERBS = {
    "show": ["show", "-"],
    "verify": ["verify", "-"],
    "apply-tree": ["apply-tree", "-", "HEAD"],
}

EXECUTING = ("verify", "apply-tree")

UNREADABLE: dict[str, Callable[[Repo], bytes]] = {
    "empty": lambda repo: b"",
    "blank": lambda repo: b"\n \n",
    "cut off": lambda repo: document(repo, create())[:-20],
    "not JSON": lambda repo: b"diff --git a/x b/x\n--- a/x\n+++ b/x\n",
    "not UTF-8": lambda repo: document(repo).replace(b"dagpatch/1", b"dagpatch/\xff"),
    "a list": lambda repo: b"[]",
    "no format": lambda repo: b"{}",
    "a later version": lambda repo: document(repo, format="dagpatch/2"),
    "nested deeply": lambda repo: document(repo, x=0).replace(b'"x": 0', b'"x": ' + b"[" * 9000 + b"]" * 9000),
    "nested beyond all bounds": lambda repo: b'{"x":' * 200_000 + b"1" + b"}" * 200_000,
    "no operations": lambda repo: document(repo, operations=None),
    "operations of the wrong type": lambda repo: document(repo, operations={"a": 1}),
    "an operation of the wrong type": lambda repo: document(repo, operations=[1]),
    "a target of the wrong type": lambda repo: document(repo, {"type": "delete", "target": 7}),
    "a hunk of the wrong type": lambda repo: document(repo, {"type": "edit", "target": "a.txt:", "hunks": [1]}),
    "a span of the wrong type": lambda repo: document(repo, spans(path="a.txt") | {"footprint": {"a.txt": [[1, 2]]}}),
    "metadata of the wrong type": lambda repo: document(repo, metadata=[1]),
    "a missing field": lambda repo: document(repo, {"type": "create", "target": "x"}),
    "a dependency that dangles": lambda repo: document(repo, create(depends_on=["f" * 40])),
    "a dependency on a place that is none": lambda repo: document(repo, create(depends_on=["#1"])),
    "a dependency on itself": lambda repo: document(repo, create(depends_on=["#0"])),
    "a circle": lambda repo: document(repo, create("x", depends_on=["#1"]), create("y", depends_on=["#0"])),
    "an id of an operation that does not match": lambda repo: document(repo, create(id="0" * 40)),
    "an id of the patch that does not match": lambda repo: document(repo, create(), id="0" * 40),
    "a good patch and one that is cut off": lambda repo: document(repo) + b"\n" + document(repo)[:-1] + b"\n",
    "an archive that is cut off": lambda repo: archive(document(repo))[:700],
    "an archive without a document": lambda repo: archive(document(repo), name="other.json"),
    "an archive that leaves its place": lambda repo: archive(document(repo), {"base/../../etc/passwd": b"x"}),
}


def archive(document: bytes, files: dict[str, bytes] | None = None, name: str = "dagpatch.json") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as written:
        for path, content in {name: document, **(files or {})}.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            written.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_document_that_is_no_patch(based: Repo, name: str) -> None:
    data = UNREADABLE[name](based)
    before = contents(based.path)
    for arguments in VERBS.values():
        answer = dagpatch(based.path, *arguments, stdin=data)
        if name == "a good patch and one that is cut off":
            answer = answer._replace(out=b"")  # The good one comes first, and is shown.
        assert_announced(answer, USAGE)
    assert contents(based.path) == before


@pytest.mark.parametrize("form", ["json", "tar"])
def test_an_oversized_document(based: Repo, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = document(based, create())
    monkeypatch.setattr(codec, "MAX_DOCUMENT", 100)
    monkeypatch.setattr(tar, "_MAX_MEMBER", 100)
    before = contents(based.path)
    for arguments in VERBS.values():
        answer = dagpatch(based.path, *arguments, stdin=data if form == "json" else archive(data))
        assert_announced(answer, USAGE)
    assert contents(based.path) == before


MALFORMED: dict[str, Fields] = {
    "spans that overlap": spans((5, 3, ""), (-2, 1, "")),
    "spans that touch": spans((5, 3, ""), (0, 1, "")),
    "a span that removes less than nothing": spans((5, -1, "")),
    "a span that starts before the text": spans((-1, 0, "x")),
    "hunks that overlap": edit((1, [" line 1\n", "-line 2\n"]), (2, ["-line 2\n"])),
    "hunks out of order": edit((5, ["-line 5\n"]), (1, ["-line 1\n"])),
    "a hunk with a line without a mark": edit((1, ["line 1\n"])),
    "a hunk with a line of two": edit((1, ["-line 1\nline 2\n"])),
    "a hunk with a line without its end amid the text": edit((1, ["-line 1\n", "+x"])),
    "a kind that is not known": {"type": "of tomorrow", "target": "a.txt"},
    "a mode that is none": create(mode="100999"),
    "a mode of a directory": create(mode="040000"),
    "base64 that is none": create(content={"base64": "%%%"}),
    "a codec that is not known": delta(codec="lzma"),
    "a delta that is damaged": delta(delta={"base64": base64.b64encode(b"damaged").decode()}),
    "a footprint that lets a file go": spans() | {"footprint": {"a.txt": None}},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_an_operation_that_makes_no_sense(based: Repo, name: str) -> None:
    data = document(based, MALFORMED[name])
    before = contents(based.path)
    for verb in EXECUTING:
        assert_announced(dagpatch(based.path, *VERBS[verb], stdin=data), USAGE)
    assert contents(based.path) == before


PATHS = [
    *("", "/etc/passwd", "../out", "sub/../../out", "a/../b", ".", "./a", "a//b", "a/", "/"),
    *(".git/config", ".GIT/config", ".Git/hooks/x", "sub/.git/config", ".git", "git~1/config", ".git./x", ".git /x"),
    *(".g\u200cit/config", ".git%3A%3A$INDEX_ALLOCATION/x", "a\\.git\\x", "%2Egit/x", "%2e%2e/x", "a%2F..%2Fb", "%00"),
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leaves_its_place(based: Repo, path: str) -> None:
    before = contents(based.path)
    for operation in (
        create(path),
        {"type": "delete", "target": path},
        {"type": "move", "source": "a.txt", "target": path},
        {"type": "copy", "source": path, "target": "x"},
        {"type": "mode", "target": path, "mode": "100755"},
        {"type": "edit", "target": f"{path}:", "hunks": []},
        spans(path=path),
    ):
        data = document(based, operation)
        for verb in EXECUTING:
            assert_announced(dagpatch(based.path, *VERBS[verb], stdin=data), USAGE)
    assert contents(based.path) == before


MISFITS: dict[str, Fields] = {
    "a span past the end": spans((5, 100_000, "")),
    "a hunk that does not fit": edit((2, [" line 1\n", "-line 2\n"])),
    "a hunk past the end": edit((12, [" line 12\n", "-line 13\n"])),
    "a hunk beyond the end": edit((500, ["+x\n"])),
    "a hunk before the start": edit((0, ["+x\n"])),
    "a file that is not there": {"type": "delete", "target": "not/here.txt"},
    "a file that stands there already": create("a.txt"),
    "a file where a directory stands": create("sub"),
    "a file below a file": create("a.txt/x"),
    "a file through a symlink": create("link/x"),
    "an edit through a symlink": {"type": "edit", "target": "link/c.txt:", "hunks": []},
    "a move through a symlink": {"type": "move", "source": "a.txt", "target": "link/x"},
    "a move onto a file": {"type": "move", "source": "a.txt", "target": "b.bin"},
    "a delta of something else": delta(before="0" * 64),
    "a submodule that names no commit": create(mode="160000"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_an_operation_that_does_not_fit_base(based: Repo, name: str) -> None:
    data = document(based, MISFITS[name])
    before = contents(based.path)
    assert_announced(dagpatch(based.path, "apply-tree", "-", "HEAD", stdin=data), REFUSED)
    answer = dagpatch(based.path, "verify", "-", stdin=data)
    assert answer.status == DIFFERENT, "Whether a patch fits its base is what verify says."
    assert " not exact: " in answer.lines[0]
    assert contents(based.path) == before


def test_a_target_that_is_a_symlink_is_a_conflict(based: Repo) -> None:
    """What the patch's own base did not have, the target may."""
    start = based.oid("HEAD^{tree}")
    based.commit_tree(BASE | {b"dir": ("120000", b"/etc")})
    patch = document(based, create("dir/x"), base=start)
    answer = dagpatch(based.path, "apply-tree", "-", "HEAD", stdin=patch)
    assert answer.status == DIFFERENT
    assert answer.lines[0] == based.oid("HEAD^{tree}")
    assert answer.lines[1].startswith("dir/x\t")


def test_a_base_that_is_not_here(based: Repo) -> None:
    data = document(based, create(), base="1" * 40)
    before = contents(based.path)
    for verb in EXECUTING:
        answer = dagpatch(based.path, *VERBS[verb], stdin=data)
        assert_announced(answer, REFUSED)
        assert "1" * 40 in answer.err
    assert contents(based.path) == before
    assert dagpatch(based.path, "show", "-", stdin=data).status == DONE, "It can be read all the same."


@pytest.mark.parametrize("named", ["blob", "commit", "short"])
def test_a_base_that_is_no_tree(based: Repo, named: str) -> None:
    base = {"blob": based.oid("HEAD:a.txt"), "commit": based.oid("HEAD"), "short": based.oid("HEAD^{tree}")[:10]}[named]
    for verb in EXECUTING:
        assert_announced(dagpatch(based.path, *VERBS[verb], stdin=document(based, base=base)), REFUSED)


ANY = ["HEAD", "HEAD~1..HEAD", "nothing.json"]


def test_no_repository(tmp_path: Path) -> None:
    for verb in ("export", "stats", "show", "verify", "apply-tree"):
        for argument in ANY:
            target = ["HEAD"] if verb == "apply-tree" else []
            assert_announced(dagpatch(tmp_path, verb, argument, *target), REFUSED)
    for verb in ("export", "stats", "show", "verify"):
        assert_announced(dagpatch(tmp_path, verb), REFUSED)
    assert list(tmp_path.iterdir()) == []


def test_no_repository_to_execute_a_patch_in(based: Repo, tmp_path: Path) -> None:
    for verb in EXECUTING:
        assert_announced(dagpatch(tmp_path, *VERBS[verb], stdin=document(based, create())), REFUSED)


def test_a_git_dir_that_is_none(based: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(based.path / "nothing"))
    for arguments in (["export"], ["show"], ["verify", "HEAD"]):
        assert_announced(dagpatch(based.path, *arguments), REFUSED)


@pytest.mark.parametrize("verb", ["export", "show", "stats", "verify"])
def test_an_unborn_branch(repo: Repo, verb: str) -> None:
    before = contents(repo.path)
    for argument in ([], ["HEAD"], ["HEAD~1"], ["HEAD.."], ["main"]):
        answer = dagpatch(repo.path, verb, *argument)
        assert_announced(answer, REFUSED)
        assert argument == ["main"] or "no commit yet" in answer.err
    assert contents(repo.path) == before


UNKNOWN = [
    "nothing",
    "HEAD~9",
    "nothing..HEAD",
    "HEAD..nothing",
    "HEAD:a.txt",
    "f" * 40,
    "HEAD^{tree}",
    "x" * 6000,
    "é",
]


@pytest.mark.parametrize("verb", ["export", "show", "stats", "verify"])
def test_a_revision_that_is_none(based: Repo, verb: str) -> None:
    before = contents(based.path)
    for argument in UNKNOWN:
        assert_announced(dagpatch(based.path, verb, argument), REFUSED)
    assert contents(based.path) == before


def test_a_treeish_that_is_none(based: Repo) -> None:
    for treeish in ("nothing", "HEAD:a.txt", "f" * 40, "HEAD..HEAD", "x" * 6000):
        assert_announced(dagpatch(based.path, "apply-tree", "HEAD", treeish), REFUSED)


def test_three_dots_are_no_range(based: Repo) -> None:
    for verb in ("export", "show", "stats", "verify"):
        answer = dagpatch(based.path, verb, "HEAD...HEAD")
        assert_announced(answer, USAGE)
        assert "A..B" in answer.err


def test_a_file_that_cannot_be_read(based: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    based.write("p.json", document(based))
    real = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path.name == "p.json":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    for arguments in (["show", "p.json"], ["verify", "p.json"], ["apply-tree", "p.json", "HEAD"]):
        answer = dagpatch(based.path, *arguments)
        assert_announced(answer, USAGE)
        assert "Permission denied" in answer.err


WRONG_CALLS = [
    ["nonsense"],
    ["shows"],
    ["export", "--nonsense"],
    ["export", "-o"],
    ["export", "--format", "zip"],
    ["export", "--jobs", "0"],
    ["stats", "--jobs", "many"],
    ["apply-tree"],
    ["apply-tree", "HEAD"],
    ["apply-tree", "HEAD", "HEAD", "HEAD"],
    ["apply-tree", "--strategy", "luck", "HEAD", "HEAD"],
    ["-C", "not/there", "show"],
    ["--nonsense", "show"],
]


def test_a_wrong_call(based: Repo) -> None:
    before = contents(based.path)
    for arguments in WRONG_CALLS:
        answer = dagpatch(based.path, *arguments)
        assert (answer.status, answer.out) == (USAGE, b"")
        assert "Error: " in answer.err
        assert "for help" in answer.err, "It says where to read on."
    assert contents(based.path) == before


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["show", "-h"], ["apply-tree", "--help"], ["--version"]])
def test_help_is_no_failure(tmp_path: Path, arguments: list[str]) -> None:
    answer = dagpatch(tmp_path, *arguments)
    assert (answer.status, answer.err) == (DONE, "")
    assert answer.out


def test_a_file_goes_before_a_revision(based: Repo) -> None:
    based.write("HEAD", b"no patch\n")
    assert_announced(dagpatch(based.path, "show", "HEAD"), USAGE)


def test_an_object_that_is_missing(based: Repo) -> None:
    history(based, "First", "Second")
    blob = based.oid("HEAD~1:log.txt")
    (based.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for arguments in (["export", "-o", "-"], ["show"], ["verify"], ["stats", "--json"], ["apply-tree", "HEAD", "HEAD"]):
        answer = dagpatch(based.path, *arguments)
        assert_announced(answer, REFUSED)
        assert blob in answer.err


def test_a_bug_is_reported_with_a_log(based: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Iterator[str]:
        raise LookupError("a fault of ours")

    monkeypatch.setattr("git_dagpatch.cli.show.render_patch", broken)
    before = contents(based.path)
    answer = dagpatch(based.path, "show")
    assert answer.status == BUG
    assert answer.out == b""
    for part in (
        "error: git dagpatch has a bug",
        "report it with this log",
        "Traceback",
        "LookupError: a fault of ours",
    ):
        assert part in answer.err
    assert contents(based.path) == before


# What only a process of its own can show.


def test_codes_come_through_git(based: Repo) -> None:
    assert called_by_git(based.path, "dagpatch", "show").status == DONE
    assert called_by_git(based.path, "dagpatch", "verify", "-", stdin=document(based, create())).status == DIFFERENT
    assert called_by_git(based.path, "dagpatch", "show", "-", stdin=b"x").status == USAGE
    assert called_by_git(based.path, "dagpatch", "show", "nothing").status == REFUSED
    assert called_by_git(based.path, "dagpatch", "-h").status == DONE


@pytest.mark.parametrize(
    "arguments", [["show"], ["show", "--json"], ["export", "-o", "-"], ["stats"], ["verify", "HEAD"]]
)
def test_a_pipe_that_is_closed_at_once(based: Repo, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = ["git", "dagpatch", *arguments]
    done = subprocess.run(command, cwd=based.path, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == CLOSED_PIPE
    assert done.stderr == b""


def test_head_closes_a_long_pipe(based: Repo) -> None:
    based.write("long.txt", lines(count=200_000).encode())
    based.commit("Long")
    script = "git dagpatch show --full | head -n 1; exit ${PIPESTATUS[0]}"
    done = subprocess.run(["bash", "-c", script], cwd=based.path, capture_output=True, check=False)
    assert done.returncode == CLOSED_PIPE
    assert done.stdout.startswith(b"patch ")
    assert done.stderr == b""


def test_an_interrupt_while_waiting(based: Repo) -> None:
    before = contents(based.path)
    # What a shell starts in the background ignores interrupts, and so does what that starts.
    command = ["env", "--default-signal=INT", PROGRAM, "show", "-"]
    process = subprocess.Popen(
        command, cwd=based.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b" " * (1 << 20))
    process.stdin.flush()
    while int.from_bytes(fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)), sys.byteorder):
        time.sleep(0.01)
    # All is read. Python itself misses an interrupt that comes between two reads, so it waits in the next one by now.
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (INTERRUPTED, b"", b"Interrupted.\n")
    assert contents(based.path) == before
