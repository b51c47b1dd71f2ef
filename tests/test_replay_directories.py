"""Directories that one side moved: new files of the other side go along."""

from __future__ import annotations

from tests.replaying import Texts, merged, texts


def module(name: str) -> str:
    return "".join(f"{name}_{number} = {number}\n" for number in range(9))


BASE = (
    {f"old/{name}.py": module(name) for name in "abc"}
    | {"old/__init__.py": "NAME = 'old'\n"}
    | {"old/sub/d.py": module("d"), "top.py": module("top")}
)
MOVED = {path.replace("old/", "new/"): text for path, text in BASE.items()}


def both(one: Texts, other: Texts, base: Texts = BASE) -> Texts:
    """The merge of two trees, whichever is the patch's."""
    found, swapped = merged(base, one, other), merged(base, other, one)
    assert not found.conflicts
    assert not swapped.conflicts
    assert found.tree.id == swapped.tree.id
    assert [(reach.path, reach.line) for reach in found.reached] == [(r.path, r.line) for r in swapped.reached]
    return texts(found.tree) | {f"reached {reach.path.decode()}": "" for reach in found.reached}


def test_a_new_file_goes_along() -> None:
    found = both(MOVED, BASE | {"old/e.py": module("e")})
    assert found == MOVED | {"new/e.py": module("e"), "reached new/e.py": ""}


def test_a_new_file_further_down_goes_along() -> None:
    found = both(MOVED, BASE | {"old/sub/e.py": module("e"), "old/other/f.py": module("f")})
    assert found == MOVED | {
        "new/sub/e.py": module("e"),
        "new/other/f.py": module("f"),
        "reached new/sub/e.py": "",
        "reached new/other/f.py": "",
    }


def test_a_directory_that_still_has_files_did_not_move() -> None:
    moved = {path: text for path, text in MOVED.items() if path != "new/c.py"} | {"old/c.py": BASE["old/c.py"]}
    found = both(moved, BASE | {"old/e.py": module("e")})
    assert found == moved | {"old/e.py": module("e")}


def test_files_that_went_to_two_directories_tell_nothing() -> None:
    base = {"old/a.py": module("a"), "old/b.py": module("b"), "top.py": module("top")}
    moved = {"one/a.py": module("a"), "other/b.py": module("b"), "top.py": module("top")}
    found = both(moved, base | {"old/e.py": module("e")}, base)
    assert found == moved | {"old/e.py": module("e")}


def test_a_place_that_is_taken_is_a_conflict() -> None:
    taken = MOVED | {"new/e.py": module("other")}
    new = BASE | {"old/e.py": module("e")}
    for found in (merged(BASE, new, taken), merged(BASE, taken, new)):
        (conflict,) = found.conflicts
        assert conflict.path == b"new/e.py"
        made = texts(found.tree)
        assert "old/e.py" not in made
        assert "e_1 = 1" in made["new/e.py"]
        assert "other_1 = 1" in made["new/e.py"]


def test_applied_twice_nothing_changes() -> None:
    new = BASE | {"old/e.py": module("e")}
    once = texts(merged(BASE, MOVED, new).tree)
    again = merged(BASE, once, new)
    assert texts(again.tree) == once
    assert again.changes_nothing
    assert not again.reached


def test_imports_in_what_goes_along_follow() -> None:
    found = both(MOVED, BASE | {"old/e.py": "from old.a import a_1\nfrom .b import b_1\n"})
    assert found["new/e.py"] == "from new.a import a_1\nfrom .b import b_1\n"
