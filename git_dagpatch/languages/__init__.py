"""What a text means: its definitions, and whether a change of layout keeps its meaning."""

from __future__ import annotations

from git_dagpatch.languages.language import Language
from git_dagpatch.languages.plain import Plain
from git_dagpatch.languages.python import Python

_PLAIN = Plain()
_PYTHON = Python()
_BY_SUFFIX: dict[bytes, Language] = {b".py": _PYTHON, b".pyi": _PYTHON, b".pyw": _PYTHON}


def language_of(path: bytes) -> Language:
    """The language of the file at `path`, told by the end of its name."""
    name = path.rpartition(b"/")[2]
    dot = name.rfind(b".")
    return _BY_SUFFIX.get(name[dot:].lower(), _PLAIN) if dot > 0 else _PLAIN
