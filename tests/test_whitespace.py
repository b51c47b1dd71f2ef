"""The named transforms of white space: what they make of a text, and that they leave what they made alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.operation import Transform
from git_dagpatch.operations.whitespace import TRANSFORMS, transform_spans
from tests.strategies import contents
from tests.trees import spliced

STRIP, END = Transform("trailing-space"), Transform("final-newline")
TO_LF, TO_CRLF = Transform("line-endings", "lf"), Transform("line-endings", "crlf")

CASES = [
    (STRIP, b"a \nb\t \n\x0c\n c\nd  ", b"a\nb\n\n c\nd"),
    (STRIP, b"a \r\n \r\n", b"a\r\n\r\n"),
    (STRIP, b"a\x0b\nb\xa0\nc\r", b"a\x0b\nb\xa0\nc\r"),
    (STRIP, b"", b""),
    (TO_LF, b"a\r\nb\nc\rd\r\r\n\r\n", b"a\nb\nc\rd\r\n\n"),
    (TO_CRLF, b"a\r\nb\n\nc", b"a\r\nb\r\n\r\nc"),
    (TO_CRLF, b"\n", b"\r\n"),
    (END, b"a", b"a\n"),
    (END, b"a\n", b"a\n"),
    (END, b"a\n\n\n", b"a\n"),
    (END, b"a\r\nb", b"a\r\nb\r\n"),
    (END, b"a\r\n\r\n\n", b"a\r\n"),
    (END, b"", b""),
    (END, b"\n\n", b"\n\n"),
    (END, b"\n\na", b"\n\na\n"),
]


@pytest.mark.parametrize(("transform", "before", "after"), CASES)
def test_a_transform(transform: Transform, before: bytes, after: bytes) -> None:
    assert spliced(before, tuple(transform_spans(transform, before))) == after


@given(st.sampled_from(TRANSFORMS), contents() | st.text(" \t\r\n\x0ca", max_size=12).map(str.encode))
def test_a_transform_touches_white_space_alone_and_no_more_than_it_must(transform: Transform, content: bytes) -> None:
    spans = transform_spans(transform, content)
    assert not (b"".join(content[span.start : span.end] + span.insert for span in spans)).strip(b" \t\r\n\x0c")
    for start, end, insert in spans:
        assert content[start:end] != insert
        assert not insert or content[start : start + 1] != insert[:1] or start == end


@example(STRIP, b" \r \n")
@given(st.sampled_from([STRIP, TO_CRLF, END]), contents() | st.text(" \t\r\n\x0ca", max_size=12).map(str.encode))
def test_what_a_transform_made_it_leaves_alone(transform: Transform, content: bytes) -> None:
    made = spliced(content, tuple(transform_spans(transform, content)))
    assert transform_spans(transform, made) == []


def test_all_are_tested_and_no_other_is_known() -> None:
    assert set(TRANSFORMS) == {STRIP, END, TO_LF, TO_CRLF}
    for transform in (
        Transform("tabs"),
        Transform("line-endings"),
        Transform("line-endings", "cr"),
        Transform("final-newline", "x"),
    ):
        with pytest.raises(InvalidPatch):
            transform_spans(transform, b"a \n")
