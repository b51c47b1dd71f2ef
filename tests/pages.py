"""Every file that scripts/docs writes: pages made of the code or with what commands print, and reviews to be compared.

tests/test_docs.py proves that they are current.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import console, demo
from tests.commute_page import commute_page
from tests.manual import manuals
from tests.reference import (
    ROOT,
    commands_page,
    configuration_page,
    impact_schema_file,
    operations_page,
    review_schema_file,
    schema_file,
)
from tests.reviews import GOLDEN

GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands_page,
    "docs/reference/commute.md": commute_page,
    "docs/reference/configuration.md": configuration_page,
    "docs/reference/impact.schema.json": impact_schema_file,
    "docs/reference/operations.md": operations_page,
    "docs/reference/review.schema.json": review_schema_file,
    "docs/reference/schema.json": schema_file,
    **manuals(),
    **GOLDEN,
}
"""Path → what the file shall hold, all of it made of the code."""


def markdown() -> list[str]:
    """The pages for people."""
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))]


def sessions() -> list[str]:
    """The pages that show commands with what they print."""
    return [path for path in markdown() if console.commands((ROOT / path).read_text())]


def current(path: str, directory: Path) -> str:
    """What the page shall hold; its commands are run in `directory`, which is empty."""
    if path in GENERATED:
        return GENERATED[path]()
    return console.played((ROOT / path).read_text(), demo.make(directory / "shelf", directory))
