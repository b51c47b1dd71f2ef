"""Values of data that change: what mutations make of a text, which ones are found, and that nothing else changes."""

from __future__ import annotations

import io
import json
import tomllib
from typing import Any, NamedTuple

import msgspec
import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from git_dagpatch.alignment.lines import distance
from git_dagpatch.discovery.data import find_data
from git_dagpatch.discovery.unfinished import Unfinished
from git_dagpatch.engine.factor import factor
from git_dagpatch.languages import mutations_of_text
from git_dagpatch.languages.data_values import CannotMutate, mutated, same
from git_dagpatch.model.effect import Rewrite, Span, rewrite
from git_dagpatch.model.operation import Edit, Mutate, Mutation
from git_dagpatch.model.patch import Metadata
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.mutate import MutateKind, spelled
from tests.planting import data_plants, read_data
from tests.trees import text, tree_of


class OneFile(NamedTuple):
    """The state of one file."""

    name: bytes
    text: bytes

    def read(self, path: bytes) -> bytes:
        assert path == self.name
        return self.text

    def mode(self, path: bytes) -> str:
        raise AssertionError("Mutations ask for no mode.")


KIND = MutateKind()
PACKAGE = b"""{
  "name": "x",
  "scripts": {
    "lint": "ruff",
    "test": "nose"
  },
  "files": [
    "src",
    "lib"
  ],
  "none": [],
  "flow": {"a": [1, 2], "b": {}}
}
"""
PROJECT = b"""# The project.
[project]
name = "x"  # its name
version = '1.0'
dependencies = [
    "a>=1",
    "b",
]
keywords = ["one", "two"]
requires = []

[project.scripts]
x = "x:main"

[tool.one]
when = 2026-01-02
big = 123456789012345678901234567890
float = 1.10

[[package]]
name = "a"
version = "1"
sdist = { url = "u", size = 3 }

[package.metadata]
extra = ["e"]

[[package]]
name = "b"
version = "2"
sdist = { url = "v", size = 4 }
"""


def path(*parts: str | int) -> list[dict[str, Any]]:
    return [{"field": part} if isinstance(part, str) else {"index": part} for part in parts]


def one(operation: Any, *parts: str | int) -> list[Mutation]:
    return [msgspec.convert({"path": path(*parts), "operation": operation}, Mutation)]


def made(name: bytes, text: bytes, mutations: list[Mutation]) -> bytes:
    return rewrite(text, mutations_of_text(name, text, mutations))


