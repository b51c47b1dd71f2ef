"""Policies: what each decides where it is asked for, and that nothing of it is done where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_dagpatch.merging.strategies import merge_texts
from git_dagpatch.model.strategy import Policy
from git_dagpatch.store.gitcommand import GitStore
from git_dagpatch.store.libgit import LibgitStore
from tests.command_line import dagpatch
from tests.repositories import Repo

_LOG = b"Changes\n=======\n\n%bVersion 1.0\n-----------\n\n-   First. \n"
_DECIDED = {
    "the higher version": (
        Policy.VERSION,
        b"a/__init__.py",
        b'__version__ = "1.9.0"\n',
        b'__version__ = "1.10.0.dev0"\n',
        b'__version__ = "1.9.1"\n',
        b'__version__ = "1.10.0.dev0"\n',
    ),
    "a release is higher than what leads to it": (
        Policy.VERSION,
        b"setup.py",
        b"version = '0.9'\n",
        b"version = '1.0rc2'\n",
        b"version = '1.0.0'\n",
        b"version = '1.0.0'\n",
    ),
    "pins of requirements, line by line": (
        Policy.PINS,
        b"requirements/dev.txt",
        b"a==1.0\nb==2.0\n",
        b"a==1.2\nb==2.0\n",
        b"a==1.1\nb==2.1\n",
        b"a==1.2\nb==2.1\n",
    ),
    "pins of actions, by the version beside the commit": (
        Policy.PINS,
        b".github/workflows/test.yaml",
        b"- uses: actions/checkout@" + b"1" * 40 + b" # v4.1.0\n",
        b"- uses: actions/checkout@" + b"2" * 40 + b" # v4.1.1\n",
        b"- uses: actions/checkout@" + b"3" * 40 + b" # v4.2.0\n",
        b"- uses: actions/checkout@" + b"3" * 40 + b" # v4.2.0\n",
    ),
    "imports of both": (
        Policy.IMPORTS,
        b"m.py",
        b"import a\n",
        b"import a\nimport b\n",
        b"import a\nimport c\n",
        b"import a\nimport b\nimport c\n",
    ),
    "lines of both": (Policy.LIST, b"AUTHORS", b"a\n", b"a\nb\n", b"a\nc\n", b"a\nb\nc\n"),
    "definitions of both": (
        Policy.MEMBERS,
        b"m.py",
        b"a = 1\n",
        b"a = 1\n\n\ndef b():\n    pass\n",
        b"a = 1\n\n\n@a\ndef c():\n    pass\n",
        b"a = 1\n\n\ndef b():\n    pass\n\n\n@a\ndef c():\n    pass\n",
    ),
    "words that are close": (
        Policy.TOKENS,
        b"m.py",
        b"f(a)\n",
        b"g(a)\n",
        b"f(b)\n",
        b"g(b)\n",
    ),
    "entries of both in the section that both added": (
        Policy.CHANGELOG,
        b"CHANGES.rst",
        _LOG % b"",
        _LOG % b"Version 2.0\n-----------\n\nUnreleased\n\n-   Ours, on\n    two lines.\n\n\n",
        _LOG % b"Version 2.0\n-----------\n\nUnreleased\n\n-   Theirs.\n\n\n",
        _LOG % b"Version 2.0\n-----------\n\nUnreleased\n\n-   Ours, on\n    two lines.\n-   Theirs.\n\n\n",
    ),
    "sections of both": (
        Policy.CHANGELOG,
        b"CHANGES.rst",
        _LOG % b"",
        _LOG % b"Version 2.0\n-----------\n\nUnreleased\n\n\n",
        _LOG % b"Version 1.1\n-----------\n\nUnreleased\n\n-   Theirs.\n\n\n",
        _LOG
        % b"Version 2.0\n-----------\n\nUnreleased\n\n\nVersion 1.1\n-----------\n\nUnreleased\n\n-   Theirs.\n\n\n",
    ),
    "ours, of a lock file": (Policy.LOCKFILE, b"x/uv.lock", b"a = 1\n", b"a = 2\n", b"a = 3\n", b"a = 2\n"),
}
_LEFT = {
    "versions of which none is higher": (
        Policy.VERSION,
        b"v.py",
        b"version = 'a'\n",
        b"version = 'b'\n",
        b"version = 'c'\n",
    ),
    "numbers that are no version": (Policy.VERSION, b"m.py", b"size = 1.0\n", b"size = 1.5\n", b"size = 2.0\n"),
    "one higher, one lower": (
        Policy.PINS,
        b"requirements.txt",
        b"a>=1.0,<2.0\n",
        b"a>=1.5,<2.0\n",
        b"a>=1.1,<3.0\n",
    ),
    "commits without versions": (
        Policy.PINS,
        b".github/workflows/a.yml",
        b"- uses: a@" + b"1" * 40 + b"\n",
        b"- uses: a@" + b"2" * 40 + b"\n",
        b"- uses: a@" + b"3" * 40 + b"\n",
    ),
    "a name that both import from elsewhere": (
        Policy.IMPORTS,
        b"m.py",
        b"from a import f\n",
        b"from b import f\n",
        b"from c import f\n",
    ),
    "two definitions of one name": (
        Policy.MEMBERS,
        b"m.py",
        b"a = 1\n",
        b"a = 1\n\n\ndef b():\n    pass\n",
        b"a = 1\n\n\ndef b():\n    return 1\n",
    ),
    "statements, of which the order matters": (
        Policy.MEMBERS,
        b"m.py",
        b"a = 1\n",
        b"a = 1\nb = a\n",
        b"a = 1\na = 2\n",
    ),
    "another file than a list": (Policy.LIST, b"m.txt", b"a\n", b"a\nb\n", b"a\nc\n"),
    "an entry that both rewrote": (
        Policy.CHANGELOG,
        b"CHANGES.rst",
        _LOG % b"-   One.\n\n",
        _LOG % b"-   Two.\n\n",
        _LOG % b"-   Three.\n\n",
    ),
}


@pytest.mark.parametrize("name", _DECIDED)
def test_a_policy_decides(name: str) -> None:
    policy, path, base, ours, theirs, wanted = _DECIDED[name]
    assert merge_texts(base, ours, theirs, path=path).open
    merged = merge_texts(base, ours, theirs, path=path, policies={policy})
    assert (merged.text, merged.open) == (wanted, ())
    assert set(merged.steps) == {policy.value}


@pytest.mark.parametrize("name", _LEFT)
def test_what_a_policy_is_not_for_stays_open(name: str) -> None:
    policy, path, base, ours, theirs = _LEFT[name]
    assert merge_texts(base, ours, theirs, path=path, policies={policy}).open


def _write(repo: Repo, version: str, lock: int) -> None:
    repo.write("pkg/__init__.py", b'__version__ = "%b"\n' % version.encode())
    repo.write("uv.lock", b"a = %d\n" % lock)


def test_apply_tree_takes_policies_and_says_what_they_did(repo: Repo) -> None:
    _write(repo, "1.0", 1)
    base = repo.commit("base")
    _write(repo, "1.1", 2)
    patch = repo.commit("patch")
    repo.git("checkout", "-q", base)
    _write(repo, "2.0", 3)
    target = repo.commit("target")
    assert dagpatch(repo.path, "apply-tree", patch, target).status == 1
    done = dagpatch(repo.path, "apply-tree", "--policy", "version,lockfile", patch, target)
    assert done.status == 0
    assert repo.git("show", f"{done.lines[0]}:pkg/__init__.py") == b'__version__ = "2.0"\n'
    assert "settled: version." in done.err
    assert "settled: lockfile. Run uv lock, which writes it." in done.err


@pytest.mark.parametrize("named", ["lockfile,version", "all"])
def test_attributes_name_policies_for_files(repo: Repo, named: str) -> None:
    repo.write(".gitattributes", b"pkg/* dagpatch-policy=%b\nuv.lock dagpatch-policy\n" % named.encode())
    _write(repo, "1.0", 1)
    base = repo.commit("base")
    _write(repo, "1.1", 2)
    patch = repo.commit("patch")
    repo.git("checkout", "-q", base)
    _write(repo, "2.0", 3)
    target = repo.commit("target")
    done = dagpatch(repo.path, "apply-tree", patch, target)
    assert done.status == 1
    assert [line.split("\t")[0] for line in done.lines[1:]] == ["uv.lock"]
    assert dagpatch(repo.path, "apply", "--policy", "lockfile", patch).status == 0
    assert repo.read("pkg/__init__.py") == b'__version__ = "2.0"\n'


@pytest.mark.parametrize("kind", [LibgitStore, GitStore])
def test_either_store_reads_attributes(repo: Repo, kind: type[LibgitStore] | type[GitStore]) -> None:
    repo.write(".gitattributes", b"a.txt text dagpatch-policy=list\nb.txt dagpatch-policy\nc.txt -dagpatch-policy\n")
    store = kind(str(repo.path))
    told = [store.attribute(path, "dagpatch-policy") for path in (b"a.txt", b"b.txt", b"c.txt", b"x/d\xff.txt")]
    assert told == ["list", "", "", ""]


def test_an_unknown_policy_is_refused(repo: Repo) -> None:
    _write(repo, "1.0", 1)
    repo.commit("base")
    done = dagpatch(repo.path, "apply-tree", "--policy", "guess", "HEAD", "HEAD")
    assert done.status == 2
    assert "There is no policy guess." in done.err


@pytest.fixture
def versions(tmp_path: Path) -> list[str]:
    texts = {"base": b"f(a,b)\n", "ours": b"f(a, b)\n", "theirs": b"f(a,b,c)\n"}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    return [str(tmp_path / name) for name in texts]


def test_merge_file_writes_to_ours(versions: list[str], tmp_path: Path) -> None:
    done = dagpatch(tmp_path, "merge-file", "--path", "m.py", *versions)
    assert (done.status, done.out) == (0, b"")
    assert (tmp_path / "ours").read_bytes() == b"f(a,b,c)\n"


def test_merge_file_prints_and_leaves_conflicts(versions: list[str], tmp_path: Path) -> None:
    done = dagpatch(tmp_path, "merge-file", "-p", "--path", "m.txt", *versions)
    assert done.status == 1
    assert b"<<<<<<<" in done.out
    assert (tmp_path / "ours").read_bytes() == b"f(a, b)\n"


def test_git_merges_with_it(repo: Repo) -> None:
    repo.write("m.py", b"f(a,b)\n")
    repo.write(".gitattributes", b"*.py merge=dagpatch\n")
    repo.commit("base")
    repo.git("config", "merge.dagpatch.driver", "git dagpatch merge-file --path %P --marker-size %L %O %A %B")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("m.py", b"f(a, b)\n")
    repo.commit("layout")
    repo.git("checkout", "-q", "-")
    repo.write("m.py", b"f(a,b,c)\n")
    repo.commit("change")
    repo.git("merge", "-q", "--no-edit", "side")
    assert repo.read("m.py") == b"f(a,b,c)\n"
