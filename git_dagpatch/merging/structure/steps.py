"""The merge of syntax trees as steps of settling: of one place, and of a whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from git_dagpatch.languages import language_of
from git_dagpatch.languages.containers import Sort
from git_dagpatch.languages.syntax_nodes import Node
from git_dagpatch.merging.dispute import Dispute, Texts
from git_dagpatch.merging.structure.order import Unmerged
from git_dagpatch.merging.structure.trees import TreeMerge
from git_dagpatch.model.strategy import Policy

LONGEST = 300_000
"""Bytes of a text whose tree is merged."""
_READ = 6
"""What merging trees costs, in readings of their text."""
_SEPARATORS = frozenset(b", ;".split())
SETS_ONLY = frozenset(("python",))
"""Languages of whose trees only single disputed places are asked, and only for sets: of whole modules of Python that
both sides had changed much, developers mostly made something else."""
_SORTS = {Policy.IMPORTS: Sort.IMPORTS, Policy.MEMBERS: Sort.MEMBERS}


def structure_of_all(path: bytes, versions: Texts, policies: Collection[Policy]) -> bytes | None:
    """What the trees make of a whole file."""
    is_asked = language_of(path, versions.base).name not in SETS_ONLY
    return structure_of_file(path, versions, policies) if is_asked else None


def structure(dispute: Dispute, policies: Collection[Policy]) -> bytes | None:
    """What the trees make of the disputed lines, the rest of base being as it was."""
    if not dispute.may_prove(_READ):
        return None
    whole = Texts(*map(dispute.near_with, dispute.part))
    start, end = dispute.around
    before = dispute.head + dispute.whole.base[start : dispute.starts[0]]
    after = dispute.whole.base[dispute.ends[0] : end]
    merged = structure_of_file(dispute.path, whole, policies)
    if merged is None or len(merged) < len(before) + len(after):
        return None
    if not (merged.startswith(before) and merged.endswith(after)):
        return None
    return merged[len(before) : len(merged) - len(after)]


def trees_agree(dispute: Dispute, text: bytes) -> bool:
    """Whether the trees make the same of the disputed lines, every part in its place; True in settings.

    Python is not asked: its names are proved, which other languages' are not. These are not merged without a tree.
    """
    if dispute.language.name == "python" or dispute.language.tokens(b"") is None:
        return True
    found = structure(dispute, (Policy.TOKENS,))
    return found is not None and found.split() == text.split()


def structure_of_file(path: bytes, versions: Texts, policies: Collection[Policy]) -> bytes | None:
    """What the trees of three texts make together; None where they do not go together, or cannot be read."""
    if max(map(len, versions)) > LONGEST:
        return None
    language = language_of(path, versions.base)
    trees = [language.nodes(text) for text in versions]
    base, ours, theirs = trees
    if base is None or ours is None or theirs is None:
        return None
    sorts = {sort for policy, sort in _SORTS.items() if policy in policies}
    merge = TreeMerge(language.name, sorts, words=Policy.TOKENS in policies and language.name not in SETS_ONLY)
    try:
        middle = merge.merged(base, ours, theirs)
    except (Unmerged, RecursionError):
        return None
    edges = [(tree.source[: tree.start], tree.source[tree.end :]) for tree in (base, ours, theirs)]
    start, end = (_taken(*(edge[at] for edge in edges)) for at in (0, 1))
    if start is None or end is None:
        return None
    merged = start + middle + end
    made = language.nodes(merged)
    return merged if made is not None and _is_accounted_for(base, ours, theirs, made) else None


def _is_accounted_for(base: Node, ours: Node, theirs: Node, merged: Node) -> bool:
    """Whether no word was lost or brought in that neither side took away or brought in."""
    before, mine, other, found = map(_words, (base, ours, theirs, merged))
    for word in found.keys() | mine.keys() | other.keys():
        both = mine[word] + other[word] - before[word]
        larger = max(mine[word], other[word])
        if not min(both, larger) <= found[word] <= max(both, larger):
            return False
    return True


def _words(root: Node) -> Counter[bytes]:
    return Counter(node.text for node in root.walk() if not node.children and node.text not in _SEPARATORS)


def _taken(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    if ours == theirs or base == theirs:
        return ours
    return theirs if base == ours else None