CASES: list[tuple[bytes, list[Mutation], bytes, bytes]] = [
    (PACKAGE, one({"set": "pytest"}, "scripts", "test"), b'"nose"', b'"pytest"'),
    (PACKAGE, one({"set": 1.5}, "scripts", "test"), b'"nose"', b"1.5"),
    (PACKAGE, one({"set": "é\n"}, "name"), b'"x"', '"é\\n"'.encode()),
    (PACKAGE, one({"set": "m"}, "scripts", "main"), b'"ruff",\n', b'"ruff",\n    "main": "m",\n'),
    (PACKAGE, one({"set": "z"}, "scripts", "zero"), b'"nose"\n', b'"nose",\n    "zero": "z"\n'),
    (PACKAGE, one({"set": "a"}, "scripts", "all"), b'{\n    "lint', b'{\n    "all": "a",\n    "lint'),
    (PACKAGE, one("remove", "scripts", "lint"), b'    "lint": "ruff",\n', b""),
    (PACKAGE, one("remove", "scripts", "test"), b',\n    "test": "nose"', b""),
    (PACKAGE, one({"append": "dist"}, "files"), b'"lib"\n', b'"lib",\n    "dist"\n'),
    (PACKAGE, one({"insert": "dist"}, "files", 0), b'"src"', b'"dist",\n    "src"'),
    (PACKAGE, one({"insert": "dist"}, "files", 2), b'"lib"\n', b'"lib",\n    "dist"\n'),
    (PACKAGE, one({"append": 1}, "none"), b'"none": []', b'"none": [\n    1\n  ]'),
    (PACKAGE, one({"append": 3}, "flow", "a"), b"[1, 2]", b"[1, 2, 3]"),
    (PACKAGE, one("remove", "flow", "a", 0), b"[1, 2]", b"[2]"),
    (PACKAGE, one({"set": {"k": [1]}}, "flow", "b"), b'"b": {}', b'"b": {"k": [1]}'),
    (
        PACKAGE,
        one({"set": {"deep": {"er": 1}}}, "new"),
        b"{}}\n",
        b'{}},\n  "new": {\n    "deep": {\n      "er": 1\n    }\n  }\n',
    ),
    (b'{"a":1,"b":[]}', one({"set": {"x": 1}}, "c"), b"[]}", b'[],"c":{"x":1}}'),
    (b"[\r\n\t1\r\n]", one({"append": 2}), b"1\r\n", b"1,\r\n\t2\r\n"),
    (b"3", one({"set": 4}), b"3", b"4"),
    (b"[]", one({"append": 4}), b"[]", b"[4]"),
    (b'["\\u00e9"]', one({"append": "é"}), b"]", b', "\\u00e9"]'),
    (PROJECT, one({"set": "2.0"}, "project", "version"), b"'1.0'", b"'2.0'"),
    (PROJECT, one({"set": "it's"}, "project", "version"), b"'1.0'", b'"it\'s"'),
    (PROJECT, one({"set": "y"}, "project", "name"), b'"x"  #', b'"y"  #'),
    (PROJECT, one({"append": "c"}, "project", "dependencies"), b'"b",\n', b'"b",\n    "c",\n'),
    (PROJECT, one({"insert": "0"}, "project", "dependencies", 0), b'"a>=1"', b'"0",\n    "a>=1"'),
    (PROJECT, one("remove", "project", "dependencies", 1), b'    "b",\n', b""),
    (PROJECT, one({"append": "three"}, "project", "keywords"), b'"two"]', b'"two", "three"]'),
    (PROJECT, one({"append": "x"}, "project", "requires"), b"= []", b'= ["x"]'),
    (PROJECT, one({"set": "d"}, "project", "description"), b"requires = []\n", b'requires = []\ndescription = "d"\n'),
    (PROJECT, one({"set": "y:main"}, "project", "scripts", "a b"), b'"x:main"\n', b'"x:main"\n"a b" = "y:main"\n'),
    (PROJECT, one("remove", "project", "requires"), b"requires = []\n", b""),
    (PROJECT, one({"set": 5}, "package", 0, "sdist", "size"), b"size = 3", b"size = 5"),
    (
        PROJECT,
        one({"set": "u2"}, "package", 0, "sdist", "url2"),
        b", size = 3",
        b', size = 3, url2 = "u2"',
    ),
    (
        PROJECT,
        one({"insert": {"version": "3", "name": "c", "sdist": {"size": 1, "url": "w"}}}, "package", 1),
        b'[[package]]\nname = "b"',
        b'[[package]]\nname = "c"\nversion = "3"\nsdist = { url = "w", size = 1 }\n\n[[package]]\nname = "b"',
    ),
    (
        PROJECT,
        one({"append": {"name": "c", "metadata": {"extra": []}}}, "package"),
        b"size = 4 }\n",
        b'size = 4 }\n\n[[package]]\nname = "c"\n\n[package.metadata]\nextra = []\n',
    ),
    (
        PROJECT,
        one("remove", "package", 1),
        b'\n[[package]]\nname = "b"\nversion = "2"\nsdist = { url = "v", size = 4 }\n',
        b"",
    ),
    (b"a.b = 1\na.c = 2\n", one({"set": 3}, "a", "b"), b"b = 1", b"b = 3"),
]
_GONE = [*one("remove", "a", 0), *one({"append": {"x": 2}}, "a")]


