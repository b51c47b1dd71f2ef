"""Which names of a Python project others may rely on, as far as names tell."""

from __future__ import annotations

import re

_NOT_INSTALLED = re.compile(
    rb"(?:^|/)(?:tests?|testing|docs?|examples?|samples?|scripts?|tools?|benchmarks?|ci|\.[^/]+)/"
    rb"|(?:^|/)(?:test_[^/]*|[^/]*_tests?|conftest|setup|noxfile|fabfile|tasks|manage)\.pyi?$"
)


def is_public_module(path: bytes) -> bool:
    """Whether the file at `path` is a module that others may import: Python, and neither private nor a test."""
    if not path.endswith((b".py", b".pyi")) or _NOT_INSTALLED.search(path):
        return False
    return all(is_public_name(part.partition(b".")[0].decode(errors="replace")) for part in path.split(b"/"))


def is_public_name(qualified: str) -> bool:
    """Whether no part of `qualified` starts with an underscore, but for names such as ``__init__``."""
    return all(
        not part.startswith("_") or (part.startswith("__") and part.endswith("__")) for part in qualified.split(".")
    )
