"""Data formats that Python's own library reads: JSON, JSON with comments, and TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from typing import Any

from git_dagpatch.languages.language import Fault, Language, fault_at, undecodable

_TOO_DEEP = "the values are nested too deeply to be read"
_BYTE_ORDER_MARK = "\ufeff"

# A string, or a comment.
_JSON_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(//[^\n]*|/\*.*?\*/)', re.DOTALL)
_TRAILING_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?<![\[{,\s])(\s*,)(?=\s*[\]}])', re.DOTALL)
_NO_SPACE = re.compile(r"[^\r\n]")
_TOML_TEXT = re.compile(
    rb"""
    \#[^\n]* | (?P<long>"{3}(?:[^"\\]|\\.|"(?!""))*"{3,5} | '{3}.*?'{3,5}) | "(?:[^"\\\n]|\\.)*" | '[^'\n]*'
    """,
    re.VERBOSE | re.DOTALL,
)
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Json(Language):
    """JSON in UTF-8, 16 or 32, as Python reads it: NaN and Infinity pass, so do names that are there twice."""

    name = "json"

    def fault(self, text: bytes) -> Fault | None:
        try:
            self._read(text.decode(json.detect_encoding(text)).removeprefix(_BYTE_ORDER_MARK))
        except json.JSONDecodeError as error:
            message = error.msg.removesuffix(" at")
            return Fault(error.lineno, error.colno, message[:1].lower() + message[1:])
        except UnicodeDecodeError as error:
            return undecodable(text, error)
        except RecursionError:
            return Fault(1, 1, _TOO_DEEP)
        return None

    def doubled(self, text: bytes) -> Counter[str]:
        found: Counter[str] = Counter()

        def count(pairs: list[tuple[str, Any]]) -> None:
            for key, times in Counter(key for key, _ in pairs).items():
                if times > 1:
                    found[f"the key {key} is there twice"] += times - 1

        try:
            decoded = text.decode(json.detect_encoding(text)).removeprefix(_BYTE_ORDER_MARK)
            json.loads(self._plain(decoded), parse_int=str, parse_float=str, object_pairs_hook=count)
        except (ValueError, RecursionError):
            return Counter()
        return found

    def name_faults(self, text: bytes) -> Counter[str] | None:
        return self.doubled(text)

    def _read(self, text: str) -> Any:
        # Numbers stay text: Python would refuse to make one of thousands of digits.
        return json.loads(self._plain(text), parse_int=str, parse_float=str)

    def _plain(self, text: str) -> str:
        """`text` without what JSON itself does not have."""
        return text


class JsonWithComments(Json):
    """JSON with comments and trailing commas, as the compiler of TypeScript and editors read their settings."""

    name = "jsonc"

    def _plain(self, text: str) -> str:
        return _blanked(_TRAILING_COMMA, _blanked(_JSON_COMMENT, text))


def _blanked(what: re.Pattern[str], text: str) -> str:
    """`text` with spaces for what the group of `what` matches, so that all else stays in its place."""
    return what.sub(lambda found: _NO_SPACE.sub(" ", found[0]) if found[1] else found[0], text)


class Toml(Language):
    """TOML 1.0."""

    name = "toml"

    def fault(self, text: bytes) -> Fault | None:
        try:
            tomllib.loads(text.decode())
        except tomllib.TOMLDecodeError as error:
            return _toml_fault(text, str(error))
        except UnicodeDecodeError as error:
            return undecodable(text, error)
        except RecursionError:
            return Fault(1, 1, _TOO_DEEP)
        return None

    def long_texts(self, text: bytes) -> list[tuple[int, int]]:
        found = [match.span() for match in _TOML_TEXT.finditer(text) if match["long"] and b"\n" in match[0]]
        return [(text.count(b"\n", 0, start), text.count(b"\n", 0, end) + 1) for start, end in found]


def _toml_fault(text: bytes, message: str) -> Fault:
    """The fault that tomllib describes; where it is stands at the end of its message."""
    place = _TOML_PLACE.search(message)
    what = _TOML_PLACE.sub("", message)
    what = what[:1].lower() + what[1:]
    if place and place[1]:
        return Fault(int(place[1]), int(place[2]), what)
    return fault_at(text, len(text), what)