@pytest.mark.parametrize(("text", "mutations", "old", "new"), CASES)
def test_a_mutation(text: bytes, mutations: list[Mutation], old: bytes, new: bytes) -> None:
    assert text.count(old) == 1
    name = b"a.toml" if text is PROJECT or b" = " in text else b"a.json"
    assert made(name, text, mutations) == text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "mutations", "reason"),
    [
        (PACKAGE, one("remove", "scripts", "nothing"), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "scripts", "nothing", "below"), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "files", "name"), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "files", 2), "InvalidPath"),
        (PACKAGE, one({"insert": 1}, "files", 3), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "files", -1), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "scripts", 0), "InvalidPath"),
        (PACKAGE, one({"set": 1}, "name", "x"), "InvalidPath"),
        (PACKAGE, one({"append": 1}, "scripts"), "InvalidOperation"),
        (PACKAGE, one({"append": 1}, "name"), "InvalidOperation"),
        (PACKAGE, one({"insert": 1}, "scripts", "x"), "InvalidOperation"),
        (PACKAGE, one("remove"), "InvalidOperation"),
        (PACKAGE, one({"insert": 1}), "InvalidOperation"),
        (PACKAGE, one({"set": 2**60}, "name"), "Unsupported"),
        (PACKAGE, one({"set": "\ud800"}, "name"), "Unsupported"),
        (PROJECT, one({"set": None}, "project", "name"), "Unsupported"),
        (PROJECT, one({"set": {}}, "package", 0), "Unsupported"),
        (PROJECT, one({"set": 1}, "tool", "x"), "Unsupported"),
        (b"# why\na = 1\n", one("remove", "a"), "Unsupported"),
        (b"a = [\n    1, # one\n    2,\n]\n", one("remove", "a", 1), "Unsupported"),
        (b"a = [\n    1,\n    2,  # two\n]\n", one({"append": 3}, "a"), "Unsupported"),
        (b"[a]\nb = 1", one({"set": 1}, "a", "c"), "Unsupported"),
        (b"[a]\nb.c = 1\n", one("remove", "a", "b"), "Unsupported"),
        (b"[[a]]\nx = 1\n", _GONE, "Unsupported"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(text: bytes, mutations: list[Mutation], reason: str) -> None:
    with pytest.raises(CannotMutate) as raised:
        made(b"a.json" if text is PACKAGE else b"a.toml", text, mutations)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"a.json", b'{"a": 1, "a": 2}'),
        (b"a.json", b'\xef\xbb\xbf{"a": 1}'),
        (b"a.json", b'{"a": NaN}'),
        (b"a.json", b'{"a": 1,}'),
        (b"a.json", b'{"a": 1} // so'),
        (b"a.json", b"\xff"),
        (b"a.json", b"[" * 100 + b"]" * 100),
        (b"a.json", b"1" * 5000),
        (b"a.toml", b"a = 1\na = 2\n"),
        (b"a.toml", b"a = {b.c = 1}\n"),
        (b"a.txt", b"{}"),
        (b"tsconfig.json", b'{"a": 1}'),
    ],
)
def test_a_text_that_is_not_strict_is_left_alone(name: bytes, text: bytes) -> None:
    with pytest.raises(CannotMutate):
        made(name, text, one({"set": 3}, "a"))
    assert found(name, text, text.replace(b"1", b"3") + b"\n") == ([], text)


# Found


def found(name: bytes, now: bytes, wanted: bytes) -> tuple[list[Mutate], bytes]:
    """The operations, which are proved, and the text after them."""
    steps, _ = find_data([Unfinished(name, now, wanted, "100644")])
    operations = []
    after = now
    state = OneFile(name, now)
    for step in steps:
        spans: list[Span] = []
        for proposal in step:
            change = proposal.effect[name]
            assert isinstance(change, Rewrite)
            kind = kind_of(proposal.operation)
            operation = kind.record(proposal.operation, proposal.effect, state)
            assert isinstance(operation, Mutate)
            assert kind.proof(operation, state)
            assert kind.review_lines(operation, state) == distance(now, rewrite(now, change.spans))
            operations.append(operation)
            spans += change.spans
        after = rewrite(now, tuple(sorted(spans)))
    return operations, after


CHANGES: list[tuple[bytes, bytes, bytes, bytes, int]] = [
    (b"package.json", PACKAGE, b'"nose"', b'"pytest"', 1),
    (b"package.json", PACKAGE, b'"lib"', b'"lib",\n    "dist"', 1),
    (b"package.json", PACKAGE, b'"src",\n    "lib"', b'"dist",\n    "lib"', 1),
    (b"package.json", PACKAGE, b'  "none": [],\n', b"", 1),
    (b"package.json", PACKAGE, b'{"a": [1, 2], "b": {}}', b'{"a": [1, 3], "b": {}}', 1),
    (b"pyproject.toml", PROJECT, b"'1.0'", b"'1.1'", 1),
    (b"pyproject.toml", PROJECT, b'"b",\n]', b'"b",\n    "c",\n]', 1),
    (b"uv.lock", PROJECT, b'name = "b"', b'name = "c"', 2),
    (b"uv.lock", PROJECT, b'url = "v", size = 4', b'url = "w", size = 5', 1),
    (b"pyproject.toml", PROJECT, b"2026-01-02", b"2026-01-03", 0),
    (b"pyproject.toml", PROJECT, b"big = 123", b"big = 124", 0),
    (b"pyproject.toml", PROJECT, b"1.10", b"1.20", 0),
    (b"pyproject.toml", PROJECT, b"# its name", b"# the name", 0),
    (b"pyproject.toml", PROJECT, b'"x"  # its', b'"y"  # new', 0),
    (b"pyproject.toml", PROJECT, b'"one", "two"', b'"one",  "two"', 0),
    (b"pyproject.toml", PROJECT, b'"one", "two"', b'"one",  "three"', 0),
]


