"""Commits whose reviews are kept as files in tests/golden/review, to be read when they change.

scripts/docs writes these files; tests/test_docs.py proves that they are current.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from git_dagpatch.engine.factor import factor
from git_dagpatch.engine.review import review
from git_dagpatch.model.patch import Author, Metadata
from git_dagpatch.model.review import Detail, Review
from git_dagpatch.model.text import to_text
from git_dagpatch.report.highlight import highlight
from git_dagpatch.report.review_html import review_html
from git_dagpatch.report.review_markdown import review_markdown
from git_dagpatch.report.review_text import View, review_text
from git_dagpatch.report.review_words import Wish
from tests.review_shapes import SHAPES
from tests.trees import Files, script, text, tree_of

DIRECTORY = "tests/golden/review"


class Commit(NamedTuple):
    """Files before and after, and what is said about the change."""

    message: bytes
    before: Files
    after: Files
    author: bytes = b"A U Thor <author@example.com>"


_STORE = b'''\
"""Books on a shelf."""

import json
from pathlib import Path


class Shelf:
    """Books by title."""

    def __init__(self, path, indent = 2):
        self.path = Path(path)
        self.indent = indent
        self.books = {}

    def load(self):
        # Nothing is there at first.
        if self.path.exists():
            self.books = json.loads(self.path.read_text())

    def find(self, word):
        found = []
        for title in self.books:
            if word in title:
                found.append(title)
        return found


def slug(title):
    words = title.lower().split()
    return '-'.join(word for word in words if word.isalnum())


def shown(title, width):
    if len(title) <= width:
        return title
    return title[: width - 1] + '~'
'''

_CLI = b'''\
"""The command line."""

import sys

from shelf.store import Shelf, slug


def main():
    shelf = Shelf("books.json")
    shelf.load()
    for title in shelf.find(sys.argv[1]):
        print(slug(title), timeout(title))
        print(slug(title), timeout(title, 1))


def timeout(title, seconds=0):
    log("one", title)
    log("two", title)
    log("three", title)
    return seconds
'''

_WORDS = b'''\
"""Words of titles."""

import re


def plain(title):
    return re.sub(r"\\W", "", title)
'''

_MOVED = b"""

def slug(title):
    words = title.lower().split()
    return '_'.join(word for word in words if word.isalnum())
