"""What is settled beyond the merge by lines, what is left alone, and what is refused because nothing proves it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.languages import language_of
from git_dagpatch.merging import effort
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.proof import fault_of_merge
from git_dagpatch.merging.strategies import merge_texts
from tests.strategies import contents

_EXCEPT = (b"a", b"  # noqa"), (b"a, c", b"  # noqa"), (b"a", b"")
_WHILE = (b"a", b"b", b"old"), (b"a", b"c", b"old"), (b"a", b"b", b"new")
_SETTLED = {
    "one side only writes it otherwise": (
        b"m.py",
        Texts(b"f(a,b)\n", b"f(a, b)\n", b"f(a,b,c)\n"),
        b"f(a,b,c)\n",
        "form",
    ),
    "both made the same code": (
        b"m.py",
        Texts(b"f(a)\n", b"f(a, 'b')\n", b'f(\n    a, "b"\n)\n'),
        b"f(a, 'b')\n",
        "form",
    ),
    "one side did more": (
        b"a.txt",
        Texts(b"one two\nthree four\n", b"one 2\nthree four\n", b"one 2\nthree four five\n"),
        b"one 2\nthree four five\n",
        "contained",
    ),
    "other words of one statement": (
        b"m.py",
        Texts(b"x = load(path, mode, size)\n", b"y = load(path, mode, size)\n", b"x = load(path, mode, limit)\n"),
        b"y = load(path, mode, limit)\n",
        "tokens",
    ),
    "lines next to each other": (
        b"setup.cfg",
        Texts(
            b"packages = true\nrequires = 3.6\n",
            b"packages = true\nrequires = 3.7\n",
            b"packages = True\nrequires = 3.6\n",
        ),
        b"packages = True\nrequires = 3.7\n",
        "beside",
    ),
    "an entry that comes below one that was changed": (
        b"setup.cfg",
        Texts(b"[a]\nlevel = 3.6\n", b"[a]\nlevel = 3.7\n", b"[a]\nlevel = 3.6\ncodes = True\n"),
        b"[a]\nlevel = 3.7\ncodes = True\n",
        "beside",
    ),
    "a section that comes below": (
        b"tox.ini",
        Texts(b"[a]\nb =\n    c d\n", b"[a]\nb =\n    c e\n", b"[a]\nb =\n    c d\n\n[f]\ng = 1\n"),
        b"[a]\nb =\n    c e\n\n[f]\ng = 1\n",
        "beside",
    ),
    "requirements, one taken away": (
        b"requirements/dev.txt",
        Texts(b"a==1\nb==1\nc==1\n", b"a==1\nc==1\n", b"a==2\nb==1\nc==2\n"),
        b"a==2\nc==2\n",
        "beside",
    ),
    "one side did more, laid out in another way": (
        b"m.py",
        Texts(b"a(b, c)\n", b"a(b=b, c=c)\n", b"return_ = a(\n    b=b, c=c\n)\n"),
        b"return_ = a(\n    b=b, c=c\n)\n",
        "contained",
    ),
    "one side took away part of what the other did": (
        b"m.py",
        Texts(b"a = f(b, c)\nd = g(b)\n", b"a = f(b)\nd = g(b)\n", b"d = g(b)\n"),
        b"d = g(b)\n",
        "contained",
    ),
    "one side took away some lines of prose, the other side all": (
        b"a.txt",
        Texts(b"one\ntwo\nthree\nfour\n", b"one\nthree\nfour\n", b"one\nfour\n"),
        b"one\nfour\n",
        "contained",
    ),
    "both added here, one of them more": (
        b"AUTHORS",
        Texts(b"- A One\n", b"- A One\n- B Two\n- C Three\n", b"- A One\n- B Two\n"),
        b"- A One\n- B Two\n- C Three\n",
        "contained",
    ),
    "both wrote this in place of that, one of them more above": (
        b"a.rst",
        Texts(b"one\n", b"Two.\n", b"Three.\nTwo.\n"),
        b"Three.\nTwo.\n",
        "contained",
    ),
    "the same words in other lines": (
        b"a.rst",
        Texts(b"one and and two\nthree\n", b"one and two three\n", b"one and two\nthree\n"),
        b"one and two\nthree\n",
        "respaced",
    ),
    "the same words, with spaces at the end": (
        b"a.txt",
        Texts(b"one\n", b"two \nthree\n", b"two\nthree\n"),
        b"two\nthree\n",
        "respaced",
    ),
    "each side took a statement away": (
        b"m.py",
        Texts(b"f(a)\ng(b)\nh(c)\n", b"g(b)\nh(c)\n", b"f(a)\nh(c)\n"),
        b"h(c)\n",
        "removed",
    ),
    "each side took settings away": (
        b"setup.cfg",
        Texts(b"[a]\nb =\n  c\nd = 1\n", b"[a]\nd = 1\n", b"[a]\nb =\n  c\n"),
        b"[a]\n",
        "removed",
    ),
    "one side took a comment away, the other side changed code": (
        b"m.py",
        Texts(*(b"try:\n    f(%b)\nexcept:%b\n    b()\n" % one for one in _EXCEPT)),
        b"try:\n    f(a, c)\nexcept:\n    b()\n",
        "comments",
    ),
    "one side changed a comment, the other side code, in a language with a grammar": (
        b"a.js",
        Texts(*(b"do {\n    f(%b);\n} while (%b); // %b\n" % one for one in _WHILE)),
        b"do {\n    f(a);\n} while (c); // new\n",
        "comments",
    ),
    "a name replaced here as everywhere": (
        b"m.py",
        Texts(b"load(a)\n\n\nb = load(a, 1)\n", b"read(a)\n\n\nb = read(a, 1)\n", b"load(a)\n\n\nb = load(a, 2)\n"),
        b"read(a)\n\n\nb = read(a, 2)\n",
        "repeated",
    ),
    "a condition that became a name, in Python that does not parse": (
        b"m.py",
        Texts(
            b"if os == 'x':\n    print a\n\n\nif os == 'x' or b:\n    print b\n",
            b"if X:\n    print a\n\n\nif X or b:\n    print b\n",
            b"if os == 'x':\n    print a\n\n\nif os == 'x' or c:\n    print b\n",
        ),
        b"if X:\n    print a\n\n\nif X or c:\n    print b\n",
        "repeated",
    ),
    "an element less and one more": (
        b"tox.ini",
        Texts(b"[a]\nb = py{12,11,10,9}\n", b"[a]\nb = py{12,11,10}\n", b"[a]\nb = py{13,12,11,10,9}\n"),
        b"[a]\nb = py{13,12,11,10}\n",
        "elements",
    ),
    "strings less and more, laid out anew": (
        b"a.toml",
        Texts(
            b'a = [\n  "5", "4", "3",\n]\n',
            b'a = [\n  "5", "4",\n]\n',
            b'a = [\n  "6", "6t", "5", "5t",\n  "4", "3",\n]\n',
        ),
        b'a = [\n  "6", "6t", "5", "5t",\n  "4",\n]\n',
        "elements",
    ),
}
_TWO = "a = f(1)  # one\nb = g(2)\n"
_MOVED = "send(password, user, host)\n", "send(user, host, password)\n", "send(user, host)\n"
_SWAPPED: list[tuple[str, ...]] = [
    ("m.py", _TWO, "a = f(1)\nb = g(2)  # one\n", "a = f(3)  # one\nb = g(2)\n"),
    (
        "m.py",
        *(
            text.replace("one", "type: ignore")
            for text in (_TWO, _TWO[:8] + "\nb = g(2)  # one\n", _TWO.replace("1", "3"))
        ),
    ),
    ("m.py", "# x\na = 1\n# y\nb = 2\n", "# y\na = 1\n# x\nb = 2\n", "# x\na = 3\n# y\nb = 4\n"),
    ("m.py", "# x\na = 1\nb = 2\n", "a = 1\n# x\nb = 2\n", "# x\na = 1\nb = 4\n"),
    (
        "a.go",
        "package m\n// x\nvar a = 1\n// y\nvar b = 2\n",
        "package m\n// y\nvar a = 1\n// x\nvar b = 2\n",
        "package m\n// x\nvar a = 3\n// y\nvar b = 4\n",
    ),
]
_OPEN: dict[str, tuple[bytes, Texts]] = {
    **{
        f"taken away by one, moved by the other: {path}": (
            path.encode(),
            Texts(*(text.replace("send(", start).replace(")", end).encode() for text in _MOVED)),
        )
        for path, start, end in (
            ("m.py", "send(", ")"),
            ("a.js", "send(", ")"),
            ("a.c", "int f(void){ send(", "); }"),
            ("a.json", '{"a": ["', '"]}'),
            ("a.yaml", "a: [", "]"),
            ("a.md", "Use ", " now"),
        )
    },
    "the number of a version is one word": (b"a.txt", Texts(b"a 23.1\n", b"a 24.0\n", b"a 24.1\n")),
    "more white space, in prose": (b"a.md", Texts(b"one\n", b"two\n", b"\ntwo\n")),
    "more, right beside what both made": (b"a.rst", Texts(b"`a`_\n", b":doc:`a`\n", b":doc:`/a`\n")),
    "what a program wrote": (
        b"requirements.txt",
        Texts(
            b"# autogenerated by x\na==1\nb==1\n",
            *(b"# autogenerated by x\n" + text for text in (b"a==2\nb==1\n", b"a==1\nb==2\n")),
        ),
    ),
    "an entry that goes, beside one that comes": (
        b"tox.ini",
        Texts(b"a\nb 1\nc\n", b"a\nc\n", b"a\nd 1\nb 1\nc\n"),
    ),
    "a section with another name, and an entry of the old one": (
        b"setup.cfg",
        Texts(b"[dev]\nhost = a\n", b"[prod]\nhost = a\n", b"[dev]\nhost = b\n"),
    ),
    "a section that comes above an entry": (
        b"a.toml",
        Texts(b"a = 1\nb = 1\n", b"a = 1\n[c]\nb = 1\n", b"a = 1\nb = 2\n"),
    ),
    "words of one setting": (
        b"tox.ini",
        Texts(b"envlist = a, b, c, d\n", b"envlist = z, a, b, c, d\n", b"envlist = a, b, c, e\n"),
    ),
    "lines of one text": (
        b"a.yaml",
        Texts(b"a: |\n  b c\n  d e\n", b"a: |\n  b x\n  d e\n", b"a: |\n  b c\n  d y\n"),
    ),
    "lines of one text of TOML": (
        b"a.toml",
        Texts(b'a = """\nb c\nd e\n"""\n', b'a = """\nb x\nd e\n"""\n', b'a = """\nb c\nd y\n"""\n'),
    ),
    "a comment, and what it stands above": (
        b"a.yaml",
        Texts(b"# one\na: 1\n", b"# two\na: 1\n", b"# one\na: 2\n"),
    ),
    "lines of prose in settings": (
        b"setup.cfg",
        Texts(
            b"a =\n    one of the old\n    words of the text\n",
            b"a =\n    two of the old\n    words of the text\n",
            b"a =\n    one of the old\n    words of the page\n",
        ),
    ),
    "an entry that goes on": (
        b"tox.ini",
        Texts(b"deps = a\n", b"deps = b\n", b"deps = a\n    c\n"),
    ),
    "an entry that both bring": (
        b"setup.cfg",
        Texts(b"a = 1\nb = 1\n", b"c = 2\na = 2\nb = 1\n", b"a = 1\nb = 2\nc = 3\n"),
    ),
    "entries that became others": (b"a.yml", Texts(b"- x\n", b"- y: 1\n", b"- x\n- z\n")),
    "what the one changed, the other brought in again": (
        b"m.py",
        Texts(
            b"from a.b import c, d\n",
            b"from new.a.b import c, d\n",
            b"from a.b import c, e\nfrom a.f import g\n",
        ),
    ),
    **{
        f"comments that change places: {n}": (path.encode(), Texts(*(text.encode() for text in texts)))
        for n, (path, *texts) in enumerate(_SWAPPED)
    },
    "line ends changed in one line of two, by the side that changed the form": (
        b"m.py",
        Texts(b"a = 1\nb = 2\n", b"a = 1\r\nb =  2\n", b"a = 3\nb = 3\n"),
    ),
    "indentation is no form": (
        b"m.py",
        Texts(b"if a:\n    b()\n    c()\n", b"if a:\n    b()\nc()\n", b"if a:\n    b()\n    d()\n"),
    ),
    "a word each, side by side": (b"m.py", Texts(b"f(a)\n", b"g(a)\n", b"f(b)\n")),
    "both add here": (b"m.py", Texts(b"a = 1\n", b"a = 1\nb = 2\n", b"a = 1\nc = 3\n")),
    "prose": (
        b"a.txt",
        Texts(b"One of the old words here.\n", b"Two of the old words here.\n", b"One of the old words there.\n"),
    ),
    "a docstring is prose": (
        b"m.py",
        Texts(
            b'"""One of the old words.\n"""\n', b'"""Two of the old words.\n"""\n', b'"""One of the old lines.\n"""\n'
        ),
    ),
    "inside of a long string": (
        b"m.py",
        Texts(
            b'a = """\none of two words\n"""\n',
            b'a = """\nsome of two words\n"""\n',
            b'a = """\none of two lines\n"""\n',
        ),
    ),
    "white space of prose": (b"a.txt", Texts(b"one two\n", b"one  two\n", b"one two three\n")),
    "taken away by one, in part, and brought back elsewhere by the other": (
        b"m.py",
        Texts(b"import six\ntry:\n    a()\nfinally:\n    b()\n", b"b()\n", b"b()\nimport six\n"),
    ),
    "one side took a word away, the other side moved it": (
        b"m.py",
        Texts(b"a = f(b, c)\n", b"a = f(b)\n", b"a = g(c)(f(b))\n"),
    ),
    "a comment right beside what was changed": (
        b"m.py",
        Texts(b"a = 1  # one\n", b"a = 2  # one\n", b"a = 1  # a\n"),
    ),
    "comments and code of both": (
        b"m.py",
        Texts(b"f(a)  # a\ng(b)  # b\n", b"f(a, 1)  # a\ng(b)  # c\n", b"f(a)  # d\ng(b, 2)  # b\n"),
    ),
    "a name replaced here, and left elsewhere": (
        b"m.py",
        Texts(
            b"load(a)\n\n\nb = load(a, 1)\n\n\nload(c)\n",
            b"read(a)\n\n\nb = read(a, 1)\n\n\nload(c)\n",
            b"load(a)\n\n\nb = load(a, 2)\n\n\nload(c)\n",
        ),
    ),
    "a name replaced here alone": (b"m.py", Texts(b"b = load(a, 1)\n", b"b = read(a, 1)\n", b"b = load(a, 2)\n")),
    "a name replaced everywhere, and brought in by the other side": (
        b"m.py",
        Texts(
            b"load(a)\n\n\nb = load(a, 1)\n",
            b"read(a)\n\n\nb = read(a, 1)\n",
            b"load(a)\n\n\nb = load(a, load(c))\n",
        ),
    ),
    "a number replaced everywhere": (
        b"m.py",
        Texts(b"f(1)\n\n\nb = f(a, 1)\n", b"f(2)\n\n\nb = f(a, 2)\n", b"f(1)\n\n\nb = g(a, 1)\n"),
    ),
    "elements that both add": (
        b"tox.ini",
        Texts(b"[a]\nb = d, e, f\n", b"[a]\nb = c, d, e, f\n", b"[a]\nb = d, e, f, g\n"),
    ),
    "an element that takes the place of another one": (
        b"tox.ini",
        Texts(b"[a]\nb = d, e, f\n", b"[a]\nb = d, e\n", b"[a]\nb = c, e, f\n"),
    ),
    "an element next to one that goes": (
        b"tox.ini",
        Texts(b"[a]\nb = d, e, f\n", b"[a]\nb = d, e\n", b"[a]\nb = d, e, f, g\n"),
    ),
    "words of a text, with commas": (
        b"setup.cfg",
        Texts(b"[a]\nb = one of, two, three\n", b"[a]\nb = two, three\n", b"[a]\nb = one of, two, three, or four\n"),
    ),
    "more, of which the other side has some elsewhere": (
        b"AUTHORS",
        Texts(b"a\nb\nc\n", b"three\na\nb\nc\ntwo\n", b"a\nb\nc\ntwo\nthree\n"),
    ),
    "more than a blank line": (b"a.rst", Texts(b"one\n", b"one\n\n", b"one\n\ntwo\n")),
    "blank lines more or less": (b"a.rst", Texts(b"one\n", b"two\n\nthree\n", b"two\n\n\nthree\n")),
    "the same words, indented": (b"a.rst", Texts(b"one\n", b"two\nthree\n", b"two\n  three\n")),
    "each side took a line of prose away": (b"a.txt", Texts(b"one\ntwo\nthree\n", b"two\nthree\n", b"one\nthree\n")),
    "each side took an import away": (
        b"m.py",
        Texts(b"import a\nimport b\nimport c\n", b"import b\nimport c\n", b"import a\nimport c\n"),
    ),
    "a name that goes": (
        b"m.py",
        Texts(
            b"def f(a, b):\n    c = a\n    return g(a, a, b)\n",
            b"def f(a, b):\n    d = a\n    return g(a, a, b)\n",
            b"def f(a, b):\n    c = a\n    return g(a, a, c)\n",
        ),
    ),
    "a file that does not parse": (
        b"m.py",
        Texts(b"print load(path, mode, size)\n", b"print read(path, mode, size)\n", b"print load(path, mode, limit)\n"),
    ),
}


@pytest.mark.parametrize("name", _SETTLED)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_is_certain_is_settled(name: str, *, swapped: bool) -> None:
    path, (base, ours, theirs), wanted, step = _SETTLED[name]
    if swapped:
        ours, theirs = theirs, ours
    merged = merge_texts(base, ours, theirs, path=path)
    assert (merged.text, merged.open, merged.steps) == (wanted, (), (step,))


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_both_made_alike_is_no_conflict_where_lines_are_told_apart_otherwise(*, swapped: bool) -> None:
    base = b"q\nb\nc\na\n_\nc\nr\n"
    sides = b"q\nz\na\na\nx\n_\nm\nr\n", b"q\nz\na\na\nx\n_\nc\nr\n"
    ours, theirs = sides[::-1] if swapped else sides
    merged = merge_texts(base, ours, theirs, path=b"a.txt")
    assert (merged.text, merged.open, merged.steps) == (sides[0], (), ("contained", "contained"))
    assert merge_texts(base, ours, theirs, path=b"a.txt", certain=False).open


@pytest.mark.parametrize("name", _OPEN)
def test_what_is_not_certain_stays_open(name: str) -> None:
    path, (base, ours, theirs) = _OPEN[name]
    merged = merge_texts(base, ours, theirs, path=path)
    assert merged == merge_texts(base, ours, theirs, path=path, certain=False)
    assert merged.open


def test_of_several_places_those_are_settled_that_are_proved() -> None:
    base = b"x = load(path, mode, size)\n" + b"\n" * 8 + b"def f(a, b):\n    c = a\n    return g(a, a, b)\n"
    ours = base.replace(b"x =", b"y =").replace(b"c = a", b"d = a")
    theirs = base.replace(b"size", b"limit").replace(b"g(a, a, b)", b"g(a, a, c)")
    merged = merge_texts(base, ours, theirs, path=b"m.py")
    assert merged.text.startswith(b"y = load(path, mode, limit)\n")
    assert len(merged.open) == 1


def test_members_of_a_class_are_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [b"    def f%d(self, a):\n        return g(a, %d)\n\n" % (number, number) for number in range(40)]
    base = b"class A:\n    b = 1\n\n" + b"".join(members) + b"    c = 2\n"
    ours, theirs = base.replace(b"    def", b"    @h\n    def"), base.replace(b"self, a)", b"self, a) -> int")
    monkeypatch.setattr(effort, "_LEAST", 0)
    monkeypatch.setattr(effort, "_TIMES", 40)
    merged = merge_texts(base, ours, theirs, path=b"m.py")
    assert merged.text == ours.replace(b"self, a)", b"self, a) -> int")
    assert merged.steps == ("tokens",) * len(members)


@pytest.mark.parametrize(
    ("text", "inside", "head", "statements"),
    [
        ("class A:\n    a = 1\n    b = 2\n    c = 3\n", "b = 2", "class _:\n    pass\n", ["a = 1", "b = 2", "c = 3"]),
        ("class A:\n    a = 1\n    b = 2\n", "class A", "", ["class A:\n    a = 1\n    b = 2"]),
        ("class A:\n    a = 1\n    b = 2\n", "b = 2\n", "", ["class A:\n    a = 1\n    b = 2"]),
        (
            "class A:\n    a = 1\n    class B:\n        b = 2\n        c = 3\n        d = 4\n    e = 5\n",
            "c = 3",
            "class _:\n    pass\n    class _:\n        pass\n",
            ["b = 2", "c = 3", "d = 4"],
        ),
        (
            "class A:\n    d = 0\n\n    def f(self):\n        a = 1\n        b = 2\n    c = 3\n",
            "b = 2",
            "class _:\n    pass\n",
            ["d = 0", "def f(self):\n        a = 1\n        b = 2", "c = 3"],
        ),
    ],
)
def test_what_is_around_a_place_of_python(text: str, inside: str, head: str, statements: list[str]) -> None:
    start = text.index(inside)
    body = language_of(b"m.py").body_around(text.encode(), start, start + len(inside))
    assert body.head == head.encode()
    assert [text[first:last].strip() for first, last in body.statements] == statements


@given(contents(), contents(), contents(), st.sampled_from([b"m.py", b"a.txt", b"s.cfg", b"a.yaml"]))
def test_either_side_may_be_called_ours(base: bytes, ours: bytes, theirs: bytes, path: bytes) -> None:
    one, other = (merge_texts(base, *sides, path=path) for sides in ((ours, theirs), (theirs, ours)))
    assert len(one.open) == len(other.open)
    assert one.open or one.text == other.text


@pytest.mark.parametrize("path", [b"m.py", b"a.js"])
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "wanted"),
    [
        (b"a(1)\nb(2)\n", b"a(1)\r\nb(2)\r\n", b"a(1)\nb(3)\n", b"a(1)\r\nb(3)\r\n"),
        (b"a(1)\r\nb(2)\r\n", b"a(1)\nb(2)\n", b"a(1)\r\nb(3)\r\n", b"a(1)\nb(3)\n"),
        (b"a(1)", b"a(1)\n", b"a(2)", b"a(2)\n"),
        (b"a(1)\n", b"a(1)", b"a(2)\n", b"a(2)"),
        (b"a(1)\n\n", b"a(1)\n", b"a(1)\n\nb(2)\n", b"a(1)\n\nb(2)\n"),
        (b"a(1)", b"a(1)\r\n", b"a( 1)", b"a( 1)\r\n"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_line_ends_are_those_of_the_side_that_changed_them(
    path: bytes, base: bytes, ours: bytes, theirs: bytes, wanted: bytes, *, swapped: bool
) -> None:
    if swapped:
        ours, theirs = theirs, ours
    merged = merge_texts(base, ours, theirs, path=path)
    assert (merged.text.replace(b" ", b""), merged.open) == (wanted.replace(b" ", b""), ())


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_a_byte_order_mark_that_comes_stays(*, swapped: bool) -> None:
    mark = b"\xef\xbb\xbf"
    sides = [mark + b"a = 1\nb = 2\n", b"a = 3\nb = 2\n"]
    merged = merge_texts(b"a = 1\nb = 2\n", *(reversed(sides) if swapped else sides), path=b"m.py")
    assert (merged.text, merged.open) == (mark + b"a = 3\nb = 2\n", ())


@pytest.mark.parametrize(
    ("merged", "fault"),
    [
        (b"import a\na(1)  # why\n", ""),
        (b"<<<<<<< ours\nimport a\na(1)  # why\n", "a conflict marker is left in it"),
        (b"import a\na(1  # why\n", "it does not parse"),
        (b"import a\na(1)\n", "a comment is lost"),
        (b"a(1)  # why\n", "a in the module is defined nowhere"),
        (b"import a\na(1)  # why\ndef f(): pass\ndef f(): pass\n", "f is defined twice"),
        (b"import a\na(1)  # why\ndef f():\n    b = 1\n", "b in f is read nowhere"),
    ],
)
def test_what_speaks_against_a_merge(merged: bytes, fault: str) -> None:
    texts = Texts(b"import a\na(1)  # why\n", b"import a\na(2)  # why\n", b"import a\na(1)  # why\n\n")
    assert fault_of_merge(b"m.py", texts, merged) == fault


def test_what_was_wrong_already_may_stay_wrong() -> None:
    texts = Texts(b"nowhere(1)\n", b"nowhere(2)\n", b"nowhere(1)\n")
    assert fault_of_merge(b"m.py", texts, b"nowhere(3)\n") == ""


_CALL = b"def f(id, a, b):\n    return g(id, a, b, 1)\n"


@pytest.mark.parametrize("above", [b"", b"from x import *\n", b"from os import path as id\n", b"id = 2\n"])
def test_a_name_means_what_it_meant_where_it_was_written(above: bytes) -> None:
    base = above + _CALL
    ours, theirs = base.replace(b"(id", b"(ident"), base.replace(b"1)", b"id)")
    merged = ours.replace(b"1)", b"id)")
    assert fault_of_merge(b"m.py", Texts(base, ours, theirs), merged) == "id in f means something else"
    assert fault_of_merge(b"m.py", Texts(base, theirs, ours), merged) == "id in f means something else"
    fine = ours.replace(b"1)", b"2)")
    assert fault_of_merge(b"m.py", Texts(base, ours, base.replace(b"1)", b"2)")), fine) == ""


def test_a_name_is_imported_from_where_its_user_wants_it() -> None:
    base = b"from a import f\n\n\ndef g():\n    pass\n"
    ours = base.replace(b"from a", b"from b")
    theirs = base.replace(b"pass", b"f(1)")
    merged = ours.replace(b"pass", b"f(1)")
    assert fault_of_merge(b"m.py", Texts(base, ours, theirs), merged) == "f in the module means something else"


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        (b"@property\n    def f(self): return 2", "A.f is defined twice"),
        (b"@f.setter\n    def f(self, value): pass", ""),
    ],
)
def test_what_a_merge_may_not_double(second: bytes, fault: str) -> None:
    first = b"class A:\n    @property\n    def f(self): return 1\n\n    "
    texts = Texts(b"\n", first + b"\n", b"class A:\n    " + second + b"\n")
    assert fault_of_merge(b"m.py", texts, first + second + b"\n") == fault


def test_a_key_may_not_be_doubled() -> None:
    texts = Texts(b"a = {}\n", b"a = {'b': 1}\n", b'a = {"b": 2}\n')
    assert fault_of_merge(b"m.py", texts, b"a = {'b': 1, \"b\": 2}\n") == "the key 'b' is there twice"


_MANY = [b"x%d = f(a%d, b, c)\n\n" % (number, number) for number in range(60)]


def _many() -> Texts:
    base, form = b"".join(_MANY), b"".join(_MANY).replace(b"f(a", b"f( a")
    return Texts(base, form, b"".join(line.replace(b"c)", b"d%d)" % number) for number, line in enumerate(_MANY)))


def test_statements_of_the_top_level_are_read_alone() -> None:
    base, ours, theirs = _many()
    merged = merge_texts(base, ours, theirs, path=b"m.py")
    assert (merged.text, merged.open) == (theirs, ())
    assert merged.steps == ("form",) * len(_MANY)


@pytest.mark.parametrize("least", [0, 300, 3_000])
def test_what_there_is_no_effort_left_for_stays_open(monkeypatch: pytest.MonkeyPatch, least: int) -> None:
    monkeypatch.setattr(effort, "_LEAST", least)
    monkeypatch.setattr(effort, "_TIMES", 0)
    merged = merge_texts(*_many(), path=b"m.py")
    assert merged.open
    assert len(merged.steps) < len(_MANY)


@pytest.mark.parametrize(
    ("path", "text", "statements"),
    [
        (
            b"m.py",
            b"a = 1; b = 2\n\n@c\ndef d():\n    pass\n# e\nf()",
            [b"a = 1; b = 2\n", b"@c\ndef d():\n    pass\n", b"f()"],
        ),
        (b"a.js", b"a();\nfunction b() {\n  c();\n}\n", [b"a();\n", b"function b() {\n  c();\n}\n"]),
        (b"m.py", b"a(", []),
        (b"a.txt", b"a", []),
    ],
)
def test_where_statements_are(path: bytes, text: bytes, statements: list[bytes]) -> None:
    assert [text[start:end] for start, end in language_of(path).statements(text)] == statements