@pytest.mark.parametrize(("name", "before", "old", "new", "count"), CHANGES)
def test_what_is_found(name: bytes, before: bytes, old: bytes, new: bytes, count: int) -> None:
    assert before.count(old) == 1
    wanted = before.replace(old, new)
    operations, after = found(name, before, wanted)
    assert sum(len(operation.mutations) for operation in operations) == count
    assert after == (wanted if count else before)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1", '"1"'),
        (1, "1"),
        ("true", '"true"'),
        (True, "true"),
        ("null", '"null"'),
        (None, "null"),
        ("pytest", "pytest"),
        ("1.10.2", "1.10.2"),
        (">=3.8", ">=3.8"),
    ],
)
def test_a_value_is_told_with_its_kind(value: object, shown: str) -> None:
    operation = Mutate(target="a.json", mutations=one({"set": value}, "a"))
    assert kind_of(operation).describe(operation) == f"Set a to {shown} in a.json"


def test_a_name_with_a_dot_is_told_from_a_path() -> None:
    names = [spelled(one({"set": 1}, *path)[0].path) for path in (("a.b",), ("a", "b"), ("a", "b c"))]
    assert names == ['"a.b"', "a.b", 'a."b c"']


def test_what_does_not_fit_is_left_to_edits_and_the_rest_is_told() -> None:
    wanted = PROJECT.replace(b"1.10", b"1.20").replace(b"'1.0'", b"'1.1'").replace(b'x = "x:main"', b'x =   "y:main"')
    operations, after = found(b"pyproject.toml", PROJECT, wanted)
    assert [kind_of(operation).describe(operation) for operation in operations] == [
        'Set project.version to "1.1" in pyproject.toml'
    ]
    assert after == PROJECT.replace(b"'1.0'", b"'1.1'")


def test_each_field_of_the_top_is_an_operation() -> None:
    wanted = PACKAGE.replace(b"nose", b"pytest").replace(b'"lib"', b'"bin"').replace(b'"src"', b'"dist"')
    operations, after = found(b"package.json", PACKAGE, wanted)
    assert [kind_of(operation).describe(operation) for operation in operations] == [
        "Set scripts.test to pytest in package.json",
        'Set files to ["dist", "bin"] in package.json',
    ]
    assert after == wanted


def test_a_long_file_is_one_operation_in_one_pass() -> None:
    """Of two tables, thousands of lines, where every third entry changes, some go and some come."""
    before = {f"p{number:04}": _entry(number, "a") for number in range(1000)}
    after = {f"p{number:04}": _entry(number, "ab"[number % 3 == 0]) for number in range(1000) if number % 50}
    after |= {f"p{number:04}": _entry(number, "c") for number in range(1000, 1020)}
    now = written({"version": 1, "packages": before}, FORMATS[0], "\n")
    wanted = written({"version": 2, "packages": after}, FORMATS[0], "\n")
    operations, made_text = found(b"package-lock.json", now, wanted)
    assert made_text == wanted
    (operation,) = operations
    # Of those that change, both fields; the version; those that come and go.
    assert len(operation.mutations) == 2 * 327 + 1 + 20 + 20
    assert kind_of(operation).describe(operation) == "Change 675 and remove 20 values in package-lock.json"
    assert kind_of(operation).intent(operation) == "dependency-changed"


def _entry(number: int, what: str) -> dict[str, Any]:
    return {"version": f"{number}.{what}", "integrity": what * 60, "dependencies": {"other": f">={number}"}}


