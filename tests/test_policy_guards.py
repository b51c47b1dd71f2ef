"""Where policies leave a conflict open rather than guess, and how changelogs are set apart."""

from __future__ import annotations

import re

import pytest

from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.model.strategy import Policy

_LOG = """\
Version 3
---------

- Three.

Version 2
---------

- Two.

Version 1
---------

- One.
"""


def _merge(path: bytes, base: str, ours: str, theirs: str, policy: Policy) -> Merged:
    return merge_texts(base.encode(), ours.encode(), theirs.encode(), path=path, policies=(policy,))


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_an_entry_beside_one_that_was_changed_is_left_open(*, swapped: bool) -> None:
    ours = _LOG.replace("- Two.\n", "- Two.\n- Two and a half.\n")
    theirs = _LOG.replace("- Two.\n", "- Two, at last.\n")
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG).open


def test_entries_of_both_go_together_where_nothing_was_changed() -> None:
    ours = _LOG.replace("- Two.\n", "- Two.\n- Ours.\n")
    theirs = _LOG.replace("- Two.\n", "- Two.\n- Theirs.\n")
    merged = _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == _LOG.replace("- Two.\n", "- Two.\n- Ours.\n- Theirs.\n")


def test_a_heading_keeps_the_lines_above_it_that_are_usual() -> None:
    new = "Version 3.1\n-----------\n\n- More.\n"
    ours = f"Version 4\n---------\n\n- Four.\n\n{_LOG}"
    theirs = f"{new}\n\n\n{_LOG}"
    merged = _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == f"Version 4\n---------\n\n- Four.\n\n{new}\n{_LOG}"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_a_name_that_both_brought_in_is_not_doubled(*, swapped: bool) -> None:
    base, ours, theirs = "import app.core.main\n", "import new.app.core.main\n", "import app.core.new.main\n"
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"m.py", base, ours, theirs, Policy.TOKENS).open
    if swapped:
        ours, theirs = theirs, ours
    theirs = theirs.replace("core.new", "core.old")
    assert _merge(b"m.py", base, ours, theirs, Policy.TOKENS).text == b"import new.app.core.old.main\n"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("- Fixed what was slow. #12\n", "- It is faster. #12\n"),
        ("- Fixed what was slow. {issue}`12`\n", "- It is faster. {issue}`12` {pr}`13`\n"),
        ("- Ours.\n", "\nVersion 0\n---------\n\n- Theirs.\n"),
    ],
    ids=["one issue, told twice", "one issue, in a role of MyST", "an entry where the other starts a section"],
)
def test_entries_that_may_belong_elsewhere_are_left_open(ours: str, theirs: str, *, swapped: bool) -> None:
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, _LOG + ours, _LOG + theirs, Policy.CHANGELOG).open


@pytest.mark.parametrize(
    ("path", "ours", "theirs"),
    [
        (b"AUTHORS", "Ann Lee <ann@a.org>\n", '"Ann Lee" <ann@a.org>\n'),
        (b"requirements.txt", "six>=1\n", "six>=2\n"),
    ],
)
def test_what_both_name_differently_is_not_listed_twice(path: bytes, ours: str, theirs: str) -> None:
    assert _merge(path, "a==1\n", "a==1\n" + ours, "a==1\n" + theirs, Policy.LIST).open
    other = "Bob <bob@a.org>\n"
    merged = _merge(path, "a==1\n", "a==1\n" + ours, "a==1\n" + other, Policy.LIST)
    assert merged.text.decode() == "a==1\n" + ours + other


_LOCK = 'version = 1\n\n[[package]]\nname = "a"\nversion = "{}"\n\n[[package]]\nname = "b"\nversion = "{}"\n'


@pytest.mark.parametrize(
    ("ours", "theirs", "is_kept"),
    [
        (("1.10", "1.0"), ("1.9", "1.0"), True),
        (("1.9", "1.0"), ("1.10", "1.0"), False),
        (("1.10", "1.0"), ("1.9", "1.1"), False),
    ],
)
def test_a_lock_file_is_kept_if_it_is_the_newer_one(
    ours: tuple[str, str], theirs: tuple[str, str], *, is_kept: bool
) -> None:
    merged = _merge(b"uv.lock", _LOCK.format("1.0", "1.0"), _LOCK.format(*ours), _LOCK.format(*theirs), Policy.LOCKFILE)
    assert (merged.text.decode() == _LOCK.format(*ours)) == is_kept
    assert bool(merged.open) != is_kept


def test_packages_in_a_lock_file_of_objects_are_told_by_their_place() -> None:
    base, ours, theirs = (
        f'{{"packages": {{\n  "a": {{\n    "version": "{version}"\n  }}\n}}}}\n' for version in ("1.0", "1.1", "1.2")
    )
    assert _merge(b"package-lock.json", base, ours, theirs, Policy.LOCKFILE).open
    assert _merge(b"package-lock.json", base, theirs, ours, Policy.LOCKFILE).text.decode() == theirs


