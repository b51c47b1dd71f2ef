"""Footprints: what an operation did on its own ground, as documents write it, and as an effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from git_dagpatch.model.effect import Effect, Rewrite, Span
from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Footprint
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.text import Text, to_bytes, to_text


def write_footprint(effect: Effect) -> Footprint:
    """The footprint of an effect that rewrites texts."""
    return {
        encode(path): list(_relative(change.spans)) for path, change in effect.items() if isinstance(change, Rewrite)
    }


def _relative(spans: Sequence[Span]) -> Iterator[tuple[int, int, Text]]:
    position = 0
    for start, end, insert in spans:
        yield start - position, end - start, to_text(insert)
        position = end


def read_footprint(footprint: Footprint, files: Files) -> Effect:
    """The effect that `footprint` records, after checking that it lies inside the texts of `files`."""
    return {path: Rewrite(_absolute(path, spans, files)) for path, spans in _by_path(footprint)}


def _by_path(footprint: Footprint) -> Iterator[tuple[bytes, list[tuple[int, int, Text]]]]:
    for name, spans in footprint.items():
        if spans is None:
            raise InvalidPatch(f"The footprint of an operation that only rewrites text lets {name!r} go.")
        yield decode(name), spans


def _absolute(path: bytes, spans: Sequence[tuple[int, int, Text]], files: Files) -> tuple[Span, ...]:
    end_of_text = len(files.read(path))
    position = 0
    absolute = []
    for number, (skip, remove, insert) in enumerate(spans):
        if skip < (number > 0) or remove < 0:
            raise InvalidPatch(f"A footprint in {encode(path)!r} has spans that overlap or touch.")
        start, end = position + skip, position + skip + remove
        if end > end_of_text:
            raise WrongBase(
                f"A footprint covers the bytes {start} to {end} of {encode(path)!r}, which has {end_of_text}.",
                hint="The patch was made for another tree.",
            )
        absolute.append(Span(start, end, to_bytes(insert)))
        position = end
    return tuple(absolute)
