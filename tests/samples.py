"""Small texts and histories that many tests start from."""

from __future__ import annotations

from tests.repositories import Repo


def lines(*changed: tuple[int, str], count: int = 12) -> str:
    """A text of numbered lines, some of them changed."""
    content = [f"line {number}\n" for number in range(1, count + 1)]
    for number, line in changed:
        content[number - 1] = line + "\n"
    return "".join(content)


def history(repo: Repo, *subjects: str) -> list[str]:
    """A commit for each subject, each with a change and a new file; their ids."""
    commits = []
    for number, subject in enumerate(subjects):
        repo.write("log.txt", lines((number % 12 + 1, f"changed by {number}")).encode())
        repo.write(f"file{number}.txt", f"file {number}\n".encode())
        commits.append(repo.commit(subject))
    return commits
