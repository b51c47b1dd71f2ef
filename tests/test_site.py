"""The documentation as a site: it builds, all links lead somewhere, each page is reached, and nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.pages import markdown
from tests.reference import ROOT

_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_NOT_FETCHED = {"canonical", "next", "prev", "alternate", "edit"}


class Page(HTMLParser):
    """What a page can be linked by, links to, and fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        target = values.get(_FETCHED.get(tag, ""))
        if target and values.get("rel") not in _NOT_FETCHED:
            self.fetched.append(target)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The pages, by their place."""
    directory = tmp_path_factory.mktemp("site").resolve()
    subprocess.run([sys.executable, ROOT / "scripts/site", directory], check=True, capture_output=True)
    return {path: Page(path) for path in sorted(directory.rglob("*.html"))}


def top(site: dict[Path, Page]) -> Path:
    return min(site, key=lambda path: len(path.parts)).parent


def target_of(page: Page, link: str) -> tuple[Path, str] | None:
    """The file and the place in it that a link leads to; None outside of the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    return (path / "index.html" if path.is_dir() else path), unquote(parts.fragment)


def test_every_link_leads_somewhere(site: dict[Path, Page]) -> None:
    wrong = []
    for page in site.values():
        if page.path.name == "404.html":  # It is served anywhere, so its links start at the top.
            continue
        for link in page.links:
            target = target_of(page, link)
            if target is None:
                continue
            path, anchor = target
            anchors = site[path].anchors if path in site else set()
            if not path.exists() or (anchor and not anchor.startswith("__") and anchor not in anchors):
                wrong.append((page.path.name, link))
    assert wrong == []


def test_every_page_is_reached_from_the_first(site: dict[Path, Page]) -> None:
    waiting = [top(site) / "index.html"]
    seen = set(waiting)
    while waiting:
        page = site[waiting.pop()]
        for link in page.links:
            target = target_of(page, link)
            if target is not None and target[0] in site and target[0] not in seen:
                seen.add(target[0])
                waiting.append(target[0])
    wanted = {
        top(site) / path.removeprefix("docs/").removesuffix(".md").replace("README", "index")
        for path in markdown()
        if path.startswith("docs/")
    }
    assert {path.with_suffix("") for path in seen} >= wanted
    assert len(wanted) > 40


def test_nothing_is_fetched_from_elsewhere(site: dict[Path, Page]) -> None:
    elsewhere = {link for page in site.values() for link in page.fetched if urlsplit(link).netloc}
    assert elsewhere == set()
    assert any(page.fetched for page in site.values())
    styles = [path.read_text() for path in top(site).rglob("*.css")]
    assert styles
    assert not any("url(http" in style or "@import" in style for style in styles)


def test_a_link_that_leads_nowhere_fails(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    for name in ("docs", "scripts"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "mkdocs.yml", copy)
    with (copy / "docs/glossary.md").open("a") as page:
        page.write("\n[nowhere](nowhere.md), [no such place](tutorial.md#no-such-place)\n")
    done = subprocess.run(
        [sys.executable, copy / "scripts/site", tmp_path / "site"], check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
    assert "no-such-place" in done.stderr