def test_versions_in_a_lock_file_are_none_of_the_project() -> None:
    assert _merge(b"uv.lock", 'version = "1.0"\n', 'version = "1.1"\n', 'version = "1.2"\n', Policy.VERSION).open


_SORTED = "import b\nimport e\nimport h\n"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_imports_are_added_where_they_belong_if_both_keep_an_order(*, swapped: bool) -> None:
    ours, theirs = _SORTED.replace("import h", "import g\nimport h"), _SORTED.replace("import h", "import f\nimport h")
    if swapped:
        ours, theirs = theirs, ours
    merged = _merge(b"m.py", _SORTED, ours, theirs, Policy.IMPORTS)
    assert merged.text == b"import b\nimport e\nimport f\nimport g\nimport h\n"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_names_are_imported_in_the_order_that_both_keep(*, swapped: bool) -> None:
    base = "from m import SIZE, Base, load\n"
    ours, theirs = "from m import SIZE, Base, Case, load, read\n", "from m import SIZE, Area, Base, load\n"
    if swapped:
        ours, theirs = theirs, ours
    merged = _merge(b"m.py", base, ours, theirs, Policy.IMPORTS)
    assert merged.text == b"from m import SIZE, Area, Base, Case, load, read\n"


def test_a_list_in_order_stays_in_order() -> None:
    base = "attrs\nclick\nflask\n"
    merged = _merge(b"requirements.in", base, base + "mypy\n", base + "idna\n", Policy.LIST)
    assert merged.text == b"attrs\nclick\nflask\nidna\nmypy\n"


def test_the_label_above_a_heading_stays_there() -> None:
    log = "Log\n===\n\n.. _v2:\n\nVersion 2\n---------\n\n- Two.\n"
    ours = log.replace("===\n\n", "===\n\n.. _v4:\n\nVersion 4\n---------\n\n- Four.\n\n", 1)
    theirs = log.replace("===\n\n", "===\n\n.. _v3:\n\nVersion 3\n---------\n\n- Three.\n\n", 1)
    merged = _merge(b"CHANGES.rst", log, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == ours.replace("- Four.\n\n", "- Four.\n\n" + theirs[9 : -len(log[9:])])


def test_what_stands_twice_keeps_its_blank_lines() -> None:
    old = "\nVersion 1\n---------\n\nFixes\n~~~~~\n\n- Old.\n\n\nFixes\n~~~~~\n\n- Older.\n"
    log = f"Log\n===\n{old}"
    new = "\nVersion 2\n---------\n\nFixes\n~~~~~\n\n- {}.\n"
    merged = _merge(
        b"CHANGES.rst",
        log,
        f"Log\n===\n{new.format('Ours')}{old}",
        f"Log\n===\n{new.format('Theirs')}{old}",
        Policy.CHANGELOG,
    )
    assert merged.text.decode() == f"Log\n===\n{new.format('Ours')}- Theirs.\n{old}"


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_releases_of_both_stand_in_the_order_of_their_versions(*, swapped: bool) -> None:
    fixes = "Fixes\n~~~~~\n\n- {}.\n\n"
    ours = f"Version 3.10\n------------\n\n{fixes.format('Ten')}{_LOG}"
    theirs = f"Version 3.9\n-----------\n\n{fixes.format('Nine')}{_LOG}"
    wanted = ours.replace(_LOG, theirs)
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG).text.decode() == wanted


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_would_be_told_twice_is_left_open(*, swapped: bool) -> None:
    ours = _LOG.replace("- Three.\n", "- Three.\n- Mended, see #7.\n")
    theirs = _LOG.replace("- Three.\n", "- Three.\n- Theirs.\n").replace("- One.\n", "- One.\n- It is mended (#7).\n")
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG).open


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_entries_of_which_one_side_has_all_stand_as_there(*, swapped: bool) -> None:
    ours = _LOG.replace("- Three.\n", "- Three.\n- Five.\n")
    theirs = _LOG.replace("- Three.\n", "- Three.\n- Four.\n- Five.\n")
    if swapped:
        ours, theirs = theirs, ours
    merged = _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG)
    assert merged.text.decode() == (ours if swapped else theirs)


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("import a\nimport b\n", "import a\n", "import a\nimport b\nimport c\n"),
        ("import z\nimport a\n", "import z\nimport a\nimport b\n", "import z\nimport a\nimport c\n"),
    ],
    ids=["one goes beside one that comes", "in no order"],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_imports_that_stay_open(base: str, ours: str, theirs: str, *, swapped: bool) -> None:
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"m.py", base, ours, theirs, Policy.IMPORTS).open