def test_the_value_before_stays_as_it_is() -> None:
    value = {"a": {"b": [1, {"c": 2}]}}
    kept = json.loads(json.dumps(value))
    changes = [*one({"set": 3}, "a", "b", 1, "c"), *one({"append": 4}, "a", "b"), *one("remove", "a", "b", 0)]
    assert mutated(value, changes) == {"a": {"b": [{"c": 3}, 4]}}
    assert value == kept


@pytest.mark.parametrize(
    ("name", "mutations", "intent"),
    [
        ("pyproject.toml", one({"set": "2"}, "project", "version"), "version-changed"),
        ("pyproject.toml", one({"append": "x"}, "project", "dependencies"), "dependency-changed"),
        ("pyproject.toml", one({"set": 1}, "tool", "ruff", "line-length"), "configuration-changed"),
        ("package.json", one({"set": "1"}, "devDependencies", "x"), "dependency-changed"),
        ("uv.lock", one({"set": "1"}, "package", 0, "version"), "dependency-changed"),
        ("data/words.json", one("remove", "word"), "data-changed"),
    ],
)
def test_what_it_is_for(name: str, mutations: list[Mutation], intent: str) -> None:
    operation = Mutate(target=name, mutations=mutations)
    assert kind_of(operation).intent(operation) == intent


@pytest.mark.parametrize(
    ("mutations", "sentence"),
    [
        (one({"set": {}}), "Set all to {} in a.json"),
        (one({"set": {"name": "x", "y": 1}}, "a", 0, "b"), "Set a[0].b to x in a.json"),
        (one({"append": "x" * 80}, "a"), f"Append {'x' * 59}… to a in a.json"),
        (one({"insert": list(range(60))}, "a", 3), "Insert 60 values into a in a.json"),
        (one("remove", "a", "b"), "Remove a.b in a.json"),
        ([*one("remove", "a", "b"), *one({"append": 1}, "a", "c")], "Add 1 and remove 1 values of a in a.json"),
        ([*one("remove", "a"), *one("remove", "b")], "Remove 2 values in a.json"),
    ],
)
def test_a_description(mutations: list[Mutation], sentence: str) -> None:
    operation = Mutate(target="a.json", mutations=mutations)
    assert kind_of(operation).describe(operation) == sentence


ELSEWHERE = PACKAGE.replace(b'"lint": "ruff"', b'"lint":   "mypy"').replace(b'"name": "x",', b'"name": "y", "z": 0,')


@pytest.mark.parametrize(
    ("mutations", "old", "new"),
    [
        (one({"set": "pytest"}, "scripts", "test"), b'"nose"', b'"pytest"'),
        (one({"append": "dist"}, "files"), b'"lib"', b'"lib",\n    "dist"'),
        (one({"insert": "dist"}, "files", 1), b'"lib"', b'"dist",\n    "lib"'),
        (one({"set": 1}, "flow", "c"), b'"b": {}', b'"b": {}, "c": 1'),
        ([*one({"set": 1}, "scripts", "test"), *one({"set": 2}, "scripts", "test")], b'"nose"', b"2"),
    ],
)
def test_mutations_elsewhere(mutations: list[Mutation], old: bytes, new: bytes) -> None:
    operation = Mutate(target="a.json", mutations=mutations)
    spans = KIND.elsewhere(operation, PACKAGE, ELSEWHERE)
    assert rewrite(ELSEWHERE, spans) == ELSEWHERE.replace(old, new)


