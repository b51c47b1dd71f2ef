"""Similar edits of all files together: one string_replace, found by what they share, proved place by place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.discovery.patterns import find_patterns
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.model.objects import FILE
from git_dagpatch.model.operation import StringReplace
from git_dagpatch.model.paths import encode
from git_dagpatch.operations import expressions
from git_dagpatch.operations.expressions import MAX_PATTERN
from git_dagpatch.operations.string_replace import PROOF, PROOF_OF_TOTAL, StringReplaceKind

KIND = StringReplaceKind()


class Texts:
    """The state of some files."""

    def __init__(self, texts: Mapping[bytes, bytes]) -> None:
        self.texts = texts

    def read(self, path: bytes) -> bytes:
        return self.texts[path]

    def mode(self, path: bytes) -> str:
        raise AssertionError(f"A pattern does not ask for the mode of {path!r}.")


class Found(NamedTuple):
    operations: list[StringReplace]
    left: dict[bytes, tuple[bytes, bytes]]
    """Path → what the file is, and shall be."""

    @property
    def rules(self) -> list[tuple[str, str]]:
        return [(operation.pattern, operation.replacement) for operation in self.operations]

    def places(self) -> list[int]:
        return [sum(len(spans or ()) for spans in operation_footprint(o).values()) for o in self.operations]


def operation_footprint(operation: StringReplace) -> dict[str, Any]:
    assert operation.footprint is not msgspec.UNSET
    return operation.footprint


def find(**files: tuple[list[str], list[str]]) -> Found:
    """What is found in files of lines; every operation has its proof and counts its largest place."""
    unfinished = [
        Unfinished(f"{name}.py".encode(), "".join(before).encode(), "".join(after).encode(), FILE)
        for name, (before, after) in files.items()
    ]
    return find_in(unfinished)


def find_in(unfinished: list[Unfinished]) -> Found:
    texts = Texts({file.path: file.now for file in unfinished})
    steps, left = find_patterns(unfinished)
    operations = []
    for step in steps:
        for proposal in step:
            assert isinstance(proposal.operation, StringReplace)
            recorded = KIND.record(proposal.operation, proposal.effect, texts)
            assert isinstance(recorded, StringReplace)
            assert recorded.scope == sorted(encode(path) for path in proposal.effect)
            assert KIND.proof(recorded, texts) == (PROOF_OF_TOTAL if recorded.total else PROOF)
            operations.append(recorded)
    return Found(operations, {file.path: (file.now, file.wanted) for file in left})


def lines(form: str, contents: Sequence[tuple[str, ...]]) -> list[str]:
    """A line for each of `contents`, and one between them that stays."""
    return [form.format(*content) + f"\nkept = {number}\n" for number, content in enumerate(contents)]


HOLDS = [("one", "two"), ("three.four", "five"), ("f(x)", "6"), ("self.a", "'text'"), ("n", "m")]

SHAPES = {
    "another name": ("check({0}, {1})", "verify({0}, {1})", r"\bcheck\b", "verify"),
    "keyword added": ("read({0})", "read({0}, strict=True)", None, None),
    "wrapped": (
        "return parse({0})",
        "return clean(parse({0}))",
        r"\bparse\(((?:[^()\n]|\([^()\n]*\))*)\)",
        r"clean(parse(\1))",
    ),
    "first argument dropped": ("call(loop, {0})", "call({0})", None, None),
    "chain of calls": ("x = get({0}).data", "x = get({0}).read().data", None, None),
    "print": ("print {0}, {1}", "print({0}, {1})", None, None),
    "constant": (
        "run({0}, debug=True)",
        "run({0}, debug=False)",
        r"\brun\(((?:[^()\n]|\([^()\n]*\))*), debug=True\)",
        r"run(\1, debug=False)",
    ),
    "line removed": ("import legacy", "", r"\bimport legacy" + "\n", ""),
    "words of prose": ("See https://old.example/{0} for more.", "See https://new.example/{0} for more.", None, None),
    "license year": ("Copyright (c) 2013 Somebody", "Copyright (c) 2014 Somebody", None, None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_that_is_repeated_is_one_operation(name: str) -> None:
    old, new, pattern, replacement = SHAPES[name]
    before, after = lines(old, HOLDS), lines(new, HOLDS)
    if not new:
        after = [text.removeprefix("\n") for text in after]
    found = find(a=(before[:2], after[:2]), b=(before[2:], after[2:]))
    assert found.left == {}
    assert found.places() == [len(HOLDS)]
    if pattern is not None:
        assert found.rules == [(pattern, replacement)]


def test_a_value_is_told_with_the_call_that_it_is_for() -> None:
    old, new, _, _ = SHAPES["constant"]
    ((pattern, replacement),) = find(a=(lines(old, HOLDS), lines(new, HOLDS))).rules
    assert pattern.startswith(r"\brun\(")
    assert replacement == r"run(\1, debug=False)"


def test_arguments_that_are_swapped() -> None:
    names = [("one", "two"), ("three", "four"), ("five", "six")]
    found = find(a=(lines("swap({0}, {1})", names), lines("swap({1}, {0})", names)))
    assert found.rules == [(r"swap\((\w+), (\w+)\)", r"swap(\2, \1)")] or found.rules == [
        (r"\bswap\((\w+), (\w+)\)", r"swap(\2, \1)")
    ]


def test_a_method_that_was_called_at_143_places() -> None:
    holds = [(f"value_{number}", str(number)) for number in range(143)]
    before, after = lines("    self.assertEquals({0}, {1})", holds), lines("    self.assertEqual({0}, {1})", holds)
    found = find(a=(before[:70], after[:70]), b=(before[70:], after[70:]))
    (operation,) = found.operations
    assert found.places() == [143]
    assert operation.total
    assert (
        KIND.review_lines(
            operation, Texts({b"a.py": "".join(before[:70]).encode(), b"b.py": "".join(before[70:]).encode()})
        )
        == 2
    )


def test_two_places_are_a_pattern_only_where_many_lines_are_alike() -> None:
    few = HOLDS[:2]
    assert find(a=(lines("check({0})", few), lines("verify({0})", few))).operations == []
    added = "\nverify(\n    {0},\n)"
    assert find(
        a=(lines("check({0})", [("one",), ("one",)]), lines("check({0})" + added, [("one",), ("one",)]))
    ).places() == [2]


DEVIATIONS = ["verify({1}, {0})", "verify({0}, None)", "verified({0}, {1})", "verify({0}, {1}, 1)", "verify({0} - {1})"]


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_place_that_differs_is_left(deviation: str) -> None:
    before, after = lines("check({0}, {1})", HOLDS), lines("verify({0}, {1})", HOLDS)
    after[2] = lines(deviation, [HOLDS[2]])[0].replace("kept = 0", "kept = 2")
    found = find(a=(before, after))
    assert found.places() == [len(HOLDS) - 1]
    ((now, wanted),) = found.left.values()
    changed = [pair for pair in zip(now.splitlines(), wanted.splitlines(), strict=True) if pair[0] != pair[1]]
    assert changed == [(b"check(f(x), 6)", deviation.format(*HOLDS[2]).encode())]


@pytest.mark.parametrize(
    ("old", "new"),
    [("x = a {0} b", "x = a {1} b"), ("    y = {0}", "        y = {0}"), ("{0} == {1}", "{0} != {1}"), ("{0}", "True")],
)
def test_what_tells_nothing_of_its_place_is_no_pattern(old: str, new: str) -> None:
    holds = [("1", "2"), ("3", "4"), ("5", "6"), ("7", "8")]
    found = find(a=(lines(old, holds), lines(new, holds)))
    assert all("(" not in pattern for pattern, _ in found.rules), "nothing was copied, so nothing may be a hole"
    assert found.operations == []


BRACKETS = "{0} = {0}{1}\n    1,\n    data{2}\n"


def test_what_would_not_parse_alone_is_no_pattern() -> None:
    names = ["one", "two", "three", "four"]
    before, after = ([BRACKETS.format(name, *pair) for name in names] for pair in ("()", "[]"))
    found = find(a=(before, after))
    assert found.operations == [], "the closing brackets are alike, and nothing without the opening ones"


def test_what_is_broken_before_may_stay_so() -> None:
    names = ["one", "two", "three", "four"]
    before, after = ([BRACKETS.format(name, *pair) for name in names] for pair in ("()", "[]"))
    found = find(a=([*before, "1 +\n"], [*after, "1 +\n"]))
    assert found.rules == [(r"\bdata\)", "data]")]


def test_another_shape_is_taken_where_one_would_not_parse_alone() -> None:
    found = find(a=(lines("self.same({0}, data)", HOLDS), lines("assert {0} == data", HOLDS)))
    assert len(found.rules) == 1
    assert found.left == {}


@pytest.mark.parametrize(
    ("old", "new", "foreign"),
    [
        ("store(data, trim=False)", "store(data, trim=True)", "other(['B'], trim=False)"),
        ("if size == 1:", "if size != 1:", "assert size == 1, data"),
        ("limit = 10", "limit = 20", "call(limit = 10)"),
    ],
)
def test_a_value_is_read_again_where_it_means_something_else(old: str, new: str, foreign: str) -> None:
    before = [f"{old}\nkept = {number}\n" for number in range(3)]
    after = [f"{new}\nkept = {number}\n" for number in range(3)]
    changed = foreign.replace("False", "True").replace("==", "!=").replace("10", "20")
    found = find(a=([*before, f"{foreign}\n"], [*after, f"{changed}\n"]))
    assert found.places() == [3]
    ((now, wanted),) = found.left.values()
    assert now.splitlines()[-1] == foreign.encode()
    assert wanted.splitlines()[-1] == changed.encode()


def test_a_pattern_of_a_value_counts_each_place_that_reads_otherwise() -> None:
    texts = Texts({b"a.py": b"f(x=1)\ng(y, x=1)\ng(y, x=1)\n"})
    fields: dict[str, Any] = {
        "pattern": "x=1",
        "replacement": "x=2",
        "scope": ["a.py"],
        "footprint": {"a.py": [[2, 3, "x=2"], [7, 3, "x=2"], [7, 3, "x=2"]]},
    }
    operation = msgspec.convert(fields, StringReplace)
    assert KIND.proof(operation, texts) == PROOF
    assert KIND.review_lines(operation, texts) == 4


@pytest.mark.parametrize(
    ("path", "lines_there", "counted"),
    [
        (b"a.py", "f(mode='rb')\ng(mode='rb')\nh(mode='rb')\n", 6),
        (b"a.py", "# f(mode='rb')\n# g(mode='rb')\n# h(mode='rb')\n", 2),
        (b"a.py", "f(\n    'rb'\n)\ng(\n    'x-rb'\n)\nh(1, 'rb')\n", 6),
        (b"a.py", "def f():\n    '''The rb.'''\n\n\ndef g():\n    '''Of rb.'''\n\n\ndef h():\n    '''For rb.'''\n", 2),
        (b"a.txt", "one rb\ntwo rb\nthree rb\n", 2),
        (b"a.json", '["rb",\n["x", "rb"],\n"y", "rb"]\n', 6),
    ],
)
def test_what_stands_in_a_string_is_a_value(path: bytes, lines_there: str, counted: int) -> None:
    places = [match.start() for match in re.finditer(r"\brb\b", lines_there)]
    footprint = [
        [place - before, 2, "wb"] for before, place in zip([0, *(place + 2 for place in places)], places, strict=False)
    ]
    name = path.decode()
    fields = {"pattern": r"\brb\b", "replacement": "wb", "scope": [name], "footprint": {name: footprint}}
    operation = msgspec.convert(fields, StringReplace)
    texts = Texts({path: lines_there.encode()})
    assert KIND.proof(operation, texts)
    assert KIND.review_lines(operation, texts) == counted


def test_a_string_in_other_calls_is_read_at_each_place() -> None:
    function = "def f{0}():\n    return {0}(mode='{1}')\n\n\n"
    old, new = ("".join(function.format(name, mode) for name in "ghij") for mode in ("rb", "wb"))
    found = find(a=(old.splitlines(keepends=True), new.splitlines(keepends=True)))
    assert found.operations == []


def test_what_goes_is_spelled_out() -> None:
    found = find(a=(lines("call({0}, flag)", HOLDS), lines("call(flag)", HOLDS)))
    assert found.operations == []


def test_a_pattern_that_matches_its_own_replacement_is_confined() -> None:
    found = find(a=(lines("log({0})", HOLDS), lines("log.log({0})", HOLDS)))
    (operation,) = found.operations
    assert not operation.total


def test_a_pattern_that_matches_elsewhere_is_confined() -> None:
    before, after = lines("check({0})", HOLDS), lines("verify({0})", HOLDS)
    found = find(a=([*before, "check(kept)\n"], [*after, "check(kept)\n"]))
    (operation,) = found.operations
    assert not operation.total
    assert found.left == {}


def test_without_re2_nothing_is_found_or_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(a=(lines("check({0})", HOLDS), lines("verify({0})", HOLDS)))
    texts = Texts({b"a.py": "".join(lines("check({0})", HOLDS)).encode()})
    (operation,) = found.operations
    monkeypatch.setattr(expressions, "_engine", lambda: None)
    assert find(a=(lines("check({0})", HOLDS), lines("verify({0})", HOLDS))).operations == []
    assert KIND.proof(operation, texts) == ""
    assert KIND.review_lines(operation, texts) == 2 * len(HOLDS)


def test_a_commit_that_is_too_large_is_left_alone() -> None:
    before = [f"check({number})\n" for number in range(40_000)]
    assert find(a=(before, [line.replace("check", "verify") for line in before])).operations == []


def test_bytes_that_are_no_text_are_copied_or_left_alone() -> None:
    before = b"".join(b"check(\xff%d)\nkept\n" % number for number in range(4))
    found = find_in([Unfinished(b"a.py", before, before.replace(b"check", b"verify"), FILE)])
    assert found.places() == [4]
    found = find_in([Unfinished(b"a.py", before, before.replace(b"\xff", b"\xfe"), FILE)])
    assert found.operations == []


TEXT = b"red green red blue\n"
TRUTH: dict[str, Any] = {
    "pattern": r"\bred (\w+)",
    "replacement": r"\1 pink",
    "scope": ["a.py"],
    "footprint": {"a.py": [[0, 9, "green pink"], [1, 8, "blue pink"]]},
    "total": True,
}


@pytest.mark.parametrize(
    "lie",
    [
        {"pattern": r"\bred (\w+"},
        {"pattern": r"\bred \w+"},
        {"pattern": r"(?=red) (\w+)"},
        {"pattern": r"\bred (\w+)\B"},
        {"pattern": "x" * (MAX_PATTERN + 1)},
        {"pattern": "\ud800"},
        {"replacement": r"\1 black"},
        {"replacement": r"\2 pink"},
        {"replacement": r"\1 pink\x"},
        {"replacement": r"\0" * 10_000},
        {"replacement": r"\1 pink" + "\\"},
        {"scope": ["**/*.py"]},
        {"footprint": {"a.py": [[0, 9, "green pink"]]}},
        {"footprint": {"a.py": [[0, 9, "green pink"], [1, 8, "black pink"]]}},
        {"footprint": {"a.py": [[0, 10, "green pink"], [1, 7, "blue pink"]]}},
        {"footprint": {"a.py": [[0, 18, "green pink blue pink"]]}},
        {"footprint": {}},
    ],
)
def test_a_lie_is_not_proved(lie: dict[str, Any]) -> None:
    texts = Texts({b"a.py": TEXT})
    assert KIND.proof(msgspec.convert(TRUTH, StringReplace), texts) == PROOF_OF_TOTAL
    assert KIND.proof(msgspec.convert(TRUTH | lie, StringReplace), texts) == ""


def test_a_claim_to_be_total_fails_if_the_result_matches_again() -> None:
    again = TRUTH | {"replacement": r"red \1", "footprint": {"a.py": [[0, 9, "red green"], [1, 8, "red blue"]]}}
    texts = Texts({b"a.py": TEXT})
    assert KIND.proof(msgspec.convert(again, StringReplace), texts) == ""
    assert KIND.proof(msgspec.convert(again | {"total": False}, StringReplace), texts) == PROOF


def test_a_group_that_took_no_part_is_empty() -> None:
    fields = {"pattern": "(a)|b", "replacement": r"<\1>", "scope": ["a.py"], "footprint": {"a.py": [[0, 1, "<>"]]}}
    assert KIND.proof(msgspec.convert(fields, StringReplace), Texts({b"a.py": b"b"})) == PROOF


def test_the_largest_place_counts() -> None:
    text = b"one\nfive\nx\nfive\ny\n"
    fields: dict[str, Any] = {
        "pattern": r"five\n(x\n)?",
        "replacement": r"",
        "scope": ["a.py"],
        "footprint": {"a.py": [[4, 5, ""], [2, 5, ""]]},
    }
    operation = msgspec.convert(fields, StringReplace)
    assert KIND.proof(operation, Texts({b"a.py": text})) == PROOF
    assert KIND.review_lines(operation, Texts({b"a.py": text})) == 1
    longer = text + b"five\nx\n"
    fields["footprint"] = {"a.py": [[4, 5, ""], [9, 7, ""]]}
    assert KIND.review_lines(msgspec.convert(fields, StringReplace), Texts({b"a.py": longer})) == 2
    fields["replacement"] = "six"
    assert KIND.review_lines(msgspec.convert(fields, StringReplace), Texts({b"a.py": longer})) == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, r"Replace red (\w+) by \1 pink at 2 places"),
        (
            {"replacement": "", "footprint": {"a": [[0, 1, ""]], "b": [[0, 1, ""]]}},
            r"Remove red (\w+) at 2 places in 2 files",
        ),
        ({"pattern": "a\n", "footprint": {"a": [[0, 1, ""]]}}, r"Replace a by \1 pink at 1 place"),
        ({"pattern": r"  a\.b\(", "replacement": "c(\n"}, "Replace a.b( by c( at 2 places"),
        ({"pattern": "a\\(b\\)\n", "replacement": "a(b)\nc\n"}, "Add c after a(b) at 2 places"),
        ({"pattern": r"\ba\b", "replacement": "not a"}, "Add not before a at 2 places"),
        ({"pattern": "a b c", "replacement": "a b"}, "Remove c after a b at 2 places"),
        ({"pattern": "await a", "replacement": "a"}, "Remove await before a at 2 places"),
        ({"pattern": "ab", "replacement": "abc"}, "Replace ab by abc at 2 places"),
        ({"pattern": "a", "replacement": "a\n"}, r"Replace a by a\n at 2 places"),
    ],
)
def test_the_sentence(fields: dict[str, Any], sentence: str) -> None:
    assert KIND.describe(msgspec.convert(TRUTH | fields, StringReplace)) == sentence


WORDS = st.from_regex(re.compile(r"[a-z]{3,8}"), fullmatch=True).filter(
    lambda word: word not in {"kept", "true", "with"}
)
ARGUMENTS = st.one_of(WORDS, st.builds("{}.{}".format, WORDS, WORDS), st.builds("{}({})".format, WORDS, WORDS))
FORMS = st.sampled_from(
    [
        ("{f}({0}, {1})", "{g}({0}, {1})"),
        ("{f}({0})", "{f}({0}, {g}=1)"),
        ("x = {f}({0}) + 1", "x = {g}({f}({0})) + 1"),
        ("{f}({0}).end()", "{f}({0}).{g}().end()"),
        ("if {f}.{0}:", "if {f}.{g}.{0}:"),
    ]
)


@given(FORMS, WORDS, WORDS, st.lists(st.tuples(ARGUMENTS, ARGUMENTS), min_size=4, max_size=12), st.data())
def test_a_planted_pattern_is_found_and_a_planted_deviation_stays(
    form: tuple[str, str], f: str, g: str, holds: list[tuple[str, str]], data: st.DataObject
) -> None:
    if f == g or any(word in (f, g) for hold in holds for text in hold for word in re.findall(r"\w+", text)):
        return
    old, new = form
    before = [old.format(*hold, f=f, g=g) + f"\nkept = {n}\n" for n, hold in enumerate(holds)]
    after = [new.format(*hold, f=f, g=g) + f"\nkept = {n}\n" for n, hold in enumerate(holds)]
    cut = data.draw(st.integers(0, len(holds)))
    found = find(a=(before[:cut], after[:cut]), b=(before[cut:], after[cut:]))
    assert found.left == {}
    assert sum(found.places()) == len(holds)
    assert len(found.operations) == 1
    other = data.draw(st.integers(0, len(holds) - 1))
    after[other] = after[other].replace(g, "x9z")
    found = find(a=(before[:cut], after[:cut]), b=(before[cut:], after[cut:]))
    ((now, wanted),) = found.left.values()
    assert b"x9z" in wanted
    assert b"x9z" not in now
    assert before[other].encode() in now