def test_names_that_all_have_statements_of_their_own_stay_so() -> None:
    base = "from m import a\nfrom m import d\n"
    ours, theirs = (
        base.replace("from m import d", "from m import c\nfrom m import d"),
        "from m import a\nfrom m import b\n",
    )
    theirs += "from m import d\n"
    merged = _merge(b"m.py", base, ours, theirs, Policy.IMPORTS)
    assert merged.text.decode() == "".join(f"from m import {name}\n" for name in "abcd")


_FUNCTION = "def {}():\n    return {}\n"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], [("a", 1), ("b", 1)]),
        ([("a", 1), ("b", 1), ("c", 1)], [("a", 1), ("b", 2), ("d", 1)]),
    ],
    ids=["one goes beside one that comes", "one name, in two ways"],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_definitions_that_stay_open(
    ours: list[tuple[str, int]], theirs: list[tuple[str, int]], *, swapped: bool
) -> None:
    one, other = ("\n\n".join(_FUNCTION.format(*function) for function in side) for side in (ours, theirs))
    if swapped:
        one, other = other, one
    assert _merge(b"m.py", _FUNCTION.format("a", 1), one, other, Policy.MEMBERS).open


def test_names_from_one_module_go_into_one_statement() -> None:
    base = "import a\n"
    merged = _merge(b"m.py", base, base + "from m import b\n", base + "from m import c\n", Policy.IMPORTS)
    assert merged.text == b"import a\nfrom m import b, c\n"


_RELEASES = "# Changes\n\n%b## 1.0\n\n### Fixed\n\n- old\n"
_BOTH = "## Next\n\n### Fixed\n\n- %b\n\n"


def test_entries_stay_in_their_release() -> None:
    base = _RELEASES.replace("%b", "")
    ours = _RELEASES.replace("%b", _BOTH.replace("%b", "ours") + "## 1.1\n\n### Fixed\n\n- more\n\n")
    theirs = _RELEASES.replace("%b", _BOTH.replace("%b", "theirs"))
    for one, other, first in ((ours, theirs, "- ours\n- theirs"), (theirs, ours, "- theirs\n- ours")):
        merged = _merge(b"CHANGELOG.md", base, one, other, Policy.CHANGELOG)
        text = merged.text.decode()
        assert merged.open or text.index("## Next") < text.index(first) < text.index("## 1.1") < text.index("- more")


def test_a_section_of_one_release_goes_into_no_other() -> None:
    base = _RELEASES.replace("%b", "")
    ours = _RELEASES.replace("%b", _BOTH.replace("%b", "ours") + "## 1.1\n\n### Fixed\n\n- more\n\n")
    theirs = _RELEASES.replace("%b", "## Next\n\n### Added\n\n- theirs\n\n")
    merged = _merge(b"CHANGELOG.md", base, ours, theirs, Policy.CHANGELOG)
    assert not merged.open
    text = merged.text.decode()
    assert text.index("- ours") < text.index("### Added") < text.index("- theirs") < text.index("## 1.1")


_NOT_BOTH = {
    "a package, with a version and without": (b"requirements.txt", "a==1\n", "foo\n", "foo==2\n"),
    "a package in capital letters": (b"requirements.txt", "a==1\n", "Foo==1\n", "foo==2\n"),
    "a package in two spellings": (b"requirements/dev.in", "a==1\n", "foo-x==1\n", "foo_x==2\n"),
    "a package from two places": (
        b"requirements.txt",
        "a==1\n",
        "foo==1; python_version<'3'\n",
        "foo @ git+https://x/y\n",
    ),
    "owners of one path": (b".github/CODEOWNERS", "* @a\n", "/src @b\n", "/src @c\n"),
    "what is ignored after all": (b".gitignore", "*.log\n", "!keep.log\n", "keep.*\n"),
    "what is included after all": (b"MANIFEST.in", "include a\n", "exclude b\n", "include b\n"),
}


@pytest.mark.parametrize("name", _NOT_BOTH)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_of_one_thing_a_list_has_one_line(name: str, *, swapped: bool) -> None:
    path, base, *added = _NOT_BOTH[name]
    ours, theirs = reversed(added) if swapped else added
    assert _merge(path, base, base + ours, base + theirs, Policy.LIST).open


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"requirements.txt", "foo<%s\n"),
        (b"requirements.txt", "foo<=%s\n"),
        (b"requirements.txt", "foo!=%s\n"),
        (b"requirements.txt", "foo==%s --hash=sha256:aa\n"),
        (b".github/workflows/a.yml", "  host: 10.0.%s\n"),
    ],
)
def test_the_higher_version_is_not_the_newer_one_everywhere(path: bytes, line: str) -> None:
    base, ours, theirs = (line % version for version in ("2.0", "1.5", "3.0"))
    assert _merge(path, base, ours, theirs, Policy.PINS).open
    assert _merge(path, base, line % "2.1", theirs, Policy.PINS).open


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"requirements.txt", "foo>=%s\n"),
        (b"package.json", '  "foo": "^%s"\n'),
        (b".pre-commit-config.yaml", "  rev: v%s\n"),
        (b"Dockerfile", "FROM python:%s\n"),
        (b"go.mod", "require example.org/foo v%s\n"),
        (b".github/workflows/a.yml", "  - uses: actions/checkout@v%s\n"),
    ],
)
def test_pins_of_all_kinds(path: bytes, line: str) -> None:
    base, ours, theirs = (line % version for version in ("1.0", "1.5", "1.4"))
    assert _merge(path, base, ours, theirs, Policy.PINS).text.decode() == ours


