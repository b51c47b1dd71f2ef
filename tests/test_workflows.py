"""The workflows to copy for pull requests: what they may do, and what their steps do with a stand-in for GitHub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.reference import ROOT
from tests.repositories import Repo

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_TITLE = "Better $(touch pwned) `touch pwned` @somebody\"'"

GH = '''#!{python}
"""A stand-in for GitHub's command line: a file holds what GitHub knows."""
import json, os, subprocess, sys
from pathlib import Path
from shutil import copyfile

state = Path(os.environ["STATE"])
known = json.loads(state.read_text())
known["calls"].append(sys.argv[1:])
verb, *rest = sys.argv[1:]
options, words, fields = {{}}, [], {{}}
while rest:
    one = rest.pop(0)
    if one in ("-f", "-F"):
        name, _, value = rest.pop(0).partition("=")
        fields[name] = Path(value[1:]).read_bytes().decode() if one == "-F" and value.startswith("@") else value
    elif one in ("--paginate", "--silent"):
        continue
    elif one.startswith("--"):
        options[one] = rest.pop(0)
    else:
        words.append(one)
answer = None
if verb == "run":
    assert words == ["download", "7"] and options["--name"] == "review", sys.argv
    os.chdir(options["--dir"])
    if known["link"]:
        os.symlink(known["artifact"], "review.md")
    else:
        copyfile(known["artifact"], "review.md")
elif words[0].endswith("/pulls"):
    assert options["--method"] == "GET" and fields == {{"state": "open", "head": "somebody:a;b"}}, sys.argv
    answer = known["pulls"]
elif words[0].endswith("/issues/3/comments") and options.get("--method") == "POST":
    known["comments"].append({{"id": 90, "user": {{"login": "github-actions[bot]"}}, "body": fields["body"]}})
elif words[0].endswith("/issues/3/comments"):
    answer = known["comments"]
else:
    assert options["--method"] == "PATCH", sys.argv
    (one,) = [one for one in known["comments"] if words[0].endswith("/issues/comments/%d" % one["id"])]
    one["body"] = fields["body"]
state.write_text(json.dumps(known))
if "--jq" in options:
    subprocess.run(["jq", "-r", options["--jq"]], input=json.dumps(answer), text=True, check=True)
