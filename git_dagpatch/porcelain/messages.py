"""What commits say of themselves as text in UTF-8, whatever they are encoded in.

Bytes that are not in the encoding that a commit names are kept as surrogates, so that `as_text` gives them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import UNSET, UnsetType

from git_dagpatch.model.patch import Author, Metadata, Patch
from git_dagpatch.model.text import Text, safe, to_bytes, to_text


def message_of(patch: Patch) -> str:
    """The message, empty where there is none."""
    message = patch.metadata.message
    return _decoded(message, patch.metadata) if message is not UNSET else ""


def subject_of(patch: Patch) -> str:
    """The first line of the message, or what the patch is where there is none."""
    return message_of(patch).strip().partition("\n")[0] or f"patch {patch.id[:12]}"


def author_of(patch: Patch) -> Author | UnsetType:
    """The author, in UTF-8."""
    author = patch.metadata.author
    if author is UNSET:
        return UNSET
    name, email = (as_text(_decoded(text, patch.metadata)) for text in (author.name, author.email))
    return Author(name, email, author.date)


def coauthors(patches: Iterable[Patch], author: Author | UnsetType) -> Sequence[str]:
    """A trailer for each author of `patches` who is not `author`, in their order."""
    found = {
        (_visible(one.name), _visible(one.email)): None for patch in patches if (one := author_of(patch)) is not UNSET
    }
    if author is not UNSET:
        found.pop((_visible(author.name), _visible(author.email)), None)
    return [f"Co-authored-by: {name} <{email}>" for name, email in found]


def as_text(message: str) -> Text:
    """`message` as a document writes it."""
    return to_text(message.encode("utf-8", "surrogateescape"))


def _visible(text: Text) -> str:
    return "".join(
        c if "\udc80" <= c <= "\udcff" else safe(c) for c in to_bytes(text).decode("utf-8", "surrogateescape")
    )


def _decoded(text: Text, metadata: Metadata) -> str:
    data = to_bytes(text)
    try:
        return data.decode(metadata.encoding or "utf-8")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "surrogateescape")
