"""Objects as a pack, in which git takes in many at once."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator

_NUMBERS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


def pack(objects: Collection[tuple[str, bytes]], algorithm: str) -> bytes:
    """A pack of whole objects, each with its kind, in their order (version 2 of gitformat-pack)."""
    content = b"".join(_pieces(objects))
    return content + hashlib.new(algorithm, content).digest()


def _pieces(objects: Collection[tuple[str, bytes]]) -> Iterator[bytes]:
    yield b"PACK" + (2).to_bytes(4, "big") + len(objects).to_bytes(4, "big")
    for kind, data in objects:
        yield _header(_NUMBERS[kind], len(data))
        # Quickly rather than tightly, as git writes new objects; its garbage collection packs them again.
        yield zlib.compress(data, zlib.Z_BEST_SPEED)


def _header(number: int, size: int) -> bytes:
    """Kind and size: 4 bits of the size beside the kind, then 7 a byte; the top bit says that more follow."""
    byte, size = number << 4 | size & 0xF, size >> 4
    header = bytearray()
    while size:
        header.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    header.append(byte)
    return bytes(header)
