"""What the documents say is so: commands print what is shown, pages made of the code are current, links lead on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from git_dagpatch.cli.main import VERBS
from git_dagpatch.operations import all_kinds
from tests import demo
from tests.console import commands, played
from tests.demo import Shell
from tests.manual import EXAMPLES, manuals
from tests.pages import GENERATED, current, markdown, sessions
from tests.reference import ROOT, verbs

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_VERB = re.compile(r"git dagpatch ([a-z][a-z-]*)")
_SCRIPT = re.compile(r"(?:\$ )?scripts/([a-z_]+)(.*)")
EVERY = [*markdown(), "CONTRIBUTING.md", "hooks/README.md"]
"""All pages for people."""
_CODE = re.compile(r"`(git_dagpatch/[a-z_/]+\.py)`")


@pytest.fixture
def shelf(tmp_path: Path) -> Shell:
    """A shell in the repository that the documents show."""
    return demo.make(tmp_path / "shelf", tmp_path)


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    return [block[2] for block in _FENCE.finditer(text_of(page)) if block[1] == kind]


@pytest.mark.parametrize("page", [*GENERATED, *sessions()])
def test_a_page_is_current(page: str, tmp_path: Path) -> None:
    wanted = current(page, tmp_path)
    difference = "\n".join(unified_diff(text_of(page).splitlines(), wanted.splitlines(), page, "now", lineterm=""))
    assert not difference, f"run scripts/docs\n{difference}"


def test_the_demonstration_repository_is_the_same_everywhere(shelf: Shell) -> None:
    assert shelf.run("git rev-parse main search unread").split() == [
        "78dc90de43ad81dd3b852d1d2d0ac6ca052533b9",
        "0a561228701ba2226852763d87e5d7991ff7c732",
        "020f29f6ca27d079cb781f48794a4b37d807abf8",
    ]


def test_every_stop_of_the_tour_is_reached(shelf: Shell) -> None:
    for why, command, status in demo.TOUR:
        output = shelf.run(command)
        assert shelf.status == status, (why, command, output)
        assert output, command


def test_the_demonstration_repository_can_be_kept(tmp_path: Path) -> None:
    program = [sys.executable, str(ROOT / "tests/demo.py"), "--repository", str(tmp_path / "shelf")]
    subprocess.run(program, check=True)
    assert Shell(tmp_path / "shelf", tmp_path).run("git log -1 --format=%s") == "Sort titles by author\n"
    assert subprocess.run(program, capture_output=True, check=False).returncode == 2


def test_the_tour_passes_every_command_that_the_readme_tells_of() -> None:
    toured = " ".join(stop.command for stop in demo.TOUR)
    assert set(_VERB.findall(toured)) == set(_VERB.findall(" ".join(commands(text_of("README.md")))))


@pytest.mark.parametrize("page", EVERY)
def test_links_lead_somewhere(page: str) -> None:
    for link in _LINK.findall(_FENCE.sub("", text_of(page))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def anchors(text: str) -> set[str]:
    """What a heading can be linked by."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", EVERY)
def test_only_commands_that_exist_are_told_of(page: str) -> None:
    code = commands(text_of(page)) + re.findall(r"`([^`\n]+)`", _FENCE.sub("", text_of(page)))
    assert {verb for piece in code for verb in _VERB.findall(piece)} <= VERBS.keys()


@pytest.mark.parametrize("page", EVERY)
def test_options_that_are_told_of_are_there(page: str) -> None:
    known = {verb.name: _options(" ".join(flags for flags, _ in verb.options)) for verb in verbs()}
    for code in re.findall(r"`(git dagpatch [a-z-]+[^`\n]*)`", _FENCE.sub("", text_of(page))):
        told = code.partition(" | ")[0]
        name = " ".join(told.split()[:3])
        if name in known:
            assert _options(told) <= known[name] | {"--help"}, code