def test_parts_of_one_string_are_no_elements() -> None:
    base, ours, theirs = (f'A = (\n    "a "\n{line})\n' for line in ("", '    "x"\n', '    "y"\n'))
    assert _merge(b"m.py", base, ours, theirs, Policy.MEMBERS).open


@pytest.mark.parametrize("kind", ["@property", "@cached", "@app.route('/')"])
def test_a_decorated_function_is_one_function(kind: str) -> None:
    base = "class A:\n    x = 1\n"
    ours, theirs = (f"{base}\n    {kind}\n    def f(self):\n        return {n}\n" for n in (1, 2))
    assert _merge(b"m.py", base, ours, theirs, Policy.MEMBERS).open


_TOGETHER = {
    "a comment": (
        b"a.toml",
        "# one of the old words\na = 1\n",
        "# two of the old words\na = 1\n",
        "# one of the old lines\na = 1\n",
    ),
    "what became a comment": (b"a.toml", "a = [1, 2, 3, 4]\n", "# a = [1, 2, 3, 4]\n", "a = [1, 2, 3, 5]\n"),
    "a string": (
        b"a.toml",
        'a = "one of the old words"\n',
        'a = "two of the old words"\n',
        'a = "one of the old lines"\n',
    ),
    "a text": (
        b"a.yaml",
        "a: |\n  one of the old words\n",
        "a: |\n  two of the old words\n",
        "a: |\n  one of the old lines\n",
    ),
    "a file in C with no tree": (
        b"a.c",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(path, mode, size);\n}\n",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(place, mode, size);\n}\n",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(path, mode, limit);\n}\n",
    ),
}


@pytest.mark.parametrize("name", _TOGETHER)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_words_that_are_one_text_are_left_open(name: str, *, swapped: bool) -> None:
    path, base, *sides = _TOGETHER[name]
    ours, theirs = reversed(sides) if swapped else sides
    assert _merge(path, base, ours, theirs, Policy.TOKENS).open


_IMPORTED = {
    "a.py": ("import a\n", "from x import f\n", "from y import f\n"),
    "b.py": ("import a\n", "import numpy as np\n", "import nanpy as np\n"),
    "a.js": ("import a from 'a';\n", "import f from 'x';\n", "import { f } from 'y';\n"),
    "a.ts": ("import a from 'a';\n", "import { g as f } from 'x';\n", "import * as f from 'y';\n"),
    "a.go": ('package m\n\nimport "a"\n', 'import "x/rand"\n', 'import "y/rand"\n'),
    "A.java": ("import a.A;\n", "import x.F;\n", "import y.F;\n"),
    "a.kt": ("import a.A\n", "import x.F\n", "import y.G as F\n"),
    "a.rs": ("use a::A;\n", "use x::F;\n", "use y::{G, H as F};\n"),
    "a.php": ("<?php\nuse a\\A;\n", "use x\\F;\n", "use y\\F;\n"),
}


@pytest.mark.parametrize("path", _IMPORTED)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_one_name_is_imported_from_one_place(path: str, *, swapped: bool) -> None:
    base, *added = _IMPORTED[path]
    ours, theirs = reversed(added) if swapped else added
    assert _merge(path.encode(), base, base + ours, base + theirs, Policy.IMPORTS).open
    theirs = re.sub(r"\b(?:f|F|np|rand)\b", "other", theirs)
    merged = _merge(path.encode(), base, base + ours, base + theirs, Policy.IMPORTS)
    assert not merged.open


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_a_release_of_both_that_only_one_side_dates_is_left_open(*, swapped: bool) -> None:
    heading = "Version 4\n---------\n\n"
    ours, theirs = f"{heading}- Ours.\n\n{_LOG}", f"{heading}Released today\n\n- Theirs.\n\n{_LOG}"
    if swapped:
        ours, theirs = theirs, ours
    assert _merge(b"CHANGES.rst", _LOG, ours, theirs, Policy.CHANGELOG).open
