"""Mails as people and programs write them: author, date and message are those that git am takes."""

from __future__ import annotations

import base64
import os
import quopri
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_dagpatch.interchange.authorship import date_of, tidied
from git_dagpatch.interchange.mail import read_mail
from git_dagpatch.interchange.mailbox import RawMail, is_from_line, is_mail, split_mailbox
from git_dagpatch.interchange.patches import patches_from_text
from git_dagpatch.model.commit import git_date
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.text import to_bytes
from git_dagpatch.store.libgit import LibgitStore
from tests.repositories import Repo
from tests.trees import text, tree_id, tree_of

DIFF = b"diff --git a/f b/f\nindex 3367afd..3e75765 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n"
PATCH = b"---\n f | 2 +-\n 1 file changed\n\n" + DIFF + b"-- \n2.39.5\n\n"
FROM = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
DATE = b"Date: Fri, 2 Jan 2026 03:04:05 +0100\n"
WHO = b"From: A U Thor <author@example.com>\n"


class Commit(NamedTuple):
    """What is taken from a mail."""

    name: bytes
    email: bytes
    date: bytes
    message: bytes


def ours(mail: bytes) -> Commit:
    (found,) = patches_from_text(mail, tree_of({b"f": text(b"old\n")}), lambda _: None)
    assert found.patch.result == tree_id({b"f": text(b"new\n")})
    author = found.patch.metadata.author
    assert author
    message = to_bytes(found.patch.metadata.message or "")
    return Commit(to_bytes(author.name), to_bytes(author.email), git_date(author.date).encode(), message)


def theirs(mail: bytes, repo: Repo) -> Commit:
    """What git am commits."""
    repo.write("f", b"old\n")
    repo.commit("First")
    repo.git("am", "--quiet", input=mail)
    commit = LibgitStore(str(repo.path)).commit("HEAD")
    return Commit(*commit.author, commit.message)


def mail(
    *, who: bytes = WHO, date: bytes = DATE, subject: bytes = b"Subject: [PATCH] Fix\n", body: bytes = b""
) -> bytes:
    return FROM + who + date + subject + b"\n" + body + PATCH