@pytest.mark.parametrize("page", EVERY)
def test_scripts_that_are_told_of_take_what_is_shown(page: str) -> None:
    lines = [line for kind in ("sh", "bash", "console") for block in blocks(page, kind) for line in block.splitlines()]
    for line in lines:
        if match := _SCRIPT.match(line):
            script = ROOT / "scripts" / match[1]
            assert script.exists(), line
            assert _options(match[2]) <= _options(script.read_text()), line


def _options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


@pytest.mark.parametrize("page", EVERY)
def test_no_block_escapes_from_what_looks_at_blocks(page: str) -> None:
    assert not re.search(r"^[ \t>]+(```|~~~)|^~~~|^    \$ ", text_of(page), re.MULTILINE)
    assert text_of(page).count("```") == 2 * len(_FENCE.findall(text_of(page)))


@pytest.mark.parametrize("page", EVERY)
def test_commands_are_shown_only_where_they_are_run(page: str) -> None:
    for kind in ("", "sh", "text", "bash"):
        for block in blocks(page, kind):
            if page != "docs/reference/commands.md":
                assert "git dagpatch" not in block


@pytest.mark.parametrize("page", markdown())
def test_code_that_is_told_of_is_there(page: str) -> None:
    for path in _CODE.findall(text_of(page)):
        assert (ROOT / path).exists(), path


def test_every_page_is_in_an_index() -> None:
    indexed = {
        ((ROOT / index).parent / link.partition("#")[0]).resolve()
        for index in ("docs/README.md", "docs/decisions/README.md")
        for link in _LINK.findall(text_of(index))
    }
    assert [
        page for page in markdown()[1:] if page != "docs/README.md" and (ROOT / page).resolve() not in indexed
    ] == []


# Sessions


def test_a_session_that_prints_something_else_is_found(shelf: Shell) -> None:
    page = "```console\n$ echo one\ntwo\n$ exit 3\n$ echo $?\n0\n```\n"
    assert played(page, shelf) == "```console\n$ echo one\none\n$ exit 3\n$ echo $?\n3\n```\n"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (
            "0123456789ab  yes  4  1  100  200  300  8  6  2.0",
            "0123456789ab  yes  4  1  101  199  300  8  6  900.0",
            True,
        ),
        (
            "0123456789ab  yes  4  1  100  200  300  8  6  2.0",
            "0123456789ab  yes  4  1  150  200  300  8  6  2.0",
            False,
        ),
        (
            "0123456789ab  yes  4  1  100  200  300  8  6  2.0",
            "1123456789ab  yes  4  1  100  200  300  8  6  2.0",
            False,
        ),
        (
            "0123456789ab  yes  4  1  100  200  300  8  6  2.0",
            "0123456789ab  NO  4  1  100  200  300  8  6  2.0",
            False,
        ),
    ],
)
def test_measures_may_differ_a_little(shelf: Shell, shown: str, printed: str, same: bool) -> None:
    page = f"```console\n$ echo '{printed}'\n{shown}\n```\n"
    assert (played(page, shelf) == page) is same


# The format


