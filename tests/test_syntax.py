"""Languages: what is not well formed is found in its place, and what is well formed passes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch import languages
from git_dagpatch.languages import Fault, fault_of, language_of, well_formed
from git_dagpatch.languages.detection import language_name
from git_dagpatch.languages.grammars import GRAMMARS
from git_dagpatch.languages.markers import left_markers
from git_dagpatch.languages.preprocessing import alternatives, unbalanced
from tests.strategies import contents

WELL_FORMED = {
    "a.py": [
        "x = 1\n",
        "",
        "\ufeffx = 1\n",
        "# coding: latin-1\nx = 1\n",
        "x = '\\d'\n",
        "match x:\n    case [1, *_]:\n        pass\n",
    ],
    "a.pyi": ["def f(x: int = ...) -> str: ...\n"],
    "a.json": ["{}", '\ufeff{"a": [1, 2.5e3, null]}', "1" * 10_000, "[NaN]"],
    "a.ipynb": ['{"cells": []}'],
    "tsconfig.json": ['{"a": [1, 2,], // b\n /* c */ "d": "// e, ]",}'],
    "x/.vscode/settings.json": ["// a\n{}"],
    "a.jsonc": ["{} // a"],
    "a.toml": ["a = 1\n[b]\nc = '''\nd'''\n", ""],
    "uv.lock": ["version = 1\n"],
    "a.yaml": [
        "a: !custom {b: !!python/name:c }\n---\nd\n...\n",
        "a: &x 1\nb: *x\nc: &x 2\n",
        "a: 1\na: 2\n",
        "%YAML 1.1\n---\na: yes\n",
        "{a:1}",
        "[a:b]",
        "",
        "# only\n",
    ],
    "a.yml": ["- a\r\n- b: c\r\n"],
    "a.sh": ["if true; then\n  echo 'a'\nfi\n", "#!/bin/zsh\nfor x (a b) { echo $x }\n"],
    "script": ["#!/usr/bin/env python3\nx = 1\n", "#!/bin/sh -e\necho\n", "if (\n", "#!/usr/bin/env perl\nif (\n"],
    "a.c": [
        "int f(int a UNUSED) BEGIN return 1; END\n",
        "int f() {\n#if A\n  if (x) {\n#elif B\n  if (y) {\n#else\n  if (z) {\n#endif\n  }\n}\n",
        "char c = '{'; /* ( */ // [\n#define OPEN {\nint x;\n",
    ],
    "a.h": ['#ifdef __cplusplus\nextern "C" {\n#endif\nint f();\n#ifdef __cplusplus\n}\n#endif\n'],
    "a.cpp": ["auto a = 1'000'000; auto b = R\"x((([)x\"; char8_t c = u8'(';\n"],
    "a.cs": [
        "class A { int F() => 1; }\n",
        "class A {\n#if X\n  int F() {\n#else\n  long F() {\n#endif\n    return 1;\n  }\n}\n",
        "class A {\n  int F() {\n    if (a) { }\n#if X\n    else if (b) { }\n#endif\n  }\n}\n",
    ],
    "a.go": ["package main\n\nfunc f() int { return 1 }\n"],
    "A.java": ["class A { int f() { return 1; } }\n"],
    "a.js": ["#!/usr/bin/env node\nexport const f = async () => <a b={1}>c</a>;\n"],
    "a.kt": ["fun f(): Int = 1\n"],
    "a.php": ["<p><?php echo 1 ?></p>\n"],
    "a.rb": ["def f = 1\n"],
    "Rakefile": ["task :a do\nend\n"],
    "a.rs": ["fn f() -> i32 { 1 }\n"],
    "a.ts": ["const f = <T,>(a: T): T => a;\n"],
    "a.tsx": ["const a = <b c={1 as number} />;\n"],
    "a.txt": ["if ((("],
    "a": [""],
}
FAULTY = {
    "a.py": [
        ("x = (\n", 1, 5),
        ("a\nb = \N{GREEK SMALL LETTER ALPHA} = = 1\n", 2, 9),
        ("return 1\n", 1, 1),
        ("if x:\n\ty\n        z\n", 3, 1),
        ("a = 1\nb = '\0'\n", 2, 6),
        (f"x = {'-' * 100_000}1\n", 1, 1),
        (f"x = {'+'.join(['a'] * 100_000)}\n", 1, 1),
        ("# coding: nonsense\n", 1, 1),
    ],
    "a.json": [
        ("", 1, 1),
        ('{"a": 1,}\n', 1, 9),
        ("[1,\n 2\n 3]", 3, 2),
        ("{}\n{}", 2, 1),
        ("[" * 100_000, 1, 1),
        ("// a\n{}", 1, 1),
    ],
    "package.json": [('{"a": 1, // b\n}', 1, 10)],
    "tsconfig.json": [("{,}", 1, 2), ("{} }", 1, 4)],
    "a.toml": [("a = 1\na = 2\n", 2, 6), ("a = [1,\n", 2, 1), ("\ufeffa = 1\n", 1, 1)],
    "a.yaml": [
        ("a: [1\n", 2, 1),
        ("a: b: c\n", 1, 5),
        ("a: &x 1\n---\nb: *x\n", 3, 4),
        ("a: 1\nb: \0\n", 2, 4),
        ("[\n" * 2_000, 2_001, 1),
        ("%YAML 1.3\n---\na\n", 1, 1),
    ],
    "a.sh": [("if true; then\n  echo\n", 3, 1)],
    "script": [("#!/usr/bin/python3\nx = (\n", 2, 5), ("#!/usr/bin/env -S bash -e\nif true\n", 2, 1)],
    "a.c": [
        ("int f() {\n  if (x) {\n}\n", 1, 9),
        ("int f() {\n}\n}\n", 3, 1),
        ("int a[1 UNUSED) = 2;\n", 1, 15),
        ("int f() {\n#if A\n}\n#else\n  (\n}\n#endif\n}\n", 8, 1),
    ],
    "a.cs": [("class A { void F() { }\n", 1, 9), ("class A {\n#if X\n  int F( { }\n#endif\n}\n", 3, 8)],
    "a.go": [("package main\n\nfunc f() {\n  if x {\n}\n", 6, 1)],
    "A.java": [("class A { void f() { int x = 1 } }\n", 1, 31)],
    "a.js": [("function f() { return (1 + ; }\n", 1, 23), ("function f() { }\n}\n", 2, 1)],
    "a.kt": [("fun f() { val x = }\n", 1, 17)],
    "a.php": [("<?php function f( { }\n", 1, 18)],
    "a.rb": [("def f\n  if x\n end\n", 1, 1)],
    "a.rs": [('fn main() { let x = 1 println!(""); }\n', 1, 21)],
    "a.ts": [("let x: = 1;\n", 1, 6)],
    "a.tsx": [("let \N{GREEK SMALL LETTER ALPHA} = <a></a>>;\n", 1, 16)],
}


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in WELL_FORMED.items() for text in texts])
def test_a_well_formed_file_passes(path: str, text: str) -> None:
    assert fault_of(path.encode(), text.encode()) is None


@pytest.mark.parametrize(
    ("path", "text", "line", "column"), [(path, *fault) for path, faults in FAULTY.items() for fault in faults]
)
def test_a_fault_is_found_in_its_place(path: str, text: str, line: int, column: int) -> None:
    fault = fault_of(path.encode(), text.encode())
    assert fault is not None
    assert (fault.line, fault.column) == (line, column), fault
    assert fault.message
    assert "\n" not in fault.message
    assert not language_of(path.encode(), text.encode()).parses(text.encode())


def test_every_language_is_tried() -> None:
    known = {"python", "json", "jsonc", "toml", "yaml", "plain"} | {grammar.name for grammar in GRAMMARS}
    assert {language_of(path.encode()).name for path in WELL_FORMED} == known
    assert {language_of(path.encode()).name for path in FAULTY} >= known - {"plain", "cpp", "jsonc"}


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("tsconfig.base.json", "", "jsonc"),
        ("mytsconfig.json", "", "json"),
        ("a.JSON", "", "json"),
        (".json", "", "plain"),
        ("d.py/a", "", "plain"),
        ("a", "#!/usr/bin/pypy3", "python"),
        ("a", "#! /usr/bin/env -S python3.11 -u\n", "python"),
        ("a", "#!/usr/bin/pythonic\n", "plain"),
        ("a.txt", "#!/bin/sh\n", "plain"),
        ("a.sh", "#!/bin/bash\n", "bash"),
        ("a.sh", "#!/usr/bin/env fish\n", "plain"),
    ],
)
def test_a_language_is_told_by_name_or_first_line(path: str, text: str, name: str) -> None:
    assert language_name(path.encode(), text.encode()) == name


@pytest.mark.parametrize(
    ("path", "text", "column"),
    [
        ("a.json", b'{"\xe9": 1}', 3),
        ("a.toml", b"a = '\xe9'", 6),
        ("a.yaml", b"a: \xe9", 4),
        ("a.yaml", b"\xff\xfea", 3),
    ],
)
def test_what_is_not_in_its_encoding_is_a_fault(path: str, text: bytes, column: int) -> None:
    fault = fault_of(path.encode(), text)
    assert fault is not None
    assert (fault.line, fault.column) == (1, column)
    assert "is not valid UTF-" in fault.message


def test_the_place_of_a_forbidden_character_is_told_in_characters() -> None:
    fault = fault_of(b"a.yaml", "a: b\n\xe9\xe9: \x01\n".encode())
    assert fault == Fault(2, 5, "the character U+0001 is not allowed")


@pytest.mark.parametrize("path", ["a.json", "a.yaml"])
def test_utf_16_is_read_where_the_format_allows_it(path: str) -> None:
    assert fault_of(path.encode(), '{"a": 1}'.encode("utf-16")) is None


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    languages._language.cache_clear()
    yield
    languages._language.cache_clear()


@pytest.mark.usefixtures("nothing_loaded")
def test_a_language_whose_package_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    monkeypatch.setitem(sys.modules, "git_dagpatch.languages.yaml", None)
    go, yaml = language_of(b"a.go"), language_of(b"a.yml")
    assert (go.name, go.unchecked) == ("go", "tree-sitter-go is not installed; the extra grammars brings it")
    assert (yaml.name, yaml.unchecked) == ("yaml", "ruamel.yaml is not installed; the extra yaml brings it")
    assert go.parses(b"package ((")


@pytest.mark.usefixtures("nothing_loaded")
def test_a_grammar_that_does_not_fit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(grammar: object) -> None:
        raise ValueError("Incompatible Language version 3")

    monkeypatch.setattr("tree_sitter.Language", refuse)
    assert language_of(b"a.go").unchecked == "tree-sitter-go does not fit tree-sitter: Incompatible Language version 3"


_SUFFIXES = sorted({Path(path).suffix for path in WELL_FORMED} - {""})


@given(suffix=st.sampled_from(_SUFFIXES), text=contents() | st.binary(max_size=60))
def test_a_fault_is_in_the_text_whatever_it_is(suffix: str, text: bytes) -> None:
    fault = fault_of(b"a" + suffix.encode(), text)
    if fault is not None:
        # A form feed or a lone carriage return ends a line for some languages.
        assert 1 <= fault.line <= text.count(b"\n") + text.count(b"\r") + 2
        assert fault.column >= 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES, st.booleans())
def test_json_is_json_and_yaml_and_a_part_of_it_is_not(value: object, ascii_only: bool) -> None:
    text = json.dumps([value], ensure_ascii=ascii_only).encode(errors="replace")
    assert fault_of(b"a.json", text) is None
    assert fault_of(b"a.jsonc", text.replace(b"]", b" /* , ] */ ]") if b'"' not in text else text) is None
    assert fault_of(b"a.json", text[:-1]) is not None
    assert fault_of(b"a.json", text + b"]") is not None


_C = st.lists(
    st.sampled_from(
        ["(", ")", "{", "}", "#if A\n", "#else\n", "#endif\n", "'('", '")"', "// {\n", "/* } */", "x", "\n"]
    ),
    max_size=12,
).map(lambda parts: "".join(parts).encode())


@given(_C)
def test_the_alternatives_of_a_preprocessor_keep_every_place(text: bytes) -> None:
    for chosen in alternatives(text):
        assert len(chosen) == len(text)
        assert all(new in (old, ord(" ")) for old, new in zip(text, chosen, strict=True))
        assert chosen.count(b"\n") == text.count(b"\n")


@given(_C)
def test_what_has_partners_for_all_its_brackets_passes(text: bytes) -> None:
    within = b"{\n" + text + b"\n}\n"
    if unbalanced(text) is None and b"#" not in text:
        assert unbalanced(within) is None
        assert unbalanced(b"{\n" + within) == Fault(1, 1, "`{` is never closed")


CONFLICT = b"a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("path", "text", "places"),
    [
        (b"a.txt", CONFLICT, [(2, 1)]),
        (b"a.txt", CONFLICT * 2, [(2, 1), (8, 1)]),
        (b"a.txt", CONFLICT.replace(b"\n", b"\r\n"), [(2, 1)]),
        (b"a.txt", b"<<<<<<<\n||||||| base\n=======\n>>>>>>>", [(1, 1)]),
        (b"a.md", b"```\n" + CONFLICT + b"```\n" + CONFLICT, [(10, 1)]),
        (b"a.txt", b"Heading\n=======\n<<<<<<< a\n>>>>>>> b\n", []),
        (b"a.txt", b"  " + CONFLICT.replace(b"\n", b"\n  "), []),
        (b"a.txt", b"<<<<<<<< a\n=======\n>>>>>>>> b\n", []),
        (b"a.txt", b">>>>>>> a\n=======\n<<<<<<< b\n", []),
    ],
)
def test_merge_markers_that_were_left(path: bytes, text: bytes, places: list[tuple[int, int]]) -> None:
    assert [(fault.line, fault.column) for fault in left_markers(path, text)] == places


def test_what_is_well_formed_is_told_in_any_order() -> None:
    """Loading a grammar loads a module of this package, which must not take the place of anything."""
    for path, text, broken in ((b"a.py", b"a = 1\n", b"a = (\n"), (b"a.go", b"package a\n", b"package ((\n")) * 2:
        assert well_formed(path, text)
        assert not well_formed(path, broken)
    assert well_formed(b"a.txt", b"(")
