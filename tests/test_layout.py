"""Layout: what is only written otherwise is found, proved, and nothing else goes with it."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import git_dagpatch
from git_dagpatch.discovery.layout import find_layout
from git_dagpatch.discovery.relayout import relayout
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.factor import factor
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_layout import is_control
from git_dagpatch.languages.python_tokens import python_tokens
from git_dagpatch.model.effect import rewrite
from git_dagpatch.model.operation import Operation, Transform, Whitespace
from git_dagpatch.model.patch import Metadata
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.whitespace import PROVED_TRANSFORMS
from tests.planting import plants
from tests.relaying import relaid
from tests.trees import File, tree_of

_FILES = sorted(Path(git_dagpatch.__file__).parent.rglob("*.py"))
_TEXTS = [file.read_bytes() for file in _FILES if 200 < file.stat().st_size < 9000]
_SOURCES = [text for text in _TEXTS if not any(map(is_control, python_tokens(text).texts))]

SNIPPETS = (
    b"import os\n",
    b"from a.b import c, d as e\n",
    b"x = {'a': [1, 2, (3, 4)], **y}\n",
    b"# a comment\n",
    b"value = call(a, b=1, *c, **d)[e:f, ...].g  # beside\n",
    b"def f(a, /, b: int = 1, *, c=(2,)) -> None:\n    '''Tells.\n\n    More.\n    '''\n    return -a ** b\n",
    b"class A(B, metaclass=C):\n    x: int = 1\n\n    @d\n    def m(self):\n        # why\n        yield self.x\n",
    b"if a and not b or c < d <= e:\n    pass\nelif (yield_ := f(x for x in y)):\n    y += 1\nelse:\n    del z\n",
    b"try:\n    with a as b, c:\n        raise D from e\nexcept (F, G) as h:\n    assert i, 'j'\nfinally:\n    k = 1\n",
    b"for a, b in c:\n    while True:\n        break\n",
    b"s = 'a' \"b\" f'{c!r:>{d}} e', rb'f\\n'\n",
    b"async def g():\n    return [await h async for i in j if k]\n",
)


def sources() -> st.SearchStrategy[bytes]:
    made = st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=8).map(b"".join)
    return made | st.sampled_from(_SOURCES)


def chances() -> st.SearchStrategy[random.Random]:
    return st.integers(0, 2**32).map(random.Random)


def explained(before: bytes, after: bytes, path: bytes = b"m.py") -> tuple[bytes, list[str]]:
    """The text after all that is only written otherwise, and the transforms."""
    names = []
    for name, spans in relayout(path, before, after):
        made = rewrite(before, spans)
        assert language_of(path).keeps_meaning(before, made, name)
        names.append(name)
        before = made
    return before, names


def meaning(text: bytes) -> str:
    return ast.dump(ast.parse(text))


@given(sources(), chances())
def test_other_layout_of_the_same_tokens_is_explained_wholly(source: bytes, chance: random.Random) -> None:
    one, other = relaid(source, chance), relaid(source, chance)
    assert explained(one, other) == (other, ["layout"] if one != other else [])


def test_a_definition_that_is_there_twice_is_not_taken_for_the_other() -> None:
    short, long = b"def f():\n    return 1\n\n", b"def f(\n):\n    return 1\n\n"
    one, other = b"import os\n\n" + short + long, b"import os\n\n" + long + short
    assert explained(one, other) == (other, ["layout"])


@given(sources(), chances())
def test_a_change_of_behaviour_in_code_that_is_laid_out_otherwise_is_left(source: bytes, chance: random.Random) -> None:
    before, after = relaid(source, chance), relaid(source, chance)
    found = list(plants(after, chance))
    assume(found)
    planted = chance.choice(found).into(after)
    made, _ = explained(before, planted)
    assert meaning(made) == meaning(before)
    assert _comments(made) == _comments(before)
    assert made != planted


def _comments(text: bytes) -> list[bytes]:
    return [token for token in python_tokens(text).texts if token.startswith(b"#")]


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (b"x = 'a'\n", b'x = "a"\n', ["string-spelling"]),
        (b"x = u'a'\n", b"x = 'a'\n", ["string-spelling"]),
        (b"x = 0XFF + 1.\n", b"x = 0xff + 1.0\n", ["number-spelling"]),
        (b"x = 'a' 'b'\n", b"x = 'ab'\n", ["joined-strings"]),
        (b"x = 'ab' 'c'\n", b"x = 'a' 'bc'\n", ["joined-strings"]),
        (b"def f():\n    '''A b\n      c.'''\n", b"def f():\n    '''A\n    b c.\n    '''\n", ["docstrings"]),
        (b"f(a, b)\n", b"f(\n    a,\n    b,\n)\n", ["trailing-commas", "layout"]),
        (b"f(\n    a,\n)\n", b"f(a)\n", ["trailing-commas", "layout"]),
        (b"for (a, b) in c:\n    pass\n", b"for a, b in c:\n    pass\n", ["parentheses"]),
        (b"if not (a):\n    pass\n", b"if not a:\n    pass\n", ["parentheses"]),
        (b"class A():\n    pass\n", b"class A:\n    pass\n", ["parentheses"]),
        (b"from a import b, \\\n    c\n", b"from a import (\n    b,\n    c,\n)\n", ["parentheses"]),
        (b"x = a + \\\n    b\n", b"x = (\n    a\n    + b\n)\n", ["parentheses"]),
        (b"return_ = 'a',\n", b"return_ = ('a',)\n", ["parentheses"]),
        (b"if x: pass\n", b"if x:\n    pass\n", ["statement-lines"]),
        (b"if x:\n  a; b;\n", b"if x:\n  a\n  b\n", ["statement-lines"]),
        (b"if x:\n    a\n    b\n", b"if x: a; b\n", ["statement-lines"]),
        (b"if x:\n  a\n\n\n\n  b\n", b"if x:\n    a\n    b\n", ["layout"]),
        (b"x=f( a )  # b\n", b"x = f(a)  # b\n", ["layout"]),
        (b"\xef\xbb\xbfx=1\n", b"\xef\xbb\xbfx = 1\n", ["layout"]),
    ],
)
def test_what_is_only_written_otherwise(before: bytes, after: bytes, names: list[str]) -> None:
    assert explained(before, after) == (after, names)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x = (a + b) * c\n", b"x = a + b * c\n"),
        (b"x = (a,)\n", b"x = (a)\n"),
        (b"assert (a, b)\n", b"assert a, b\n"),
        (b"x = 'a'\n", b"x = b'a'\n"),
        (b"x = 'a' 'b'\n", b"x = 'a', 'b'\n"),
        (b"x = '''a\n  b'''\n", b"x = '''a\nb'''\n"),
        (b"def f():\n    '''A\n\n    B\n        c\n    '''\n", b"def f():\n    '''A\n\n    B\n    c\n    '''\n"),
        (b"if a:\n    b\nc\n", b"if a:\n    b\n    c\n"),
        (b"x = [a]\n", b"x = [(a,)]\n"),
        (b"x = 1\n# noqa\n", b"x = 1  # noqa\n"),
        (b"x = 1  # a\n", b"# a\nx = 1\n"),
        (b"x = f(a, b)  # type: ignore\n", b"x = f(\n    a, b\n)  # type: ignore\n"),
        (b"x = f(\n    a  # noqa\n)\n", b"x = f(a  # noqa\n)\n"),
        (b"x = 1  # type: int\n", b"x = 1  # type: str\n"),
        (b"print 'a'\n", b"print  'a'\n"),
        (b"f(a)\n", b"f((a))(b)\n"),
    ],
)
def test_what_means_something_is_left(before: bytes, after: bytes) -> None:
    assert explained(before, after) == (before, [])


TOOLS = [
    ("#!/usr/bin/env python\nprint(1)\n", "\n#!/usr/bin/env python\nprint(1)\n", "layout"),
    ("#!/usr/bin/env python\nprint(1)\n", "#!/usr/bin/env python\r\nprint(1)\r\n", "layout"),
    (
        "# /// script\n# dependencies = ['a']\n# ///\nx = 1\n",
        "# /// script\n\n# dependencies = ['a']\n# ///\nx = 1\n",
        "layout",
    ),
    (
        'def f():\n    """Use.\n\n    add   one\n    drop  two\n    """\n',
        'def f():\n    """Use.\n\n    add one drop two\n    """\n',
        "docstrings",
    ),
    ('def f():\n    """Use.\n\n    a  b\n    """\n', 'def f():\n    """Use.\n\n    a b\n    """\n', "docstrings"),
    (
        'def f():\n    """A\n    b."""\n    return f.__doc__\n',
        'def f():\n    """A b."""\n    return f.__doc__\n',
        "docstrings",
    ),
]


@pytest.mark.parametrize(("before", "after", "transform"), TOOLS)
def test_what_tells_how_a_text_is_run_or_is_read_when_it_runs_is_no_layout(
    before: str, after: str, transform: str
) -> None:
    assert not language_of(b"m.py").keeps_meaning(before.encode(), after.encode(), transform)


def test_a_script_of_another_language_keeps_the_line_of_its_interpreter() -> None:
    pytest.importorskip("tree_sitter_javascript")
    script = b"#!/usr/bin/env node\nrun(1);\n"
    assert not language_of(b"a.js").keeps_meaning(script, script.replace(b"\n", b"\r\n"))
    assert language_of(b"a.js").keeps_meaning(script, script.replace(b"run(1)", b"run( 1 )"))


def test_a_docstring_may_be_wrapped_after_two_spaces_between_sentences() -> None:
    before, after = (b'def f():\n    """A b.  C%sd."""\n' % between for between in (b" ", b"\n    "))
    assert language_of(b"m.py").keeps_meaning(before, after, "docstrings")


def test_a_numbered_item_keeps_the_start_of_its_line() -> None:
    before, after = (
        b'def f():\n    """Do.\n\n    1. this%s2. that\n    """\n' % between for between in (b"\n    ", b" ")
    )
    assert not language_of(b"m.py").keeps_meaning(before, after, "docstrings")


DOCSTRING = b'''def f():
    """%s

    All the words of it are here, in lines that end
    early. One of them `changes`.

        x = [1,
             2]

    %s
    """
'''


def test_paragraphs_of_a_docstring_are_wrapped_where_other_words_change() -> None:
    before = DOCSTRING % (b"Do this.", b"Then more\n    follows, and that is\n    left as it stands now.")
    wanted = DOCSTRING.replace(b"that end\n    early. One", b"that\n    end early. One").replace(b"    2]", b" 2]")
    after = wanted % (b"Do that.", b"Then more follows,\n    and that is left as it\n    stands today.")
    laid_out, names = explained(before, after)
    assert names == ["docstrings"]
    # The code in it keeps its lines.
    assert laid_out == wanted.replace(b" 2]", b"    2]") % (
        b"Do this.",
        b"Then more follows,\n    and that is left as it\n    stands now.",
    )
    assert language_of(b"m.py").keeps_meaning(before, laid_out, "docstrings")


def test_a_paragraph_that_differs_no_less_when_it_is_wrapped_keeps_its_lines() -> None:
    before = DOCSTRING % (b"Do this.", b"One day more of it\n    follows.")
    after = DOCSTRING % (b"Do this.", b"Some day, more\n    of it will follow.")
    assert explained(before, after) == (before, [])


def test_layout_is_told_apart_from_a_change_in_the_same_line() -> None:
    before = b"x = call(first, second, third)\ny=1\n"
    after = b"x = call(\n    first,\n    other,\n    third,\n)\ny = 2\n"
    assert explained(before, after) == (
        b"x = call(\n    first,\n    second,\n    third,\n)\ny = 1\n",
        ["trailing-commas", "layout"],
    )


def test_a_control_comment_keeps_its_line_and_the_rest_is_laid_out() -> None:
    before = b"x = f(a, b)  # noqa\ny=f(a, b)  # why\n"
    after = b"x = f(\n    a, b\n)  # noqa\ny = f(\n    a, b\n)  # why\n"
    assert explained(before, after) == (b"x = f(a, b)  # noqa\ny = f(\n    a, b\n)  # why\n", ["layout"])


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (b"a.js", b"function f(a,b){return a+b}\n", b"function f(a, b) {\n  return a + b\n}\n"),
        (
            b"a.go",
            b"package a\nfunc f(a int)int{return a+1}\n",
            b"package a\n\nfunc f(a int) int {\n\treturn a + 1\n}\n",
        ),
        (b"a.c", b"int f(int a){return a+1;}\n", b"int f(int a) {\n  return a+1;\n}\n"),
        (b"a.rs", b"fn f(a:i32)->i32{a+1}\n", b"fn f(a: i32) -> i32 {\n    a + 1\n}\n"),
        (b"a.java", b"class A{int b=1;}\n", b"class A {\n    int b = 1;\n}\n"),
        (b"a.ts", b"let a:number=1\n", b"let a: number = 1\n"),
    ],
)
def test_layout_of_other_languages(path: bytes, before: bytes, after: bytes) -> None:
    assert explained(before, after, path) == (after, ["layout"])


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (b"a.js", b"function f() {\n  return a\n}\n", b"function f() {\n  return\n  a\n}\n"),
        (b"a.js", b"x = `a b`\n", b"x = `a  b`\n"),
        (b"a.js", b"f(a, b) // eslint-disable-line\n", b"f(\n  a, b) // eslint-disable-line\n"),
        (b"a.jsx", b"x = <a> <b/> </a>\n", b"x = <a><b/></a>\n"),
        (b"a.c", b"#define S(x) #x\nchar *a = S(b+c);\n", b"#define S(x) #x\nchar *a = S(b + c);\n"),
        (b"a.go", b"package a\n\nfunc f() {\n\treturn\n}\n", b"package a\n\nfunc f() {\n\treturn }\n}\n"),
        (b"a.yaml", b"a:\n  b: c\n", b"a:\n    b: c\n"),
        (b"a.rb", b"a [1]\n", b"a[1]\n"),
    ],
)
def test_what_means_something_in_other_languages_is_left(path: bytes, before: bytes, after: bytes) -> None:
    assert explained(before, after, path) == (before, [])


def test_one_operation_a_transform_for_all_files() -> None:
    names = [b"a.py", b"b.py", b"c.js"]
    files = [Unfinished(name, b"x=1\ny=f('a')\n", b"x = 1\ny = f('b')\n", "100644") for name in names]
    steps, left = find_layout(files)
    assert [(proposal.operation, sorted(proposal.effect)) for (proposal,) in steps] == [
        (Whitespace(transform=Transform("layout"), scope=["a.py", "b.py", "c.js"], confidence=1.0), names)
    ]
    assert [file.now for file in left] == [b"x = 1\ny = f('a')\n"] * 3


def test_fewer_operations_win_over_rules() -> None:
    steps, left = find_layout([Unfinished(b"a.py", b"x=1 \n\n", b"x = 1\n", "100644")])
    assert [proposal.operation for (proposal,) in steps] == [
        Whitespace(transform=Transform("layout"), scope=["a.py"], confidence=1.0)
    ]
    assert left == []


@pytest.mark.parametrize("transform", PROVED_TRANSFORMS, ids=lambda transform: transform.name)
@pytest.mark.parametrize(
    ("before", "spans"),
    [
        (b"x = a + b\n", [[6, 1, "-"]]),
        (b"x = True\n", [[4, 4, "False"]]),
        (b"if a:\n    b\nc\n", [[12, 0, "    "]]),
        (b"x = 1  # type: int\n", [[15, 3, "str"]]),
        (b"x = (a + b) * c\n", [[4, 1, ""], [5, 1, ""]]),
        (b"x = 'a  b'\n", [[6, 1, ""]]),
    ],
)
def test_a_document_that_lies_proves_nothing(transform: Transform, before: bytes, spans: list[object]) -> None:
    raw = {"type": "whitespace", "transform": {"name": transform.name}, "scope": ["m.py"], "confidence": 1.0}
    operation = msgspec.convert({**raw, "footprint": {"m.py": spans}}, Whitespace)
    files = _Files(before)
    assert kind_of(operation).proof(operation, files) == ""
    assert kind_of(operation).review_lines(operation, files) == 2


class _Files:
    def __init__(self, text: bytes) -> None:
        self.text = text

    def read(self, path: bytes) -> bytes:
        assert path == b"m.py"
        return self.text

    def mode(self, path: bytes) -> str:
        assert path == b"m.py"
        return "100644"


def test_what_is_found_is_proved_by_its_footprint() -> None:
    before = b"def f(a):\n  '''A.\n     B.'''\n  return g('a', 'b' 'c',\n    0XFF)\nif x: y\nfor (a, b) in c: pass\n"
    after = (
        b'def f(a):\n    """A.\n    B."""\n    return g(\n        "a",\n        "bc",\n        0xFF,\n    )\n\n\n'
        b"if x:\n    y\nfor a, b in c:\n    pass\n"
    )
    patch = factor(tree_of({b"m.py": File("100644", before)}), tree_of({b"m.py": File("100644", after)}), Metadata())
    operations: list[Operation] = list(patch.operations)
    assert {operation.type for operation in operations} == {"whitespace"}
    assert {operation.confidence for operation in operations} == {1.0}
    assert {operation.transform for operation in operations if isinstance(operation, Whitespace)} == set(
        PROVED_TRANSFORMS
    )