MAILS = {
    "plain": mail(body=b"Body\n"),
    "a name in UTF-8": mail(who="From: Zoë Ünïcode <z@example.com>\n".encode()),
    "a name in encoded words": mail(who=b"From: =?UTF-8?q?Zo=C3=AB?= =?iso-8859-1?Q?_=DCn=EFcode?= <z@example.com>\n"),
    "a name in base64": mail(who=b"From: =?utf-8?B?5bGx55Sw?= <y@example.com>\n"),
    "a folded name": mail(who=b"From: =?UTF-8?q?Zo=C3=AB?=\n =?UTF-8?q?_=C3=9C?=\n <z@example.com>\n"),
    "a quoted name": mail(who=b'From: "Doe, John \\"JD\\"" <jd@example.com>\n'),
    "a comment in the name": mail(who=b"From: John (the \\(first) Doe <jd@example.com>\n"),
    "a name behind the address": mail(who=b"From: jd@example.com (John Doe)\n"),
    "no name": mail(who=b"From: <jd@example.com>\n"),
    "an address without a host": mail(who=b"From: John Doe <johndoe>\n"),
    "crud around the name": mail(who=b"From: ,;John Doe:' <jd@example.com>\n"),
    "a name too long": mail(who=b"From: " + b"x" * 61 + b" <x@example.com>\n"),
    "a second From": mail(who=WHO + b"From: Second <second@example.com>\n"),
    "tags and numbers": mail(subject=b"Subject: Re: [RFC][PATCH v2 03/12] : re: [tag] Fix [this] one\n"),
    "a subject without tags": mail(subject=b"Subject: r\n"),
    "a folded subject": mail(subject=b"Subject: [PATCH] one\n two\n\tthree   four\n"),
    "an encoded subject": mail(subject=b"Subject: =?UTF-8?q?=5BPATCH=5D_Gr=C3=BC=C3=9Fe?=\n =?UTF-8?q?_an_alle?=\n"),
    "a subject encoded in part": mail(subject=b"Subject: [PATCH] a =?utf-8?q?=C3=A4?= =?utf-8?q?b?= c\n"),
    "lower case fields": mail(who=WHO.lower(), subject=b"subject: [PATCH] x\n"),
    "space in the body": mail(body=b"\n\n  indented  \n\n\n\nlast\t\n\n\n"),
    "fields in the body": mail(body=b"From: In Body <in@example.com>\nDate: Thu, 1 Jan 2015 00:00:00 -0800\n\nText\n"),
    "a subject in the body": mail(body=b"\nSubject: =?utf-8?q?in_b=C3=B6dy?=\n continued\n\nText\n"),
    "a tagged subject in the body": mail(body=b"[PATCH] In the body\n\nText\n"),
    "a From line in the body": mail(body=b">" + FROM + WHO.replace(b"A U Thor", b"Other") + b"\nText\n"),
    "a field after the text": mail(body=b"Text\nFrom: nobody\n\nSubject: nothing\n"),
    "another field in the body": mail(body=b"Other: field\nFrom: nobody\n"),
    "dashes in the body": mail(body=b"-- \n----\n--x\n--- \nnot in the message\n"),
    "an Index line": mail(body=b"Text\nIndex: f\n"),
    "scissors": mail(body=b"Hello\n-- >8 --\nSubject: x\n\nText\n"),
    "comments": mail(body=b"# not a comment\n#\n"),
    "no subject": mail(subject=b"", body=b"Text\n"),
    "a date in git's form": mail(date=b"Date: @1700000000 +0530\n"),
    "a date in ISO form": mail(date=b"Date: 2026-01-02 03:04:05 -0330\n"),
    "a date as git log prints it": mail(date=b"Date: Fri Jan 2 03:04:05 2026 +0100\n"),
    "a date without its day": mail(date=b"Date: 2 Jan 2026 03:04:05 -0000\n"),
    "a date with a comment": mail(date=b"Date: Fri, 2 Jan 2026 03:04:05 +0000 (UTC)\n"),
    "a date with a named zone": mail(date=b"Date: Fri, 2 Jan 2026 03:04:05 GMT\n"),
    "no mailbox": mail().removeprefix(FROM),
    "blank lines above": b"\n\n" + mail(),
    "a mailbox of another program": mail().replace(FROM, b"From someone@example.com Sat Jan  3 10:11:12 2026\n"),
}
_UTF8 = b"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: "
_BODY = (
    "Überall\n\n=20 and a line so long that quoted-printable has to break it, which must not be seen\n".encode() + PATCH
)
MAILS |= {
    "quoted-printable": FROM
    + WHO
    + DATE
    + b"Subject: x\n"
    + _UTF8
    + b"quoted-printable\n\n"
    + quopri.encodestring(_BODY),
    "base64": FROM + WHO + DATE + b"Subject: x\n" + _UTF8 + b"base64\n\n" + base64.encodebytes(_BODY),
    "Latin-1": FROM + WHO + DATE + b"Subject: x\nContent-Type: text/plain; charset=iso-8859-1\n\n\xdcber\n" + PATCH,
    "an attachment": FROM
    + WHO
    + DATE
    + b'Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_b"\n\nFor old programs.\n--=_b\n'
    + _UTF8
    + b"8bit\n\n\xc3\x9cber\n---\n f | 2 +-\n\n--=_b\nContent-Type: text/x-patch; name=x\n"
    + b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n"
    + base64.encodebytes(DIFF)
    + b"--=_b--\n\n",
    "format=flowed": FROM
    + WHO
    + DATE
    + b"Subject: x\nContent-Type: text/plain; format=flowed; delsp=yes\n\nOne \nline\n"
    + b"".join(b" " * line.startswith((b" ", b"From")) + line for line in PATCH.splitlines(keepends=True)),
}


@pytest.mark.parametrize("name", MAILS)
def test_author_date_and_message_are_those_of_git_am(name: str, repo: Repo) -> None:
    assert ours(MAILS[name]) == theirs(MAILS[name], repo)


