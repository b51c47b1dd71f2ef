"""Which parts of a project an operation affects, told by the paths of its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from git_dagpatch.model.operation import Operation, Recorded
from git_dagpatch.model.paths import decode

DOMAINS: Mapping[str, str] = {
    "tests": "a directory of tests, or a file named as one",
    "docs": "documentation: a directory of it, Markdown, reStructuredText, a changelog",
    "ci": "what a service runs on each change",
    "packaging": "how the project is packaged, and what it needs",
    "build": "how it is built",
    "style": "settings of formatters and linters; every operation on white space",
}
"""Domain → which files are in it; of several that fit, `_ORDER` says which. Any other file is in a domain called as the
first directory of its path, below ``src`` or ``lib``."""

_DIRECTORIES = {
    "tests": b"test|tests|testing|spec|specs|__tests__",
    "docs": b"doc|docs",
    "ci": rb"\.github|\.gitlab|\.circleci|\.ci",
    "packaging": b"requirements",
}
_NAMES = {
    "tests": (rb"test_.*", rb".*_tests?\.\w+", rb"conftest\.py", rb".*\.(?:test|spec)\.\w+"),
    "docs": (rb".*\.(?:md|rst|adoc|txt)", rb"(?:README|CHANGES|CHANGELOG|HISTORY|NEWS|AUTHORS|LICEN[CS]E|COPYING).*"),
    "ci": (rb"\.(?:travis|gitlab-ci)\.ya?ml", rb"\.?(?:appveyor|azure-pipelines)\.ya?ml", rb"Jenkinsfile"),
    "packaging": (
        *(rb"pyproject\.toml", rb"setup\.(?:py|cfg)", rb"MANIFEST\.in", rb"Pipfile", rb".*requirements.*\.(?:txt|in)"),
        *(rb".*\.lock", rb"package(?:-lock)?\.json", rb"composer\.json", rb"Cargo\.toml", rb"go\.(?:mod|sum)"),
        *(rb"pom\.xml", rb"build\.gradle(?:\.kts)?", rb"Gemfile", rb".*\.gemspec"),
    ),
    "build": (
        *(rb"Makefile", rb".*\.mk", rb"CMakeLists\.txt", rb".*\.cmake", rb"meson\.build"),
        *(rb"tox\.ini", rb"noxfile\.py", rb"Dockerfile"),
    ),
    "style": (
        *(rb"\.editorconfig", rb"\.pre-commit-config\.ya?ml", rb"\.flake8", rb"\.isort\.cfg", rb"\.?ruff\.toml"),
        *(rb"\.pylintrc", rb"\.eslintrc.*", rb"\.prettierrc.*", rb"\.clang-format", rb"rustfmt\.toml"),
    ),
}
_ORDER = ("packaging", "ci", "style", "build", "tests", "docs")


def _pattern(domain: str) -> re.Pattern[bytes]:
    above = rb"(?:^|/)(?:%b)/" % _DIRECTORIES[domain] if domain in _DIRECTORIES else rb"(?!)"
    return re.compile(rb"%b|(?:^|/)(?:%b)$" % (above, b"|".join(_NAMES[domain]).replace(b".*", b"[^/]*")))


_BY_PATH = [(name, _pattern(name)) for name in _ORDER]
_ABOVE_PACKAGES = (b"src", b"lib", b"python", b"packages")


def domain_of(path: bytes) -> str:
    """The domain of the file at `path`: one of `DOMAINS`, or its top-level package; empty at the top of the tree."""
    found = next((name for name, pattern in _BY_PATH if pattern.search(path)), "")
    if found:
        return found
    parts = path.split(b"/")
    if len(parts) > 2 and parts[0] in _ABOVE_PACKAGES:
        parts = parts[1:]
    return parts[0].decode(errors="replace") if len(parts) > 1 else ""


def domains_of(operation: Operation) -> list[str]:
    """The domains of all files that `operation` touches, sorted."""
    return sorted({domain_of(path) for path in paths_of(operation)} - {""})


def paths_of(operation: Operation) -> Iterable[bytes]:
    """The files that `operation` touches."""
    named = [getattr(operation, field, "").partition(":")[0] for field in ("source", "target")]
    recorded = [*operation.footprint] if isinstance(operation, Recorded) and operation.footprint else []
    return {decode(path) for path in [*named, *recorded] if path}
