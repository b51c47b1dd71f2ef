"""Merging by syntax trees: sets, statements, and what would be there twice."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from git_dagpatch.languages import language_of
from git_dagpatch.languages.markup import doubled_attributes
from git_dagpatch.languages.settings import doubled_settings
from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.merging.structure.order import Unmerged, merged_order
from git_dagpatch.model.strategy import MergeOptions, Policy, Strategy
from git_dagpatch.porcelain.merge_file import merge_file

_WORD = re.compile(r"\w+")
_ALL = (Policy.IMPORTS, Policy.MEMBERS, Policy.TOKENS)

_MERGED = {
    "imports of Java": (
        "A.java",
        "import a.A;\n\nclass B {}\n",
        "import a.A;\nimport b.B;\n\nclass B {}\n",
        "import a.A;\nimport c.C;\n\nclass B {}\n",
        "import a.A;\nimport b.B;\nimport c.C;\n\nclass B {}\n",
    ),
    "methods of Java, with their comments": (
        "A.java",
        "class A {\n    int a;\n}\n",
        "class A {\n    int a;\n\n    /** b */\n    void b() {\n    }\n}\n",
        "class A {\n    int a;\n\n    // c\n    void c() {\n    }\n}\n",
        "class A {\n    int a;\n\n    /** b */\n    void b() {\n    }\n\n    // c\n    void c() {\n    }\n}\n",
    ),
    "the same modifier of Java, in two places": (
        "A.java",
        "class A {\n    static int a() { return 1; }\n}\n",
        "class A {\n    final static int a() { return 1; }\n}\n",
        "class A {\n    static final int a() { return 2; }\n}\n",
        "class A {\n    final static int a() { return 2; }\n}\n",
    ),
    "one side takes an exception away": (
        "A.java",
        "class A { void a() throws B, C {} }\n",
        "class A { void a() throws C {} }\n",
        "class A { void a() throws B, C, D {} }\n",
        "class A { void a() throws C, D {} }\n",
    ),
    "an exception takes the place of the first": (
        "A.java",
        "class A { void a() throws B {} }\n",
        "class A { void a() throws B, D {} }\n",
        "class A { void a() throws C {} }\n",
        "class A { void a() throws D, C {} }\n",
    ),
    "interfaces where there were none": (
        "A.java",
        "class A {\n}\n",
        "class A implements B {\n}\n",
        "class A implements C {\n}\n",
        "class A implements B, C {\n}\n",
    ),
    "names that TypeScript imports": (
        "a.ts",
        'import { a } from "m";\n',
        'import { a, b } from "m";\n',
        'import { a, c } from "m";\n',
        'import { a, b, c } from "m";\n',
    ),
    "members of an interface of TypeScript": (
        "a.ts",
        "interface A {\n  a: string;\n}\n",
        "interface A {\n  a: string;\n  b: string;\n}\n",
        "interface A {\n  a: string;\n  c(): void;\n}\n",
        "interface A {\n  a: string;\n  b: string;\n  c(): void;\n}\n",
    ),
    "keys of JavaScript, one of them gone": (
        "a.js",
        "f({ a: 1, b: 2 });\n",
        "f({ b: 2 });\n",
        "f({ a: 1, b: 2, c: 3 });\n",
        "f({ b: 2, c: 3 });\n",
    ),
    "a comma at the end": (
        "a.rs",
        "struct A {\n    a: u8\n}\n",
        "struct A {\n    a: u8,\n    b: u8,\n}\n",
        "struct A {\n    a: u8,\n    c: u8\n}\n",
        "struct A {\n    a: u8,\n    b: u8,\n    c: u8,\n}\n",
    ),
    "bounds of Rust": (
        "a.rs",
        "fn a<T: A>() {}\n",
        "fn a<T: A + B>() {}\n",
        "fn a<T: A + C>() {}\n",
        "fn a<T: A + B + C>() {}\n",
    ),
    "one side sorts, the other adds": (
        "a.rs",
        "use b;\nuse a;\n",
        "use a;\nuse b;\n",
        "use b;\nuse a;\nuse c;\n",
        "use a;\nuse b;\nuse c;\n",
    ),
    "both take away and add the same": (
        "a.go",
        'package a\n\nimport (\n\t"a"\n\t"b"\n)\n',
        'package a\n\nimport (\n\t"a"\n\t"c"\n)\n',
        'package a\n\nimport (\n\t"a"\n\t"c"\n\t"b"\n)\n',
        'package a\n\nimport (\n\t"a"\n\t"c"\n)\n',
    ),
    "fields of C++": (
        "a.cpp",
        "struct a {\n    int b;\n};\n",
        "struct a {\n    int b;\n    int c;\n};\n",
        "struct a {\n    int b;\n    int *d;\n};\n",
        "struct a {\n    int b;\n    int c;\n    int *d;\n};\n",
    ),
    "functions of one name and other parameters": (
        "a.cs",
        "class A\n{\n    void B() {}\n}\n",
        "class A\n{\n    void B() {}\n    void B(int c) {}\n}\n",
        "class A\n{\n    void B() {}\n    void B(string c) {}\n}\n",
        "class A\n{\n    void B() {}\n    void B(int c) {}\n    void B(string c) {}\n}\n",
    ),
    "a comment for one, a neighbour by the other": (
        "a.cs",
        "class A\n{\n    int b;\n\n    int c;\n}\n",
        "class A\n{\n    int b;\n\n    // C.\n    int c;\n}\n",
        "class A\n{\n    int b;\n\n    int d;\n\n    int c;\n}\n",
        "class A\n{\n    int b;\n\n    int d;\n\n    // C.\n    int c;\n}\n",
    ),
    "fields of PHP": (
        "a.php",
        "<?php\nclass A {\n  public $a;\n}\n",
        "<?php\nclass A {\n  public $a;\n  public $b;\n}\n",
        "<?php\nclass A {\n  public $a;\n  public $c;\n}\n",
        "<?php\nclass A {\n  public $a;\n  public $b;\n  public $c;\n}\n",
    ),
    "methods of Ruby": (
        "a.rb",
        "class A\n  def a\n  end\nend\n",
        "class A\n  def a\n  end\n\n  def b\n  end\nend\n",
        "class A\n  def a\n  end\n\n  def c\n  end\nend\n",
        "class A\n  def a\n  end\n\n  def b\n  end\n\n  def c\n  end\nend\n",
    ),
    "comments behind commas": (
        "a.js",
        "f({\n  a: 1, // A\n});\n",
        "f({\n  a: 1, // A\n  b: 2,\n});\n",
        "f({\n  a: 1, // A\n  c: 3 // C\n});\n",
        "f({\n  a: 1, // A\n  b: 2,\n  c: 3 // C\n});\n",
    ),
    "types of a union": (
        "a.ts",
        "let a: b | c | d;\n",
        "let a: b | c | d | e;\n",
        "let a: b | d;\n",
        "let a: b | d | e;\n",
    ),
    "traits that are derived": (
        "a.rs",
        "#[derive(A)]\nstruct B;\n",
        "#[derive(A, C)]\nstruct B;\n",
        "#[derive(A, D)]\nstruct B;\n",
        "#[derive(A, C, D)]\nstruct B;\n",
    ),
    "keywords of a call of Python": (
        "a.py",
        "int(a=1)\n",
        "int(a=1, b=2)\n",
        "int(a=1, c=3)\n",
        "int(a=1, b=2, c=3)\n",
    ),
    "a set of Python": ("a.py", "A = {1}\n", "A = {1, 2}\n", "A = {1, 3}\n", "A = {1, 2, 3}\n"),
    "an edit in the form of the other side": (
        "A.java",
        "class A { void a() { f(a, b, c); } }\n",
        "class A {\n    void a() {\n        f(a, b, c);\n    }\n}\n",
        "class A { void a() { f(a, b, d); } }\n",
        "class A {\n    void a() {\n        f(a, b, d);\n    }\n}\n",
    ),
}

_OPEN = {
    "one key, two values": ("a.js", "f({ a: 1 });\n", "f({ a: 1, b: 2 });\n", "f({ a: 1, b: 3 });\n"),
    "one method, two bodies": (
        "a.rb",
        "class A\n  def a\n  end\nend\n",
        "class A\n  def a\n  end\n\n  def b\n    1\n  end\nend\n",
        "class A\n  def a\n  end\n\n  def b\n    2\n  end\nend\n",
    ),
    "a member that is changed and taken away": (
        "a.ts",
        "interface A {\n  a: string;\n  b: string;\n}\n",
        "interface A {\n  a: string;\n  b: number;\n}\n",
        "interface A {\n  a: string;\n}\n",
    ),
    "two visibilities": (
        "A.java",
        "static class A {}\n",
        "public static class A {}\n",
        "private static class A {}\n",
    ),
    "one method, renamed twice": (
        "A.java",
        "class A {\n    void a() { f(); }\n}\n",
        "class A {\n    void b() { f(); }\n}\n",
        "class A {\n    void c() { f(); }\n}\n",
    ),
    "a function of one name, twice": ("a.py", "a = 1\n", "a = 1\ndef b(): pass\n", "a = 1\ndef b(): return c\n"),
    "statements have an order": (
        "a.js",
        "function a() {\n  b();\n}\n",
        "function a() {\n  b();\n  c();\n}\n",
        "function a() {\n  b();\n  d();\n}\n",
    ),
    "arguments have an order": ("a.rs", "fn a() { f(b); }\n", "fn a() { f(b, c); }\n", "fn a() { f(b, d); }\n"),
}


def _merge(path: str, base: str, ours: str, theirs: str, policies: Collection[Policy] = _ALL) -> Merged:
    return merge_texts(base.encode(), ours.encode(), theirs.encode(), path=path.encode(), policies=policies)


@pytest.mark.parametrize("name", _MERGED)
def test_both_changes_are_there(name: str) -> None:
    path, base, ours, theirs, wanted = _MERGED[name]
    merged = _merge(path, base, ours, theirs)
    assert (merged.text.decode(), merged.open) == (wanted, ())


_NO_PLACE = "comments behind commas"
"""The other way round, a comma would have to go before the comment."""


@pytest.mark.parametrize("name", [name for name in _MERGED if name != _NO_PLACE])
def test_the_other_way_round_has_the_same_words(name: str) -> None:
    path, base, ours, theirs, wanted = _MERGED[name]
    merged = _merge(path, base, theirs, ours)
    assert not merged.open
    assert sorted(_WORD.findall(merged.text.decode())) == sorted(_WORD.findall(wanted))


def test_no_comma_gets_into_a_comment() -> None:
    path, base, ours, theirs, _ = _MERGED[_NO_PLACE]
    assert _merge(path, base, theirs, ours).open


@pytest.mark.parametrize("name", _OPEN)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_would_be_a_guess_stays_open(name: str, *, swapped: bool) -> None:
    path, base, ours, theirs = _OPEN[name]
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(path, base, ours, theirs).open


@pytest.mark.parametrize("name", [name for name in _MERGED if "form" not in name])
def test_nothing_is_a_set_where_no_policy_says_so(name: str) -> None:
    path, base, ours, theirs, _ = _MERGED[name]
    merged = _merge(path, base, ours, theirs, ())
    assert merged.open or merged.steps == ("tokens",)


def test_imports_alone_are_merged_by_their_policy_alone() -> None:
    path, base, ours, theirs, wanted = _MERGED["names that TypeScript imports"]
    assert _merge(path, base, ours, theirs, (Policy.IMPORTS,)).text.decode() == wanted
    assert _merge(path, base, ours, theirs, (Policy.MEMBERS,)).open


@pytest.mark.parametrize("path", sorted({case[0] for case in _MERGED.values()}))
def test_nodes_hold_the_whole_text(path: str) -> None:
    texts = [text for case in _MERGED.values() if case[0] == path for text in case[1:]]
    for text in texts:
        root = language_of(path.encode()).nodes(text.encode())
        assert root is not None
        words = [node.text for node in root.walk() if not node.children]
        assert "".join(b"".join(words).decode().split()) == "".join(text.split())


def test_what_does_not_parse_has_no_nodes() -> None:
    assert language_of(b"a.py").nodes(b"f(") is None
    assert language_of(b"a.js").nodes(b"f(") is None
    assert language_of(b"a.txt").nodes(b"f") is None


def test_order_keeps_ours_first_and_refuses_to_place_what_has_its_place() -> None:
    assert merged_order([1, 2], [1, 3, 2], [1, 4, 2], lambda _: 0) == [1, 3, 4, 2]
    assert merged_order([1, 2], [2, 1], [1, 2, 3], lambda _: 0) == [2, 1, 3]
    assert merged_order([1, 2, 3], [1, 3], [1, 2, 4, 3], lambda _: 0) == [1, 4, 3]
    for ours, theirs in (([1, 3, 2], [1, 4, 2]), ([2, 1], [1, 2]), ([1], [1, 2, 3])):
        with pytest.raises(Unmerged):
            merged_order([1, 2], ours, theirs, lambda _: None)


@pytest.mark.parametrize(
    ("path", "text", "doubled"),
    [
        ("a.json", '{"a": 1, "b": {"a": 2}}', 0),
        ("a.json", '{"a": 1, "b": 2, "a": 2}', 1),
        ("tsconfig.json", '{"a": 1, /* b */ "a": 2,}', 1),
        ("a.yaml", "a: 1\nb: {a: 1}\n---\na: 2\n", 0),
        ("a.yaml", "b:\n- a: 1\n- c: 2\n  c: 3\n", 1),
        ("A.java", "class A { int a; int a() { return 1; } int a(int b) { return 1; } }", 0),
        ("A.java", "class A { int a() { return 1; } int a() { return 2; } }", 1),
        ("a.py", "def a(): pass\ndef a(): pass\n", 1),
        ("a.txt", "a = 1\na = 1\n", 0),
    ],
)
def test_what_is_there_twice(path: str, text: str, doubled: int) -> None:
    assert language_of(path.encode()).doubled(text.encode()).total() == doubled


@pytest.mark.parametrize(
    ("path", "text", "doubled"),
    [
        ("a.xml", '<a b="1"><c b="1" d="2"/></a>', 0),
        ("a.xml", '<a b="1" b="2"/>', 1),
        ("a.html", '<p><img src="a" SRC="b"></p>', 1),
        ("a.txt", '<a b="1" b="2"/>', 0),
    ],
)
def test_attributes_that_are_there_twice(path: str, text: str, doubled: int) -> None:
    assert doubled_attributes(path.encode(), text.encode()).total() == doubled


@pytest.mark.parametrize(
    ("path", "text", "doubled"),
    [
        ("a.ini", "[a]\nb = 1\n[c]\nb = 1\n", 0),
        ("a.ini", "[a]\nb = 1\nb: 2\n", 1),
        ("a.nix", "{\n  a = {\n    b = 1;\n  };\n  c = {\n    b = 1;\n  };\n}\n", 0),
        ("a.nix", "{\n  a = 1;\n  b = {\n    a = 1;\n  };\n  a = 2;\n}\n", 1),
        ("a.lua", "a = 1\na = 2\n", 0),
    ],
)
def test_settings_that_are_there_twice(path: str, text: str, doubled: int) -> None:
    assert doubled_settings(path.encode(), text.encode()).total() == doubled


_BASE = "\n".join(["{", *(f'  "{letter}": 1,' for letter in "abcdefghijk"), '  "l": 1', "}", ""])


@pytest.fixture
def doubling(tmp_path: Path) -> list[Path]:
    """A key that both sides add far from each other, and a change of ours above."""
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    ours = _BASE.replace('  "a": 1,', '  "a": 2,').replace('  "d"', '  "new": 1,\n  "d"')
    theirs = _BASE.replace('  "i"', '  "new": 2,\n  "i"')
    for file, text in zip(files, (_BASE, ours, theirs), strict=True):
        file.write_text(text)
    return files


def _driven(files: list[Path], path: bytes, options: MergeOptions) -> Merged:
    base, ours, theirs = files
    return merge_file(base, ours, theirs, path, options)


def test_a_key_that_git_would_double_is_a_conflict(doubling: list[Path]) -> None:
    merged = _driven(doubling, b"a.json", MergeOptions())
    before, _, rest = merged.text.partition(b"<<<<<<<")
    assert before == b'{\n  "a": 2,\n  "b": 1,\n  "c": 1,\n'
    assert rest.endswith(b'>>>>>>> theirs\n  "i": 1,\n  "j": 1,\n  "k": 1,\n  "l": 1\n}\n')
    assert (merged.veto, len(merged.open)) == ("the key new is there twice", 1)


def test_a_strategy_decides_what_would_be_doubled(doubling: list[Path]) -> None:
    merged = _driven(doubling, b"a.json", MergeOptions(Strategy.THEIRS))
    assert merged.text.decode() == doubling[2].read_text().replace('  "a": 1,', '  "a": 2,')


def test_in_files_of_no_known_kind_nothing_is_vetoed(doubling: list[Path]) -> None:
    merged = _driven(doubling, b"a.txt", MergeOptions())
    assert (merged.text.count(b"new"), merged.open, merged.veto) == (2, (), "")
