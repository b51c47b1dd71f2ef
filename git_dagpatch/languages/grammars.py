"""The languages that tree-sitter grammars read, a row each. The package of each is in the extra `grammars`."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Preprocessor(Enum):
    """What happens to a text before its language's own grammar holds."""

    NONE = "none"
    CONDITIONS = "conditions"
    """Only ``#if`` and its like."""
    MACROS = "macros"
    """Any identifier may stand for anything."""


class Grammar(NamedTuple):
    name: str
    suffixes: tuple[str, ...]
    package: str
    """What is installed; what is imported has underscores for its hyphens."""
    function: str = "language"
    preprocessor: Preprocessor = Preprocessor.NONE


GRAMMARS = (
    Grammar("bash", (".sh", ".bash"), "tree-sitter-bash"),
    Grammar("c", (".c",), "tree-sitter-c", preprocessor=Preprocessor.MACROS),
    Grammar(
        # A header of C is told from one of C++ by nothing but its contents; brackets are the same in both.
        "cpp",
        (".cpp", ".cc", ".cxx", ".h", ".hpp", ".hh", ".hxx"),
        "tree-sitter-cpp",
        preprocessor=Preprocessor.MACROS,
    ),
    Grammar("c-sharp", (".cs",), "tree-sitter-c-sharp", preprocessor=Preprocessor.CONDITIONS),
    Grammar("go", (".go",), "tree-sitter-go"),
    Grammar("java", (".java",), "tree-sitter-java"),
    Grammar("javascript", (".js", ".mjs", ".cjs", ".jsx"), "tree-sitter-javascript"),
    Grammar("kotlin", (".kt", ".kts"), "tree-sitter-kotlin"),
    Grammar("php", (".php",), "tree-sitter-php", "language_php"),
    Grammar("ruby", (".rb", ".rake", ".gemspec"), "tree-sitter-ruby"),
    Grammar("rust", (".rs",), "tree-sitter-rust"),
    Grammar("typescript", (".ts", ".mts", ".cts"), "tree-sitter-typescript", "language_typescript"),
    Grammar("tsx", (".tsx",), "tree-sitter-typescript", "language_tsx"),
)