@pytest.fixture(scope="session")
def patches(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The document of each commit of the demonstration repository, and of all together."""
    directory = tmp_path_factory.mktemp("patches")
    shell = demo.make(directory / "shelf", directory)
    lines = shell.run("git dagpatch export -o - main~4 main~4..main search unread").splitlines()
    lines += shell.run("git dagpatch export -o - --squash main~4..main").splitlines()
    return [json.loads(line) for line in lines]


def faults(document: Any) -> Iterator[str]:
    validator = Draft202012Validator(json.loads(text_of("docs/reference/schema.json")))
    return (error.message for error in validator.iter_errors(document))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(text_of("docs/reference/schema.json")))


def test_real_patches_are_as_the_schema_says(patches: list[dict[str, Any]]) -> None:
    assert len(patches) == 8
    kinds = {operation["type"] for patch in patches for operation in patch["operations"]}
    assert kinds >= {"create", "move", "mode", "edit", "whitespace", "binary_delta"}
    assert [list(faults(patch)) for patch in patches] == [[]] * 8


@pytest.mark.parametrize("example", [example for kind in all_kinds() for example in kind.examples], ids=lambda e: e.why)
def test_examples_are_as_the_schema_says(example: Any, patches: list[dict[str, Any]]) -> None:
    assert list(faults(patches[0] | {"operations": [example.operation]})) == []


@pytest.mark.parametrize(
    "change",
    [
        {"format": "dagpatch/2"},
        {"base": None},
        {"operations": {}},
        {"operations": [{"target": "a"}]},
        {"operations": [{"type": "delete"}]},
        {"operations": [{"type": "mode", "target": "a", "mode": 100755}]},
        {"operations": [{"type": "edit", "target": "a:", "hunks": [{"lines": []}]}]},
        {"metadata": {"author": {"name": "A U Thor"}}},
    ],
)
def test_the_schema_finds_faults(change: dict[str, Any], patches: list[dict[str, Any]]) -> None:
    assert list(faults(patches[0] | change))


@pytest.mark.parametrize(
    "change", [{"later": 1}, {"operations": [{"type": "later", "anything": [1]}]}, {"metadata": {"later": {}}}]
)
def test_the_schema_leaves_room_for_what_is_to_come(change: dict[str, Any], patches: list[dict[str, Any]]) -> None:
    assert list(faults(patches[0] | change)) == []


def test_ids_are_what_the_page_on_the_format_computes(patches: list[dict[str, Any]]) -> None:
    (code,) = blocks("docs/reference/format.md", "python")
    page: dict[str, Any] = {}
    exec(code, page)
    for patch in patches:
        assert page["operation_ids"](patch["operations"]) == [operation["id"] for operation in patch["operations"]]
        assert page["patch_id"](patch) == patch["id"]


# Exit codes


def test_a_closed_pipe_has_the_exit_code_of_the_page(shelf: Shell) -> None:
    assert "| 141 | The pipe that was written to was closed. |" in text_of("docs/reference/exit-codes.md")
    assert shelf.run("git-dagpatch show main~4 | true; echo ${PIPESTATUS[0]}") == "141\n"


# The man page


@pytest.mark.parametrize("path", manuals())
def test_a_man_page_is_well_formed(path: str) -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    done = subprocess.run([groff, "-man", "-Tutf8", "-ww", ROOT / path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    name = Path(path).stem.replace("git-", "git ", 1).replace("dagpatch-", "dagpatch ", 1)
    assert name in " ".join(re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout).split())


def test_each_command_has_a_man_page_and_no_other_page_is_left() -> None:
    pages = {path.stem.removeprefix("git-dagpatch").lstrip("-") for path in (ROOT / "docs/man").iterdir()}
    assert pages == {"", *VERBS}


def test_the_examples_of_the_man_page_work(shelf: Shell) -> None:
    for _, *examples in EXAMPLES:
        for command in examples:
            output = shelf.run(command)
            assert shelf.status == 0, (command, output)


# Completion


def test_bash_completes_as_the_page_says(shelf: Shell) -> None:
    ours, gits = blocks("docs/completion.md", "sh")
    asked = {
        "git-dagpatch ver": "verify",
        "git-dagpatch apply-tree --strat": "--strategy",
        "git-dagpatch apply-tree --strategy un": "union",
    }
    for words, answer in asked.items():
        assert _completed(shelf, f"{ours}\n_git_dagpatch_completion git-dagpatch", words) == answer
    # git's completion calls a function of this name.
    for words, answer in asked.items():
        line = words.replace("git-dagpatch", "git dagpatch")
        assert _completed(shelf, f"{ours}\n{gits}\n_git_dagpatch", line) == answer


def _completed(shell: Shell, script: str, words: str) -> str:
    number = len(words.split()) - 1
    return shell.run(f"COMP_WORDS=({words}) COMP_CWORD={number}\n{script}\necho ${{COMPREPLY[*]}}").strip()
