"""Texts of Python compared by the statements that may differ: the same is told as by the whole syntax trees."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from git_dagpatch.languages import python_syntax
from git_dagpatch.languages.python_changes import (
    changed_sections,
    same_but_comments,
    same_but_docstrings,
)
from git_dagpatch.languages.python_syntax import parses, whole

_PIECES = (
    b"x = 1\n",
    b"# coding: latin-1\n",
    b'"""Text."""\n',
    b"def f():\n    pass\n",
    b"def f():\n    '''Text.'''\n",
    b"@(\nd\n)\ndef g(): pass\n",
    b"if x:\n    y = (\n1)\n",
    b"else:\n    pass\n",
    b"    z = 0.0\n",
    b"x = 1; \\\n",
    b"y = '''\n",
    b"\xe4 = u'\xe4'\n",
    b"\xc3\xa4 = 2\n",
    b"z = -0.0",
    b"(\n",
    b")\n",
    b"\n",
    b"a\r",
    b"\\\n",
)
_texts = st.lists(st.sampled_from(_PIECES), max_size=7).map(b"".join)


def _tree(text: bytes) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


@given(_texts, _texts, _texts, _texts)
@example(b"", b"x = 1", b"y\n", b"")
@example(b"x = 1\n", b"@(\nd\n)\ndef g(): pass\n", b"d\n)\ndef g(): pass\n", b"")
@example(b"if x:\n    y = (\n1)\n", b"", b"else:\n    pass\n", b"x = 1\n")
@example(b"x = 1; \\\n", b"", b"def f():\n    pass\n", b"x = 1\n")
@example(b"x = 1\n", b"", b'"""Text."""\n', b"")
def test_the_same_is_told_as_by_whole_trees(head: bytes, old: bytes, new: bytes, tail: bytes) -> None:
    before, after = head + old + tail, head + new + tail
    one, other = _tree(before), _tree(after)

    assert parses(after) is (other is not None)
    assert (changed_sections(before, after) is None) is (one is None or other is None)
    if one is None or other is None:
        assert not same_but_comments(before, after)
        assert not same_but_docstrings(before, after)
        return
    assert same_but_comments(before, after) is (ast.dump(one) == ast.dump(other))
    dumps = [ast.dump(_without_docstrings(tree)) for tree in (one, other)]
    assert same_but_docstrings(before, after) is (dumps[0] == dumps[1])


@given(st.lists(_texts, min_size=2, max_size=4), _texts, _texts)
@example([b"def f():\n    pass\n" * 3, b"x = 1\n"], b"def f():\n    pass\n" * 2, b"def f():\n    pass\n" * 2)
@example([b"x = 1; \\\n", b"@(\nd\n)\n"], b"def f():\n    pass\n", b"def f():\n    pass\n" * 2)
@example([b"@(\nd\n)\n", b"x = 1\n"], b"def f():\n    pass\n" * 2, b"def f():\n    pass\n" * 2)
def test_a_text_is_parted_as_if_no_other_one_was_read_before(middles: list[bytes], head: bytes, tail: bytes) -> None:
    finder = python_syntax.Finder()
    for text in [head + middle + tail for middle in middles]:
        assert _told(finder(text)) == _told(python_syntax.Finder()(text))


def _told(found: python_syntax.Found | None) -> list[tuple[int, bytes, list[str]]] | None:
    if found is None:
        return None
    assert found.ends == [len(found.text[:end]) for end in found.ends]
    assert b"".join(section.text for section in found.every) == found.text
    return [(line, section.text, [ast.dump(node) for node in section.body]) for line, section in found.placed]


@pytest.mark.parametrize(("before", "after"), [(b"x = 0.0\n", b"x = 0\n"), (b"x = 'a'\n", b"x = u'a'\n")])
def test_constants_that_are_spelled_otherwise_differ(before: bytes, after: bytes) -> None:
    assert not same_but_comments(b"y = 1\n" + before, b"y = 1\n" + after)


def test_only_what_is_between_is_compared() -> None:
    before = b"a = 1\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 0\n"

    changed = changed_sections(before, before.replace(b"return 1", b"return 2"))

    assert changed is not None
    assert ast.unparse(whole(changed.old)) == "def f():\n    return 1"
    assert ast.unparse(whole(changed.new)) == "def f():\n    return 2"
    assert not changed.at_start
