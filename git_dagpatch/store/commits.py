"""Writing commits: those of a person, with author, hooks and signature as git has them, and those of the program."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence

from git_dagpatch.model.commit import Person
from git_dagpatch.model.errors import HookFailed, InvalidPatch, Refused
from git_dagpatch.model.objects import Objects, Oid
from git_dagpatch.store.guard import OWNER
from git_dagpatch.store.index import HeldIndex
from git_dagpatch.store.repository import Repository

_ENCODING = re.compile(r"[!-~]+")
_PROGRAM = "git-dagpatch <git-dagpatch@localhost>"


def add_commit(objects: Objects, tree: Oid, parents: Sequence[Oid], message: str) -> Oid:
    """A commit of the program itself, for its own refs; kept in `objects`."""
    person = f"{_PROGRAM} {int(time.time())} +0000"
    return objects.add("commit", commit_bytes(tree, parents, person.encode(), person.encode(), message.encode()))


def commit_bytes(
    tree: Oid, parents: Sequence[Oid], author: bytes, committer: bytes, message: bytes, encoding: str = "utf-8"
) -> bytes:
    """A commit object's content."""
    lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
    lines += [b"author " + author, b"committer " + committer]
    if encoding.lower() not in ("utf-8", "utf8"):
        if not _ENCODING.fullmatch(encoding):
            raise InvalidPatch(f"{encoding!r} is no name of an encoding.")
        lines.append(b"encoding " + encoding.encode())
    return b"\n".join(lines) + b"\n\n" + message


def write_commit(
    repository: Repository,
    tree: Oid,
    parent: Oid | None,
    author: Person | None,
    message: bytes,
    *,
    sign: bool,
    encoding: str = "utf-8",
) -> Oid:
    """A commit of `author`, or of the committer where there is none; signed with the committer's key if asked for."""
    committer = _identity(repository, encoding)
    written = author_line(author) if author else committer
    if sign:
        return _signed(repository, tree, parent, written, message, encoding)
    objects = Objects(repository.store)
    content = commit_bytes(tree, [parent] if parent else [], written, committer, message, encoding)
    oid = objects.add("commit", content)
    repository.store.write(objects)
    return oid


def author_line(person: Person) -> bytes:
    """A person as commit objects hold one. Raises InvalidPatch for one that no commit can hold."""
    line = b"%b <%b> %b" % (person.name, person.email, person.date)
    if b"\n" in line or b"\0" in line:
        raise InvalidPatch("The author of the patch has a name or address of more than one line.")
    return line


def _identity(repository: Repository, encoding: str) -> bytes:
    answer = repository.git.ask("var", "GIT_COMMITTER_IDENT")
    if answer.status:
        raise Refused(
            "git does not know who you are, so nothing can be committed.",
            cause=answer.messages.strip().splitlines()[-1] if answer.messages.strip() else "",
            hint='Set it: git config user.name "…" and git config user.email "…".',
        )
    line = answer.output.rstrip(b"\n")
    try:
        return line.decode().encode(encoding)
    except (LookupError, UnicodeError):
        return line


def _signed(repository: Repository, tree: Oid, parent: Oid | None, author: bytes, message: bytes, encoding: str) -> Oid:
    name, _, rest = author.partition(b" <")
    email, _, date = rest.rpartition(b"> ")
    environment = {
        "GIT_AUTHOR_NAME": os.fsdecode(name),
        "GIT_AUTHOR_EMAIL": os.fsdecode(email),
        "GIT_AUTHOR_DATE": "@" + date.decode(),
    }
    parents = ["-p", parent] if parent else []
    arguments = ("-c", f"i18n.commitEncoding={encoding}", "commit-tree", "-S", tree, *parents)
    made = repository.git.ask(*arguments, stdin=message, environment=environment)
    if made.status:
        raise Refused(
            "The commit could not be signed; nothing was changed.",
            cause=made.messages.strip(),
            hint="See `git help config`: commit.gpgSign, user.signingKey, gpg.program.",
        )
    oid = made.output.decode().strip()
    person = repository.store.commit(oid).author
    if author_line(person) != author:
        raise Refused(
            "git signs no commit of an author who is written like this one; nothing was changed.",
            cause=author.decode(errors="replace"),
            hint="Switch commit.gpgSign off for this apply: git -c commit.gpgSign=false dagpatch apply …",
        )
    return oid


def run_hook(repository: Repository, name: str, *arguments: str, index: HeldIndex | None = None) -> None:
    """Run a hook of the repository, if there is one. Raises HookFailed if it says no."""
    environment = {OWNER: str(os.getpid())} | (index.environment if index else {})
    answer = repository.git.ask("hook", "run", "--ignore-missing", name, "--", *arguments, environment=environment)
    if answer.status:
        said = (answer.output.decode(errors="replace") + answer.messages).strip()
        raise HookFailed(f"The hook {name} refused the commit.", cause=said, hint="--no-verify leaves hooks out.")


def edited_message(repository: Repository, message: bytes, index: HeldIndex) -> bytes:
    """`message` as the hook commit-msg leaves it."""
    place = repository.own_dir / "COMMIT_EDITMSG"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(message)
    try:
        run_hook(repository, "commit-msg", str(place), index=index)
        edited = place.read_bytes()
    finally:
        place.unlink(missing_ok=True)
    if not edited.strip():
        raise HookFailed("The hook commit-msg left nothing of the message.", hint="--no-verify leaves hooks out.")
    return edited


def tell_hooks(repository: Repository) -> None:
    """Run the hook post-commit. What it says changes nothing any more."""
    environment = {OWNER: str(os.getpid())}
    repository.git.ask("hook", "run", "--ignore-missing", "post-commit", environment=environment)


def signs_commits(repository: Repository) -> bool:
    """git's ``commit.gpgSign``."""
    return repository.git.line("config", "--type=bool", "--get", "commit.gpgSign") == "true"
