"""The page of a review, in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.command_line import dagpatch
from tests.repositories import Repo
from tests.review_shapes import SHAPES

BEFORE = b"""\
import os, sys


def load(path, strict=False):
    with open(path) as stream:
        return stream.read()


def main():
    print(load(sys.argv[1]))
"""
AFTER = (
    BEFORE.replace(b"import os, sys", b"import os\nimport sys")
    .replace(b"load", b"read")
    .replace(b"strict=False", b"strict = False")
    .replace(b"    print(", b"    # <b>bold</b>\n    print('total', ")
)
HELPER = b"def helper(a):\n    b = a + 1\n    c = b * 2\n    return os.path.join(b, c)\n"
OTHERS = b"".join(
    b"\n\ndef step_%d(a):\n    first = a + %d\n    return first * first\n" % (one, one) for one in range(5)
)
HARM = b"Harm </script><script>window.harmed = 1</script>\n\n<img src=x onerror='window.harmed = 2'>\n"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "scripts/environment installs it."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def changed(repo: Repo) -> Repo:
    repo.write("app.py", BEFORE)
    repo.write("old.py", b"import os\n\n\n" + HELPER + OTHERS)
    repo.commit("Before")
    repo.write("app.py", AFTER)
    repo.write("old.py", b"import os\n" + OTHERS)
    repo.write("new.py", b"import os\n\n\n" + HELPER.replace(b"* 2", b"* 3"))
    repo.write("<img src=x onerror=window.harmed=3>.txt", b"</script><script>window.harmed = 4</script>\n")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", HARM)
    return repo


@pytest.fixture
def page(browser: Browser, changed: Repo, tmp_path: Path) -> Iterator[Page]:
    yield from opened(browser, changed, tmp_path)


def opened(browser: Browser, repo: Repo, tmp_path: Path) -> Iterator[Page]:
    """The page of HEAD, of which nothing is asked for but itself, and in which nothing goes wrong."""
    file = tmp_path / "review.html"
    assert dagpatch(repo.path, "review", "--html", file).lines == [str(file)]
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    found, wrong, asked = context.new_page(), [], []
    found.on("console", lambda message: wrong.append(message.text))
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("dialog", lambda dialog: wrong.append(dialog.message))
    found.on("request", lambda request: asked.append(request.url))
    found.goto(file.as_uri())
    yield found
    assert found.evaluate("window.harmed") is None
    assert (wrong, asked) == ([], [file.as_uri()])
    context.close()


def cards(page: Page) -> list[str]:
    return page.locator("article:visible .what").all_inner_texts()


def test_all_that_is_there_is_shown_as_text(page: Page, changed: Repo) -> None:
    (review,) = dagpatch(changed.path, "review", "--json").documents
    expect(page.locator("h1")).to_have_text(HARM.decode().partition("\n")[0])
    page.keyboard.press("f")
    assert cards(page) == [card["headline"] for card in review["cards"]]
    assert page.locator("h2:visible").first.inner_text() == "Behaviour"
    expect(page.get_by_text("# <b>bold</b>")).to_be_visible()


def test_formatting_is_hidden_until_it_is_wanted(page: Page) -> None:
    hidden = cards(page)
    page.get_by_role("button", name="Formatting").click()
    shown = cards(page)
    assert len(shown) > len(hidden)
    assert [one for one in shown if one in hidden] == hidden
    page.keyboard.press("f")
    assert cards(page) == hidden


def test_filters(page: Page) -> None:
    page.get_by_label("Every kind").select_option("rename")
    assert len(cards(page)) == 1
    expect(page.get_by_role("status")).to_have_text(f"1 of {page.locator('article').count()} operations")
    page.get_by_label("Every kind").select_option("")
    page.get_by_label("Every file").select_option("new.py")
    assert any("new.py" in one for one in cards(page))
    assert not any("app.py" in one for one in cards(page))
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("no such thing")
    assert cards(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    assert len(cards(page)) == page.locator("article").count()


def test_keys_go_from_one_operation_to_the_next(page: Page) -> None:
    for key in "jjk":
        page.keyboard.press(key)
    here = page.locator("article.here")
    expect(here).to_have_count(1)
    first = page.locator("article:visible").first
    assert here.get_attribute("id") == first.get_attribute("id")
    expect(here.locator(".body")).to_be_visible()
    page.keyboard.press("o")
    expect(here.locator(".body")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_side_by_side_and_back(page: Page) -> None:
    assert page.locator("tr").first.locator("td").count() == 3
    page.get_by_role("button", name="Side by side").click()
    assert page.locator("tr").first.locator("td").count() == 4
    page.keyboard.press("s")
    assert page.locator("tr").first.locator("td").count() == 3


def test_what_moved_and_what_changed_inside_are_linked_both_ways(page: Page) -> None:
    move = page.locator("article", has=page.locator(".badge", has_text="move"))
    inside = page.get_by_text("Inside of what moved:").get_by_role("link")
    inside.click()
    expect(move).to_contain_class("here")
    expect(move.get_by_text("from old.py:4 to new.py:4")).to_be_visible()
    move.get_by_text("What changed inside:").get_by_role("link").click()
    expect(page.locator("article.here .badge").first).to_have_text("edit")


def test_the_graph_leads_to_the_operations(page: Page) -> None:
    page.keyboard.press("g")
    boxes = page.locator("svg g[data-id]")
    assert boxes.count() == page.locator("article").count()
    boxes.last.click()
    assert page.locator("article.here").get_attribute("id") == f"operation-0-{boxes.last.get_attribute('data-id')}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_until_told(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    assert (before == "rgb(255, 255, 255)") is (scheme == "light")
    page.keyboard.press("t")
    assert (page.evaluate(colour) == "rgb(255, 255, 255)") is (scheme == "dark")


def test_what_is_printed_is_whole(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    assert page.locator("article:visible .body:visible:empty").count() == 0


def test_titles_have_room_on_a_narrow_screen(page: Page) -> None:
    page.set_viewport_size({"width": 420, "height": 800})
    titles = page.locator("article:visible .what")
    assert titles.count() > 2
    for box in (title.bounding_box() for title in titles.all()):
        assert box is not None
        assert box["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_moved_text_is_folded_and_the_names_in_doubt_are_told(browser: Browser, repo: Repo, tmp_path: Path) -> None:
    text = b"\n\ndef long(a):\n" + b"".join(b"    step(helper(%d), a)\n" % number for number in range(8))
    repo.write("a.py", b"import os\nfrom x import helper, step\n" + text)
    repo.write("b.py", b"from y import helper, step\n")
    repo.commit("Before")
    repo.write("a.py", b"import os\nfrom x import helper, step\n")
    repo.write("b.py", b"from y import helper, step\n" + text)
    repo.commit("After")
    for page in opened(browser, repo, tmp_path):
        expect(page.get_by_text("The same text; step, helper may mean something else there.")).to_be_visible()
        expect(page.get_by_text("step(helper(0), a)")).to_have_count(0)
        page.get_by_role("button", name="place that needs no reading").last.click()
        expect(page.get_by_text("step(helper(0), a)")).to_be_visible()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_commits_of_all_shapes_open(
    shape: str, scheme: Literal["light", "dark"], browser: Browser, repo: Repo, tmp_path: Path
) -> None:
    _, before, after = SHAPES[shape]()
    for message, files in (("Before", before), ("After", after)):
        for path in before.keys() - files.keys():
            repo.path.joinpath(path.decode()).unlink()
        for path, file in files.items():
            repo.write(path.decode(), file.content)
        repo.commit(message)
    (review,) = dagpatch(repo.path, "review", "--json").documents
    for page in opened(browser, repo, tmp_path):
        page.emulate_media(color_scheme=scheme)
        page.keyboard.press("f")
        titles = page.locator("article:visible .what").all_text_contents()  # Also of those that are not drawn yet.
        assert titles == [card["headline"] for card in review["cards"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= 1200


def test_a_large_commit_opens_and_is_drawn_bit_by_bit(browser: Browser, repo: Repo, tmp_path: Path) -> None:
    for number in range(500):
        repo.write(f"d{number % 20}/f{number}.txt", b"")
    repo.commit("Before")
    for number in range(500):
        lines = (b"line %d of %d\n" % (line, number) for line in range(100))
        repo.write(f"d{number % 20}/f{number}.txt", b"".join(lines))
    repo.commit("After")
    for page in opened(browser, repo, tmp_path):
        assert page.locator("article").count() == 500
        assert page.locator("tr").count() < 10_000
        page.keyboard.press("/")
        page.keyboard.type("f499")
        assert len(cards(page)) == 1
        expect(page.get_by_text("line 99 of 499")).to_be_visible()


def test_a_page_is_not_overwritten_and_a_range_is_one_page(changed: Repo, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text("mine")
    assert dagpatch(changed.path, "review", "--html", file).status == 3
    assert file.read_text() == "mine"
    changed.write("app.py", BEFORE)
    changed.commit("Back")
    assert dagpatch(changed.path, "review", "HEAD~2..HEAD", "--html", file, "--force").status == 0
    data = file.read_text().partition('id="data">')[2].partition("</script>")[0]
    assert [review["origin"]["message"][:4] for review in json.loads(data)] == ["Harm", "Back"]