@pytest.mark.parametrize(
    ("mutations", "reason"),
    [
        (one({"set": "black"}, "scripts", "lint"), "InvalidOperation"),
        (one("remove", "scripts", "lint"), "InvalidOperation"),
        (one({"set": 1}, "z"), "InvalidOperation"),
        (one({"set": 1}), "InvalidOperation"),
        (one("remove", "none", 0), "InvalidPath"),
    ],
)
def test_a_value_that_changed_elsewhere_is_a_conflict(mutations: list[Mutation], reason: str) -> None:
    with pytest.raises(CannotMutate) as raised:
        KIND.elsewhere(Mutate(target="a.json", mutations=mutations), PACKAGE, ELSEWHERE)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "lie",
    [
        {"mutations": [{"path": path("a"), "operation": {"set": 3}}]},
        {"mutations": [{"path": path("b"), "operation": {"set": 2}}]},
        {"footprint": {"a.json": [[6, 1, "2"], [1, 0, " "]]}},
        {"footprint": {"a.json": [[6, 1, "2"]], "b.json": [[6, 1, "2"]]}},
        {"footprint": {"b.json": [[6, 1, "2"]]}},
        {"target": "b.json"},
    ],
)
def test_a_document_that_claims_otherwise_is_not_believed(lie: dict[str, Any]) -> None:
    truth = {
        "target": "a.json",
        "mutations": [{"path": path("a"), "operation": {"set": 2}}],
        "footprint": {"a.json": [[6, 1, "2"]]},
    }
    both = Both(b'{"a": 1}')
    kind = kind_of(msgspec.convert(truth, Mutate))
    assert kind.proof(msgspec.convert(truth, Mutate), both)
    assert not kind.proof(msgspec.convert(truth | lie, Mutate), both)


class Both(NamedTuple):
    """The state of two files of the same text."""

    text: bytes

    def read(self, path: bytes) -> bytes:
        return self.text

    def mode(self, path: bytes) -> str:
        raise AssertionError("Mutations ask for no mode.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": [{}], "operation": "remove"},
        {"path": [{"field": "a", "index": 0}], "operation": "remove"},
        {"path": [], "operation": "drop"},
        {"path": [], "operation": {}},
        {"path": [], "operation": {"set": 1, "append": 1}},
        {"path": [], "operation": {"put": 1}},
        {"path": [], "operation": {"set": json.loads("[" * 70 + "]" * 70)}},
    ],
)
def test_a_mutation_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Mutation)


def values() -> st.SearchStrategy[Any]:
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(-3, 3)
        | st.floats(allow_nan=False, allow_infinity=False, width=16)
        | st.text(max_size=3)
    )
    return st.recursive(scalars, _containers, max_leaves=12)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["a", "b", "name", "é", ""]), inner, max_size=4
    )


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """Something near `value`."""
    if draw(st.integers(0, 4)) == 0:
        return draw(values())
    if isinstance(value, dict):
        kept = {key: draw(changed(item)) for key, item in value.items() if draw(st.integers(0, 5))}
        return kept | (draw(st.dictionaries(st.sampled_from(["b", "new"]), values(), max_size=1)))
    if isinstance(value, list):
        kept_items = [draw(changed(item)) for item in value if draw(st.integers(0, 5))]
        at = draw(st.integers(0, len(kept_items)))
        return [*kept_items[:at], *draw(st.lists(values(), max_size=1)), *kept_items[at:]]
    return value


def pairs() -> st.SearchStrategy[tuple[Any, Any]]:
    return values().flatmap(lambda value: st.tuples(st.just(value), changed(value)))


FORMATS: list[dict[str, Any]] = [
    {"indent": 2},
    {"indent": "\t", "ensure_ascii": False},
    {},
    {"separators": (",", ":")},
    {"indent": 0, "sort_keys": True},
]


def written(value: Any, form: dict[str, Any], line_end: str) -> bytes:
    return (json.dumps(value, **form).replace("\n", line_end) + line_end).encode()


@given(pairs(), st.sampled_from(FORMATS), st.sampled_from(FORMATS), st.sampled_from(["\n", "\r\n", ""]), st.booleans())
def test_of_any_json_nothing_comes_out_wrong(
    both: tuple[Any, Any], form: dict[str, Any], other: dict[str, Any], line_end: str, is_same: bool
) -> None:
    now, wanted = written(both[0], form, line_end), written(both[1], form if is_same else other, line_end)
    operations, after = found(b"a.json", now, wanted)
    assert distance(now, after) + distance(after, wanted) <= distance(now, wanted) or after == wanted
    value = json.loads(now)
    for operation in operations:
        value = mutated(value, operation.mutations)
    assert same(json.loads(after), value)


@given(pairs(), st.sampled_from([2, "\t"]))
def test_of_json_in_one_style_all_is_found(both: tuple[Any, Any], indent: Any) -> None:
    form = {"indent": indent, "sort_keys": True}
    styled = [{"list": [0, {"x": 0}], "value": value, "\xe9": 0} for value in both]
    now, wanted = written(styled[0], form, "\n"), written(styled[1], form, "\n")
    assert found(b"a.json", now, wanted)[1] == wanted


