"""What a merged text has to be before it is taken for more than a guess: nothing is broken, doubled or lost in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from git_dagpatch.languages import language_of
from git_dagpatch.merging.dispute import Texts

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
    return min(new, default="")


def _most(counters: Iterable[Counter[str] | None]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counter in counters:
        found |= counter or Counter()
    return found
