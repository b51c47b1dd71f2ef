"""verify --checkpoints: the first operation after which something is wrong."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from git_dagpatch.model.tar import base_tar
from git_dagpatch.model.tree import Tree
from git_dagpatch.porcelain.repository import open_store
from tests.command_line import contents, dagpatch
from tests.repositories import Repo

BEFORE = b"def one():\n    return 1\n\n\ndef two():\n    return 2\n"


@pytest.fixture
def changed(repo: Repo) -> Repo:
    """A commit that changes two functions, adds a file and moves another one."""
    repo.write("m.py", BEFORE)
    repo.write("old/place.txt", b"It moves away.\nIt has two lines.\n")
    repo.write("untouched.txt", b"Nothing happens here.\n")
    repo.commit("Before")
    repo.write("m.py", BEFORE.replace(b"1", b"10").replace(b"2", b"20"))
    repo.write("new.py", b"x = 1\n")
    repo.git("mv", "old/place.txt", "there.txt")
    repo.git("update-index", "--chmod=+x", "there.txt")
    (repo.path / "there.txt").chmod(0o755)
    repo.commit("After")
    return repo


@pytest.fixture
def split(changed: Repo) -> bytes:
    """The patch of that commit, with an edit more: one function's head is broken, and another edit mends it."""
    document = json.loads(dagpatch(changed.path, "export", "-o", "-").out)
    edits = [one for one in document["operations"] if one["type"] == "edit"]
    for number, one in enumerate(edits):
        one.pop("id")
        one["hunks"] = [
            [{"at": 1, "lines": ["-def one():\n", "+def one(:\n", "     return 1\n"]}],
            [{"at": 1, "lines": ["-def one(:\n", "+def one():\n", "     return 1\n"]}],
        ][number]
    edits[1]["depends_on"] = ["#0"]
    base = changed.oid("HEAD~1^{tree}")
    return json.dumps(
        {"format": "dagpatch/1", "base": base, "result": base, "base_tar": "", "operations": edits}
    ).encode()


def test_a_patch_that_parses_all_the_way(changed: Repo) -> None:
    answer = dagpatch(changed.path, "verify", "--checkpoints")
    assert (answer.status, answer.err) == (0, "")
    assert answer.lines == [f"{changed.oid('HEAD')[:12]} exact"]


def test_the_first_operation_after_which_a_file_does_not_parse(changed: Repo, split: bytes) -> None:
    tar = dagpatch(changed.path, "verify", "-", stdin=split)
    assert tar.status == 1
    patch = json.loads(split)
    del patch["base_tar"]
    found = dagpatch(changed.path, "verify", "--checkpoints", "--json", "-", stdin=exact(changed, patch))
    (verdict,) = found.documents
    assert (found.status, verdict["exact"]) == (1, True)
    assert (verdict["checkpoint"]["number"], verdict["checkpoint"]["path"]) == (0, "m.py")
    told = dagpatch(changed.path, "verify", "--checkpoints", "-", stdin=exact(changed, patch))
    assert told.lines[1].startswith("  after #0 ")
    assert "m.py:1:" in told.lines[1]


def exact(repo: Repo, patch: dict[str, object]) -> bytes:
    """`patch` with the sum of its files that it has to have."""

    tree = Tree(open_store(str(repo.path)), str(patch["base"]))
    files = [(b"m.py", entry) for entry in [tree.file(b"m.py")] if entry is not None]
    return json.dumps(patch | {"base_tar": base_tar(files, tree.source)}).encode()


@pytest.mark.parametrize(
    ("command", "described"),
    [
        ("grep -q 'return 1$' m.py", "Change the body of one"),
        ("! test -e new.py", "Add new.py"),
        ("test -e old/place.txt", "Move old/place.txt to there.txt"),
        ("! test -x there.txt", "Set the mode"),
    ],
)
def test_the_first_operation_after_which_a_command_fails(changed: Repo, command: str, described: str) -> None:
    before = contents(changed.path)
    answer = dagpatch(changed.path, "verify", "--checkpoints", "--command", command, "--json", "HEAD")
    assert answer.status == 1
    checkpoint = answer.documents[0]["checkpoint"]
    assert checkpoint["description"].startswith(described)
    assert (checkpoint["path"], "failed with status 1" in checkpoint["problem"]) == ("", True)
    assert contents(changed.path) == before


@pytest.mark.parametrize(
    "command",
    ["rm -rf m.py old there.txt new.py", "rm -f m.py new.py; mkdir -p m.py/x new.py there.txt/y old/place.txt"],
)
def test_what_a_command_leaves_or_removes_is_no_hindrance(changed: Repo, command: str) -> None:
    answer = dagpatch(changed.path, "verify", "--checkpoints", "--command", f"{command}; true")
    assert answer.status == 0, answer.err


def test_the_command_runs_in_a_work_tree_that_goes(changed: Repo, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f"pwd >> {log}; test -z \"$GIT_DIR\" && ls | tr '\\n' ' ' >> {log}"
    assert dagpatch(changed.path, "verify", "--checkpoints", "--command", command).status == 0
    operations = json.loads(dagpatch(changed.path, "export", "-o", "-").out)["operations"]
    assert log.read_text().count("dagpatch-checkpoint-") == 1 + len(operations)
    lines = log.read_text().splitlines()
    assert lines[0].startswith(tempfile.gettempdir())
    assert not Path(lines[0]).exists()
    assert lines[-1] == "m.py new.py there.txt untouched.txt "


def test_a_command_that_fails_from_the_start_is_refused(changed: Repo) -> None:
    answer = dagpatch(changed.path, "verify", "--checkpoints", "--command", "echo no; exit 7")
    assert answer.status == 3
    assert "fails before any operation" in answer.err
    assert "status 7: no" in answer.err


def test_a_command_without_checkpoints_is_a_mistake(changed: Repo) -> None:
    assert dagpatch(changed.path, "verify", "--command", "true").status == 2


def test_a_patch_without_its_whole_base(changed: Repo, tmp_path: Path) -> None:
    tar = tmp_path / "one.tar"
    assert dagpatch(changed.path, "export", "--format", "tar", "-o", tar).status == 0
    answer = dagpatch(tmp_path, "verify", "--checkpoints", "--command", "true", tar)
    assert answer.status == 1
    assert "only the touched files" in answer.lines[0]
    assert len(answer.lines) == 1, "What is not known to be exact is not looked at on the way."
