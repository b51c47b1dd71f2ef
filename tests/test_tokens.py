"""Tokens: nothing of a text is lost, and they are those of the language."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import git_dagpatch
from git_dagpatch.alignment.tokens import token_diff
from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_tokens import python_tokens
from git_dagpatch.languages.tokens import Tokens

_ROOT = Path(git_dagpatch.__file__).parent
_FILES = sorted([*_ROOT.rglob("*.py"), *Path(__file__).parent.glob("*.py")])
_SPACE = b" \t\n\r\f\\"
_NO_TOKEN = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def whole(tokens: Tokens) -> bytes:
    assert len(tokens.gaps) == len(tokens.texts) + 1 == len(tokens.keys) + 1 == len(tokens.starts)
    return b"".join([gap + text for gap, text in zip(tokens.gaps, [*tokens.texts, b""], strict=True)])


def check(text: bytes, tokens: Tokens | None) -> None:
    assert tokens is not None
    assert whole(tokens) == text
    assert all(tokens.texts)
    assert all(not gap.strip(_SPACE) for gap in tokens.gaps)
    assert tokens.starts[-1] == len(text)
    for start, token in zip(tokens.starts, tokens.texts, strict=False):
        assert text.startswith(token, start)


@given(st.text("ab'\"\\#rbfu {}()\n\r\t\f0.1_e\x00é=*<>", max_size=40).map(str.encode) | st.binary(max_size=20))
def test_nothing_is_lost_whatever_the_text(text: bytes) -> None:
    check(text, python_tokens(text))


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_the_tokens_of_python_are_those_of_its_own_tokenizer(file: Path) -> None:
    text = file.read_bytes()
    expected: list[str] = []
    formatted = 0
    for token in tokenize.tokenize(io.BytesIO(text).readline):
        kind = tokenize.tok_name[token.type]
        formatted += kind.endswith("STRING_START")
        if not formatted and token.type not in _NO_TOKEN:
            expected.append(token.string.rstrip())
        formatted -= kind.endswith("STRING_END")
    found = [token.decode() for token in python_tokens(text).texts]
    # Python 3.12 takes formatted strings apart.
    whole_strings = {token for token in found if token[-1] in "'\"" and token[0] in "fFrR"}
    assert [token for token in found if token not in whole_strings] == [
        token for token in expected if token not in whole_strings
    ]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        (b"f'{x['a']}' + 1", [b"f'{x['a']}'", b"+", b"1"]),
        (b"f\"{x!r:'>10}\" 'b'", [b'f"{x!r:\'>10}"', b"'b'"]),
        (b'r"{\'" + "\'}"', [b'r"{\'"', b"+", b'"\'}"']),
        (b"rf'{a}{{' Rb'' bR\"\" in'a'", [b"rf'{a}{{'", b"Rb''", b'bR""', b"in", b"'a'"]),
        (b"'''a\n'b''' \"\"\"\\\"\"\"\"", [b"'''a\n'b'''", b'"""\\""""']),
        (b"'open\nx", [b"'open", b"x"]),
        (b"a<>b//=c**=d->e:=f...", [b"a", b"<>", b"b", b"//=", b"c", b"**=", b"d", b"->", b"e", b":=", b"f", b"..."]),
        (b"0x_fF 1_0.5e-3j .5 1. 10L 0777", [b"0x_fF", b"1_0.5e-3j", b".5", b"1.", b"10L", b"0777"]),
        (b"a \\\n  b  # c \t\r\n`d`", [b"a", b"b", b"# c", b"`", b"d", b"`"]),
    ],
)
def test_the_tokens_of(text: bytes, texts: list[bytes]) -> None:
    found = python_tokens(text)
    check(text, found)
    assert found.texts == texts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"'a'", b'"a"', True),
        (b"u'a'", b'"""a"""', True),
        (b"'it\\'s'", b'"it\'s"', True),
        (b"r'a'", b"'a'", True),
        (b"r'\\n'", b"'\\n'", False),
        (b"b'a'", b"'a'", False),
        (b"0XFF", b"0xff", True),
        (b"1_000", b"1000", True),
        (b"'a'", b"'b'", False),
        (b"# 'a'", b'# "a"', False),
    ],
)
def test_keys_tell_what_is_the_same(one: bytes, other: bytes, same: bool) -> None:
    assert (python_tokens(one).keys == python_tokens(other).keys) is same


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"a.js", b"const a = `x ${ y }  z`;\n// c \nf( 'a  b' )\n"),
        (b"a.go", b'package a\n\nfunc f() string { return "a  b" }\n'),
        (b"a.c", b"#define A(x) \\\n  x\nint  main(void) { return 'a'; } /* b\n */\n"),
        (b"a.rs", b"fn main() { println!(\"a  b\"); let c = ' '; }\n"),
        (b"a.rb", b"def a\n  <<~B\n    c  d\n  B\nend\n"),
        (b"a.sh", b"a=1\ncat <<B\nc  d\nB\n"),
        (b"a.php", b"text  <?php echo 'a  b'; ?> more  text\n"),
        (b"a.kt", b'fun main() { println("a  $b") }\n'),
        (b"a.java", b'class A { String b = "c  d"; /* e */ }\n'),
        (b"a.ts", b"let a: Array<number> = [1, 2]\n"),
        (b"a.js", b"const = ( 'open\n }"),
    ],
)
def test_other_languages_lose_nothing(path: bytes, text: bytes) -> None:
    check(text, language_of(path).tokens(text))


def test_a_language_without_tokens_has_none() -> None:
    assert language_of(b"a.txt").tokens(b"a b") is None


_KEYS = st.lists(st.sampled_from([b"a", b"b", b"c\nd", b"\0", b"\0\n", b"\0\1"]), max_size=12)


@given(_KEYS, _KEYS)
def test_a_token_diff_tells_all_that_differs(old: list[bytes], new: list[bytes]) -> None:
    made = list(old)
    for block in reversed(token_diff(old, new)):
        made[block.old_start : block.old_end] = new[block.new_start : block.new_end]
    assert made == new
