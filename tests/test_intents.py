"""What an edit is for, and what it says of itself."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple

import pytest

from git_dagpatch.engine.factor import factor
from git_dagpatch.model.operation import Edit, Operation, Whitespace
from git_dagpatch.model.patch import Metadata
from git_dagpatch.operations import all_kinds
from git_dagpatch.operations.domains import DOMAINS, domain_of
from git_dagpatch.operations.vocabulary import INTENTS, TAGS
from git_dagpatch.operations.whitespace import TRANSFORMS
from tests.trees import File, tree_of


def operations(before: str, after: str, path: str = "m.py") -> list[Operation]:
    """The operations between two texts of one file."""
    trees = [
        tree_of({path.encode(): File("100644", dedent(text).encode())} if text else {}) for text in (before, after)
    ]
    return factor(trees[0], trees[1], Metadata()).operations


def told(before: str, after: str, path: str = "m.py") -> list[tuple[object, object]]:
    return [(operation.intent, operation.description) for operation in operations(before, after, path)]


class Case(NamedTuple):
    before: str
    after: str
    told: tuple[str, str]
    path: str = "m.py"


BASE = '''\
"""A module."""
import os

LIMIT = 1


class Service(Base):
    """What it is."""

    size = 1

    def run(self, path):
        """Run it."""
        return load(path)  # quickly


def load(path):
    return path
'''

CASES = {
    "function added": Case(
        BASE,
        BASE + "\n\ndef parse_date(text):\n    return text\n",
        ("function-added", "Add function parse_date in m.py"),
    ),
    "function removed": Case(
        BASE, BASE[: BASE.index("\n\ndef load")], ("function-removed", "Remove function load in m.py")
    ),
    "method added": Case(
        BASE,
        BASE.replace("    def run", "    def stop(self):\n        pass\n\n    def run"),
        ("function-added", "Add method Service.stop in m.py"),
    ),
    "class added with all that is in it": Case(
        BASE,
        BASE + "\n\nclass New:\n    def one(self):\n        pass\n\n    def two(self):\n        pass\n",
        ("class-added", "Add class New in m.py"),
    ),
    "class removed with all that is in it": Case(
        BASE,
        BASE[: BASE.index("\n\nclass")] + BASE[BASE.index("\n\ndef load") :],
        ("class-removed", "Remove class Service in m.py"),
    ),
    "body": Case(
        BASE,
        BASE.replace("return load(path)", "return load(path + '')"),
        ("body-changed", "Change the body of Service.run in m.py"),
    ),
    "decorator added": Case(
        BASE,
        BASE.replace("def load", "@cache\ndef load"),
        ("decorators-changed", "Change the decorators of load in m.py"),
    ),
    "decorator and body": Case(
        BASE,
        BASE.replace("    def run", "    @cache\n    def run").replace("return load(path)", "return load(path + '')"),
        ("decorators-changed", "Change Service.run and its decorators in m.py"),
    ),
    "setter removed": Case(
        "class A:\n    @property\n    def x(self):\n        return 1\n\n"
        "    @x.setter\n    def x(self, y):\n        pass\n",
        "class A:\n    @property\n    def x(self):\n        return 1\n",
        ("decorators-changed", "Remove setter from A.x in m.py"),
    ),
    "metadata of a script": Case(
        "# /// script\n# dependencies = ['one']\n# ///\nx = 1\n",
        "# /// script\n# dependencies = ['other']\n# ///\nx = 1\n",
        ("directive-changed", "Change comments that control tools in m.py"),
    ),
    "parameter added": Case(
        BASE,
        BASE.replace("run(self, path)", "run(self, path, timeout=1)"),
        ("signature-changed", "Add parameter timeout to Service.run in m.py"),
    ),
    "parameter removed": Case(
        BASE,
        BASE.replace("run(self, path)", "run(self)"),
        ("signature-changed", "Remove parameter path from Service.run in m.py"),
    ),
    "default": Case(
        BASE.replace("run(self, path)", "run(self, path=1)"),
        BASE.replace("run(self, path)", "run(self, path=2)"),
        ("signature-changed", "Change the default of path of Service.run in m.py"),
    ),
    "asynchronous": Case(
        BASE, BASE.replace("def load", "async def load"), ("signature-changed", "Make load asynchronous in m.py")
    ),
    "annotation": Case(
        BASE,
        BASE.replace("def load(path)", "def load(path: str) -> str"),
        ("annotations-changed", "Change the annotations of load in m.py"),
    ),
    "class": Case(BASE, BASE.replace("size = 1", "size = 2"), ("class-changed", "Change class Service in m.py")),
    "bases": Case(
        BASE,
        BASE.replace("(Base)", "(Other)"),
        ("bases-changed", "Change the bases of Service from Base to Other in m.py"),
    ),
    "imports added": Case(
        BASE,
        BASE.replace("import os\n", "import os\nimport re\nfrom a.b import c as d\n"),
        ("import-added", "Import re and a.b.c as d in m.py"),
    ),
    "import removed": Case(BASE, BASE.replace("import os\n", ""), ("import-removed", "Stop importing os in m.py")),
    "imports changed": Case(
        BASE, BASE.replace("import os", "import re"), ("imports-changed", "Import re instead of os in m.py")
    ),
    "constant added": Case(
        BASE, BASE.replace("LIMIT = 1", "LIMIT = 1\nMORE = 2"), ("constant-added", "Add MORE in m.py")
    ),
    "constant changed": Case(
        BASE, BASE.replace("LIMIT = 1", "LIMIT = 2"), ("constant-changed", "Change LIMIT in m.py")
    ),
    "statement": Case(BASE, BASE.replace("LIMIT = 1", "LIMIT = 1\nprint(LIMIT)"), ("code-changed", "Edit m.py")),
    "docstring": Case(
        BASE,
        BASE.replace("Run it.", "Run it now."),
        ("docstring-changed", "Change the docstring of Service.run in m.py"),
    ),
    "docstring of the module": Case(
        BASE, BASE.replace("A module.", "One module."), ("docstring-changed", "Change the docstring in m.py")
    ),
    "comment": Case(
        BASE, BASE.replace("# quickly", "# slowly"), ("comment-changed", "Change comments in Service.run in m.py")
    ),
    "comment that a tool reads": Case(
        BASE,
        BASE.replace("# quickly", "# noqa: E501"),
        ("directive-changed", "Change comments that control tools in Service.run in m.py"),
    ),
    "a string that looks like a comment": Case(
        "def f():\n    return '''\n# one\n'''\n",
        "def f():\n    return '''\n# two\n'''\n",
        ("body-changed", "Change the body of f in m.py"),
    ),
    "a string that looks like a docstring": Case(
        "def f():\n    x = 1\n    '''one'''\n    return '''\none\n'''\n",
        "def f():\n    x = 1\n    '''one'''\n    return '''\ntwo\n'''\n",
        ("body-changed", "Change the body of f in m.py"),
    ),
    "version": Case("__version__ = '1.0'\n", "__version__ = '1.1'\n", ("version-changed", "Set the version in m.py")),
    "public names": Case(
        "__all__ = ['a']\n", "__all__ = ['a', 'b']\n", ("exports-changed", "Change the list of public names in m.py")
    ),
    "does not parse": Case("x = (\n", "x = ((\n", ("code-changed", "Edit m.py")),
    "test added": Case(
        "x = 1\n",
        "x = 1\n\n\ndef test_a():\n    pass\n",
        ("test-added", "Add test test_a in tests/test_m.py"),
        "tests/test_m.py",
    ),
    "test changed": Case(
        "def test_a():\n    pass\n",
        "def test_a():\n    assert 1\n",
        ("test-changed", "Change test test_a in tests/test_m.py"),
        "tests/test_m.py",
    ),
    "documentation": Case("One\n", "Two\n", ("documentation", "Edit docs/a.md"), "docs/a.md"),
    "pins": Case(
        "a==1\n", "a==2\n", ("dependency-changed", "Change dependencies in requirements.txt"), "requirements.txt"
    ),
    "settings": Case(
        "a: 1\n",
        "a: 2\n",
        ("configuration-changed", "Set a to 2 in .github/workflows/a.yml"),
        ".github/workflows/a.yml",
    ),
    "version of a project": Case(
        'version = "1.0"\n',
        'version = "1.1"\n',
        ("version-changed", 'Set version to "1.1" in pyproject.toml'),
        "pyproject.toml",
    ),
    "text": Case("One\n", "Two\n", ("edit-text", "Edit a.xyz"), "a.xyz"),
    "another language, function added": Case(
        "int a;\n", "int a;\nint f(void) {\n}\n", ("function-added", "Add function f in a.c"), "a.c"
    ),
    "another language, signature": Case(
        "int f(void) {\n}\n", "int f(int a) {\n}\n", ("signature-changed", "Change the signature of f in a.c"), "a.c"
    ),
    "another language, body": Case(
        "int f(void) {\n return 1;\n}\n",
        "int f(void) {\n return 2;\n}\n",
        ("body-changed", "Change the body of f in a.c"),
        "a.c",
    ),
    "another language, import": Case(
        "#include <a.h>\nint a;\n",
        "#include <a.h>\n#include <b.h>\nint a;\n",
        ("import-added", "Add imports in a.c"),
        "a.c",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_edit_says_what_it_is_for(name: str) -> None:
    case = CASES[name]
    assert told(case.before, case.after, case.path) == [case.told]


def test_two_definitions_are_two_edits() -> None:
    after = BASE.replace("return load(path)", "return load('')").replace("    return path", "    return 1")
    assert told(BASE, after) == [
        ("body-changed", "Change the body of Service.run in m.py"),
        ("body-changed", "Change the body of load in m.py"),
    ]


def test_edits_that_only_parse_together_are_one() -> None:
    middle = "    x = 1\n\n    def f():\n        pass\n\n"
    before, after = f"if a:\n{middle}    y = 1\n", f"try:\n{middle}except E:\n    y = 1\n"
    (operation,) = operations(before, after)
    assert isinstance(operation, Edit)
    assert len(operation.hunks) == 2


def test_edits_that_parse_alone_stay_apart() -> None:
    middle = "    x = 1\n\n    def f():\n        pass\n\n"
    assert len(operations(f"if a:\n{middle}    y = 1\n", f"if b:\n{middle}    y = 2\n")) == 2


def test_every_intent_and_tag_is_in_the_vocabulary() -> None:
    whitespace = next(kind for kind in all_kinds() if kind.operation is Whitespace)
    transforms = [Whitespace(transform=transform, scope=[]) for transform in TRANSFORMS]
    assert {kind.default_intent for kind in all_kinds()} <= INTENTS.keys()
    assert {whitespace.intent(operation) for operation in transforms} <= INTENTS.keys()
    assert {tag for kind in all_kinds() for tag in kind.default_tags} <= TAGS.keys()
    assert {tag for intent in INTENTS.values() for tag in intent.tags} <= TAGS.keys()


def test_a_document_may_hold_an_intent_of_its_own() -> None:
    (operation,) = operations("One\n", "Two\n", "a.xyz")
    assert isinstance(operation, Edit)
    kind = next(kind for kind in all_kinds() if kind.operation is Edit)
    assert kind.tags(Edit(target="a:", hunks=[], intent="of-its-own")) == []


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        (b"tests/test_a.py", "tests"),
        (b"src/a/conftest.py", "tests"),
        (b"web/a.spec.ts", "tests"),
        (b"docs/a.py", "docs"),
        (b"README", "docs"),
        (b".github/workflows/a.yml", "ci"),
        (b"pyproject.toml", "packaging"),
        (b"requirements/dev.txt", "packaging"),
        (b"Makefile", "build"),
        (b".pre-commit-config.yaml", "style"),
        (b"src/flask/app.py", "flask"),
        (b"flask/app.py", "flask"),
        (b"attest.py", ""),
        (b"contest/latest.py", "contest"),
        (b"setup.pyc", ""),
    ],
)
def test_a_file_is_in_a_domain(path: bytes, domain: str) -> None:
    assert domain_of(path) == domain
    assert domain in DOMAINS or domain in ("flask", "contest", "")


def test_edits_name_their_tags_and_domains() -> None:
    (operation,) = operations("x = 1\n", "x = 2\n", "src/shop/a.py")
    assert (operation.semantic_tags, operation.affected_domains) == (["behaviour"], ["shop"])
    assert (operation.reversible, operation.confidence) == (True, 1.0)


def test_imports_for_types_alone_are_told_as_imports() -> None:
    before = "import os\nimport typing as t\n\nsize = os.sep\n"
    after = before.replace("\nsize", "\nif t.TYPE_CHECKING:\n    from json import JSONDecoder\n\nsize")
    assert told(before, after) == [("import-added", "Import json.JSONDecoder in m.py")]
    other = after.replace("t.TYPE_CHECKING", "os.environ")
    assert [intent for intent, _ in told(before, other)] == ["code-changed"]


def test_what_goes_from_a_definition_with_a_new_name_is_no_other_definition_that_goes() -> None:
    body = (
        "    if second is None:\n        second = 1\n\n    total = 0\n    for item in first:\n        total += item\n"
    )
    before = f'def parse(first, second=None):\n    """Parse it.\n\n    Slowly.\n    """\n{body}    return total\n'
    after = before.replace("def parse(first, second=None)", "def read_all(first: str, *, third: str)")
    after = after.replace("Parse it.\n\n    Slowly.", "Read it.").replace(body[: body.index("    total")], "")
    found = told(before, after)
    assert ("function-removed", "Remove function parse in m.py") not in found
    assert len(found) == 1
