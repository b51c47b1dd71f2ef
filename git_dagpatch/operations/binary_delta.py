"""binary_delta: content that is not text. It fits one exact content, whose hash it names."""

from __future__ import annotations

import base64
import hashlib

import msgspec
import zstandard

from git_dagpatch.model.effect import Effect, Rewrite, Span
from git_dagpatch.model.errors import InvalidPatch, WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import BinaryDelta
from git_dagpatch.model.paths import decode, encode
from git_dagpatch.model.text import Base64, to_bytes
from git_dagpatch.operations.kind import Example, Kind

CODEC = "zstd-dictionary"
"""A zstd frame compressed with the content before as a raw dictionary."""
MAX_CONTENT = 1 << 30
_LEVEL, _LEVEL_OF_LARGE = 19, 12
_LARGE = 8 << 20
"""Bytes of both contents beyond which the highest level takes many seconds."""
_WINDOW_LOG = 27
"""A window of 128 MiB, so that the dictionary is in reach of the whole content."""


class BinaryDeltaKind(Kind[BinaryDelta]):
    operation = BinaryDelta
    summary = "Content that is not text; exact base required."
    default_intent = "change-binary"
    default_tags = ("binary",)
    examples = (
        Example(
            why="One byte of four changes.",
            before={"logo": b"\x00\x01\x02\x03"},
            operation={
                "type": "binary_delta",
                "target": "logo",
                "codec": CODEC,
                "delta": {"base64": "KLUv/SAEIQAAAAECBA=="},
                "before": hashlib.sha256(b"\x00\x01\x02\x03").hexdigest(),
                "after": hashlib.sha256(b"\x00\x01\x02\x04").hexdigest(),
            },
            after={"logo": b"\x00\x01\x02\x04"},
        ),
    )

    def effect(self, operation: BinaryDelta, files: Files) -> Effect:
        path = decode(operation.target)
        before = files.read(path)
        if operation.codec != CODEC:
            raise InvalidPatch(f"The binary delta of {operation.target!r} has the codec {operation.codec!r}.")
        if hashlib.sha256(before).hexdigest() != operation.before:
            raise WrongBase(
                f"The binary delta of {operation.target!r} was made for another content.",
                hint="A binary file can only be changed exactly; take the whole file instead.",
            )
        after = _decompress(operation, before)
        if hashlib.sha256(after).hexdigest() != operation.after:
            raise InvalidPatch(f"The binary delta of {operation.target!r} does not give the content that it promises.")
        return {path: Rewrite((Span(0, len(before), after),))}

    def record(self, operation: BinaryDelta, effect: Effect, files: Files) -> BinaryDelta:
        ((path, _),) = effect.items()
        return msgspec.structs.replace(operation, target=encode(path))

    def describe(self, operation: BinaryDelta) -> str:
        return f"Change the binary file {operation.target}"

    def review_lines(self, operation: BinaryDelta, files: Files) -> int:
        return 1


def make_delta(before: bytes, after: bytes) -> Base64:
    """The delta from `before` to `after`."""
    size = len(before) + len(after)
    window = min(_WINDOW_LOG, max(10, size.bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL if size <= _LARGE else _LEVEL_OF_LARGE, window_log=window, source_size=len(after), dict_size=len(before)
    )
    compressor = zstandard.ZstdCompressor(dict_data=_dictionary(before), compression_params=parameters)
    return Base64(base64.b64encode(compressor.compress(after)).decode())


def _dictionary(before: bytes) -> zstandard.ZstdCompressionDict | None:
    if len(before) < 8:
        return None
    return zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _decompress(operation: BinaryDelta, before: bytes) -> bytes:
    data = to_bytes(operation.delta)
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MAX_CONTENT:
            raise InvalidPatch(f"The binary delta of {operation.target!r} does not say a size that is accepted.")
        window = 1 << _WINDOW_LOG
        return zstandard.ZstdDecompressor(dict_data=_dictionary(before), max_window_size=window).decompress(data)
    except zstandard.ZstdError as error:
        raise InvalidPatch(f"The binary delta of {operation.target!r} is damaged.", cause=str(error)) from error
