"""The tokens of Python, versions 2 and 3, by one pattern that passes over a text in bulk."""

from __future__ import annotations

import re

from git_dagpatch.languages.kept import Kept
from git_dagpatch.languages.tokens import Tokens, tokens_of

_KEPT = 1_000_000
"""Bytes of source whose tokens are kept; they take about fifteen times as much."""

# Of Python 3.12, fields of a formatted string may hold its own quotes.
_FIELD = rb"""\{(?:[^"'{}\n]|"[^"\n]*"|'[^'\n]*'|\{[^{}"'\n]*\})*+\}"""

# The most frequent kinds come first. A name right before a quote is a prefix, or else a word such as `in"abc"`.
_TOKEN = re.compile(
    rb"""
    ((?:[ \t\n\r\f]++|\\\r?\n)*+)
    (
        [A-Za-z_\x80-\xff][\w\x80-\xff]*+(?!["'])
      | [()\[\]{},;~`]
      | \.(?![\d.]) | =(?!=) | :(?!=)
      | (?:[bBfFtT][rR]?|[rR][bBfFtT]?|[uU][rR]?)?+(?:
            "{3}(?:[^\\"]++|\\.|"(?!""))*+(?:"{3}|\Z)
          | '{3}(?:[^\\']++|\\.|'(?!''))*+(?:'{3}|\Z)
          | (?:(?<=[fFtT])|(?<=[fFtT][rR]))"(?:[^\\"{\n]++|\\.|\{\{|%b)*+"
          | (?:(?<=[fFtT])|(?<=[fFtT][rR]))'(?:[^\\'{\n]++|\\.|\{\{|%b)*+'
          | "(?:[^\\"\n]++|\\.)*+"?
          | '(?:[^\\'\n]++|\\.)*+'?
        )
      | \#(?:[^\n\r]*[^\s])?
      | 0[xXoObB][\da-fA-F_]++[lL]?
      | (?:\d[\d_]*+(?:\.(?:\d[\d_]*+)?)?|\.\d[\d_]*+)(?:[eE][-+]?\d[\d_]*+)?[jJlL]?
      | \*\*=? | //=? | >>=? | <<=? | <> | -> | \.{3} | [-+*/%%&|^=<>!:@]=
      | [A-Za-z_\x80-\xff][\w\x80-\xff]*+
      | .
      | \Z
    )
    """
    % (_FIELD, _FIELD),
    re.VERBOSE | re.DOTALL,
)

_STRING = re.compile(rb"""([A-Za-z]*)("{3}|'{3}|"|')(.*)\2""", re.DOTALL)
_ESCAPED_QUOTE = re.compile(rb"""\\(?:(["'])|(.))""", re.DOTALL)
_POINT = re.compile(rb"^(\d*)\.(\d*)")
_QUOTES = (b'"', b"'")
_DIGITS = tuple(b"%d" % digit for digit in range(10)) + tuple(b".%d" % digit for digit in range(10))


def python_tokens(text: bytes) -> Tokens:
    """The tokens of `text`, also where it is not well formed; those of the last texts are kept."""
    return _tokens(text)


def _read(text: bytes) -> Tokens:
    found = _TOKEN.findall(text)
    while len(found) > 1 and not found[-2][1]:
        found.pop()
    gaps, texts = map(list, zip(*found, strict=True))
    texts.pop()
    values = [spelled for spelled in set(texts) if spelled.endswith(_QUOTES) or spelled.startswith(_DIGITS)]
    other = {spelled: key for spelled in values if (key := _key(spelled)) != spelled}
    keys = [other.get(spelled, spelled) for spelled in texts] if other else texts
    return tokens_of(gaps, texts, keys)


_tokens = Kept(_read, _KEPT)


def is_string(token: bytes) -> bool:
    """Whether `token` is a string, of whatever prefix."""
    return token.endswith(_QUOTES) and not token.startswith(b"#")


def is_number(token: bytes) -> bool:
    """Whether `token` is a number."""
    return token.startswith(_DIGITS)


def _key(token: bytes) -> bytes:
    if is_string(token):
        return _string_key(token)
    return _number_key(token) if is_number(token) else token


def _number_key(token: bytes) -> bytes:
    """The number in small letters, without what only parts its digits and with a digit on both sides of its point."""
    plain = token.replace(b"_", b"").lower()
    return _POINT.sub(lambda found: b"%b.%b" % (found[1] or b"0", found[2].rstrip(b"0") or b"0"), plain, count=1)


def _string_key(token: bytes) -> bytes:
    """The string in double quotes, with no backslash before a quote and only the prefixes that matter to its value."""
    match = _STRING.fullmatch(token)
    if not match:
        return token
    prefix, _, body = match.groups()
    prefix = prefix.lower().replace(b"u", b"")
    if b"\\" not in body:
        prefix = prefix.replace(b"r", b"")
    elif b"r" not in prefix:
        body = _ESCAPED_QUOTE.sub(lambda found: found[1] or found[0], body)
    return b'%b"%b"' % (bytes(sorted(prefix)), body)
