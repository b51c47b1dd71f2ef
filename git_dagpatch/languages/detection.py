"""Which language a file is in: by its name, or by its first line if the name has no suffix."""

from __future__ import annotations

import re

from git_dagpatch.languages.grammars import GRAMMARS

_SUFFIXES = {
    "json": (".json", ".geojson", ".ipynb", ".webmanifest"),
    "jsonc": (".jsonc", ".code-workspace"),
    "python": (".py", ".pyi", ".pyw"),
    "toml": (".toml",),
    "yaml": (".yaml", ".yml"),
}
_BY_SUFFIX = {suffix.encode(): name for name, suffixes in _SUFFIXES.items() for suffix in suffixes} | {
    suffix.encode(): grammar.name for grammar in GRAMMARS for suffix in grammar.suffixes
}
_BY_NAME = {
    b"Cargo.lock": "toml",
    b"Gemfile": "ruby",
    b"Pipfile": "toml",
    b"Pipfile.lock": "json",
    b"Rakefile": "ruby",
    b"composer.lock": "json",
    b"poetry.lock": "toml",
    b"uv.lock": "toml",
}
# Files that end in .json and are read with comments by the programs whose settings they hold.
_WITH_COMMENTS = re.compile(
    rb"""
      (?:^|/)(?:[tj]sconfig(?:[.-][^/]*)?|\.?devcontainer|\.eslintrc|\.jshintrc|api-extractor(?:[.-][^/]*)?|deno)\.json$
    | (?:^|/)\.(?:vscode|devcontainer)/[^/]+\.json$
    """,
    re.VERBOSE,
)
_SHELLS = {b"sh", b"bash", b"dash", b"ksh"}
_SHEBANG = re.compile(rb"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?(\w+?)[\d.]*(?:\s|$)")


def language_name(path: bytes, text: bytes) -> str:
    """The name of the language of the file at `path`, ``plain`` if it is not known; `text` is its start, or all of it.

    A script that ends in .sh and whose first line names a shell of another kind is not known.
    """
    name = path.rpartition(b"/")[2]
    dot = name.rfind(b".")
    if name in _BY_NAME:
        return _BY_NAME[name]
    if dot <= 0:
        return _by_shebang(text)
    found = _BY_SUFFIX.get(name[dot:].lower(), "plain")
    if found == "json" and _WITH_COMMENTS.search(path):
        return "jsonc"
    if found == "bash" and text.startswith(b"#!"):
        return _by_shebang(text)
    return found


def _by_shebang(text: bytes) -> str:
    found = _SHEBANG.match(text)
    interpreter = found[1] if found else b""
    if interpreter in (b"python", b"pypy"):
        return "python"
    return "bash" if interpreter in _SHELLS else "plain"
