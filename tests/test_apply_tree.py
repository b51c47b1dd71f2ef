"""apply-tree: what a patch makes of another tree, by its contract, and that nothing else is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command_line import contents, dagpatch, without_objects
from tests.repositories import Repo
from tests.samples import history, lines

FILE, SCRIPT, LINK, GROUP_WRITABLE = "100644", "100755", "120000", "100664"
Files = dict[bytes, tuple[str, bytes]]


def text(content: str) -> tuple[str, bytes]:
    return FILE, content.encode()


class Ground(NamedTuple):
    """What apply-tree has to leave as it is."""

    files: dict[str, bytes]
    refs: bytes
    status: bytes


def ground(repo: Repo) -> Ground:
    status = repo.git("--no-optional-locks", "status", "--porcelain=v2", "--branch", "--ignored", "-z")
    return Ground(without_objects(contents(repo.path)), repo.git("for-each-ref"), status)


def planted(repo: Repo, files: Files, name: str, parent: str | None = None) -> str:
    """A branch `name` whose tip is a commit of exactly `files`, on `parent`."""
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    if parent:
        repo.git("update-ref", "HEAD", parent)
    return repo.commit_tree(files, name)


def plant(repo: Repo, base: Files, theirs: Files, ours: Files) -> None:
    """Branches base, theirs and ours, the last two made of the first; and a work tree of something else."""
    start = planted(repo, base, "base")
    planted(repo, theirs, "theirs", start)
    planted(repo, ours, "ours", start)
    planted(repo, {b"a.txt": text("committed\n")}, "main")
    repo.git("read-tree", "--reset", "-u", "HEAD")
    repo.write("a.txt", b"staged\n")
    repo.git("add", "a.txt")
    repo.write("a.txt", b"not staged\n")
    repo.write("untracked.txt", b"untracked\n")


def tree_files(repo: Repo, tree: str) -> dict[bytes, tuple[str, bytes]]:
    """All files of a tree; each object has to be there."""
    assert repo.git("cat-file", "-t", tree) == b"tree\n"
    files = {}
    for line in repo.git("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, _, oid = head.decode().split()
        files[path] = (mode, repo.git("cat-file", "blob", oid))
    return files


def as_listed(files: Files) -> Files:
    """`files` with the modes that git lists, which hide old spellings."""
    return {path: (FILE if mode == GROUP_WRITABLE else mode, content) for path, (mode, content) in files.items()}


class Applied(NamedTuple):
    status: int
    files: dict[bytes, tuple[str, bytes]]
    conflicts: list[list[str]]
    err: str


def applied(repo: Repo, *options: str, patch: str = "base..theirs", target: str = "ours") -> Applied:
    """apply-tree, after checking the form of what it prints, and that it left everything as it was."""
    before = ground(repo)
    answer = dagpatch(repo.path, "apply-tree", *options, patch, target)
    assert ground(repo) == before
    tree, *rest = answer.lines
    assert repo.oid(tree) == tree
    conflicts = [line.split("\t") for line in rest]
    assert all(len(conflict) == 3 for conflict in conflicts)
    assert answer.status == (1 if conflicts else 0)
    operations = {operation["id"] for operation in document_of(repo, patch)["operations"]}
    assert {operation for _, operation, _ in conflicts} <= operations
    return Applied(answer.status, tree_files(repo, tree), conflicts, answer.err)


def document_of(repo: Repo, argument: str) -> dict[str, Any]:
    command = ["export", "--squash", "-o", "-", argument] if ".." in argument else ["show", "--json", argument]
    (document,) = dagpatch(repo.path, *command).documents
    return document


def test_a_patch_lands_beside_other_changes(repo: Repo) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines()), b"kept.txt": text("kept\n"), b"gone.txt": text("gone\n"), b"run": text("x\n")},
        theirs={
            b"a.txt": text(lines((2, "second"))),
            b"kept.txt": text("kept\n"),
            b"d/new.txt": text("new\n"),
            b"run": (SCRIPT, b"x\n"),
        },
        ours={
            b"a.txt": text(lines((10, "tenth"))),
            b"kept.txt": text("changed\n"),
            b"gone.txt": text("gone\n"),
            b"run": text("y\n"),
            b"d/own.txt": text("own\n"),
        },
    )
    assert applied(repo) == Applied(
        0,
        {
            b"a.txt": text(lines((2, "second"), (10, "tenth"))),
            b"d/new.txt": text("new\n"),
            b"d/own.txt": text("own\n"),
            b"kept.txt": text("changed\n"),
            b"run": (SCRIPT, b"y\n"),
        },
        [],
        "",
    )


def test_a_move_takes_the_changes_of_the_target_along(repo: Repo) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines())},
        theirs={b"d/b.txt": text(lines((2, "second")))},
        ours={b"a.txt": text(lines((10, "tenth"))), b"own": text("own\n")},
    )
    expected = {b"d/b.txt": text(lines((2, "second"), (10, "tenth"))), b"own": text("own\n")}
    assert applied(repo).files == expected


def test_every_argument_names_the_same_patch(repo: Repo, tmp_path: Path) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines())},
        theirs={b"a.txt": text(lines((2, "second")))},
        ours={b"a.txt": text(lines((10, "tenth")))},
    )
    (name,) = dagpatch(repo.path, "export", "-o", tmp_path / "p.json", "theirs").lines
    (archive,) = dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path / "p.tar", "theirs").lines
    repo.git("tag", "--annotate", "--message", "A tag", "annotated", "ours")
    expected = dagpatch(repo.path, "apply-tree", "base..theirs", "ours").out
    for patch in (name, archive, "theirs"):
        for target in ("annotated", repo.oid("ours^{tree}"), repo.oid("ours")):
            assert dagpatch(repo.path, "apply-tree", patch, target).out == expected
    assert dagpatch(repo.path, "apply-tree", "-", "ours", stdin=Path(name).read_bytes()).out == expected


def test_an_archive_lands_where_its_base_is_not_known(repo: Repo, tmp_path: Path) -> None:
    base = {b"a.txt": text(lines()), b"b.txt": text("b\n")}
    plant(repo, base=base, theirs=base | {b"a.txt": text(lines((2, "second")))}, ours=base)
    (archive,) = dagpatch(repo.path, "export", "--format", "tar", "-o", tmp_path / "p.tar", "theirs").lines
    other = Repo.init(tmp_path / "other")
    other.commit_tree({b"a.txt": text(lines((10, "tenth"))), b"other.txt": text("other\n")})
    answer = dagpatch(other.path, "apply-tree", archive, "HEAD")
    assert answer.status == 0
    assert tree_files(other, answer.lines[0]) == {
        b"a.txt": text(lines((2, "second"), (10, "tenth"))),
        b"other.txt": text("other\n"),
    }


@pytest.mark.parametrize("direction", ["base..theirs", "theirs..base", "base..alien", "alien..ours"])
def test_a_range_is_one_patch_whatever_the_ancestry(repo: Repo, direction: str) -> None:
    base = {b"a.txt": text(lines()), b"b.txt": text("b\n")}
    plant(repo, base=base, theirs=base | {b"a.txt": text(lines((2, "second")))}, ours=base)
    planted(repo, {b"c.txt": text("c\n"), b"b.txt": text("b\n")}, "alien")
    repo.git("symbolic-ref", "HEAD", "refs/heads/main")
    start, _, end = direction.partition("..")
    answer = dagpatch(repo.path, "apply-tree", direction, start)
    assert answer.lines == [repo.oid(f"{end}^{{tree}}")]
    assert answer.status == 0


def test_of_a_range_of_several_commits_only_the_ends_count(repo: Repo) -> None:
    history(repo, "A", "B", "C", "D")
    assert dagpatch(repo.path, "apply-tree", "main~3..main", "main~3").lines == [repo.oid("main^{tree}")]


def test_what_is_there_already_is_left_and_said(repo: Repo) -> None:
    base = {b"a.txt": text(lines()), b"gone": text("gone\n"), b"old": text(lines((1, "old")))}
    theirs = {b"a.txt": text(lines((2, "second"))), b"new": text("new\n"), b"moved": text(lines((1, "old")))}
    plant(repo, base=base, theirs=theirs, ours=theirs | {b"own": text("own\n")})
    for options in [(), ("--strategy", "ours"), ("--strategy", "theirs"), ("--strategy", "union")]:
        outcome = applied(repo, *options)
        assert outcome.status == 0
        assert outcome.files == theirs | {b"own": text("own\n")}
        assert "nothing changes" in outcome.err.lower()
    (document,) = dagpatch(repo.path, "apply-tree", "--json", "base..theirs", "ours").documents
    tree = repo.oid("ours^{tree}")
    nowhere: dict[str, list[str]] = {"reached": [], "unreached": [], "doubts": []}
    assert document == {"tree": tree, "target": tree, "unchanged": True, "conflicts": [], "settled": [], **nowhere}


def test_what_is_there_among_other_changes_is_said_too(repo: Repo) -> None:
    base, theirs = {b"a.txt": text(lines())}, {b"a.txt": text(lines((2, "second")))}
    plant(repo, base=base, theirs=theirs, ours={b"a.txt": text(lines((2, "second"), (10, "tenth")))})
    outcome = applied(repo)
    assert outcome.files == {b"a.txt": text(lines((2, "second"), (10, "tenth")))}
    assert "nothing changes" in outcome.err.lower()


class Collision(NamedTuple):
    """Trees that collide at `path`. The strategies ours and theirs make of them what these are."""

    trees: list[Files]
    """Base, the patch's, the target's."""
    reason: str
    manual: Files
    """With markers, where the file can have some."""
    union: Files | None
    """None where it is left in conflict."""
    path: str = "f"


def markers(ours: str, theirs: str, base: str | None = None, end: str = "\n") -> str:
    shown = "" if base is None else f"||||||| base of the patch{end}{base}"
    return f"<<<<<<< ours{end}{ours}{shown}======={end}{theirs}>>>>>>> base..theirs{end}"


def at(content: str | bytes, mode: str = FILE, path: bytes = b"f") -> Files:
    """A file, and another one beside it."""
    return {path: (mode, content.encode() if isinstance(content, str) else content), b"kept": text("kept\n")}


NOTHING: Files = {b"kept": text("kept\n")}
MINE, YOURS = lines((5, "ours")), lines((5, "theirs"))
MARKED = lines((5, markers("ours\n", "theirs\n").removesuffix("\n")))
BINARY = bytes(range(256))
CHANGED, ADDED = "changed by the patch and, differently, on the target", "added by the patch and, differently, on the"
WHOLE = "it can only be taken whole"

COLLISIONS = {
    "content": Collision(
        [at(lines()), at(YOURS), at(MINE)], CHANGED, manual=at(MARKED), union=at(lines((5, "ours\ntheirs")))
    ),
    "deleted by the patch": Collision(
        [at(lines()), NOTHING, at(MINE)], "deleted by the patch, modified", manual=at(MINE), union=at(MINE)
    ),
    "deleted on the target": Collision(
        [at(lines()), at(YOURS), NOTHING], "modified by the patch, deleted", manual=at(YOURS), union=at(YOURS)
    ),
    "added by both": Collision(
        [NOTHING, at("one\ntheirs\n"), at("one\nours\n")],
        ADDED,
        manual=at("one\n" + markers("ours\n", "theirs\n")),
        union=at("one\nours\ntheirs\n"),
    ),
    "mode": Collision(
        [at("x"), at("x", SCRIPT), at("x", GROUP_WRITABLE)],
        "the patch sets the mode 100755, the target has 100664",
        manual=at("x", GROUP_WRITABLE),
        union=None,
    ),
    "binary": Collision(
        [at(BINARY), at(BINARY + b"T"), at(BINARY + b"O")], WHOLE, manual=at(BINARY + b"O"), union=None
    ),
    "binary added by both": Collision(
        [NOTHING, at(BINARY + b"T"), at(BINARY + b"O")], WHOLE, manual=at(BINARY + b"O"), union=None
    ),
    "symlink": Collision(
        [at("base", LINK), at("theirs", LINK), at("ours", LINK)], WHOLE, manual=at("ours", LINK), union=None
    ),
    "symlink added by both": Collision(
        [NOTHING, at("theirs", LINK), at("ours", LINK)], WHOLE, manual=at("ours", LINK), union=None
    ),
    "symlink and file added": Collision(
        [NOTHING, at("theirs", LINK), at("ours")], WHOLE, manual=at("ours"), union=None
    ),
    "a symlink now, changed as a file": Collision(
        [at("x"), at("x", LINK), at("ours")], WHOLE, manual=at("ours"), union=None
    ),
    "changed as a file, a symlink now": Collision(
        [at("x"), at("theirs"), at("x", LINK)], WHOLE, manual=at("x", LINK), union=None
    ),
    "union that no longer parses": Collision(
        [at(f"def f({name}):\n    return 1\n", path=b"m.py") for name in ("", "b", "a")],
        CHANGED,
        manual=at(markers("def f(a):\n", "def f(b):\n") + "    return 1\n", path=b"m.py"),
        union=None,
        path="m.py",
    ),
    "CRLF": Collision(
        [at(f"a\r\n{line}\r\nc\r\n") for line in ("b", "theirs", "ours")],
        CHANGED,
        manual=at("a\r\n" + markers("ours\r\n", "theirs\r\n", end="\r\n") + "c\r\n"),
        union=at("a\r\nours\r\ntheirs\r\nc\r\n"),
    ),
    "last lines without end": Collision(
        [at(f"a\n{line}") for line in ("b", "theirs", "ours")],
        CHANGED,
        manual=at("a\n" + markers("ours\n", "theirs\n")),
        union=at("a\nours\ntheirs"),
    ),
}


@pytest.mark.parametrize("strategy", ["manual", "ours", "theirs", "union"])
@pytest.mark.parametrize("name", COLLISIONS)
def test_a_collision_by_each_strategy(repo: Repo, name: str, strategy: str) -> None:
    case = COLLISIONS[name]
    base, theirs, ours = case.trees
    plant(repo, base, theirs, ours)
    decided = {"manual": None, "ours": ours, "theirs": theirs, "union": case.union}[strategy]
    outcome = applied(repo, "--strategy", strategy)
    if decided is None:
        assert {path for path, _, _ in outcome.conflicts} == {case.path}
        assert case.reason in outcome.conflicts[-1][2]
    else:
        assert outcome.conflicts == []
    assert outcome.files == as_listed(case.manual if decided is None else decided)
    (document,) = dagpatch(repo.path, "apply-tree", "--json", "--strategy", strategy, "base..theirs", "ours").documents
    assert [[one["path"], one["operation"], one["reason"]] for one in document["conflicts"]] == outcome.conflicts
    assert document["unchanged"] is (outcome.conflicts == [] and document["tree"] == document["target"])


@pytest.mark.parametrize("strategy", ["manual", "ours", "theirs", "union"])
def test_a_move_onto_a_file_that_stands_there_overwrites_nothing(repo: Repo, strategy: str) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines())},
        theirs={b"b.txt": text(lines((2, "second")))},
        ours={b"a.txt": text(lines()), b"b.txt": text("mine\n")},
    )
    outcome = applied(repo, "--strategy", strategy)
    assert outcome.files[b"b.txt"] == text("mine\n")
    assert outcome.files[b"a.txt"] == text(lines((2, "second"))), (
        "The file stays where it is, with the patch's changes."
    )
    ((path, _, reason),) = outcome.conflicts
    assert (path, "b.txt" in reason) == ("b.txt", True)


def test_a_file_that_both_sides_move_is_not_lost_where_something_stands_in_its_way(repo: Repo) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines())},
        theirs={b"b.txt": text(lines((2, "second")))},
        ours={b"c.txt": text(lines()), b"b.txt": text("mine\n")},
    )
    outcome = applied(repo, "--strategy", "theirs")
    assert outcome.files == {b"b.txt": text("mine\n"), b"c.txt": text(lines((2, "second")))}
    ((path, _, reason),) = outcome.conflicts
    assert (path, "b.txt" in reason) == ("c.txt", True)


def test_a_file_that_the_target_deleted_is_not_taken_for_another_one_at_its_new_place(repo: Repo) -> None:
    plant(
        repo,
        base={b"a.txt": text(lines())},
        theirs={b"b.txt": text(lines())},
        ours={b"b.txt": text("something else\n")},
    )
    outcome = applied(repo)
    assert outcome.files == {b"b.txt": text("something else\n")}
    assert {(path, reason.startswith("moved by the patch, deleted")) for path, _, reason in outcome.conflicts} == {
        ("b.txt", True),
        ("b.txt", False),
    }


def test_what_the_patch_deletes_is_not_gone_where_the_target_moved_it(repo: Repo) -> None:
    kept = {b"z.txt": text("z\n")}
    plant(repo, base=kept | {b"a.txt": text(lines())}, theirs=kept, ours=kept | {b"b.txt": text(lines())})
    outcome = applied(repo)
    assert outcome.files == kept | {b"b.txt": text(lines())}
    assert [(path, "moved from a.txt" in reason) for path, _, reason in outcome.conflicts] == [("b.txt", True)]
    assert applied(repo, "--strategy", "theirs").files == kept


ALPHA = "".join(f"alpha {number}\n" for number in range(20))
BETA = "".join(f"beta {number}\n" for number in range(20))


def test_files_that_change_places_are_not_taken_for_each_other(repo: Repo) -> None:
    """a → b while c → a; the target deleted c, and its a is no c that had moved already."""
    plant(
        repo,
        base={b"a": text(ALPHA), b"c": text(BETA)},
        theirs={b"b": text(ALPHA), b"a": text(BETA)},
        ours={b"a": text(ALPHA)},
    )
    outcome = applied(repo)
    assert outcome.files == {b"a": text(BETA), b"b": text(ALPHA)}
    assert [(path, reason) for path, _, reason in outcome.conflicts] == [
        ("a", "moved by the patch, deleted on the target")
    ]


def test_a_file_that_arrives_where_an_equal_one_leaves_is_there(repo: Repo) -> None:
    """The target has at b what the patch brings there; but the patch takes that along as it moves b."""
    new = "x\0y\n"
    plant(
        repo,
        base={b"a": text(new), b"b": text(ALPHA)},
        theirs={b"a": text(ALPHA), b"b": text(new), b"n": text("n\n")},
        ours={b"a": text(new), b"b": text(new)},
    )
    kinds = [(operation["type"], operation["target"]) for operation in document_of(repo, "base..theirs")["operations"]]
    assert sorted(kinds) == [("create", "b"), ("create", "n"), ("delete", "a"), ("move", "a")]
    assert applied(repo).files == {b"a": text(new), b"b": text(new), b"n": text("n\n")}


SHAPES: dict[str, tuple[Files, Files, Files, bytes]] = {
    "a file where the patch needs a directory": (
        *(NOTHING, NOTHING | {b"d/x": text("new\n")}, NOTHING | {b"d": text("mine\n")}),
        b"d",
    ),
    "a link where the patch needs a directory": (
        *(NOTHING, NOTHING | {b"d/x": text("new\n")}, NOTHING | {b"d": (LINK, b"/etc")}),
        b"d",
    ),
    "a directory where the patch puts a file": (
        *(NOTHING, NOTHING | {b"d": text("new\n")}, NOTHING | {b"d/x": text("mine\n")}),
        b"d/x",
    ),
    "a file that becomes a directory, changed": (
        *({b"d": text(lines())}, {b"d/x": text("new\n")}, {b"d": text(MINE)}),
        b"d",
    ),
}


@pytest.mark.parametrize("strategy", ["manual", "ours", "union"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_file_is_no_directory(repo: Repo, name: str, strategy: str) -> None:
    base, theirs, ours, kept = SHAPES[name]
    plant(repo, base, theirs, ours)
    outcome = applied(repo, "--strategy", strategy)
    assert outcome.files[kept] == ours[kept], "What the target has there is kept."
    assert outcome.conflicts


def test_a_file_that_becomes_a_directory_does_so_elsewhere(repo: Repo) -> None:
    plant(
        repo,
        base={b"d": text(lines()), b"e/x": text("x\n")},
        theirs={b"d/x": text(lines()), b"e": text("file\n")},
        ours={b"d": text(lines((2, "second"))), b"e/x": text("x\n"), b"own": text("own\n")},
    )
    expected = {b"d/x": text(lines((2, "second"))), b"e": text("file\n"), b"own": text("own\n")}
    assert applied(repo).files == expected


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_markers_have_the_style_that_git_is_configured_to(repo: Repo, style: str) -> None:
    plant(
        repo,
        base=at("a\nb\nc\nd\n"),
        theirs=at("a\nsame\ntheirs\nd\n"),
        ours=at("a\nsame\nours\nd\n"),
    )
    repo.git("config", "merge.conflictStyle", style)
    marked = {
        "merge": "same\n" + markers("ours\n", "theirs\n"),
        "diff3": markers("same\nours\n", "same\ntheirs\n", "b\nc\n"),
        "zdiff3": "same\n" + markers("ours\n", "theirs\n", "b\nc\n"),
    }[style]
    assert applied(repo).files == at(f"a\n{marked}d\n")
    repo.git("config", "merge.conflictStyle", "nonsense")
    assert applied(repo).status == 1, "An unknown style is the usual one."


def test_clashes_of_two_operations_each_name_their_own(repo: Repo) -> None:
    module = "def f():\n    return 1\n\n\nclass A:\n    x = 1\n\n\ndef g():\n    return 2\n"
    plant(
        repo,
        base={b"m.py": text(module)},
        theirs={b"m.py": text(module.replace("return 1", "return 10").replace("return 2", "return 20"))},
        ours={b"m.py": text(module.replace("return 1", "return 100").replace("return 2", "return 200"))},
    )
    outcome = applied(repo)
    targets = {op["id"]: op["target"] for op in document_of(repo, "base..theirs")["operations"]}
    assert [targets[operation] for _, operation, _ in outcome.conflicts] == ["m.py:f", "m.py:g"]
    (document,) = dagpatch(repo.path, "apply-tree", "--json", "base..theirs", "ours").documents
    shown = outcome.files[b"m.py"][1].decode().splitlines()
    for conflict in document["conflicts"]:
        first, last = conflict["lines"]
        assert shown[first - 1].startswith("<<<<<<<")
        assert shown[last - 1].startswith(">>>>>>>")


def test_odd_paths_in_conflict_lines_are_encoded(repo: Repo) -> None:
    path = b"a\tb\nc\xff:d"
    plant(repo, {path: text(lines())}, {path: text(YOURS)}, {path: text(MINE)})
    ((shown, _, _),) = applied(repo).conflicts
    assert shown == "a%09b%0Ac%FF%3Ad"


def test_one_patch_is_applied_to_a_tree(repo: Repo) -> None:
    history(repo, "First", "Second", "Third")
    documents = dagpatch(repo.path, "export", "-o", "-", "HEAD~2..HEAD").out
    before = contents(repo.path)
    answer = dagpatch(repo.path, "apply-tree", "-", "HEAD", stdin=documents)
    assert answer.status == 2
    assert answer.out == b""
    assert contents(repo.path) == before


def test_apply_tree_in_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    plant(repo, at(lines()), at(YOURS), at(MINE))
    bare = Repo(tmp_path / "bare")
    repo.git("clone", "--quiet", "--bare", ".", bare.path)
    before = without_objects(contents(bare.path))
    answer = dagpatch(bare.path, "apply-tree", "base..theirs", "ours")
    assert answer.status == 1
    assert answer.out == dagpatch(repo.path, "apply-tree", "base..theirs", "ours").out
    assert tree_files(bare, answer.lines[0]) == at(MARKED)
    assert without_objects(contents(bare.path)) == before