'''


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "docs" / "workflows" / name)
    return found


def step(name: str, title: str) -> dict[str, Any]:
    (job,) = workflow(name)["jobs"].values()
    (found,) = [one for one in job["steps"] if one.get("name") == title]
    return dict(found)


def run(
    found: dict[str, Any], directory: Path, values: Mapping[str, str], more: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run a step as GitHub does, with `values` for its expressions."""
    environment = {name: _EXPRESSION.sub(lambda one: values[one[1]], text) for name, text in found["env"].items()}
    assert "${{" not in found["run"], "Text of others must not become a part of the script."
    script = directory / ".git" / "step.sh" if (directory / ".git").exists() else directory / "step.sh"
    script.write_text(found["run"])
    environment = {**os.environ, **environment, **more}
    return subprocess.run(["bash", "-e", script], cwd=directory, env=environment, capture_output=True, check=False)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory for PATH."""
    found = tmp_path / "programs"
    found.mkdir()
    return found


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_what_the_workflows_may_do() -> None:
    review, comment = workflow("review.yml"), workflow("review-comment.yml")
    assert review["on"] == "pull_request"
    assert review["permissions"] == comment["permissions"] == {}
    assert [job["permissions"] for job in review["jobs"].values()] == [{"contents": "read"}]
    (writing,) = comment["jobs"].values()
    assert writing["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert comment["on"] == {"workflow_run": {"workflows": [review["name"]], "types": ["completed"]}}
    # Nothing of the pull request gets to where there is the right to write.
    assert [list(one) for one in writing["steps"]] == [["name", "env", "run"]]
    (reading,) = review["jobs"].values()
    steps = [one.get("uses", one.get("name")) for one in reading["steps"]]
    assert steps.index("Install") < steps.index("actions/checkout@v4")
    checkout = reading["steps"][steps.index("actions/checkout@v4")]["with"]
    assert checkout["persist-credentials"] is False
    assert "secrets" not in json.dumps([review, comment])


def test_what_is_installed_has_to_be_said(programs: Path, tmp_path: Path) -> None:
    program(programs / "pip", '#!/bin/sh\nprintf "%s\\n" "$@" > "$PWD/asked"\n')
    path = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    assert run(step("review.yml", "Install"), tmp_path, {"vars.DAGPATCH": ""}, path).returncode != 0
    assert not (tmp_path / "asked").exists()
    assert run(step("review.yml", "Install"), tmp_path, {"vars.DAGPATCH": "a[b] @ c"}, path).returncode == 0
    assert (tmp_path / "asked").read_text() == "install\na[b] @ c\n"


def test_all_commits_are_reviewed_as_one_change(repo: Repo, programs: Path, tmp_path: Path) -> None:
    repo.write("m.py", b"def f(x):\n    return x\n")
    repo.commit("First")
    base = repo.oid("HEAD")
    repo.write("n.py", b"a = 1\n")
    repo.commit("Elsewhere")
    elsewhere = repo.oid("HEAD")
    repo.git("checkout", "--quiet", "-b", "topic", base)
    for text in (b"def f(x):\n    return x + 1\n", b"def f(x):\n    return x + 2\n"):
        repo.write("m.py", text)
        repo.commit("A part")
    program(programs / "git-dagpatch", f'#!/bin/sh\nexec "{sys.executable}" -m git_dagpatch "$@"\n')
    values = {
        "github.event.pull_request.base.sha": elsewhere,
        "github.event.pull_request.head.sha": repo.oid("HEAD"),
        "github.event.pull_request.title": _TITLE,
    }
    more = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    answer = run(step("review.yml", "Review"), repo.path, values, more)
    assert answer.returncode == 0, answer.stderr
    found = (tmp_path / "review.md").read_text()
    assert "1 operation changes behaviour" in found
    assert "+    return x + 2" in found
    assert "x + 1" not in found
    assert "n.py" not in found
    assert "@somebody" not in found
    assert (tmp_path / "summary").read_text() == found
    assert repo.git("status", "--porcelain") == b""
    assert not (repo.path / "pwned").exists()


class _GitHub:
    def __init__(self, directory: Path, programs: Path) -> None:
        self._directory = directory
        self._state = directory / "state.json"
        self._programs = programs
        self._artifact = directory / "artifact"
        program(programs / "gh", GH.format(python=sys.executable))
        others = [
            {"id": 1, "user": {"login": "somebody"}, "body": "<!-- git dagpatch review -->\nnot mine"},
            {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "of another workflow"},
        ]
        pulls = [{"number": 2, "head": {"sha": "0ld"}}, {"number": 3, "head": {"sha": "abc"}}]
        self._state.write_text(json.dumps({"calls": [], "comments": others, "pulls": pulls, "link": False}))

    def comment(self, review: bytes, head: str = "abc", *, link: bool = False) -> subprocess.CompletedProcess[bytes]:
        self._artifact.write_bytes(review)
        known = json.loads(self._state.read_text()) | {"artifact": str(self._artifact), "link": link}
        self._state.write_text(json.dumps(known))
        values = {
            "github.token": "t",
            "github.repository": "o/r",
            "github.event.workflow_run.id": "7",
            "github.event.workflow_run.head_sha": head,
            "github.event.workflow_run.head_repository.owner.login": "somebody",
            "github.event.workflow_run.head_branch": "a;b",
        }
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        more = {"PATH": path, "STATE": str(self._state), "TMPDIR": str(self._directory)}
        return run(step("review-comment.yml", "Comment"), self._directory, values, more)

    @property
    def comments(self) -> list[str]:
        return [one["body"] for one in json.loads(self._state.read_text())["comments"]]


@pytest.fixture
def github(tmp_path: Path, programs: Path) -> _GitHub:
    if shutil.which("jq") is None:
        pytest.skip("jq stands in for what gh has built in.")
    directory = tmp_path / "runner"
    directory.mkdir()
    return _GitHub(directory, programs)


def test_the_comment_is_made_once_and_changed_in_place(github: _GitHub) -> None:
    before = github.comments
    assert github.comment(b"# First\n$(touch pwned)\n").returncode == 0
    assert github.comments == [*before, "<!-- git dagpatch review -->\n# First\n$(touch pwned)\n"]
    assert github.comment(b"# Second\n").returncode == 0
    assert github.comments == [*before, "<!-- git dagpatch review -->\n# Second\n"]


def test_a_run_that_is_out_of_date_writes_nothing(github: _GitHub) -> None:
    before = github.comments
    answer = github.comment(b"# Old\n", head="other")
    assert (answer.returncode, github.comments) == (0, before)
    assert b"No open pull request" in answer.stdout


def test_an_artifact_that_is_no_file_is_refused(github: _GitHub) -> None:
    before = github.comments
    assert github.comment(b"# A secret\n", link=True).returncode == 1
    assert github.comments == before


def test_a_comment_is_as_long_as_it_may_be(github: _GitHub) -> None:
    assert github.comment("ä".encode() * 64_999).returncode == 0
    assert 60_000 < len(github.comments[-1].encode()) <= 65_536
