"""The small repository that the documents show, a shell in which their commands are run, and a tour through it.

Authors and dates are fixed, so every id is the same on every machine. The history:

    main    Start a reading list → Rename the store to books → Clean up white space → Make run.sh executable, draw a
            new logo → Sort titles by author
    search  from the first commit: Find books whatever the case
    unread  from the last but one: List unread titles only
    rework  from the last: Write and read lists of books → Rework the formats

Run as a program (scripts/demo does), it makes the repository and takes the tour. Nothing else of the tests is imported.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

_STORE = b'''\
"""The books on a shelf, kept in a JSON file."""

import json
from pathlib import Path


class Shelf:
    """Books by title."""

    def __init__(self, path):
        self.path = Path(path)\x20\x20
        self.books = {}

    def load(self):
        if self.path.exists():\x20
            self.books = json.loads(self.path.read_text())

    def save(self):
        self.path.write_text(json.dumps(self.books))
\x20\x20\x20\x20
    def add(self, title, author):
        self.books[title] = {"author": author, "read": False}

    def find(self, word):
        return [title for title in self.books if word in title]\x20

    def titles(self):
        return list(self.books)
'''

_CLI = b'''\
"""The command line."""

import sys

from shelf.store import Shelf


def main():
    shelf = Shelf("books.json")
    shelf.load()\t
    command, *words = sys.argv[1:]
    if command == "add":
        shelf.add(*words)
        shelf.save()\x20
    elif command == "list":
        print("\\n".join(shelf.titles()))
'''

_TEST = b"""\
from shelf.store import Shelf


def test_a_book_is_found(tmp_path):
    shelf = Shelf(tmp_path / "books.json")
    shelf.add("Emma", "Jane Austen")
    assert shelf.find("mm") == ["Emma"]
"""

FORMATS = b"""\
'''Lists of books in other formats.'''
import sys, csv
import logging
import json
from shelf.books import Shelf

log = logging.getLogger(__name__)

def slug(title):
    '''A title as a file name.'''
    words = [word for word in title.lower().split() if word.isalnum()]
    return '-'.join(words)

def dump(shelf, stream):
    writer = csv.writer(stream)
    for title, book in shelf.books.items():
        if not book['author']:
            log.warn('%s has no author', title)
        writer.writerow( [title, book['author'], slug(title)] )

def load(shelf, stream):
    for row in csv.reader(stream):
        if len(row)<2:
            log.warn('not a book: %s', row)
            continue
        shelf.add(row[0], row[1])

def dump_json(shelf, stream):
    if not shelf.books:
        log.warn('nothing to write')
    json.dump(shelf.books, stream, indent = 2)

def main():
    shelf = Shelf('books.json'); shelf.load()
    dump(shelf, sys.stdout)
"""

REWORKED = b'''\
"""Lists of books in other formats."""

import csv
import json
import logging
import sys

from shelf.books import Shelf
from shelf.words import slug

log = logging.getLogger(__name__)


def write_csv(shelf, stream):
    writer = csv.writer(stream)
    for title, book in shelf.books.items():
        if not book["author"]:
            log.warning("%s has no author", title)
        writer.writerow([title, book["author"], slug(title)])


def read_csv(shelf, stream):
    for row in csv.reader(stream):
        if len(row) < 2:
            log.warning("not a book: %s", row)
            continue
        shelf.add(row[0].strip(), row[1])


def dump_json(shelf, stream):
    if not shelf.books:
        log.warning("nothing to write")
    json.dump(shelf.books, stream, indent=2)


def main():
    shelf = Shelf("books.json")
    shelf.load()
    write_csv(shelf, sys.stdout)
'''

WORDS = b'''\
"""Words of titles."""


def slug(title):
    """A title as a file name."""
    words = [word for word in title.lower().split() if word.isalnum()]
    return "-".join(words)
'''

_README = b"""\
# shelf

A reading list\x20
for the shell.

    shelf add Emma "Jane Austen"\x20\x20
    shelf list
