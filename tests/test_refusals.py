"""Operations that do not fit, and graphs that lack an edge: refused, whole, and in a sentence."""

from __future__ import annotations

import base64

import pytest
import zstandard

from git_dagpatch.model.errors import DagpatchError, InvalidPatch, WrongBase
from git_dagpatch.operations import binary_delta
from tests.documents import Fields, copy, create, delete, delta, edit, executed, mode, move, whitespace
from tests.trees import Files, script, text

BASE: Files = {
    b"a": text(b"one\ntwo\nthree\nfour\n"),
    b"b": text(b"x\n"),
    b"open": text(b"one\ntwo"),
    b"d/e": text(b"y\n"),
}

WRONG = {
    "create over a file": create("a"),
    "create over a directory": create("d"),
    "create below a file": create("a/x"),
    "move onto a file": move("b", "a"),
    "move onto a directory": move("b", "d"),
    "copy onto a file": copy("b", "a"),
    "copy onto itself": copy("b", "b"),
    "delete nothing": delete("none"),
    "delete a directory": delete("d"),
    "move nothing": move("none", "c"),
    "move a directory": move("d", "c"),
    "copy nothing": copy("none", "c"),
    "mode of nothing": mode("none", "100755"),
    "mode of a directory": mode("d", "100755"),
    "mode that git has not": mode("a", "100777 "),
    "mode of a device": mode("a", "020000"),
    "mode with a sticky bit": mode("a", "101644"),
    "mode of an odd directory": mode("d", "40755"),
    "no mode": mode("a", ""),
    "text becomes a submodule": mode("a", "160000"),
    "submodule of no commit": create("s") | {"mode": "160000", "content": "Subproject commit 123\n"},
    "submodule of a commit in capitals": create("s") | {"mode": "160000", "content": "A" * 40},
    "create with a directory's mode": create("c") | {"mode": "40000"},
    "base64 that is none": create("c") | {"content": {"base64": "a"}},
    "base64 that is not ASCII": create("c") | {"content": {"base64": "éé=="}},
    "edit nothing": edit("none:", (1, ["+x\n"])),
    "edit a directory": edit("d:", (1, ["+x\n"])),
    "another removed line": edit("a:", (1, ["-two\n"])),
    "another context line": edit("a:", (1, [" two\n", "+x\n"])),
    "context without its end": edit("a:", (4, [" four", "+x\n"])),
    "removed line past the end": edit("a:", (4, [" four\n", "-five\n"])),
    "hunk at line 0": edit("a:", (0, ["+x\n"])),
    "hunk at a negative line": edit("a:", (-1, ["+x\n"])),
    "hunk far past the end": edit("a:", (6, ["+x\n"])),
    "hunk past all ends": edit("a:", (10**30, ["+x\n"])),
    "line without a mark": edit("a:", (1, ["one\n"])),
    "line with a mark that is none": edit("a:", (1, ["\\ No newline at end of file"])),
    "empty line": edit("a:", (1, [""])),
    "mark alone": edit("a:", (1, ["+"])),
    "two lines in one": edit("a:", (1, ["+x\ny\n"])),
    "line without its end amid the text": edit("a:", (1, ["+x"])),
    "line without its end before a removed one": edit("a:", (3, ["+x", "-three\n"])),
    "line after a last one without its end": edit("open:", (2, [" two", "+x\n"])),
    "line beyond a last one without its end": edit("open:", (3, ["+x\n"])),
    "hunks out of order": edit("a:", (3, ["-three\n"]), (1, ["-one\n"])),
    "hunks that overlap": edit("a:", (1, ["-one\n", "-two\n"]), (2, ["-two\n"])),
    "hunks that touch": edit("a:", (1, ["-one\n"]), (2, ["-two\n"])),
    "twice the same hunk": edit("a:", (2, ["+x\n"]), (2, ["+x\n"])),
    "no footprint": {key: value for key, value in whitespace("a").items() if key != "footprint"},
    "footprint lets a file go": whitespace("a") | {"footprint": {"a": None}},
    "footprint in nothing": whitespace("none", [0, 0, "x"]),
    "footprint past the end": whitespace("a", [0, 20, ""]),
    "insertion past the end": whitespace("a", [20, 0, "x"]),
    "footprint past all ends": whitespace("a", [10**30, 1, ""]),
    "negative skip": whitespace("a", [-1, 1, ""]),
    "negative length": whitespace("a", [5, -2, ""]),
    "spans that touch": whitespace("a", [0, 1, ""], [0, 1, ""]),
    "spans that overlap": whitespace("a", [3, 2, ""], [-1, 1, ""]),
    "second span past the end": whitespace("a", [0, 1, ""], [18, 1, ""]),
    "delta for another content": delta(b"else", b"new"),
    "delta with another result": delta(BASE[b"a"].content, b"new") | {"after": "0" * 64},
    "delta of an unknown codec": delta(BASE[b"a"].content, b"new") | {"codec": "xdelta"},
    "delta that is no delta": delta(BASE[b"a"].content, b"new") | {"delta": "text"},
    "delta of nothing": delta(BASE[b"a"].content, b"new") | {"delta": ""},
    "delta that was cut off": delta(BASE[b"a"].content, b"new" * 99) | {"delta": {"base64": "KLUv/SAE"}},
}


