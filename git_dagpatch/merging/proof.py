"""What a merged text has to be before it is taken for more than a guess: nothing is broken, doubled or lost in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from git_dagpatch.languages import language_of
from git_dagpatch.languages.language import Language
from git_dagpatch.merging.dispute import Texts

_WORD = re.compile(rb"[\w\x80-\xff]+")
_MARKER = re.compile(rb"^(?:<{7}|={7}|>{7}|\|{7})(?:[ \r\n]|\Z)", re.MULTILINE)


def fault_of_merge(path: bytes, texts: Texts, merged: bytes) -> str:
    """What speaks against `merged` as the merge of `texts`, as a phrase; empty if nothing does.

    What is wrong with one of the three texts already may be wrong with the result.
    """
    language = language_of(path, texts.base)
    if len(_MARKER.findall(merged)) > max(len(_MARKER.findall(text)) for text in texts):
        return "a conflict marker is left in it"
    if not language.parses(merged) and all(map(language.parses, texts)):
        return "it does not parse"
    comments = [language.comments_of(text) for text in (*texts, merged)]
    if None not in comments:
        base, ours, theirs, found = (counter or Counter() for counter in comments)
        for comment in ours.keys() | theirs.keys():
            due = min(ours[comment] + theirs[comment] - base[comment], max(ours[comment], theirs[comment]))
            if found[comment] < due:
                return "a comment is lost"
    known = _most(language.name_faults(text) for text in texts)
    new = (language.name_faults(merged) or Counter()) - known
    return min(new, default="") or _other_meaning(language, texts, merged)


def _other_meaning(language: Language, texts: Texts, merged: bytes) -> str:
    """A name that a side brought in, and that is bound to something else in `merged`, as a phrase."""
    found = language.meanings(merged)
    sides = [(language.meanings(text), _new_words(texts.base, text)) for text in texts[1:] if text != merged]
    for (scope, name), homes in sorted((found or {}).items()):
        told = [meanings[scope, name] for meanings, _ in sides if meanings is not None and (scope, name) in meanings]
        changed = any(
            name.encode() in words and meanings is not None and meanings.get((scope, name), homes) != homes
            for meanings, words in sides
        )
        if changed or (len(sides) > 1 and not told):
            return f"{name} in {scope or 'the module'} means something else"
    return ""


def _new_words(base: bytes, side: bytes) -> frozenset[bytes]:
    """The words of lines that `base` has not, or not as often."""
    new = Counter(map(bytes.strip, side.splitlines())) - Counter(map(bytes.strip, base.splitlines()))
    return frozenset(word for line in new for word in _WORD.findall(line))


def _most(counters: Iterable[Counter[str] | None]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counter in counters:
        found |= counter or Counter()
    return found
