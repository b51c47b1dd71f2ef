"""git dagpatch review: what it takes, what it prints, and when it says that something is wrong."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest

from git_dagpatch.model.review import Card
from git_dagpatch.porcelain.review import Gate, held_up
from git_dagpatch.report.highlight import highlight
from git_dagpatch.report.review_markdown import escaped, review_markdown
from git_dagpatch.report.review_text import View, review_text
from git_dagpatch.report.review_words import Wish, counted, gate_sentence, unified, verdict_sentence
from tests.command_line import Answer, contents, dagpatch
from tests.reference import ROOT
from tests.repositories import Repo
from tests.reviews import COMMITS, Commit, as_json, plain, review_of
from tests.trees import Files, text

_BEFORE = b"def f(a):\n    return a\n\n\ndef g(  x ):\n    return x\n"
_AFTER = b"def f(a):\n    return -a\n\n\ndef g(x):\n    return x\n"


@pytest.fixture
def changed(repo: Repo) -> Repo:
    """A body changes, layout changes, and so does a document."""
    repo.write("m.py", _BEFORE)
    repo.write("README.md", b"One\n")
    repo.commit("First")
    repo.write("m.py", _AFTER)
    repo.write("README.md", b"Two\n")
    repo.commit("Second")
    return repo


def review(repo: Repo, *arguments: str | Path, stdin: bytes = b"") -> Answer:
    return dagpatch(repo.path, "review", *arguments, stdin=stdin)


def headlines(answer: Answer) -> list[str]:
    """What each card is called, as the terminal shows it."""
    return [line.partition("  (")[0][2:] for line in answer.lines if line.startswith(("* ", "! "))]


_ALL = ["Change the body of f", "Edit README.md", "Lay code out otherwise in m.py"]


def test_head_is_reviewed_by_default(changed: Repo) -> None:
    answer = review(changed)
    assert (answer.status, answer.err) == (0, "")
    assert answer.lines[0] == f"commit {changed.oid('HEAD')}"
    assert headlines(answer) == _ALL
    verdict = "1 operation changes behaviour, 1 is proved not to, 1 changes documents; 5 of 6"
    assert verdict in answer.lines
    assert review(changed, "HEAD").out == answer.out


def test_a_range_is_reviewed_commit_by_commit(changed: Repo) -> None:
    changed.write("m.py", _AFTER.replace(b"-a", b"+a"))
    changed.commit("Third")
    answer = review(changed, "HEAD~2..")
    assert [line for line in answer.lines if line.startswith("    ") and line.strip() in ("Second", "Third")] == [
        "    Second",
        "    Third",
    ]
    assert headlines(answer) == [*_ALL, "Change the body of f"]
    nothing = review(changed, "HEAD..HEAD")
    assert (nothing.status, nothing.out) == (0, b"")
    assert "no commits" in nothing.err


def test_patches_are_reviewed_that_are_handed_in(changed: Repo, tmp_path: Path) -> None:
    expected = review(changed).out
    patch = tmp_path / "a.dagpatch.json"
    dagpatch(changed.path, "export", "-o", patch)
    assert review(changed, patch).out == expected
    assert review(changed, "-", stdin=patch.read_bytes()).out == expected
    changed.git("reset", "--quiet", "--hard", "HEAD~1")
    mail = changed.git("format-patch", "--stdout", "HEAD..ORIG_HEAD")
    assert headlines(review(changed, "-", stdin=mail)) == [_ALL[0], "Change the body of g", _ALL[1]]


def test_a_recorded_patch_is_reviewed_by_what_it_does(changed: Repo) -> None:
    expected = review(changed).out
    assert dagpatch(changed.path, "record").status == 0
    assert review(changed).out == expected


def test_a_patch_without_its_base_is_refused(changed: Repo, tmp_path: Path) -> None:
    patch = tmp_path / "a.dagpatch.json"
    dagpatch(changed.path, "export", "-o", patch)
    other = Repo.init(tmp_path / "other")
    answer = review(other, patch)
    assert answer.status == 3
    assert "is not here" in answer.err


def test_index_and_work_tree_are_reviewed_apart_or_together(changed: Repo) -> None:
    changed.write("m.py", _AFTER.replace(b"-a", b"+a"))
    changed.git("add", "m.py")
    changed.write("m.py", _AFTER.replace(b"-a", b"+a").replace(b"return x", b"return -x"))
    changed.write("untracked.py", b"x = 1\n")
    before = contents(changed.path)
    assert headlines(review(changed, "--staged")) == ["Change the body of f"]
    assert headlines(review(changed, "--worktree")) == ["Change the body of g"]
    assert headlines(review(changed, "--staged", "--worktree")) == ["Change the body of f", "Change the body of g"]
    assert contents(changed.path) == before
    assert review(changed, "--staged", "HEAD").status == 2


def test_files_that_come_and_go_are_reviewed_before_they_are_committed(changed: Repo) -> None:
    changed.write("n.txt", b"new\n")
    changed.git("add", "n.txt")
    changed.remove("README.md")
    assert headlines(review(changed, "--staged")) == ["Add n.txt"]
    assert headlines(review(changed, "--worktree")) == ["Delete README.md"]
    changed.git("add", "--all")
    assert sorted(headlines(review(changed, "--staged"))) == ["Add n.txt", "Delete README.md"]


def test_the_work_tree_is_read_as_git_would_commit_it(changed: Repo) -> None:
    changed.write(".gitattributes", b"*.txt text\n")
    changed.write("a.txt", b"one\n")
    changed.commit("Third")
    changed.write("a.txt", b"one\r\ntwo\r\n")
    answer = review(changed, "--worktree")
    assert "  + two" in answer.lines
    assert b"\\r" not in answer.out


def test_a_first_commit_is_reviewed_before_it_is_made(repo: Repo) -> None:
    repo.write("m.py", b"x = 1\n")
    repo.git("add", "m.py")
    assert headlines(review(repo, "--staged")) == ["Add m.py"]
    assert review(repo, "--worktree").lines == ["No operation: both trees are the same."]


def test_conflicts_are_refused(changed: Repo) -> None:
    changed.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    changed.write("m.py", _AFTER.replace(b"-a", b"+a"))
    changed.commit("Other")
    with pytest.raises(subprocess.CalledProcessError):
        changed.git("merge", "--quiet", "-")
    for option in ("--staged", "--worktree"):
        answer = review(changed, option)
        assert answer.status == 3
        assert "conflict in 'm.py'" in answer.err


def test_a_bare_repository_has_nothing_that_is_not_committed(tmp_path: Path) -> None:
    assert review(Repo.init(tmp_path / "bare", bare=True), "--staged").status == 3


def test_a_selection_is_reviewed(changed: Repo) -> None:
    assert headlines(review(changed, "--only", "README.md")) == ["Edit README.md"]
    assert headlines(review(changed, "--without", "whitespace")) == _ALL[:2]
    assert review(changed, "--only", "nothing.py").status == 2


def test_what_is_folded_can_be_shown_and_the_rest_hidden(changed: Repo) -> None:
    folded = review(changed)
    assert "  Folded: --show whitespace shows the lines, --places where they are." in folded.lines
    assert "  ~ def g([-  -]x[- -]):" not in folded.lines
    for name in ("whitespace", "formatting", "proved"):
        assert "  ~ def g([-  -]x[- -]):" in review(changed, "--show", name).lines
    hidden = review(changed, "--hide", "documents,whitespace")
    assert headlines(hidden) == _ALL[:1]
    assert hidden.lines[-2].startswith("2 operations are hidden (documents, proved); --show documents,proved")
    assert hidden.lines[6] == folded.lines[6], "the verdict is that of the whole"
    assert review(changed, "--hide", "whitespaces").status == 2
    assert "    m.py: 5" in review(changed, "--places").lines


def test_what_is_shown_and_hidden_can_be_remembered(changed: Repo) -> None:
    assert headlines(review(changed, "--hide", "documents", "--show", "formatting", "--remember")) == [
        "Change the body of f",
        "Lay code out otherwise",
    ]
    assert changed.git("config", "--get-regexp", r"dagpatch\.review") == (
        b"dagpatch.review.show formatting\ndagpatch.review.hide documents\n"
    )
    assert headlines(review(changed)) == ["Change the body of f", "Lay code out otherwise"]
    assert "Edit README.md" in headlines(review(changed, "--show", "documents"))
    assert headlines(review(changed, "--hide", "formatting")) == ["Change the body of f"]
    assert headlines(review(changed, "--remember")) == _ALL
    assert headlines(review(changed)) == _ALL
    changed.git("config", "dagpatch.review.hide", "nonsense")
    assert review(changed).status == 2


def test_the_document_is_as_its_schema_says(changed: Repo) -> None:
    schema = json.loads((ROOT / "docs/reference/review.schema.json").read_text())
    (document,) = review(changed, "--json").documents
    jsonschema.validate(document, schema)
    assert document["verdict"]["lines_to_read"] == 5
    assert document["origin"]["commit"] == changed.oid("HEAD")
    assert [card["concern"] for card in document["cards"]] == ["behaviour", "documents", "proved"]
    assert all(hunk["rows"] for card in document["cards"] for file in card["files"] for hunk in file["hunks"])
    for commit in COMMITS.values():
        jsonschema.validate(json.loads(as_json(review_of(commit()))), schema)
    assert review(changed, "--json", "--markdown").status == 2


@pytest.mark.parametrize(
    ("gate", "before", "after", "status"),
    [
        ("behaviour", {"m.py": _BEFORE}, {"m.py": _AFTER}, 1),
        ("behaviour", {"m.py": _BEFORE}, {"m.py": _BEFORE.replace(b"(  x )", b"(x)")}, 0),
        ("behaviour", {"a.md": b"a\n"}, {"a.md": b"b\n"}, 0),
        ("interface", {"m.py": _BEFORE}, {"m.py": _AFTER}, 0),
        ("interface", {"m.py": _BEFORE}, {"m.py": _AFTER.replace(b"f(a)", b"f(a, b)")}, 1),
        ("interface", {"m.js": b"function f() {\n  return 1;\n}\n"}, {"m.js": b"function f() {\n  return 2;\n}\n"}, 1),
    ],
)
def test_gates(repo: Repo, gate: str, before: dict[str, bytes], after: dict[str, bytes], status: int) -> None:
    for files in (before, after):
        for path, content in files.items():
            repo.write(path, content)
        repo.commit("A commit")
    answer = review(repo, "--exit-code", gate)
    assert answer.status == status
    assert answer.err.startswith(f"{gate}: ") == bool(status)
    assert answer.out == review(repo).out


def test_a_gate_says_what_is_not_known() -> None:
    base: Files = {b"m.py": text(_BEFORE), b"m.js": text(b"function f() {\n  return 1;\n}\n")}
    after = base | {b"m.py": text(b"x = 1\n"), b"m.js": text(b"function f() {\n  return 2;\n}\n")}
    found = review_of(Commit(b"", base, after))
    cards = held_up(found, Gate.INTERFACE)
    assert {card.breaking for card in cards} == {True, None}
    sentence = gate_sentence("interface", cards)
    assert "what others may use, of 1 operation that is not known. The first: " in sentence


def test_the_width_is_that_of_the_terminal_but_never_less_than_60(
    changed: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns, width in (("100", 100), ("60", 60), ("20", 60)):
        monkeypatch.setenv("COLUMNS", columns)
        assert max(map(len, review(changed).lines)) == width


def test_context_is_as_wide_as_asked_for(changed: Repo) -> None:
    answer = review(changed, "-U0", "--only", "path:m.py", "--without", "whitespace")
    assert answer.lines[-2:] == ["  m.py:2", "  ~     return {+-+}a"]


def test_a_terminal_gets_colours_and_the_pager_of_git(changed: Repo) -> None:
    changed.git("config", "core.pager", "sed 's/^/paged: /'")
    shown = _on_a_terminal(changed)
    assert "paged: \x1b[33mcommit" in shown
    assert "\x1b[35mdef\x1b[0m" in shown, "a keyword has a look"
    changed.git("config", "color.ui", "false")
    plain = _on_a_terminal(changed)
    assert "paged: commit" in plain
    assert "\x1b" not in plain


def _on_a_terminal(repo: Repo) -> str:
    master, slave = pty.openpty()
    try:
        command = ["git", "dagpatch", "review"]
        process = subprocess.Popen(command, cwd=repo.path, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
        os.close(slave)
        pieces = []
        # Linux says with an error that the other end is closed.
        with suppress(OSError):
            while piece := os.read(master, 1 << 16):
                pieces.append(piece)
        assert process.wait() == 0
        return b"".join(pieces).decode()
    finally:
        os.close(master)


# What comes from commits


def test_nothing_in_a_commit_drives_the_terminal() -> None:
    found = review_of(COMMITS["hostile"]())
    for highlighting in (None, highlight):
        lines = list(review_text(found, plain, View(highlight=highlighting)))
        assert all(character.isprintable() for line in lines for character in line)
    assert all(line.isprintable() for line in review_markdown(found, Wish()).split("\n"))


def test_markdown_is_text_where_it_comes_from_a_commit() -> None:
    found = review_markdown(review_of(COMMITS["hostile"]()), Wish())
    outside = "".join(part for number, part in enumerate(found.split("`````")) if number % 2 == 0)
    outside = "".join(part for number, part in enumerate(outside.split("```")) if number % 2 == 0)
    for harm in ("<script", "<img", "](", "@everyone", "\n</details>\n```"):
        assert harm not in outside.replace("\\<", "").replace("\\]", "")
    assert found.count("<details") == found.count("\n</details>\n\n") == 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a_b*c", "a\\_b\\*c"),
        ("<b>", "\\<b\\>"),
        ("@team", "@<!-- -->team"),
        ("see #12", "see \\#<!-- -->12"),
        ("GH-1", "GH<!-- -->\\-1"),
        ("http://x", "http\\://x"),
        ("www.x.y", "www\\.x\\.y"),
        ("one\n# two", "one\\\\n\\#<!-- --> two"),
    ],
)
def test_escaping_markdown(given: str, expected: str) -> None:
    assert escaped(given) == expected


def test_a_comment_is_never_too_long() -> None:
    before = {f"m{number}.py".encode(): text(b"x = 1\n" * 300) for number in range(90)}
    after = {path: text(b"y = %d\n" % number * 300) for number, path in enumerate(before)}
    found = review_markdown(review_of(Commit(b"Large\n", before, after)), Wish())
    assert 50_000 < len(found) < 65_536
    assert found.count("<details") + found.count("\n- ") + found.count("did not fit") > 2
    many = {b"%d/%s.txt" % (number, b"x" * 150): text(b"a%d\n" % number) for number in range(900)}
    found = review_markdown(review_of(Commit(b"Many\n", many, {path: text(b"b\n") for path in many})), Wish())
    assert len(found) < 65_536
    assert "did not fit into a comment." in found


# Lines


def _rows(before: bytes, after: bytes) -> list[tuple[str, str]]:
    (card,) = review_of(Commit(b"", {b"a.sh": text(before)}, {b"a.sh": text(after)})).cards
    return [(sign, line.text) for hunk in card.files[0].hunks for sign, line in unified(hunk.rows)]


def test_of_lines_that_are_replaced_the_old_ones_stand_first() -> None:
    assert _rows(b"echo one\nprintf %s two\n", b"for x in 1\ndo\n") == [
        ("-", "echo one"),
        ("-", "printf %s two"),
        ("+", "for x in 1"),
        ("+", "do"),
    ]


def test_a_line_with_other_words_stands_below_the_old_one() -> None:
    assert _rows(b"echo one two three\nexit 0\n", b"echo one two four\nexit 1\n") == [
        ("-", "echo one two three"),
        ("-", "exit 0"),
        ("+", "echo one two four"),
        ("+", "exit 1"),
    ]


def test_what_changes_in_a_very_long_line_is_shown() -> None:
    padding = b" " * 5000
    found = review_of(
        Commit(b"", {b"a.sh": text(b"a" + padding + b"b\n")}, {b"a.sh": text(b"a" + padding + b"evil\n")})
    )
    assert any("{+evil+}" in line and "characters" in line for line in review_text(found, plain, View()))
    added = review_of(Commit(b"", {b"a.sh": text(b"a\n")}, {b"a.sh": text(b"a\n" + padding + b"evil\n")}))
    assert any(line.endswith("evil") for line in review_text(added, plain, View()))


def test_lines_of_a_file_with_carriage_returns_are_shown_without_them() -> None:
    both = Commit(b"", {b"a.bat": text(b"a\r\nb\r\n")}, {b"a.bat": text(b"a\r\nc\r\n")})
    assert not any("\\r" in line for line in review_text(review_of(both), plain, View()))
    one = Commit(b"", {b"a.bat": text(b"a\nb\n")}, {b"a.bat": text(b"a\nc\r\n")})
    assert any("c\\r" in line for line in review_text(review_of(one), plain, View()))


def test_highlighting_keeps_every_character() -> None:
    source = "def f(a):\n    '''Doc\n\tstring'''\n    return 'x\u202e' # \x1b\n\n\r\n"
    for path in ("m.py", "m.unknown", "Makefile", "a.json"):
        lines = highlight(path, source)
        assert ["".join(text for _, text in line) for line in lines] == source.split("\n")
    assert ("keyword", "def") in highlight("a/m.py", source)[0]
    assert highlight("a.py", "x" * 200_000) == [[("", "x" * 200_000)]]


def test_the_verdict_counts_what_there_is() -> None:
    odds = review_of(COMMITS["odds-and-ends"]()).verdict
    assert "line" in verdict_sentence(odds)
    assert (counted(1, "line"), counted(1204, "line")) == ("1 line", "1,204 lines")
    empty = review_of(Commit(b"", {}, {}))
    assert verdict_sentence(empty.verdict) == "No operation: both trees are the same."


def test_no_row_is_empty() -> None:
    for make in COMMITS.values():
        for card in review_of(make()).cards:
            _check(card)


def _check(card: Card) -> None:
    rows = [row for file in card.files for hunk in file.hunks for row in hunk.rows]
    for row in rows:
        lines = [line for line in (row.old, row.new) if line is not None]
        assert lines
        assert all(segment.text for line in lines for segment in line.segments)