"""

_USAGE = b"""\
Usage\r
=====\r
\r
`shelf add TITLE AUTHOR` puts a book on the shelf.\r
`shelf list` names them all.\r
"""


def _bitmap(red: int, green: int, blue: int) -> bytes:
    """A bitmap of 16 by 16 pixels with a stripe of one colour."""
    pixel, stripe = b"\xff\xff\xff", bytes((blue, green, red))
    rows = b"".join((stripe if 4 <= row < 12 else pixel) * 16 for row in range(16))
    size = 54 + len(rows)
    header = b"BM" + size.to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    about = b"".join(number.to_bytes(4, "little") for number in (40, 16, 16))
    return header + about + b"\x01\0\x18\0" + bytes(24) + rows


_LAST_DAY = 9
"""The day of January on which the last commit is made."""


def _people(day: int) -> dict[str, str]:
    """Who commits, on a day of January."""
    date = f"2026-01-{day:02}T09:00:00+01:00"
    return {
        "GIT_AUTHOR_NAME": "A U Thor",
        "GIT_AUTHOR_EMAIL": "author@example.com",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": "C O Mitter",
        "GIT_COMMITTER_EMAIL": "committer@example.com",
        "GIT_COMMITTER_DATE": date,
    }


class Shell:
    """Runs commands in `directory`, with git sealed from the configuration, people and clock of the machine."""

    def __init__(self, directory: Path, home: Path) -> None:
        self.directory = directory
        self.status = 0
        """What the last command exited with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_"))}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PAGER", "LANGUAGE"):
            kept.pop(name, None)
        self.environment = kept | {
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            **_people(_LAST_DAY + 1),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            # `git dagpatch` is the one of the environment that runs this.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }

    def run(self, command: str) -> str:
        """What `command` prints, messages included. ``$?`` in it is the exit status of the command before."""
        script = f"(exit {self.status})\n{command}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.status = done.returncode
        return done.stdout


class _Author:
    """Makes the commits: each a day after the one before."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.day = 0

    def git(self, *arguments: str) -> None:
        environment = self.shell.environment | _people(self.day)
        subprocess.run(["git", *arguments], cwd=self.shell.directory, env=environment, check=True)

    def write(self, path: str, content: bytes) -> None:
        file = self.shell.directory / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)

    def replace(self, path: str, old: bytes, new: bytes) -> None:
        file = self.shell.directory / path
        before = file.read_bytes()
        assert old in before, (path, old)
        file.write_bytes(before.replace(old, new))

    def commit(self, message: str) -> None:
        self.day += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


def make(directory: Path, home: Path) -> Shell:
    """Make the repository in `directory`, which must be empty or missing, and a shell in it."""
    directory.mkdir(parents=True, exist_ok=True)
    shell = Shell(directory, home)
    author = _Author(shell)
    author.git("init", "--quiet", "--initial-branch=main")
    author.git("config", "core.autocrlf", "false")
    _main(author)
    _branches(author)
    return shell


def _main(author: _Author) -> None:
    author.write("README.md", _README)
    author.write("docs/usage.md", _USAGE)
    author.write("docs/logo.bmp", _bitmap(200, 30, 30))
    author.write("run.sh", b'#!/bin/sh\nexec python -m shelf "$@"\n')
    author.write("shelf/__init__.py", b"")
    author.write("shelf/__main__.py", b"from shelf.cli import main\n\nmain()\n")
    author.write("shelf/cli.py", _CLI)
    author.write("shelf/store.py", _STORE)
    author.write("tests/test_store.py", _TEST)
    author.commit("Start a reading list")

    author.git("mv", "shelf/store.py", "shelf/books.py")
    author.git("mv", "tests/test_store.py", "tests/test_books.py")
    author.replace("shelf/books.py", b"The books on a shelf, kept in a JSON file.", b"Books, kept in a JSON file.")
    for path in ("shelf/cli.py", "tests/test_books.py"):
        author.replace(path, b"from shelf.store import", b"from shelf.books import")
    author.commit("Rename the store to books")

    for path in ("README.md", "shelf/books.py", "shelf/cli.py"):
        lines = (author.shell.directory / path).read_bytes().split(b"\n")
        author.write(path, b"\n".join(line.rstrip() for line in lines))
    author.replace("docs/usage.md", b"\r\n", b"\n")
    author.replace("shelf/books.py", b"if word in title]", b"if word and word in title]")
    author.commit("Clean up white space")

    (author.shell.directory / "run.sh").chmod(0o755)
    author.write("docs/logo.bmp", _bitmap(30, 30, 200))
    author.commit("Make run.sh executable, draw a new logo")

    by_author = b'return sorted(self.books, key=lambda title: self.books[title]["author"])'
    author.replace("shelf/books.py", b"return list(self.books)", by_author)
    author.replace("docs/usage.md", b"names them all.", b"names them all, by author.")
    author.commit("Sort titles by author")


def _branches(author: _Author) -> None:
    author.git("switch", "--quiet", "--create", "search", "main~4")
    author.replace("shelf/store.py", b"if word in title]", b"if word.lower() in title.lower()]")
    author.commit("Find books whatever the case")

    author.git("switch", "--quiet", "--create", "unread", "main~1")
    unread = b'return [title for title, book in self.books.items() if not book["read"]]'
    author.replace("shelf/books.py", b"return list(self.books)", unread)
    author.commit("List unread titles only")

    author.git("switch", "--quiet", "--create", "rework", "main")
    author.write("shelf/formats.py", FORMATS)
    author.commit("Write and read lists of books")
    author.write("shelf/formats.py", REWORKED)
    author.write("shelf/words.py", WORDS)
    author.commit("Rework the formats")
    author.git("switch", "--quiet", "main")


class Stop(NamedTuple):
    """One command of the tour."""

    why: str
    command: str
    status: int = 0
    """The exit status that it has."""


TOUR = (
    Stop("Five commits, and two branches that left them.", "git log --oneline --decorate --all"),
    Stop("What git says of the third commit.", "git show --stat --format=%s main~2"),
    Stop(
        "The same commit by meaning: layout, and one edit that the layout would have hidden.",
        "git dagpatch show main~2",
    ),
    Stop(
        "What there is to read of it: the edit; documents are left out.", "git dagpatch review main~2 --hide documents"
    ),
    Stop("Two files moved, one of them with an edit.", "git dagpatch show main~3"),
    Stop("An executable bit, and a file that is not text.", "git dagpatch show main~1"),
    Stop("Commits as patches, one file each.", "git dagpatch export -o patches main~4..main"),
    Stop("Each of them makes exactly its commit's tree.", "git dagpatch verify main~4..main"),
    Stop("So do the files that were written.", "git dagpatch verify patches/0002-Clean-up-white-space.dagpatch.json"),
    Stop("How long they are beside git's own diff.", "git dagpatch stats main~4..main"),
    Stop(
        "The rename, on a branch that edits the file under its old name: a tree.",
        "git dagpatch apply-tree main~3 search",
    ),
    Stop("In it the branch's edit has moved along.", "git grep -n lower $(git dagpatch apply-tree main~3 search)"),
    Stop("One function, edited on two branches: a tree, and a conflict.", "git dagpatch apply-tree unread main", 1),
    Stop("Its file holds markers.", "git grep -h -B1 -A4 '<<<<<<<' $(git dagpatch apply-tree unread main | head -n 1)"),
    Stop("Strategies decide conflicts and nothing else.", "git dagpatch apply-tree --strategy theirs unread main"),
    Stop("On a branch, a patch becomes a commit.", "git switch --quiet search && git dagpatch apply main~3"),
    Stop("It can be taken back.", "git dagpatch rollback"),
    Stop("Patches can be kept in the repository.", "git dagpatch record main~2"),
    Stop("A note on the commit names them.", "git log -1 --notes=dagpatch --format='%s%n%n%N' main~2"),
    Stop("git can be told to do that, and to check what is staged.", "git dagpatch init --hooks"),
    Stop(
        "A check finds what would not run.",
        "echo 'import shelf.cellar' >>shelf/cli.py; git dagpatch check --imports shelf",
        1,
    ),
    Stop("The hooks go as they came.", "git dagpatch init --remove-hooks"),
)


def _show(shell: Shell) -> int:
    """Take the tour; 0 if each command exits as it shall."""
    wrong = 0
    for why, command, status in TOUR:
        output = shell.run(command)
        sys.stdout.write(f"# {why}\n$ {command}\n{output}\n")
        sys.stdout.flush()
        wrong += shell.status != status
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Show git dagpatch at work on a small repository.")
    parser.add_argument("--repository", type=Path, metavar="DIR", help="only make the repository, in DIR, and keep it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if options.repository is None:
            return _show(make(Path(home, "shelf"), Path(home)))
        if options.repository.exists():
            parser.error(f"{options.repository} exists already")
        make(options.repository, Path(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
