"""What an operation is to its reader: whether the program may do something else after it, and what shows that not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from git_dagpatch.languages import language_of
from git_dagpatch.languages.python_changes import same_but_comments, same_but_docstrings
from git_dagpatch.model.effect import Effect, Rewrite, rewrite
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Copy, Edit, Move, Operation, Rename, Reorder, Whitespace
from git_dagpatch.model.review import Concern
from git_dagpatch.operations.domains import domain_of

_BY_DOMAIN: Mapping[str, Concern] = {
    "tests": Concern.TESTS,
    "docs": Concern.DOCUMENTS,
    "ci": Concern.SETTINGS,
    "packaging": Concern.SETTINGS,
    "build": Concern.SETTINGS,
    "style": Concern.SETTINGS,
}
_COMMENTS = "the syntax tree stays the same: comments alone change"
_DOCSTRINGS = "the syntax tree stays the same but for docstrings"


def concern_of(
    operation: Operation, effect: Effect, files: Files, proof: str, *, is_one_line: bool
) -> tuple[Concern, str]:
    """What `operation` is to its reader, and what shows it; `proof` is what its kind could prove.

    A rename that is more than `is_one_line` to read may change what is meant. What a patch says of itself is no
    evidence.
    """
    if isinstance(operation, Edit):
        found, shown = _of_edit(operation, effect, files)
        return found or _by_paths(effect), shown
    if proof:
        match operation:
            case Whitespace():
                return Concern.PROVED, proof
            case Rename(symbol_kind="variable", total=True) if (
                is_one_line and "." in operation.symbol.partition(":")[2]
            ):
                # Nothing outside of a function can mean its variables.
                return Concern.PROVED, proof
            case Rename() if is_one_line:
                return Concern.REFACTORING, proof
            case Move() | Copy() | Reorder():
                return Concern.REFACTORING, proof
    return _by_paths(effect), proof


def _of_edit(operation: Edit, effect: Effect, files: Files) -> tuple[Concern | None, str]:
    """Of an edit of Python that says of itself that it is about comments or docstrings: whether that is true."""
    proofs = {
        "comment-changed": (same_but_comments, Concern.PROVED, _COMMENTS),
        "directive-changed": (same_but_comments, Concern.SETTINGS, _COMMENTS),
        "docstring-changed": (same_but_docstrings, Concern.DOCUMENTS, _DOCSTRINGS),
    }
    proves, concern, what = proofs.get(str(operation.intent), (None, None, ""))
    for path, change in effect.items():
        if proves is None or not isinstance(change, Rewrite) or language_of(path).name != "python":
            return None, ""
        before = files.read(path)
        if not proves(before, rewrite(before, change.spans)):
            return None, ""
    return concern, what


def _by_paths(paths: Iterable[bytes]) -> Concern:
    """The most important of what files of these names are to a reader; code among documents is code."""
    return min((_by_path(path) for path in paths), key=list(Concern).index, default=Concern.BEHAVIOUR)


def _by_path(path: bytes) -> Concern:
    found = _BY_DOMAIN.get(domain_of(path), Concern.BEHAVIOUR)
    if found is Concern.DOCUMENTS and language_of(path).name != "plain":
        # Such as the settings of what makes the documents, if they are not a part of the program.
        return Concern.SETTINGS if path.startswith((b"doc/", b"docs/")) else Concern.BEHAVIOUR
    return found
