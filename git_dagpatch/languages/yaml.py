"""YAML, by ruamel.yaml: its events alone, so that tags mean nothing and nothing is built."""

from __future__ import annotations

import codecs
import re
from collections import Counter

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from git_dagpatch.languages.language import Fault, Language, undecodable

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BRACKET = re.compile(r"[\[\]{}]")
_DEEPEST = 500
"""Brackets in brackets cost the parser in Python more than their square."""


class Yaml(Language):
    """Any number of documents of YAML 1.1 or 1.2, with any tags."""

    name = "yaml"

    def fault(self, text: bytes) -> Fault | None:
        try:
            decoded = text.decode("utf-16" if text.startswith(_UTF_16) else "utf-8-sig")
        except UnicodeDecodeError as error:
            return undecodable(text, error)
        # The parser in C, where it is installed, is many times faster and knows YAML 1.1. What it refuses the other one
        # decides, unless that would take it minutes.
        found = _fault(decoded, pure=False)
        return found if found is None or _flow_depth(decoded) > _DEEPEST else _fault(decoded, pure=True)

    def doubled(self, text: bytes) -> Counter[str]:
        try:
            return _doubled(text.decode("utf-8-sig"))
        except (UnicodeDecodeError, YAMLError, AssertionError, RecursionError):
            return Counter()

    def long_texts(self, text: bytes) -> list[tuple[int, int]]:
        try:
            events = list(YAML(typ="safe", pure=False).parse(text.decode("utf-8-sig")))
        except (UnicodeDecodeError, YAMLError, AssertionError, RecursionError):
            return []
        marks = [(event.start_mark, event.end_mark) for event in events if isinstance(event, ScalarEvent)]
        # A block ends where what follows begins.
        return [(start.line, end.line + (end.column > 0)) for start, end in marks if end.line > start.line]

    def name_faults(self, text: bytes) -> Counter[str] | None:
        return self.doubled(text)


def _doubled(text: str) -> Counter[str]:
    """Keys that one mapping has more than once."""
    found: Counter[str] = Counter()
    # The keys of each mapping that is open, None for a sequence, and whether a key is due.
    around: list[set[str] | None] = [None]
    is_key = [False]
    for event in YAML(typ="safe", pure=False).parse(text):
        if isinstance(event, CollectionEndEvent):
            around.pop()
            is_key.pop()
        elif isinstance(event, NodeEvent):
            keys = around[-1]
            if keys is not None:
                is_key[-1] = not is_key[-1]
                if not is_key[-1] and isinstance(event, ScalarEvent):
                    if event.value in keys and event.value != "<<":
                        found[f"the key {event.value} is there twice"] += 1
                    keys.add(event.value)
            if isinstance(event, CollectionStartEvent):
                is_mapping = isinstance(event, MappingStartEvent)
                around.append(set() if is_mapping else None)
                is_key.append(is_mapping)
    return found


def _flow_depth(text: str) -> int:
    """How deeply the lists and mappings in brackets are nested, or more where brackets stand in strings."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _fault(text: str, *, pure: bool) -> Fault | None:
    anchors: set[str] = set()
    try:
        for event in YAML(typ="safe", pure=pure).parse(text):
            if isinstance(event, DocumentStartEvent):
                anchors.clear()
            elif isinstance(event, AliasEvent):
                if event.anchor not in anchors:
                    return _marked(event.start_mark, f"there is no anchor for the alias *{event.anchor}")
            elif isinstance(event, NodeEvent) and event.anchor:
                anchors.add(event.anchor)
    except MarkedYAMLError as error:
        return _marked(error.problem_mark or error.context_mark, error.problem or error.context)
    except ReaderError as error:
        # The parser in C counts bytes.
        at = error.position if pure else len(text.encode()[: error.position].decode(errors="replace"))
        line = text.count("\n", 0, at) + 1
        return Fault(line, at - text.rfind("\n", 0, at), f"the character U+{ord(text[at]):04X} is not allowed")
    except (YAMLError, AssertionError) as error:
        # It asserts that it knows the version that %YAML names.
        return Fault(1, 1, " ".join(str(error).split()))
    except RecursionError:
        return Fault(1, 1, "the values are nested too deeply to be read")
    return None


def _marked(mark: StreamMark | None, message: str) -> Fault:
    return Fault(mark.line + 1, mark.column + 1, message) if mark else Fault(1, 1, message)
