"""Documents from outside: what is read, what is kept, and what is refused before it does harm."""

from __future__ import annotations

import base64

import msgspec
import pytest
import zstandard

from git_dagpatch.engine.execute import execute
from git_dagpatch.model import codec, dag
from git_dagpatch.model.codec import decode, encode
from git_dagpatch.model.errors import InvalidPatch, UnknownKind, WrongBase
from git_dagpatch.model.ids import transform_id
from git_dagpatch.model.objects import Objects
from git_dagpatch.model.operation import Unknown
from tests.documents import GOOD, copy, create, delete, delta, document, edit, executed, mode, move, whitespace
from tests.trees import File, Files, submodule, symlink, text, tree_id, tree_of

# Reading

MALFORMED = {
    "empty": b"",
    "not UTF-8": b'{"format": "\xff"}',
    "half a surrogate pair": document(delete("x")).replace(b'"x"', b'"\\ud800"'),
    "not a number of JSON": document(x=1).replace(b'"x":1', b'"x":NaN'),
    "a number that no float holds": document(x=1).replace(b'"x":1', b'"x":1e999'),
    "two documents": GOOD + GOOD,
    "null": b"null",
    "a list": b"[]",
    "no format": b'{"operations": []}',
    "a format that is no text": document(format=1),
    "a later version": document(format="dagpatch/2"),
    "no operations": document(operations=None),
    "operations by name": document(operations={}),
    "no base": document(base=None),
    "metadata in a list": document(metadata=[]),
    "unknown field of the author": document(metadata={"author": {"name": "", "email": "", "date": "", "x": 1}}),
    "author without date": document(metadata={"author": {"name": "", "email": ""}}),
    "generator of numbers": document(metadata={"generator": {"python": 3}}),
    "operation that is none": document(operations=[1]),
    "operation without type": document({"target": "a"}),
    "operation with a type that is no text": document({"type": 1}),
    "no target": document({"type": "delete"}),
    "target that is no text": document({"type": "delete", "target": 1}),
    "mode as a number": document(create("a") | {"mode": 100644}),
    "content in a list": document(create("a") | {"content": ["x"]}),
    "content with more than base64": document(create("a") | {"content": {"base64": "", "x": 1}}),
    "edges by name": document(delete("a") | {"depends_on": {}}),
    "edges by number": document(delete("a"), delete("b") | {"depends_on": [0]}),
    "unknown kind with edges by number": document({"type": "later", "depends_on": [0]}),
    "reasons in a list": document(delete("a") | {"because": []}),
    "confidence as text": document(delete("a") | {"confidence": "high"}),
    "hunks by name": document(edit("a") | {"hunks": {}}),
    "hunk with an unknown field": document(edit("a") | {"hunks": [{"at": 1, "lines": [], "x": 1}]}),
    "hunk at half a line": document(edit("a") | {"hunks": [{"at": 1.5, "lines": []}]}),
    "span of two": document(whitespace("a", [1, 2])),
    "span of four": document(whitespace("a", [1, 2, "", ""])),
    "span at half a byte": document(whitespace("a", [0.5, 1, ""])),
    "transform with an unknown field": document(whitespace("a") | {"transform": {"name": "x", "x": 1}}),
    "unknown dependency": document(delete("a", "e" * 40)),
    "dependency on a place beyond the end": document(delete("a", "#1")),
    "dependency on a place before the start": document(delete("a", "#-1")),
    "dependency on no place": document(delete("a", "#")),
    "dependency on a very far place": document(delete("a", "#" + "9" * 5000)),
    "dependency on itself": document(delete("a", "#0")),
    "circle": document(delete("a", "#2"), delete("b", "#0"), delete("c", "#1")),
    "reason for an unknown dependency": document(delete("a") | {"because": {"e" * 40: "why"}}),
    "wrong id of an operation": document(delete("a") | {"id": "e" * 40}),
    "wrong id of the patch": document(id="e" * 40),
    "id that is no text": document(id=1),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPatch):
        decode(data)


def test_a_document_that_was_cut_off_is_refused() -> None:
    assert decode(GOOD).operations
    for length in range(len(GOOD)):
        with pytest.raises(InvalidPatch):
            decode(GOOD[:length])


