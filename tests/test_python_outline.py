"""Python's definitions by the scan, against those of its own parser; and what proves that layout is only layout."""

from __future__ import annotations

import ast
import os
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Definition
from git_dagpatch.languages.python import Python, definitions, scanned

_STDLIB = Path(os.__file__).parent
_ODD = [
    "test_grammar",
    "test_decorators",
    "test_fstring",
    "test_typing",
    "test_unicode_identifiers",
    "test_string_literals",
]
SAMPLE = [
    *(str(path.relative_to(_STDLIB)) for path in sorted(_STDLIB.glob("*.py"))[::4]),
    *(f"test/{name}.py" for name in _ODD if (_STDLIB / f"test/{name}.py").exists()),
]


def parsed(text: bytes) -> list[Definition]:
    """The definitions as the syntax tree has them."""
    found: list[Definition] = []

    def visit(node: ast.AST, within: str, in_class: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                visit(child, within, in_class)
                continue
            name = f"{within}.{child.name}" if within else child.name
            is_class = isinstance(child, ast.ClassDef)
            start = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            kind = "class" if is_class else "method" if in_class else "function"
            assert child.end_lineno is not None
            found.append(Definition(name, kind, start - 1, child.end_lineno))
            visit(child, name, is_class)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        visit(ast.parse(text), "", in_class=False)
    return sorted(found, key=lambda definition: definition.start)


@pytest.mark.parametrize("name", SAMPLE)
def test_the_standard_library(name: str) -> None:
    text = (_STDLIB / name).read_bytes()
    assert definitions(text) == parsed(text)


_PIECES = (
    b"def f():\n    pass\n",
    b"class C:\n    def m(self):\n        pass\n",
    b"async def g(): pass\n",
    b"@d\n",
    b"    @d\n",
    b"# Text.\n",
    b"x = (\n",
    b")\n",
    b"y = '''\n",
    b"'''\n",
    b'z = "\n',
    b"x = 1; \\\n",
    b"x = '\\\r\n",
    b"\n",
    b"    z",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map(b"".join))
def test_a_text_that_is_read_by_parts_has_the_same_definitions(text: bytes) -> None:
    assert definitions(text) == scanned(text).definitions


VALID = {
    "empty": b"",
    "no newline at the end": b"def f(): pass",
    "decorators over several lines": b"@a\n@b(\n    1,\n)\n# between\n\n@c\ndef f():\n    pass\n",
    "decorated class and method": b"@a\nclass A:\n    @b\n    async def m(self):\n        pass\n",
    "definitions in strings": (
        b'"""\ndef no():\n    pass\n"""\nx = "\\\ndef no(): pass"\n\n\n'
        b"def f():\n    r'''\\'\ndef no(): pass\n'''\n    '''\n\"\"\"\n'''\n\n\ndef g(): pass\n"
    ),
    "brackets and comments": b"x = [\nlambda: 1,\n]\n# def no():\nf(a,\n  b)\nclass A(\n    B,\n): pass\n",
    "under conditions": (
        b"if x:\n    def f():\n        pass\nelse:\n    class A:\n        if y:\n            def m(self): pass\n"
    ),
    "inside functions": (
        b"def f():\n    class A:\n        def m(self):\n            def g():\n                pass\n    return A\n"
    ),
    "trailing comments": b"def f():\n    x = 1\n    # own comment\n\n# of the next\ndef g():\n    pass\n\n\n",
    "comment that is not indented": b"def f():\n    x = 1\n# at the margin\n    y = 2\n",
    "tabs and a form feed": b"class A:\n\tdef m(self):\n\t\tpass\n\x0c\ndef f():\n\tpass\n",
    "continued lines": b"def f(): \\\n    return 1\nx = 1 + \\\n    2\ndef g():\n    return \\\n        3\n",
    "CRLF": b"class A:\r\n    def m(self):\r\n        pass\r\n\r\n\r\ndef f():\r\n    '''x\r\n    y'''\r\n",
    "names that are not ASCII": "def größe():\n    pass\n\n\nclass Straße:\n    def où(self): pass\n".encode(),
    "words that only start alike": b"classes = 1\ndefine = 2\ndef_ = 3\nclass_ = 4\nasync_def = 5\n",
    "quotes beside quotes": (
        b'def f():\n    return """a"b""" \'\' "" \'it\' "\'" \'"\' \'\\\'\' "\\\\"\n\n\ndef g(): pass\n'
    ),
    "hash in a string": b"def f():\n    return '#' + '(' # )\n\n\ndef g(): pass\n",
    "statements on one line": b"class A: x = 1; y = 2\ndef f(): x = 1; return x\n",
}


@pytest.mark.parametrize("text", VALID.values(), ids=VALID.keys())
def test_as_the_parser_sees_it(text: bytes) -> None:
    assert definitions(text) == parsed(text)


def test_python_2_and_broken_files_are_taken_as_they_are() -> None:
    text = (
        b"def f():\n    print 'x'\n    exec 'y'\n\nclass A:\n    def m(self, (a, b)):\n        raise E, 'x'\n\n"
        b"<<<<<<< ours\ndef g(:\n"
    )
    assert [(found.name, found.start, found.end) for found in definitions(text)] == [
        ("f", 0, 3),
        ("A", 4, 7),
        ("A.m", 5, 7),
        ("g", 9, 10),
    ]


@pytest.mark.parametrize(
    "rest", [b'"""', b"'''", b"'", b"(", b")", b"\\", b"@", b"def ", b"class", b"\0", b"\xff", b"{[(", b"\n\t\f "]
)
def test_no_end_of_a_file_breaks_the_scan(rest: bytes) -> None:
    found = definitions(b"def f():\n    pass\n\n\ndef g():\n    pass\n" + rest)
    assert [definition.name for definition in found][:2] == ["f", "g"]
    assert all(definition.start < definition.end for definition in found)


OUTLINED = [
    (b"import os", ""),
    (b"", ""),
    (b"# of the class", "A"),
    (b"@decorated", "A"),
    (b"class A:", "A"),
    (b"    x = 1", "A"),
    (b"", "A"),
    (b"    # of the method", "A.m"),
    (b"    def m(self):", "A.m"),
    (b"        def inner():", "A.m"),
    (b"            pass", "A.m"),
    (b"        return inner", "A.m"),
    (b"", "A"),
    (b"    class B:", "A.B"),
    (b"        def n(self): pass", "A.B.n"),
    (b"    y = 2", "A"),
    (b"", ""),
    (b"def f():", "f"),
    (b"    return 1", "f"),
    (b"x = 1", ""),
]


def test_each_line_belongs_to_a_symbol() -> None:
    outline = Python().outline(b"\n".join(line for line, _ in OUTLINED))
    assert outline is not None
    assert [outline.symbol_at(number) for number in range(len(OUTLINED))] == [symbol for _, symbol in OUTLINED]
    assert outline.section_at(0) == outline.section_at(1) != outline.section_at(16)
    assert outline.section_at(5) != outline.section_at(12)


MODULE = b"def f():\n    if x:  # why\n        return 'a  b'\n"
SAME = {
    "trailing space": MODULE.replace(b":\n", b":  \n"),
    "CRLF": MODULE.replace(b"\n", b"\r\n"),
    "another indentation": MODULE.replace(b"    ", b"\t"),
    "blank lines": MODULE.replace(b"\n", b"\n\n"),
    "no newline at the end": MODULE.rstrip(b"\n"),
}
OTHER = {
    "space in a string": MODULE.replace(b"a  b", b"a b"),
    "another block": MODULE.replace(b"        return", b"    return"),
    "comment": MODULE.replace(b"why", b"because"),
    "code": MODULE.replace(b"if x", b"if y"),
    "words glued together": MODULE.replace(b"if x", b"ifx"),
    "broken": MODULE.replace(b"def f():\n", b"def f():"),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_layout_keeps_the_meaning(text: bytes) -> None:
    assert Python().keeps_meaning(MODULE, text)
    assert Python().keeps_meaning(text, MODULE)


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_more_than_layout_is_not_taken_for_layout(text: bytes) -> None:
    assert not Python().keeps_meaning(MODULE, text)
    assert not Python().keeps_meaning(text, MODULE)


def test_a_file_that_does_not_parse_proves_nothing() -> None:
    assert not Python().keeps_meaning(b"print 'x'  \n", b"print 'x'\n")
    assert not Python().keeps_meaning(b"(" * 5000 + b" ", b"(" * 5000)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"a.py", "python"),
        (b"d/stub.PYI", "python"),
        (b"w.pyw", "python"),
        (b".py", "plain"),
        (b"py", "plain"),
        (b"d.py/file", "plain"),
        (b"a.py.txt", "plain"),
        (b"\xff.py", "python"),
    ],
)
def test_the_end_of_the_name_tells_the_language(path: bytes, name: str) -> None:
    assert language_of(path).name == name