"""


def _refactoring() -> Commit:
    slug = _STORE[_STORE.index(b"\n\ndef slug") : _STORE.index(b"\n\ndef shown")]
    store = (
        _STORE.replace(slug, b"")
        .replace(b"found", b"titles")
        .replace(b"indent = 2", b"indent=2")
        .replace(b"# Nothing is", b"# No file is")
        .replace(b"width - 1] + '~'", b"width - 3] + '...'")
        .replace(b'"""Books by title."""', b'"""Books, by their titles."""')
    )
    cli = (
        _CLI.replace(
            b"from shelf.store import Shelf, slug", b"from shelf.store import Shelf\nfrom shelf.words import slug"
        )
        .replace(b'log("one", title)', b'log("one", title, level=1)')
        .replace(b'log("two", title)', b'log("two", title, level=1)')
        .replace(b'log("three", title)', b'log("three", title, level=1)')
        .replace(b"def timeout(title, seconds=0):", b"def timeout(title, *, seconds=0):")
        .replace(b"timeout(title, 1)", b"timeout(title, seconds=1)")
    )
    test = b"from shelf.store import Shelf\n\n\ndef test_find():\n    assert Shelf('a').find('b') == []\n"
    return Commit(
        b"Words have a module of their own\n\nAnd three dots are clearer than one sign.\n",
        {
            b"shelf/store.py": text(_STORE),
            b"shelf/cli.py": text(_CLI),
            b"shelf/words.py": text(_WORDS),
            b"tests/test_store.py": text(test),
            b"README.md": text(b"# Shelf\n\n`slug` makes file names.\n"),
            b"pyproject.toml": text(b'[project]\nname = "shelf"\nversion = "1.0"\ndependencies = ["click"]\n'),
        },
        {
            b"shelf/store.py": text(store),
            b"shelf/cli.py": text(cli),
            b"shelf/words.py": text(_WORDS + _MOVED),
            b"tests/test_store.py": text(test.replace(b"'b'", b"'bb'")),
            b"README.md": text(b"# Shelf\n\n`slug` makes file names, with underscores.\n"),
            b"pyproject.toml": text(b'[project]\nname = "shelf"\nversion = "1.1"\ndependencies = ["click", "rich"]\n'),
        },
    )


def _hostile() -> Commit:
    name = b"<img src=x onerror=alert(1)>`@everyone`\x1b[31m.py"
    return Commit(
        b"\x1b]0;owned\x07 [x](javascript:alert(1)) @everyone #1 <script>\n\n\x1b[2Jgone\r\n```\n</details>\n",
        {
            name: text(b"def f():\n    return '\x1b[31m'\n"),
            b"m.py": text(b'def f():\n    return """\n```\n</details>\n"""\n'),
            b"two\nlines.txt": text(b"one\n\xe2\x80\xae two\n"),
        },
        {
            name: text(b"def f():\n    return '\x1b[32m\x07'\n"),
            b"m.py": text(b'def f():\n    return """\n````\n</details> <script>alert(1)</script>\n"""\n'),
            b"two\nlines.txt": text(b"one\n\xe2\x80\xae three\n"),
        },
        author=b"\x1b[1m<b>Mallory <m@example.com>",
    )


def _odds_and_ends() -> Commit:
    """Binary files, modes, missing newlines, line ends, data, files that come, go and are moved."""
    return Commit(
        b"Odds and ends\n",
        {
            b"logo.png": text(b"\x89PNG\0\1\2\3"),
            b"run.sh": text(b"echo 1\n"),
            b"last.txt": text(b"one\ntwo\nthree"),
            b"dos.bat": text(b"a\r\nb\r\nc\r\n"),
            b"data.json": text(b'{\n  "name": "x",\n  "list": [\n    1,\n    2\n  ]\n}\n'),
            b"old.c": text(b"int main(void)\n{\n    return 0;\n}\n"),
            b"gone.txt": text(b"no more\n"),
            b"minified.js": text(b"f(" + b"1, " * 900 + b"2, 3)\n" + b"g(" + b"1, " * 900 + b"2)\n"),
        },
        {
            b"logo.png": text(b"\x89PNG\0\1\2\3\4\5"),
            b"run.sh": script(b"echo 1\n"),
            b"last.txt": text(b"one\ntwo!\nthree?"),
            b"dos.bat": text(b"a\r\nB\r\nc\r\n"),
            b"data.json": text(b'{\n  "name": "y",\n  "list": [\n    1,\n    2,\n    3\n  ]\n}\n'),
            b"src/new.c": text(b"int main(void)\n{\n    return 1;\n}\n"),
            b"come.txt": text(b"here\n"),
            b"minified.js": text(b"f(" + b"1, " * 900 + b"4, 3)\n" + b"g(" + b"1, " * 900 + b"2)\n"),
        },
    )


COMMITS: Mapping[str, Callable[[], Commit]] = {
    "refactoring": _refactoring,
    "hostile": _hostile,
    "odds-and-ends": _odds_and_ends,
}


def review_of(commit: Commit) -> Review:
    base = tree_of(commit.before)
    name, _, email = commit.author.partition(b" <")
    author = Author(to_text(name), to_text(email[:-1]), "2026-01-01T09:00:00+01:00")
    metadata = Metadata(commit="0123456789" * 4, author=author, message=to_text(commit.message))
    return review(factor(base, tree_of(commit.after), metadata), base, Detail(), trusted=True)


def marked(text: str, role: str) -> str:
    """Looks that can be read."""
    return f"<{role}>{text}</>" if text and role != "context" else text


def plain(text: str, role: str) -> str:
    return text


def as_text(found: Review, width: int = 80) -> str:
    return _joined(review_text(found, plain, View(width)))


def narrow(found: Review) -> str:
    """At the least width, with all places and all lines."""
    wish = Wish(show=frozenset(("refactoring", "proved")))
    return _joined(review_text(found, plain, View(60, wish, places=True)))


def coloured(found: Review) -> str:
    return _joined(review_text(found, marked, View(80, highlight=highlight)))


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Review) -> str:
    return json.dumps(msgspec.to_builtins(found), indent=1, ensure_ascii=False) + "\n"


FORMS: Mapping[str, Callable[[Review], str]] = {
    "txt": as_text,
    "60.txt": narrow,
    "colour.txt": coloured,
    "md": lambda found: review_markdown(found, Wish()),
    "json": as_json,
}


def as_page(found: Review) -> str:
    """The page without what is the same in all of them, and without the data, which is what `as_json` gives."""
    page = review_html([found])
    for kind in (r'<script type="application/json"[^>]*>', "<script>", "<style>"):
        page = re.sub(rf"({kind}).*?(</(?:script|style)>)", r"\1…\2", page, count=1, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", page)


def _golden(commit: Callable[[], Commit], form: Callable[[Review], str]) -> str:
    return form(review_of(commit()))


def shape_of(name: str) -> Callable[[], Commit]:
    """A commit of one of the shapes that public histories have."""
    return lambda: Commit(*SHAPES[name]())


GOLDEN = {
    f"{DIRECTORY}/{name}.{suffix}": partial(_golden, commit, form)
    for name, commit in COMMITS.items()
    for suffix, form in FORMS.items()
} | {
    f"{DIRECTORY}/{name}.{suffix}": partial(_golden, shape_of(name), form)
    for name in SHAPES
    for suffix, form in (("txt", as_text), ("md", FORMS["md"]), ("page.html", as_page))
}
"""Path → what the file shall hold."""