def tables() -> st.SearchStrategy[dict[str, Any]]:
    scalars = (
        st.booleans() | st.integers(-3, 3) | st.sampled_from([1.5, "x", "it's", "é", "2", 'q"', "l\nl"]) | st.dates()
    )
    inner = st.recursive(scalars, _containers, max_leaves=8)
    elements = st.lists(st.dictionaries(st.sampled_from(["name", "version", "x"]), inner, min_size=1), max_size=4)
    return st.fixed_dictionaries(
        {"title": scalars},
        optional={"package": elements, "tool": st.dictionaries(st.sampled_from(["a", "b"]), inner), "list": inner},
    )


@given(tables(), tables())
def test_of_any_toml_nothing_comes_out_wrong(one: dict[str, Any], other: dict[str, Any]) -> None:
    now, wanted = tomlkit.dumps(one).encode(), tomlkit.dumps(one | other).encode()
    operations, after = found(b"a.toml", now, wanted)
    value = tomllib.loads(now.decode())
    for operation in operations:
        value = mutated(value, operation.mutations)
    assert same(tomllib.loads(after.decode()), value)


MUTATIONS = st.builds(
    lambda path, operation: msgspec.convert({"path": path, "operation": operation}, Mutation),
    st.lists(
        st.builds(lambda name: {"field": name}, st.sampled_from(["a", "b", "name", "new"]))
        | st.builds(lambda index: {"index": index}, st.integers(-1, 4)),
        max_size=3,
    ),
    st.just("remove")
    | st.builds(lambda how, value: {how: value}, st.sampled_from(["set", "append", "insert"]), values()),
)


@given(values(), st.lists(MUTATIONS, min_size=1, max_size=4), st.sampled_from(FORMATS))
def test_any_mutation_of_json_is_carried_out_or_refused(
    value: Any, mutations: list[Mutation], form: dict[str, Any]
) -> None:
    """What can be carried out on the value can be on the text, and the other way round, with the same reason."""
    now = written(value, form, "\n")
    try:
        expected = mutated(json.loads(now), mutations)
    except CannotMutate as error:
        with pytest.raises(type(error)):
            made(b"a.json", now, mutations)
    else:
        assert same(json.loads(made(b"a.json", now, mutations)), expected)


CONFIG = b"""\
# Checks.
on: push
repos:
- repo: https://example.org/a
  rev: v1.0.0  # pinned
  hooks: [{id: x, args: ["--fix", '--it''s']}]
- repo: https://example.org/b
  rev: 1.10
  count: 3
  names: &n [a, "\xc3\xa9"]
  text: |
    lines
"""


@pytest.mark.parametrize(
    ("mutations", "old", "new"),
    [
        (one({"set": "v2.0.0"}, "repos", 0, "rev"), b"v1.0.0", b"v2.0.0"),
        (one({"set": "2.0"}, "repos", 0, "rev"), b"v1.0.0", b'"2.0"'),
        (one({"set": "yes"}, "repos", 0, "rev"), b"v1.0.0", b'"yes"'),
        (one({"set": "a: b"}, "repos", 0, "rev"), b"v1.0.0", b'"a: b"'),
        (one({"set": "it's"}, "repos", 0, "hooks", 0, "args", 1), b"'--it''s'", b"'it''s'"),
        (one({"set": "e"}, "repos", 1, "names", 1), b'"\xc3\xa9"', b'"e"'),
        (one({"set": True}, "repos", 1, "count"), b"3\n", b"true\n"),
        (one({"set": None}, "repos", 1, "count"), b"3\n", b"null\n"),
        ([*one({"set": 4}, "repos", 1, "count"), *one({"set": 5}, "repos", 1, "count")], b"3\n", b"5\n"),
    ],
)
def test_a_mutation_of_yaml(mutations: list[Mutation], old: bytes, new: bytes) -> None:
    assert made(b".pre-commit-config.yaml", CONFIG, mutations) == CONFIG.replace(old, new)