def test_a_later_version_is_named_with_the_way_out() -> None:
    with pytest.raises(InvalidPatch, match=r"dagpatch/2.*dagpatch/1") as caught:
        decode(document(format="dagpatch/2"))
    assert "newer" in caught.value.hint


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(codec, "MAX_DOCUMENT", len(GOOD))
        decode(GOOD)
        with pytest.raises(InvalidPatch, match="bytes"):
            decode(GOOD + b" ")
    with monkeypatch.context() as patched:
        patched.setattr(codec, "MAX_OPERATIONS", 2)
        decode(GOOD)
        with pytest.raises(InvalidPatch, match="3 operations"):
            decode(document(create("a"), create("b"), create("c")))
    monkeypatch.setattr(dag, "_MAX_CLOSURE_BITS", 100)
    chain = [delete(f"f{n}", *([f"#{n - 1}"] if n else [])) for n in range(30)]
    decode(document(*chain[:10]))
    with pytest.raises(InvalidPatch, match="graph"):
        decode(document(*chain))


@pytest.mark.parametrize("depth", [200, 990, 995, 100_000])
@pytest.mark.parametrize("place", ["patch", "metadata", "operation", "content", "kind"])
def test_a_deeply_nested_document_is_refused(depth: int, place: str) -> None:
    """Also where the reader of JSON just manages it, and the writer, deeper in the program, would not."""
    wholes = {
        "patch": document(x="DEEP"),
        "metadata": document(metadata={"x": "DEEP"}),
        "operation": document(delete("a") | {"x": "DEEP"}),
        "content": document(create("a") | {"content": "DEEP"}),
        "kind": document({"type": "later", "x": "DEEP"}),
    }
    deep = b'{"a":[' * (depth // 2) + b"]}" * (depth // 2)
    with pytest.raises(InvalidPatch):
        encode(decode(wholes[place].replace(b'"DEEP"', deep)))


# What is kept


def test_an_unknown_kind_is_kept_and_not_executed() -> None:
    later = {"type": "later", "target": "a.json", "mutations": [], "footprint": {"a.py": [[1, 2, "x"]]}}
    patch = decode(document(create("a"), later | {"depends_on": ["#0"], "intent": "why", "because": {"#0": "so"}}))
    unknown = patch.operations[1]
    assert isinstance(unknown, Unknown)
    assert (unknown.type, unknown.intent) == ("later", "why")
    assert msgspec.json.decode(encode(patch))["operations"][1].items() >= later.items()
    assert decode(encode(patch)) == patch
    with pytest.raises(UnknownKind, match="later"):
        execute(patch.operations, tree_of({}), Objects())
    known = execute(patch.operations, tree_of({}), Objects(), chosen=1)
    assert known.id == tree_id({b"a": text(b"new\n")})


@pytest.mark.parametrize("name", ["extra", "type", "x", "", "unknown", "tag"])
def test_an_unknown_field_is_kept_wherever_it_stands(name: str) -> None:
    value = [{"a": None}, 1, 10**30, 0.1, "é", True]
    operation = delete("a") | ({name: value} if name != "type" else {})
    again = msgspec.json.decode(encode(decode(document(operation, **{name: value}, metadata={name: value}))))
    assert again[name] == again["metadata"][name] == value
    assert name == "type" or again["operations"][0][name] == value


def test_a_dependency_may_name_a_place() -> None:
    operations = decode(
        document(delete("a", "#1", "#2"), delete("b"), delete("c", "#1") | {"because": {"#1": "x"}})
    ).operations
    ids = [operation.id for operation in operations]
    assert operations[0].depends_on == ids[1:]
    assert operations[2].depends_on == [ids[1]]
    assert operations[2].because == {ids[1]: "x"}


def test_equal_operations_are_told_apart_by_counting() -> None:
    first, second = decode(document(delete("a"), delete("a", "#0"))).operations
    assert first.id != second.id
    assert transform_id(first) == transform_id(second)


def test_how_a_delta_was_compressed_is_no_part_of_an_id() -> None:
    before, after = b"before" * 20, b"after" * 100
    dictionary = zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    other = zstandard.ZstdCompressor(level=1, dict_data=dictionary).compress(after)
    versions = [delta(before, after), delta(before, after) | {"delta": {"base64": base64.b64encode(other).decode()}}]
    assert versions[0]["delta"] != versions[1]["delta"]
    assert executed({b"a": text(before)}, versions[1]) == {b"a": text(after)}
    assert len({decode(document(version)).operations[0].id for version in versions}) == 1
    assert len({decode(document(version)).operations[0].id for version in (delta(before, b"x"), versions[0])}) == 2


def test_ids_are_those_of_the_first_release() -> None:
    """Patches are kept for years, so what an id covers cannot change in silence."""
    patch = decode(
        document(
            create("a%3Ab"),
            delete("old") | {"description": "Anything", "confidence": 0.5},
            move("x", "y", "#1"),
            mode("y", "100755", "#2"),
            whitespace("y", [3, 1, ""], needs=["#2"]),
            {"type": "later", "é": [1.5, None]},
            metadata={"message": "m", "author": {"name": {"base64": "/w=="}, "email": "e", "date": "1 +0000"}},
        )
    )
    assert [operation.id for operation in patch.operations] == [
        "d2269ab1e2201c79684abd098066a31705dbce94",
        "7dab2ef754471d0a3aa20b07a7718f54ac47c825",
        "3d063061d27b02195af5d164b44bb8c8567f12bc",
        "a4af39ee26ac14caca158787ea073e59cc7db470",
        "ee9a3815fb7423cd848dd67f02e5de2754df9675",
        "0b7ac1ceb91dff4e1946c6058b37abf56cffd8ba",
    ]
    assert patch.id == "cc1f04c8c62bb71b818a192059092427439f77f3"


# Paths

OUTSIDE = [
    *("", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b", "a//b", "a/", "a%00b"),
    *(".git", ".git/config", "a/.git/hooks/x", ".GIT", ".Git/x", "GIT~1", "git~1/config", "x/gIt~1"),
    *(
        ".git.",
        ".git...",
        ".git ",
        ".git . .",
        ".git /x",
        "git~1 .",
        ".g\u200cit",
        "\u200e.git",
        ".git\ufeff/x",
        ".G\u202eIT",
    ),
    *(
        "a\\.git",
        "a\\.git\\x",
        ".git\\x",
        "git~1\\x",
        ".git%3A%3A$INDEX_ALLOCATION",
        ".git%3A%3A$INDEX_ALLOCATION/x",
        ".git %3Ax",
    ),
]
OTHERWISE_WRITTEN = [
    "%61",
    "a%2Fb",
    "%2e%2e",
    "a%3ab",
    "a%ff",
    "caf%C3%A9",
    "%2",
    "100%",
    "%zz",
    "a\nb",
    "a\x7f",
    "%25%3a",
]


@pytest.mark.parametrize("path", OUTSIDE + OTHERWISE_WRITTEN)
def test_a_path_that_is_unsafe_or_not_canonical_is_refused(path: str) -> None:
    base: Files = {b"a": text(b"x\n")}
    ways = [
        create(path),
        delete(path),
        move("a", path),
        move(path, "b"),
        copy("a", path),
        copy(path, "b"),
        mode(path, "100755"),
    ]
    for operation in [*ways, mode(path, "40000"), whitespace(path, [0, 1, ""]), delta(b"", b"") | {"target": path}]:
        with pytest.raises(InvalidPatch):
            executed(base, operation)
    with pytest.raises(InvalidPatch):
        executed(base, edit(f"{path}:symbol", (1, ["+x\n"])))


@pytest.mark.parametrize(
    "path", [".gitignore", "git", ".gitx", "a.git", "%25", "x%3Ay", "git~2", "...", " ", "~", "C%3A", "é\u200c"]
)
def test_a_path_that_only_looks_odd_is_written(path: str) -> None:
    assert len(executed({}, create(path))) == 1


@pytest.mark.parametrize("link", [symlink(b"d"), text(b"x\n"), submodule("a")], ids=["symlink", "file", "submodule"])
@pytest.mark.parametrize("below", ["l/new", "l/deep/er/new"])
def test_nothing_is_written_through_what_is_no_directory(link: File, below: str) -> None:
    base = {b"l": link, b"d/f": text(b"x\n"), b"f": text(b"x\n")}
    for operation in (create(below), move("f", below), copy("f", below), create("d/f/x"), create("d"), move("f", "d")):
        with pytest.raises(WrongBase):
            executed(base, operation)
    for operation in (
        delete("l/f"),
        edit("l/f:", (1, ["-x\n"])),
        mode("l/f", "100755"),
        move("l/f", "g"),
        copy("l/f", "g"),
    ):
        with pytest.raises(WrongBase):
            executed(base, operation)


def test_a_link_that_the_patch_makes_itself_is_no_way_out_either() -> None:
    link = create("l") | {"mode": "120000", "content": "/etc"}
    for operation in (create("l/x", "#0"), create("l/x")):
        with pytest.raises((WrongBase, InvalidPatch)):
            executed({}, link, operation)
