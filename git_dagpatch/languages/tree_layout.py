"""The proof that two texts of a language whose layout is free differ in nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

import tree_sitter

from git_dagpatch.languages.tokens import Tokens
from git_dagpatch.languages.tree_tokens import shape, tree_tokens

FREE = frozenset(("c", "cpp", "c-sharp", "go", "java", "javascript", "php", "rust", "typescript", "tsx"))
"""The languages in which white space between tokens means nothing, or changes the tree where it does."""

_COMMENT = (b"//", b"/*", b"#")
_CONTROL = re.compile(
    rb"[/*\#\s]*(?:@|\+build|go:|line |export |nolint|[A-Za-z]*lint|prettier|clang|istanbul|nosonar|noinspection|jshint"
    rb"|rustfmt|phpcs|phpstan|psalm|c8|v8|checkstyle|iwyu|pragma|region|endregion|codecov|coverage|biome|webpack|vite"
    rb"|sourceMappingURL|fallthrough|falls? through|deno|flow|global|exported)",
    re.IGNORECASE,
)
_SPELLED = frozenset(b"( ) { } [ ] , ;".split())


def same_but_layout(parser: tree_sitter.Parser, before: bytes, after: bytes, *, macros: bool) -> bool:
    """Whether tokens, the shape of the tree and the places of comments are equal, and neither text has a fault.

    With `macros`, any text between brackets may be made a string, in which white space between tokens shows.
    """
    roots = parser.parse(before).root_node, parser.parse(after).root_node
    if roots[0].has_error or roots[1].has_error:
        return False
    one, other = tree_tokens(before, roots[0]), tree_tokens(after, roots[1])
    if one.texts != other.texts or places_of_comments(one) != places_of_comments(other):
        return False
    if macros and _spaced(one) != _spaced(other):
        return False
    # Between elements of JSX, white space is text, and not all of it is in the tree.
    return all(
        node == new and not node[0].startswith("jsx") for node, new in zip_longest(shape(roots[0]), shape(roots[1]))
    )


def _spaced(tokens: Tokens) -> list[bool]:
    """Between which tokens there is white space, where a macro might see it."""
    texts: Sequence[bytes] = tokens.texts
    return [bool(gap) and _SPELLED.isdisjoint(texts[at : at + 2]) for at, gap in enumerate(tokens.gaps[1:-1])]


def places_of_comments(tokens: Tokens) -> list[tuple[int, ...]]:
    """For each comment, whether it has its line for itself; for one that a tool reads, also the tokens of its line and
    of the next, as the first before it and the last after it."""
    starts = [at for at, gap in enumerate(tokens.gaps[:-1]) if at == 0 or b"\n" in gap]
    starts += [len(tokens.texts)] * 2
    places: list[tuple[int, ...]] = []
    line = 0
    for at, text in enumerate(tokens.texts):
        line += starts[line + 1] == at
        if text.startswith(_COMMENT):
            is_control = _CONTROL.match(text) is not None
            place = (starts[line], starts[line + 1], starts[min(line + 2, len(starts) - 1)])
            places.append((at == starts[line], *place) if is_control else (at == starts[line],))
    return places
