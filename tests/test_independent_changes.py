"""What both sides changed in one place is merged only where neither change can be about the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.languages import language_of
from git_dagpatch.merging.strategies import merge_texts

_TAKEN = {
    "names of one import": (
        "m.py",
        "from m import alpha, beta, gamma, delta\n",
        "from m import alpha, beta, zeta, gamma, delta\n",
        "from m import alpha, beta, gamma, delta, omega\n",
        "from m import alpha, beta, zeta, gamma, delta, omega\n",
    ),
    "elements of a list": (
        "m.py",
        "a = [one, two, three, four]\n",
        "a = [uno, two, three, four]\n",
        "a = [one, two, three, vier]\n",
        "a = [uno, two, three, vier]\n",
    ),
    "arguments": (
        "m.py",
        "load(path, mode, size)\n",
        "load(place, mode, size)\n",
        "load(path, mode, limit)\n",
        "load(place, mode, limit)\n",
    ),
    "an argument, and a keyword that is new": (
        "m.py",
        "load(path, mode, size)\n",
        "load(place, mode, size)\n",
        "load(path, mode, size, strict=True)\n",
        "load(place, mode, size, strict=True)\n",
    ),
    "what gets a value, and the value": (
        "m.py",
        "x = load(path, mode, size)\n",
        "y = load(path, mode, size)\n",
        "x = load(path, mode, limit)\n",
        "y = load(path, mode, limit)\n",
    ),
    "statements with nothing in common": (
        "m.py",
        "alpha = first(a)\nbeta = second(b)\n",
        "alpha = first(a, True)\nbeta = second(b)\n",
        "alpha = first(a)\nbeta = second(c)\n",
        "alpha = first(a, True)\nbeta = second(c)\n",
    ),
    "a decorator, and the annotation of what comes back": (
        "m.py",
        "def get(path: str, mode: str) -> A:\n    pass\n",
        "@cached\ndef get(path: str, mode: str) -> A:\n    pass\n",
        "def get(path: str, mode: str) -> B:\n    pass\n",
        "@cached\ndef get(path: str, mode: str) -> B:\n    pass\n",
    ),
    "a decorator, and the annotation of a parameter": (
        "m.py",
        "def get(path, mode: A) -> C:\n    pass\n",
        "@cached\ndef get(path, mode: A) -> C:\n    pass\n",
        "def get(path, mode: B) -> C:\n    pass\n",
        "@cached\ndef get(path, mode: B) -> C:\n    pass\n",
    ),
    "strings that are new": (
        "m.py",
        'a = ["b", "c", "d"]\n',
        'a = ["x", "b", "c", "d"]\n',
        'a = ["b", "c", "d", "y"]\n',
        'a = ["x", "b", "c", "d", "y"]\n',
    ),
    "names that JavaScript imports": (
        "a.js",
        'import { a, b, c, d } from "m";\n',
        'import { a, x, b, c, d } from "m";\n',
        'import { a, b, c, d, y } from "m";\n',
        'import { a, x, b, c, d, y } from "m";\n',
    ),
}
_CONDITION = "if x < size(a, b):\n    p(1)\nelse:\n    q(2)\n"
_FLIPPED = "v = p if x < size(a, b) else q\n"
_LEFT = {
    "a condition, turned round in two ways": (
        "m.py",
        _CONDITION,
        _CONDITION.replace("<", ">="),
        "if x < size(a, b):\n    q(2)\nelse:\n    p(1)\n",
    ),
    "a condition of one line": (
        "m.py",
        _FLIPPED,
        _FLIPPED.replace("<", ">="),
        "v = q if x < size(a, b) else p\n",
    ),
    "one step less, twice": (
        "m.py",
        "while i <= len(items):\n    i += 1\n",
        "while i < len(items):\n    i += 1\n",
        "while i <= len(items) - 1:\n    i += 1\n",
    ),
    "what comes back is used in two ways": (
        "m.py",
        "async def f(a, b):\n    return fetch(a, b)\n",
        "async def f(a, b):\n    return await fetch(a, b)\n",
        "async def f(a, b):\n    return fetch(a, b).json()\n",
    ),
    "a statement above, and the value below": (
        "m.py",
        "def f(x):\n    return x.a(1)\n",
        "def f(x):\n    x -= 1\n    return x.a(1)\n",
        "def f(x):\n    return x.a(1) - 1\n",
    ),
    "two times two": ("m.py", "p = amount(x, y)\n", "p = 2 * amount(x, y)\n", "p = amount(x, y) * 2\n"),
    "not, twice": (
        "m.py",
        "if check(a, b):\n    go()\n",
        "if not check(a, b):\n    go()\n",
        "if check(a, b) is False:\n    go()\n",
    ),
    "a sign, and not": (
        "m.py",
        "ok = size(a, b) < limit\n",
        "ok = size(a, b) >= limit\n",
        "ok = not size(a, b) < limit\n",
    ),
    "what is called, and what it is given": (
        "m.py",
        "load(path, mode, size)\n",
        "read(path, mode, size)\n",
        "load(path, mode, limit)\n",
    ),
    "sorted the other way, twice": (
        "m.py",
        "x = sorted(items, key=f)\n",
        "x = reversed(sorted(items, key=f))\n",
        "x = sorted(items, key=f, reverse=True)\n",
    ),
    "both ends of a range": ("m.py", "a = range(1, b, 9)\n", "a = range(2, b, 9)\n", "a = range(1, b, 8)\n"),
    "the numbers of arguments": ("m.py", "f(a, b, c)\n", "f(x, a, b, c)\n", "f(a, b, c, y)\n"),
    "both ends of a range, computed": (
        "m.py",
        "a = between(start, step, end)\n",
        "a = between(start + one, step, end)\n",
        "a = between(start, step, end - two)\n",
    ),
    "bounds in a list": ("m.py", "a = [1, b, 9]\n", "a = [2, b, 9]\n", "a = [1, b, 8]\n"),
    "a module, and a name of the old one": (
        "m.py",
        "from m import a, b, c\n",
        "from n import a, b, c\n",
        "from m import a, b, c, d\n",
    ),
    "a property, and a parameter": (
        "m.py",
        "def get(self, a, b):\n    pass\n",
        "@property\ndef get(self, a, b):\n    pass\n",
        "def get(self, a, b, c):\n    pass\n",
    ),
    "what a condition is told": (
        "m.py",
        "if check(a, b, c):\n    pass\n",
        "if check(x, b, c):\n    pass\n",
        "if check(a, b, y):\n    pass\n",
    ),
    "one string, added in two places": (
        "m.py",
        'A = ["a", "b", "c"]\n',
        'A = ["new", "a", "b", "c"]\n',
        'A = ["a", "b", "c", "new"]\n',
    ),
    "one string of JavaScript": (
        "a.js",
        'A = ["a", "b", "c"]\n',
        'A = [\'new\', "a", "b", "c"]\n',
        'A = ["a", "b", "c", "new"]\n',
    ),
    "one number": ("m.py", "A = [1, 2, 3]\n", "A = [9, 1, 2, 3]\n", "A = [1, 2, 3, 9]\n"),
    "one key": (
        "m.py",
        "d = {'a': 1, 'b': 2, 'c': 3}\n",
        "d = {'x': 9, 'a': 1, 'b': 2, 'c': 3}\n",
        "d = {'a': 1, 'b': 2, 'c': 3, 'x': 8}\n",
    ),
    "statements of one variable": (
        "m.py",
        "n = size(a)\nreturned(b, n)\n",
        "n = size(a) - one\nreturned(b, n)\n",
        "n = size(a)\nreturned(b, n - step)\n",
    ),
    "a statement leaves its block, and changes": (
        "m.py",
        "if a:\n    f(1)\n    g(2, 3)\n",
        "if a:\n    f(1)\ng(2, 3)\n",
        "if a:\n    f(1)\n    g(2, 3)\n    h(4)\n",
    ),
    "a variable with another name, and its old one used anew": (
        "m.py",
        "def f(id, a, b):\n    return g(id, a, b, 1)\n",
        "def f(ident, a, b):\n    return g(ident, a, b, 1)\n",
        "def f(id, a, b):\n    return g(id, a, b, id)\n",
    ),
    "no syntax tree, for macros": (
        "a.c",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(path, mode, size);\n}\n",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(place, mode, size);\n}\n",
        "#define BEGIN {\nint f(int a UNUSED) BEGIN\n  load(path, mode, limit);\n}\n",
    ),
    "a list of bounds in settings": (
        "a.toml",
        'v = [">=1.0", "<2.0"]\n',
        'v = [">=1.0", "<1.2"]\n',
        'v = [">=1.5", "<2.0"]\n',
    ),
    "a value that one side made a comment": (
        "a.toml",
        "a = [1, 2, 3, 4]\nb = 1\n",
        "# a = [1, 2, 3, 4]\nb = 1\n",
        "a = [1, 2, 3, 5]\nb = 1\n",
    ),
    "a command in settings": (
        "a.yaml",
        "run: rm -r -f build dist docs\n",
        "run: rm -r -f build dist\n",
        "run: cp -r -f build dist docs\n",
    ),
}


@pytest.mark.parametrize("name", _TAKEN)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_changes_of_different_parts_are_both_there(name: str, *, swapped: bool) -> None:
    path, base, *sides, wanted = _TAKEN[name]
    ours, theirs = reversed(sides) if swapped else sides
    merged = merge_texts(base.encode(), ours.encode(), theirs.encode(), path=path.encode())
    assert (merged.text.decode(), merged.open, merged.steps) == (wanted, (), ("tokens",))


@pytest.mark.parametrize("name", _LEFT)
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_changes_that_may_be_about_each_other_stay_open(name: str, *, swapped: bool) -> None:
    path, base, *sides = _LEFT[name]
    ours, theirs = reversed(sides) if swapped else sides
    assert merge_texts(base.encode(), ours.encode(), theirs.encode(), path=path.encode()).open


_WORD = st.sampled_from(["a", "b", "c", "d", "e", "1", "2", "'s'"])
_ELEMENTS = st.lists(_WORD, min_size=2, max_size=6)
_SHAPES = st.sampled_from(
    ["f(%s)\n", "x = [%s]\n", "from m import %s\n", "if f(%s): g()\n", "def h(*p, k=(%s,)): pass\n"]
)


@given(_SHAPES, _ELEMENTS, _ELEMENTS, _ELEMENTS)
def test_every_word_is_accounted_for_and_every_removal_is_kept(
    shape: str, base: list[str], ours: list[str], theirs: list[str]
) -> None:
    texts = [(shape % ", ".join(words)).encode() for words in (base, ours, theirs)]
    merged = merge_texts(*texts, path=b"m.py")
    swapped = merge_texts(texts[0], texts[2], texts[1], path=b"m.py")
    assert len(merged.open) == len(swapped.open)
    if merged.open:
        return
    assert merged.text == swapped.text
    tokens = language_of(b"m.py").tokens(merged.text)
    assert tokens is not None
    for word in {*base, *ours, *theirs}:
        before, mine, other = (words.count(word) for words in (base, ours, theirs))
        found = sum(text == word.encode() for text in tokens.texts) - shape.partition("%s")[0].count(f"{word}(")
        assert min(mine + other - before, mine, other) <= found <= max(mine + other - before, mine, other)
