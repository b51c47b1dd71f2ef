"""The graph of a patch, drawn."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_dagpatch.model.codec import decode
from git_dagpatch.report.graph import FORMATS, edges, svg
from git_dagpatch.report.graph_layout import layout
from tests.command_line import dagpatch
from tests.repositories import Repo

HOSTILE = 'a "quoted" <script>alert(1)</script> & ]] --> %% ``` \\ \n| end'


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """For each operation the earlier ones that it needs."""
    count = draw(st.integers(0, 30))
    some = (st.lists(st.integers(0, number - 1), max_size=3, unique=True) for number in range(1, count))
    return [[], *map(draw, some)][:count]


@given(graphs(), st.integers(1, 8))
def test_every_operation_stands_below_what_it_needs_and_alone(needs: list[list[int]], columns: int) -> None:
    placed = layout(needs, columns)
    assert len(set(placed.positions)) == len(needs)
    for number, others in enumerate(needs):
        at = placed.positions[number]
        assert 0 <= at.column <= placed.columns - 1
        assert 0 <= at.row <= placed.rows - 1
        assert all(placed.positions[other].row < at.row for other in others)
    for number, one in enumerate(placed.positions):
        for other in placed.positions[:number]:
            assert one.row != other.row or abs(one.column - other.column) >= 1


@pytest.fixture
def renamed(repo: Repo) -> Repo:
    repo.write("m.py", b"def load(a):\n    return a\n\n\ndef main():\n    return load(1)\n")
    repo.commit("Before")
    repo.write("m.py", b"def load(a):\n    b = more(a)\n    return b\n\n\ndef more(a):\n    return a + 1\n")
    repo.write("new.txt", b"text\n")
    repo.commit("After")
    return repo


def hostile(repo: Repo) -> bytes:
    (document,) = dagpatch(repo.path, "export", "-o", "-").documents
    for operation in document["operations"]:
        operation["description"] = HOSTILE
        operation["because"] = dict.fromkeys(operation["depends_on"], HOSTILE)
    return json.dumps(document).encode()


def test_all_operations_and_edges_are_drawn(renamed: Repo) -> None:
    (document,) = dagpatch(renamed.path, "export", "-o", "-").documents
    patch = decode(json.dumps(document).encode())
    count, found = len(patch.operations), edges(patch.operations)
    assert found
    dot = dagpatch(renamed.path, "graph").lines
    assert sum(bool(re.match(r"  n\d+ \[label=", line)) for line in dot) == count
    drawn = [re.match(r"  n(\d+) -> n(\d+)", line) for line in dot if "->" in line]
    assert [one and one.groups() for one in drawn] == [(str(one.need), str(one.user)) for one in found]
    mermaid = dagpatch(renamed.path, "graph", "--format", "mermaid").lines
    assert sum("-->" in line for line in mermaid) == len(found)
    drawing = ET.fromstring("\n".join(svg(patch)))
    name = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{name}g")) == count
    assert len(drawing.findall(f"{name}path")) == len(found)


def test_what_a_patch_says_is_drawn_as_text(renamed: Repo) -> None:
    patch = hostile(renamed)
    drawing = dagpatch(renamed.path, "graph", "-", "--format", "svg", stdin=patch)
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawing.out).iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "g", "rect", "text"}
    text = r'"[^"<>`|]*(?:<br/>[^"<>`|]*)?"'
    shape = re.compile(rf"  n\d+(?:\[{text}\]| -->(?:\|{text}\|)? n\d+)")
    for line in dagpatch(renamed.path, "graph", "-", "--format", "mermaid", stdin=patch).lines[1:]:
        assert shape.fullmatch(line) or "breaking" in line
    for line in dagpatch(renamed.path, "graph", "-", stdin=patch).lines:
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0


def test_the_name_of_the_file_says_the_format_and_nothing_is_overwritten(renamed: Repo, tmp_path: Path) -> None:
    file = tmp_path / "graph.svg"
    assert dagpatch(renamed.path, "graph", "-o", file).lines == [str(file)]
    assert file.read_text().startswith("<svg ")
    file.write_text("mine")
    assert dagpatch(renamed.path, "graph", "-o", file).status == 3
    assert file.read_text() == "mine"
    assert dagpatch(renamed.path, "graph", "-o", file, "--force", "--only", "create").status == 0
    assert file.read_text().count("<g") == 1


def test_one_patch_is_drawn(renamed: Repo) -> None:
    assert dagpatch(renamed.path, "graph", "HEAD~1..HEAD").status == 0
    assert dagpatch(renamed.path, "graph", "HEAD..HEAD").status == 2
    assert sorted(FORMATS) == ["dot", "mermaid", "svg"]