def test_a_mail_says_less_than_a_commit_needs() -> None:
    tree = tree_of({b"f": text(b"old\n")})
    (found,) = patches_from_text(mail(who=b""), tree, lambda _: None)
    assert not found.patch.metadata.author
    (found,) = patches_from_text(mail(date=b""), tree, lambda _: None, now=b"1700000000 -0200")
    assert found.patch.metadata.author
    assert found.patch.metadata.author.date == "2023-11-14T20:13:20-02:00"
    with pytest.raises(InvalidPatch, match="has no date"):
        patches_from_text(mail(date=b""), tree, lambda _: None)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (mail(who=b"From: nobody\n"), "author of the mail on line 1"),
        (mail(who=b"From: ,: <>\n"), "author"),
        (mail(date=b"Date: yesterday\n"), "date of the mail on line 1"),
        (mail(date=b"Date: Fri, 32 Jan 2026 03:04:05 +0100\n"), "date"),
        (mail(date=b"Date: Fri, 2 Jan 2026 24:04:05 +0100\n"), "date"),
        (mail(date=b"Date: Fri, 2 Jan 1926 03:04:05 +0100\n"), "date"),
        (mail(subject=b"Subject: =?nowhere?q?x?=\n"), "cannot be read as nowhere"),
        (mail(subject=b"Subject: x\nContent-Type: text/plain; charset=us-ascii\n", body=b"\xff\n"), "us-ascii"),
    ],
)
def test_what_git_am_refuses_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(InvalidPatch, match=what):
        patches_from_text(data, tree_of({b"f": text(b"old\n")}), lambda _: None)


def test_a_character_cut_in_two_encoded_words_is_whole() -> None:
    """git joins the halves in UTF-8 only."""
    assert ours(mail(subject=b"Subject: =?utf-16-be?q?=00?= =?utf-16-be?q?x?=\n")).message == b"x\n"


def test_a_mailbox_is_cut_where_git_cuts_it(repo: Repo, tmp_path: Path) -> None:
    inside = mail(
        body=b"From here on\nFrom: x\n>From a@b Sat Jan  3 10:11:12 2026\n From a@b Sat Jan  3 10:11:12 2026\n"
    )
    box = b"\n" + inside + mail() + b"From a@b Sat Jan  3 10:11:12 26\n" + mail() + b"From a@b 10:11:12 1999\n" + inside
    (tmp_path / "box").write_bytes(box)
    (tmp_path / "split").mkdir()
    repo.git("mailsplit", f"-o{tmp_path / 'split'}", str(tmp_path / "box"))
    cut = [path.read_bytes() for path in sorted((tmp_path / "split").iterdir())]
    assert [raw.text for raw in split_mailbox(box)] == cut
    lines = box.split(b"\n")
    assert all(lines[raw.line - 1].startswith(b"From ") for raw in split_mailbox(box))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (FROM, True),
        (b"From a@b Sat Jan  3 10:11:12 2026\n", True),
        (b"From a@b Sat Jan  3 10:11:12 2026 +0100\n", True),
        (b"From a@b Sat Jan  3 10:11:12 26\n", False),
        (b"From here to the end of it, 12:30 at noon\n", False),
        (b"From: a@b Sat Jan  3 10:11:12 2026\n", False),
        (b"From a 10:11:12 1999\n", True),
    ],
)
def test_lines_between_mails(line: bytes, expected: bool) -> None:
    assert is_from_line(line) is expected


_LINES = [
    *(
        b"",
        b"",
        b"Text",
        b"  indented ",
        b"From: In Body <in@example.com>",
        b"Subject: in body",
        b"[PATCH] x",
        b" more",
    ),
    *(
        b"--",
        b"-- ",
        b"---x",
        b"----",
        "grüße".encode(),
        b"=20=3D",
        b">" + FROM.strip(),
        b">From: x",
        b"date: @1 +0100",
    ),
]
_FIELDS = [
    *(WHO, DATE, b"Subject: [PATCH] x\n", b"Subject: a\n b\n", b"X-Other: y\n\tz\n", b"Date: @5 -0100\n"),
    *(b"From: =?utf-8?q?=C3=A4?= b@example.com\n", b"subject: =?utf-8?q?a?= =?utf-8?b?Yg==?=  c\n"),
]