@pytest.mark.parametrize(
    ("text", "mutations", "reason"),
    [
        (CONFIG, one({"set": 1}, "repos", 1, "text"), "Unsupported"),
        (CONFIG, one({"set": 1}, "new"), "Unsupported"),
        (CONFIG, one({"append": 1}, "repos"), "Unsupported"),
        (CONFIG, one("remove", "repos", 0), "Unsupported"),
        (CONFIG, one("remove", "repos", 2), "InvalidPath"),
        (CONFIG, one({"set": 1}, "repos", 1, "count", "x"), "InvalidPath"),
        (CONFIG, one({"set": [1]}, "repos", 1, "count"), "Unsupported"),
        (b"a: &x 1\nb: *x\n", one({"set": 2}, "b"), "Unsupported"),
        (b"a: !!str 1\n", one({"set": 2}, "a"), "Unsupported"),
        (b"a: &x v\n", one({"set": "w"}, "a"), "Unsupported"),
        (b"a: 1\na: 2\n", one({"set": 3}, "a"), "Unsupported"),
        (b"<<: {a: 1}\nb: 2\n", one({"set": 3}, "b"), "Unsupported"),
        (b"a: 1\n---\na: 2\n", one({"set": 3}, "a"), "Unsupported"),
        (b"a: one\n  two\n", one({"set": 3}, "a"), "Unsupported"),
        (b"a: 012\n", one({"set": 3}, "a"), "Unsupported"),
        (b"a: 2026-01-01\n", one({"set": 3}, "a"), "Unsupported"),
        (b"a: 1:30\n", one({"set": 3}, "a"), "Unsupported"),
        (b"a: [\n", one({"set": 3}, "a"), "Unsupported"),
        (b"1\n", one({"set": 3}), "Unsupported"),
    ],
)
def test_what_is_not_certain_in_yaml_is_refused(text: bytes, mutations: list[Mutation], reason: str) -> None:
    with pytest.raises(CannotMutate) as raised:
        made(b"a.yml", text, mutations)
    assert raised.value.reason == reason


def test_what_is_found_in_yaml() -> None:
    wanted = CONFIG.replace(b"v1.0.0", b"v1.1.0").replace(b"1.10", b"1.20").replace(b"lines", b"Lines")
    operations, after = found(b".pre-commit-config.yaml", CONFIG, wanted)
    assert [kind_of(operation).describe(operation) for operation in operations] == [
        "Set rev of https://example.org/a to v1.1.0 in .pre-commit-config.yaml"
    ]
    assert after == CONFIG.replace(b"v1.0.0", b"v1.1.0")


@given(pairs(), st.booleans())
def test_of_any_yaml_nothing_comes_out_wrong(both: tuple[Any, Any], is_flow: bool) -> None:
    now, wanted = (_dumped({"value": value}, is_flow) for value in both)
    operations, after = found(b"a.yaml", now, wanted)
    value = _loaded(now)
    for operation in operations:
        value = mutated(value, operation.mutations)
    assert same(_loaded(after), value)


def _dumped(value: Any, is_flow: bool) -> bytes:
    stream = io.BytesIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = is_flow
    writer.dump(value, stream)
    return stream.getvalue()


def _loaded(text: bytes) -> Any:
    return YAML(typ="safe", pure=True).load(text.decode())


PLANTED = {
    b"a.json": (
        b'{\n  "name": "one",\n  "on": true,\n  "size": 3,\n  "files": [\n    "src",\n    "lib"\n  ]\n}\n',
        b"3",
        b"4",
    ),
    b"a.toml": (b'name = "one"\non = true\n\n[tool.x]\nsize = 3\nfiles = "src"\n', b"3", b"4"),
    b"a.yaml": (b"name: one\non_push: true\nwith:\n  size: 3\n  files: src\n", b"3", b"4"),
}


@pytest.mark.parametrize("path", PLANTED, ids=bytes.decode)
def test_a_value_that_is_planted_among_others_is_told(path: bytes) -> None:
    before, old, new = PLANTED[path]
    after = before.replace(old, new)
    tried = set()
    for plant in data_plants(path, after):
        planted = plant.into(after)
        if read_data(path, planted) in (None, read_data(path, after)):
            continue
        patch = factor(tree_of({path: text(before)}), tree_of({path: text(planted)}), Metadata())
        state = OneFile(path, before)
        assert all(isinstance(one, Mutate | Edit) and kind_of(one).proof(one, state) for one in patch.operations)
        lines = sum(kind_of(one).review_lines(one, state) for one in patch.operations)
        assert lines == distance(before, planted)
        tried.add(plant.kind)
    assert tried >= {"value: boolean", "value: constant", "value: string"}
