"""Paths and dates in their document form and back; what is refused stands in `test_documents`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from git_dagpatch.model.commit import git_date, iso_date, parse_commit, parse_person, utc_date
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.paths import check, decode, encode, join_target, parents, split_target
from tests.strategies import paths

SPELLINGS = {
    b"plain/path.py": "plain/path.py",
    b"100%": "100%25",
    b"%41": "%2541",
    b"c:d": "c%3Ad",
    b"new\nline\ttab": "new%0Aline%09tab",
    b"\x00\x1f\x7f": "%00%1F%7F",
    b"caf\xe9": "caf%E9",
    "café".encode(): "café",
    b"\xed\xa0\x80": "%ED%A0%80",
    "\u0085\u2028\U0001f600".encode(): "\u0085\u2028\U0001f600",
    b"a b\\c\"d'": "a b\\c\"d'",
}


@pytest.mark.parametrize(("path", "spelling"), SPELLINGS.items())
def test_the_spelling_of_a_path(path: bytes, spelling: str) -> None:
    assert encode(path) == spelling


@given(paths() | st.binary(min_size=1, max_size=20))
def test_a_path_survives_its_spelling(path: bytes) -> None:
    try:
        check(path)
    except InvalidPatch:
        with pytest.raises(InvalidPatch):
            decode(encode(path))
        return
    assert decode(encode(path)) == path
    assert encode(path).isprintable() or not path.isascii()


@given(st.text("%:aA4é.f0\n/", min_size=1, max_size=8))
def test_a_path_has_one_spelling(text: str) -> None:
    try:
        path = decode(text)
    except InvalidPatch:
        return
    assert encode(path) == text


@given(paths(), st.text("Aé._:%", max_size=5))
def test_a_target_splits_at_its_first_colon(path: bytes, symbol: str) -> None:
    assert split_target(join_target(path, symbol)) == (path, symbol)
    assert split_target(encode(path)) == (path, "")


def test_the_directories_above_a_path() -> None:
    assert parents(b"a/b/c") == [b"a/b", b"a"]
    assert parents(b"a") == []


DATES = {
    b"1700000000 +0100": "2023-11-14T23:13:20+01:00",
    b"1700000000 -0000": "2023-11-14T22:13:20-00:00",
    b"0 +0000": "1970-01-01T00:00:00+00:00",
    b"-1 -0130": "1969-12-31T22:29:59-01:30",
    b"1700000000 +0545": "2023-11-15T03:58:20+05:45",
    b"1700000000 +9999": "2023-11-19T02:52:20+99:99",
    b"1700000000 +051800": "2023-12-06T12:13:20+0518:00",
    b"253402300799 +0000": "9999-12-31T23:59:59+00:00",
}


@pytest.mark.parametrize(("stored", "written"), DATES.items())
def test_the_form_of_a_date(stored: bytes, written: str) -> None:
    assert iso_date(stored) == written
    assert git_date(written).encode() == stored


@given(st.integers(-(10**11), 10**12), st.sampled_from("+-"), st.integers(0, 99_999), st.integers(0, 99))
def test_a_date_survives_whatever_its_offset(seconds: int, sign: str, hours: int, minutes: int) -> None:
    stored = f"{seconds} {sign}{hours:02}{minutes:02}"
    assert git_date(iso_date(stored.encode())) == stored


@given(st.datetimes(timezones=st.timezones()))
def test_a_date_is_the_moment_that_python_means(moment: datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    assume(offset.total_seconds() % 60 == 0)
    moment = moment.replace(microsecond=0)
    stored = f"{round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())} {moment:%z}"
    assert iso_date(stored.encode()) == moment.isoformat()
    assume(1 < moment.year < 9999)
    assert utc_date(stored.encode()) == moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


ODD_DATES = [
    *(b"", b"never", b"1700000000", b"1700000000 +1", b"1 --1", b"1e9 +0000", b"+5 +0000", b"007 +0000", b"-0 +0000"),
    *(b"1 +00:00", b"99999999999999999999 +0000", b"9" * 5000 + b" +0000", b"1 +" + b"9" * 5000, b"-99999999999 -2300"),
    *(b"\xff\xfe", b"1 +0000 ", "\u0661 +0100".encode()),
]


@pytest.mark.parametrize("date", ODD_DATES)
def test_what_is_no_date_stays_as_it_is(date: bytes) -> None:
    assert iso_date(date) == date.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("date", [b"never", b"9" * 5000 + b" +0000", b"99999999999999999999 +0000"])
def test_what_is_no_date_has_no_form_in_utc(date: bytes) -> None:
    assert utc_date(date) == date.decode()


@pytest.mark.parametrize(
    "date",
    [
        *("", "never", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05+01:00"),
        *("2026-02-30T00:00:00+00:00", "2026-01-02T25:00:00+00:00", "0000-01-01T00:00:00+00:00"),
        *("0001-01-01T00:00:00+99:00", "9999-12-31T23:59:59-99:00", "2026-01-02T03:04:05+" + "9" * 5000 + ":00"),
    ],
)
def test_a_date_that_cannot_be_read_is_refused(date: str) -> None:
    with pytest.raises(InvalidPatch, match="date"):
        git_date(date)


PEOPLE = {
    b"A U Thor <a@b> 1 +0000": (b"A U Thor", b"a@b", b"1 +0000"),
    b"<a@b> 1 +0000": (b"", b"a@b", b"1 +0000"),
    b"A  <> 1 +0000": (b"A ", b"", b"1 +0000"),
    b"A <b> <a@b> 1 +0000": (b"A", b"b> <a@b", b"1 +0000"),
    b"caf\xe9 <\xff> never": (b"caf\xe9", b"\xff", b"never"),
    b"no marks": (b"no marks", b"", b"0 +0000"),
    b"": (b"", b"", b"0 +0000"),
}


@pytest.mark.parametrize(("line", "person"), PEOPLE.items())
def test_an_author_line_is_read_however_odd(line: bytes, person: tuple[bytes, bytes, bytes]) -> None:
    assert parse_person(line) == person


def test_a_commit_is_read_as_git_stored_it() -> None:
    data = (
        b"tree " + b"a" * 40 + b"\nparent " + b"b" * 40 + b"\nparent " + b"c" * 40 + b"\n"
        b"author A <a> 1 +0000\ncommitter C <c> 2 +0000\nencoding latin-1\n"
        b"gpgsig -----BEGIN\n tree fake\n author fake\n"
        b"\nSubject\n\nauthor in the body\n"
    )
    commit = parse_commit("d" * 40, data)
    assert commit.tree == "a" * 40
    assert commit.parents == ("b" * 40, "c" * 40)
    assert commit.author == (b"A", b"a", b"1 +0000")
    assert commit.encoding == "latin-1"
    assert commit.message == b"Subject\n\nauthor in the body\n"