@settings(max_examples=60, suppress_health_check=[*HealthCheck])
@given(st.lists(st.sampled_from(_FIELDS), min_size=1), st.lists(st.sampled_from(_LINES), max_size=7), st.integers(0, 2))
def test_mails_are_read_as_mailinfo_reads_them(
    repo: Repo, tmp_path: Path, fields: list[bytes], lines: list[bytes], encoding: int
) -> None:
    body = b"".join(line + b"\n" for line in lines) + PATCH
    kind = [b"", _UTF8 + b"quoted-printable\n", _UTF8 + b"base64\n"][encoding]
    text = b"".join(fields) + kind + b"\n" + [lambda b: b, quopri.encodestring, base64.encodebytes][encoding](body)
    info = repo.git("mailinfo", "-u", str(tmp_path / "message"), str(tmp_path / "patch"), input=text).split(b"\n")
    found = dict(line.split(b": ", 1) for line in info if line)
    date = found.get(b"Date", b"").strip()
    if not git_reads(repo, date):
        with pytest.raises(InvalidPatch, match="date"):
            read_mail(RawMail(text, 1))
        return
    read = read_mail(RawMail(text, 1))
    assert tidied(found.get(b"Subject", b"") + b"\n\n" + (tmp_path / "message").read_bytes()) == read.message
    assert read.diff == (tmp_path / "patch").read_bytes()
    assert (read.author or (b"", b"")) == (found.get(b"Author", b""), found.get(b"Email", b""))
    assert read.date == (date_of(date, "") if date else b"")


def git_reads(repo: Repo, date: bytes) -> bytes:
    """The author's date that git am would commit, where it does not refuse; nothing else if the mail has none."""
    asked = {**os.environ, "GIT_AUTHOR_DATE": os.fsdecode(date), "TZ": "America/New_York"}
    command = ["git", "var", "GIT_AUTHOR_IDENT"]
    said = subprocess.run(command, cwd=repo.path, env=asked, capture_output=True, check=False).stdout
    return said.partition(b"> ")[2].strip()


@pytest.mark.parametrize(
    "date",
    [
        *("@1 +0100", "@1700000000 +01:00", "1700000000 -0330", "@1700000000 GMT", "100000000 +0000"),
        *("Fri, 2 Jan 2026 03:04:05 +0100", "Fri,2 Jan 2026 03:04:05 +0100", "2 jan 2026 3:4:5 -1200"),
        *("Friday, 2 January 2026 03:04 +0530", "Fri, 2 Jan 2026 03:04:60 +1400", "2 Sept 2026 03:04:05 -0000"),
        *("2 Jan 2026 03:04:05 EST", "2 Jul 2026 03:04:05 PDT", "2 Jan 2026 03:04:05 UTC", "2 Jan 2026 03:04:05 Z"),
        *("Fri, 2 Jan 2026 03:04:05 -0500 (EST)", "Thu Jan 1 00:00:00 1970 +0000", "Fri Jan  2 03:04:05 2026 GMT"),
        *("2026-01-02 03:04:05 +0100", "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05-03:30"),
    ],
)
def test_a_date_is_read_as_git_reads_it(date: str, repo: Repo) -> None:
    assert date_of(date.encode(), "") == git_reads(repo, date.encode())


@pytest.mark.parametrize(
    "date",
    [
        *("1 +0100", "@1 +0100 more", "@-1 +0000", "1700000000", "@1700000000 +9900", "1700000000 +0160"),
        *("2 Jan 2026 03:04:05", "2 Jan 2026 03:04:05 XYZ", "2 Jan 2026 03:04:05 CET", "2 Jan 2026 03:04:05 +1"),
        *("2 Jan 2026 03:04:05 +530", "2 Jan 2026 03:04:05 PM +0100", "2 Jan 2026 03:04:05 +0100 +0200"),
        *("2 Jan 26 03:04:05 +0100", "31 Feb 2026 03:04:05 +0100", "02/01/2026 03:04:05 +0100", "2 Jan 2026"),
        *("Thu, 1 Jan 1970 00:00:00 +0100", "2 Jan 2100 03:04:05 +0100", "2026-13-02 03:04:05 +0100", "yesterday"),
    ],
)
def test_a_date_that_git_refuses_or_guesses_at_is_refused(date: str) -> None:
    with pytest.raises(InvalidPatch, match="date of the mail"):
        date_of(date.encode(), "the mail")


def test_what_is_a_mail() -> None:
    assert is_mail(mail())
    assert is_mail(b"\n" + WHO + b"\n")
    assert not is_mail(DIFF)
    assert not is_mail(b"Index: f\n" + b"=" * 60 + b"\n--- f\n+++ f\n")
    assert not is_mail(b"Key: value\nOther: value\n\n" + DIFF)
    assert not is_mail(b"")
