"""What shows that imports name the new place of what moved, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_following import Following, Place
from git_dagpatch.languages.python_names import names_of
from git_dagpatch.model.effect import Effect, Rewrite, Span, rewrite
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Rename
from git_dagpatch.model.paths import parents, split_target

MODULE = "module"
"""The kind of a rename that lets imports follow."""
FOLLOWS = "what is imported is to be had at the new place alone, and nothing else changes"


def follows(operation: Rename, effect: Effect, files: Files) -> bool:
    """Whether `effect` does no more than let imports follow from the module that `operation` names to the new one.

    The module, or each of the names that are imported from it, must stand in `files` at the new place, not at the old.
    """
    return any(
        all(_follows(path, change, following, files) for path, change in effect.items())
        for following in _followings(operation, files)
    )


def _follows(path: bytes, change: object, following: Following, files: Files) -> bool:
    if not isinstance(change, Rewrite) or language_of(path).name != "python":
        return False
    text = files.read(path)
    if any(beside_comment(text, span) for span in change.spans):
        return False
    return following.explains(path, text, rewrite(text, change.spans))


def beside_comment(text: bytes, span: Span) -> bool:
    """Whether `span` may change a comment."""
    start = text.rfind(b"\n", 0, span.start) + 1
    return b"#" in text[start : span.end] or b"#" in span.insert


def _followings(operation: Rename, files: Files) -> Iterator[Following]:
    """What may be meant, by the directory in which dotted names start."""
    path, _ = split_target(operation.symbol)
    below = operation.new_name.encode().replace(b".", b"/")
    for root in (b"", *reversed(parents(path))):
        new = Place(root + b"/" + below if root else below, root)
        if _module(new.stem, files) is not None:
            yield following(Place.of(path, root), new, files)


def following(old: Place, new: Place, files: Files) -> Following:
    """What went from `old` to `new` by what stands there in `files`."""
    before, after = _module(old.stem, files), _module(new.stem, files)
    left = frozenset[str]() if before is None else names_of(before)
    come = names_of(after) if after is not None else frozenset()

    def moved(name: str | None) -> bool:
        if name is None or name == "*" or come is None:
            return before is None and after is not None
        return left is not None and name not in left and name in come

    return Following(old, new, moved)


def _module(stem: bytes, files: Files) -> bytes | None:
    """The text of the module at `stem`."""
    for path in (stem + b".py", stem + b"/__init__.py"):
        try:
            return files.read(path)
        except WrongBase:
            continue
    return None