@pytest.mark.parametrize("operation", WRONG.values(), ids=WRONG.keys())
def test_an_operation_that_does_not_fit_is_refused(operation: Fields) -> None:
    with pytest.raises((InvalidPatch, WrongBase)):
        executed(BASE, operation)


def test_a_delta_that_swells_is_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = delta(BASE[b"a"].content, bytes(1_000_000))
    monkeypatch.setattr(binary_delta, "MAX_CONTENT", 999_999)
    with pytest.raises(InvalidPatch, match="size"):
        executed(BASE, bomb)
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(100))
    with pytest.raises(InvalidPatch, match="size"):
        executed(BASE, bomb | {"delta": {"base64": base64.b64encode(unsized).decode()}})


def test_the_whole_of_a_patch_is_refused_or_done() -> None:
    with pytest.raises(WrongBase):
        executed(BASE, create("fine"), delete("none"))


def test_every_refusal_tells_what_is_wrong_in_a_sentence() -> None:
    for operation in WRONG.values():
        with pytest.raises(DagpatchError) as caught:
            executed(BASE, operation)
        assert caught.value.message.endswith("."), caught.value.message
        assert caught.value.message[0].isupper()


# Graphs that lack an edge

COLLIDING = {
    "insert at one place": (whitespace("a", [1, 0, "x"]), whitespace("a", [1, 0, "y"])),
    "change neighbouring bytes": (whitespace("a", [1, 1, "x"]), whitespace("a", [2, 1, "y"])),
    "insert beside a removal": (whitespace("a", [1, 2, ""]), whitespace("a", [3, 0, "y"])),
    "change neighbouring lines": (edit("a:", (1, ["-one\n"])), edit("a:", (2, ["-two\n"]))),
    "change the mode": (mode("a", "100755"), mode("a", "100664")),
    "spell a directory": (mode("d", "040000"), mode("d", "40000")),
    "delete a file": (delete("a"), delete("a")),
    "delete and edit": (delete("a"), edit("a:", (1, ["-one\n"]))),
    "delete and set the mode": (delete("a"), mode("a", "100755")),
    "delete and move": (delete("a"), move("a", "c")),
    "move to two places": (move("a", "c"), move("a", "e")),
    "move to one place": (move("a", "c"), move("b", "c")),
    "create a file": (create("c"), create("c")),
    "create a file and one below it": (create("c"), create("c/d")),
    "create a file and move one above it": (create("c/d"), move("a", "c")),
    "copy and create": (copy("a", "c"), create("c")),
    "make room and use it": (delete("a"), create("a")),
    "make room by moving and use it": (move("a", "c"), create("a")),
    "make room by emptying a directory and use it": (delete("d/e"), create("d")),
}


@pytest.mark.parametrize("pair", COLLIDING.values(), ids=COLLIDING.keys())
def test_two_operations_that_touch_one_place_need_an_edge(pair: tuple[Fields, Fields]) -> None:
    for order in (pair, pair[::-1]):
        with pytest.raises((InvalidPatch, WrongBase)):
            executed(BASE, *order)


def test_far_operations_that_touch_one_place_need_an_edge() -> None:
    """Neither the operations nor what they need know of each other."""
    first = [edit("a:", (1, ["-one\n", "+1\n"])), edit("a:", (1, ["-1\n", "+uno\n"]), needs=["#0"])]
    second = [edit("a:", (4, ["-four\n"])), edit("a:", (2, ["-two\n"]), needs=["#2"])]
    with pytest.raises(InvalidPatch, match="neither depends on the other"):
        executed(BASE, *first, *second)


def test_with_the_edge_they_are_executed() -> None:
    made = executed(
        BASE,
        delete("a"),
        create("a", "#0"),
        edit("a:", (1, ["-new\n", "+newer\n"]), needs=["#1"]),
        mode("a", "100755", "#1"),
        move("a", "d/a", "#1"),
        delete("b"),
    )
    assert made == {b"d/a": script(b"newer\n"), b"d/e": BASE[b"d/e"], b"open": BASE[b"open"]}
