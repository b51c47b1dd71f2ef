"""Where the hunks of a diff land: exactly, at the one other place, on the blob that they were made on, or nowhere."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_dagpatch.engine.plan import plan
from git_dagpatch.interchange.binary import Budget
from git_dagpatch.interchange.changes import Hunk
from git_dagpatch.interchange.patches import Imported, patches_from_text
from git_dagpatch.interchange.places import Choice, Fit, Misfit, apply_hunks, at_lines, find_places
from git_dagpatch.interchange.unified import read_sections
from git_dagpatch.model.errors import AmbiguousPlace, InvalidPatch, WrongBase
from git_dagpatch.model.objects import Objects, hash_object
from git_dagpatch.model.plan import Plan
from git_dagpatch.model.tree import Tree
from tests.trees import File, files_of, text, tree_id, tree_of


def lines(*numbers: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in numbers)


def blob(content: bytes) -> str:
    return hash_object("blob", content, "sha1")


BASE = lines(*range(30))
CHANGED = BASE.replace(b"line 15\n", b"line XV\n")
HUNK = b"@@ -13,7 +13,7 @@\n line 12\n line 13\n line 14\n-line 15\n+line XV\n line 16\n line 17\n line 18\n"
PLAIN = b"--- a/f\n+++ b/f\n" + HUNK
NAMED = f"diff --git a/f b/f\nindex {blob(BASE)[:8]}..{blob(CHANGED)[:8]} 100644\n".encode() + PLAIN


def imported(data: bytes, target: Tree, *blobs: bytes) -> Imported:
    """The one patch in `data`; `blobs` are at hand."""
    assert isinstance(target.source, Objects)
    ids = [target.source.add_blob(content) for content in blobs]

    def find_blob(prefix: str) -> str | None:
        return next((oid for oid in ids if oid.startswith(prefix)), None)

    (found,) = patches_from_text(data, target, find_blob)
    return found


def result(data: bytes, content: bytes, *blobs: bytes) -> bytes:
    """What the diff makes of the file f."""
    found = imported(data, tree_of({b"f": text(content)}), *blobs)
    return files_of(Tree(found.base.source, found.patch.result))[b"f"].content


def merged(data: bytes, files: Mapping[bytes, File], *blobs: bytes) -> Plan:
    """What applying the patch would do."""
    target = tree_of(files)
    found = imported(data, target, *blobs)
    objects = Objects(found.base.source)
    return plan(found.patch, found.base, Tree(objects, target.id), objects)


# At its lines, or moved


def test_at_its_lines() -> None:
    assert result(PLAIN, BASE) == result(NAMED, BASE) == CHANGED


def test_lines_that_the_diff_does_not_show_may_differ() -> None:
    assert result(NAMED, BASE.replace(b"line 2\n", b"other\n")) == CHANGED.replace(b"line 2\n", b"other\n")


@pytest.mark.parametrize("more", [b"new\n", b"new\n" * 11])
def test_at_the_one_other_place(more: bytes) -> None:
    assert result(PLAIN, more + BASE) == more + CHANGED
    assert result(PLAIN, BASE.replace(lines(1, 2), b"")) == CHANGED.replace(lines(1, 2), b"")


def test_each_hunk_finds_its_own_place() -> None:
    after = BASE.replace(b"line 5\n", b"five\n").replace(b"line 25\n", b"twenty-five\n")
    data = (
        b"--- f\n+++ f\n@@ -5,3 +5,3 @@\n line 4\n-line 5\n+five\n line 6\n"
        b"@@ -25,3 +25,3 @@\n line 24\n-line 25\n+twenty-five\n line 26\n"
    )
    for place in (b"line 2\n", b"line 15\n"):
        assert result(data, BASE.replace(place, b"new\n" + place)) == after.replace(place, b"new\n" + place)


def test_two_places_are_refused_with_both() -> None:
    twice = b"new\n" + BASE + BASE
    with pytest.raises(AmbiguousPlace) as caught:
        result(PLAIN, twice)
    assert (caught.value.path, caught.value.lines) == ("f", (14, 44))
    assert caught.value.exit_code == 3
    assert "at line 14 and at line 44" in caught.value.message
    assert "line 3 of the patch" in caught.value.cause


def test_its_own_lines_are_better_than_others() -> None:
    assert result(PLAIN, BASE + BASE) == CHANGED + BASE


def test_the_blob_at_hand_is_better_than_a_line_number() -> None:
    """A block like the others came in above, so the lines fit in the wrong one, which git apply changes.

    Without the blob, the index line still says that this is another file.
    """
    block = lines(*range(10))
    base = block + b"%\n" + block + b"$\n"
    ours = block + b"&\n" + base
    right = base[: len(block) + 2] + block.replace(b"line 4\n", b"four\n")
    data = f"diff --git a/f b/f\nindex {blob(base)}..1234567 100644\n--- a/f\n+++ b/f\n".encode()
    data += b"@@ -15,3 +15,3 @@\n line 3\n-line 4\n+four\n line 5\n"
    with pytest.raises(AmbiguousPlace, match="at line 4 and at line 26"):
        result(data, ours)
    outcome = merged(data, {b"f": text(ours)}, base)
    assert not outcome.conflicts
    assert files_of(outcome.tree)[b"f"].content == block + b"&\n" + right + b"$\n"


def test_the_place_of_the_first_difference_is_told() -> None:
    with pytest.raises(WrongBase) as caught:
        result(NAMED, (b"new\n" + BASE).replace(b"line 16\n", b"line sixteen\n"))
    assert caught.value.message == "The patch does not fit 'f' at line 18."
    assert "expects 'line 16\\n'; there stands 'line sixteen\\n'" in caught.value.cause
    assert "line 5 of the patch" in caught.value.cause
    assert blob(BASE)[:8] in caught.value.hint


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b"", 1, "the end of the file"),
        (lines(*range(16)), 17, "the end of the file"),
        (BASE.replace(b"\n", b"\r\n"), 13, "'line 12\\r\\n'"),
        (BASE.replace(b"line 12\n", b""), 13, "'line 13\\n'"),
        (BASE.replace(b"line 14", b"line  14"), 15, "'line  14\\n'"),
    ],
)
def test_nearly_is_not_enough(content: bytes, line: int, found: str) -> None:
    with pytest.raises(WrongBase, match=f"at line {line}") as caught:
        result(PLAIN, content)
    assert found in caught.value.cause


def test_a_second_hunk_that_does_not_fit() -> None:
    data = PLAIN + b"@@ -25,3 +25,3 @@\n line 24\n-line 25\n+twenty-five\n line 26\n"
    with pytest.raises(WrongBase, match="at line 28") as caught:
        result(data, b"new\n" * 2 + BASE.replace(b"line 25\n", b"line 2five\n"))
    assert "line 12 of the patch expects 'line 25\\n'; there stands 'line 2five\\n'" in caught.value.cause


# Anchors


def test_the_start_and_the_end_of_a_file_are_places() -> None:
    first = b"--- f\n+++ f\n@@ -1,2 +1,3 @@\n+new\n line 0\n line 1\n"
    assert result(first, lines(0, 1, 2)) == b"new\n" + lines(0, 1, 2)
    with pytest.raises(WrongBase):
        result(first, b"other\n" + lines(0, 1, 2))
    last = b"--- f\n+++ f\n@@ -2,2 +2,3 @@\n line 1\n line 2\n+new\n"
    assert result(last, lines(0, 1, 2)) == lines(0, 1, 2) + b"new\n"
    assert result(last, lines(8, 9, 0, 1, 2)) == lines(8, 9, 0, 1, 2) + b"new\n"
    with pytest.raises(WrongBase, match="line 4") as caught:
        result(last, lines(0, 1, 2, 3))
    assert "expects the end of the file; there stands 'line 3\\n'" in caught.value.cause


@pytest.mark.parametrize("hunk", [b"@@ -15,0 +16 @@\n+new\n", b"@@ -16 +16 @@\n-line 15\n+new\n"])
def test_without_context_only_the_content_before_tells_the_place(hunk: bytes) -> None:
    after = BASE.replace(b"line 15\n", b"new\n" if b"-line" in hunk else b"line 15\n")
    after = after.replace(b"line 14\n", b"line 14\nnew\n") if b"-line" not in hunk else after
    named = f"diff --git a/f b/f\nindex {blob(BASE)}..{blob(after)}\n".encode()
    data = b"--- a/f\n+++ b/f\n" + hunk
    assert result(named + data, BASE) == after
    for content in (BASE, b"x\n" + BASE, lines(*range(16)), lines(*range(15))):
        with pytest.raises(WrongBase, match="does not fit 'f'") as caught:
            result(data, content)
        assert "shows no context" in caught.value.cause


def test_a_last_line_without_its_end() -> None:
    data = b"--- f\n+++ f\n@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+two\n"
    assert result(data, b"one\ntwo") == b"one\ntwo\n"
    for content in (b"one\ntwo\nthree", b"one\ntwo!", b"one\ntwo\r\n"):
        with pytest.raises(WrongBase, match="line 2"):
            result(data, content)
    translated = data.replace(b"No newline at end of file", b"Kein Zeilenumbruch am Dateiende.")
    assert result(translated, b"one\ntwo") == b"one\ntwo\n"


@st.composite
def _hunked(draw: st.DrawFn) -> tuple[bytes, bytes, list[Hunk]]:
    """A text of few different lines, what becomes of it, and the hunks between them."""
    alphabet = st.sampled_from([b"a\n", b"b\n", b"c\n"])
    before = draw(st.lists(alphabet, min_size=1, max_size=30))
    start = draw(st.integers(0, len(before) - 1))
    end = draw(st.integers(start, min(start + 3, len(before))))
    new = draw(st.lists(alphabet, max_size=3).filter(lambda new: new != before[start:end]))
    context = draw(st.integers(1, 3))
    above, below = max(0, start - context), min(len(before), end + context)
    old = b"".join(before[above:below])
    made = b"".join([*before[above:start], *new, *before[end:below]])
    hunk = Hunk(1, above + bool(old), above + 1, old, made, start - above, below - end)
    return b"".join(before), b"".join([*before[:start], *new, *before[end:]]), [hunk]


@settings(max_examples=500)
@given(_hunked(), st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=12))
def test_a_place_that_is_found_is_the_only_one(made: tuple[bytes, bytes, list[Hunk]], other: list[bytes]) -> None:
    before, after, hunks = made
    (hunk,) = hunks
    places = at_lines(before, hunks)
    if not hunk.is_bare:
        assert places is not None
        assert apply_hunks(before, hunks, places) == after
    elsewhere = b"".join(other) + before
    starts = [at for at in range(len(elsewhere) + 1) if at == 0 or elsewhere[at - 1 : at] == b"\n"]
    possible = [
        at
        for at in starts
        if elsewhere.startswith(hunk.old, at)
        and (at == 0 or not (hunk.at_start or hunk.is_bare))
        and (at + len(hunk.old) == len(elsewhere) or not hunk.at_end)
    ]
    match find_places(elsewhere, hunks):
        case Fit((place,)):
            assert possible == [place]
        case Choice(_, first, last):
            assert (possible[0], possible[-1]) == (first, last)
            assert len(possible) > 1
        case Misfit():
            assert possible == []


# Three versions


def test_the_blob_that_the_diff_names_becomes_the_base() -> None:
    ours = b"first\n" + BASE.replace(b"line 17\n", b"line 17!\n").replace(b"line 25\n", b"")
    found = imported(NAMED, tree_of({b"f": text(ours), b"g": text(b"")}), BASE)
    assert files_of(found.base) == {b"f": text(BASE), b"g": text(b"")}
    assert found.patch.result == tree_id({b"f": text(CHANGED), b"g": text(b"")})
    outcome = merged(NAMED, {b"f": text(BASE.replace(b"line 18\n", b""))}, BASE)
    assert not outcome.conflicts
    assert files_of(outcome.tree)[b"f"].content == CHANGED.replace(b"line 18\n", b"")
    assert merged(NAMED, {b"f": text(BASE.replace(b"line 15\n", b"ours\n"))}, BASE).conflicts


def test_the_base_may_be_a_file_that_is_gone_or_moved() -> None:
    found = imported(NAMED, tree_of({b"g": text(b"")}), BASE)
    assert files_of(found.base) == {b"f": text(BASE), b"g": text(b"")}
    assert merged(NAMED, {b"g": text(b"")}, BASE).conflicts
    with pytest.raises(WrongBase, match="no such file") as caught:
        imported(NAMED, tree_of({b"g": text(b"")}))
    assert blob(BASE)[:8] in caught.value.cause


def test_a_series_carries_its_own_blobs() -> None:
    """The second mail was made on what the first one makes of its own base, which no repository holds."""
    again = CHANGED.replace(b"line 16\n", b"line XVI\n")
    second = f"diff --git a/f b/f\nindex {blob(CHANGED)[:7]}..{blob(again)[:7]} 100644\n--- a/f\n+++ b/f\n".encode()
    second += b"@@ -15,4 +15,4 @@\n line 14\n line XV\n-line 16\n+line XVI\n line 17\n"
    head = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nDate: @1 +0000\n"
    mails = b"".join(head + b"Subject: x\n\n---\n" + diff + b"-- \n2.39\n\n" for diff in (NAMED, second))
    target = tree_of({b"f": text(BASE.replace(b"line 12\n", b""))})
    assert isinstance(target.source, Objects)
    oid = target.source.add_blob(BASE)
    one, two = patches_from_text(mails, target, lambda prefix: oid if oid.startswith(prefix) else None)
    assert files_of(one.base)[b"f"].content == BASE
    assert two.base.id == one.patch.result
    assert two.patch.result == tree_id({b"f": text(again)})
    objects = Objects(two.base.source)
    first = plan(one.patch, one.base, Tree(objects, target.id), objects)
    outcome = plan(two.patch, two.base, first.tree, objects)
    assert files_of(outcome.tree)[b"f"].content == again.replace(b"line 12\n", b"")


def test_what_is_there_already_changes_nothing() -> None:
    for data, blobs in ((PLAIN, ()), (NAMED, ()), (NAMED, (BASE,))):
        outcome = merged(data, {b"f": text(CHANGED)}, *blobs)
        assert outcome.changes_nothing
    moved = CHANGED.replace(b"line 3\n", b"line three\n")
    assert merged(PLAIN, {b"f": text(moved)}).changes_nothing
    created = b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\n"
    assert merged(created, {b"n": text(b"new\n")}).changes_nothing
    assert merged(created, {b"n": text(b"other\n")}).conflicts


def test_there_already_and_possible_elsewhere_is_refused() -> None:
    with pytest.raises(AmbiguousPlace) as caught:
        imported(PLAIN, tree_of({b"f": text(CHANGED + BASE)}))
    assert caught.value.lines == (43, 13)


def test_a_deletion_needs_the_whole_content() -> None:
    data = (
        b"diff --git a/f b/f\ndeleted file mode 100644\nindex %b..0000000\n--- a/f\n+++ /dev/null\n"
        % blob(b"a\n").encode()
    )
    data += b"@@ -1 +0,0 @@\n-a\n"
    assert imported(data, tree_of({b"f": text(b"a\n")})).patch.result == tree_id({})
    # The diff shows the whole content, so it brings its own base.
    assert merged(data, {b"f": text(b"a\nb\n")}).conflicts
    assert merged(data, {b"g": text(b"")}).changes_nothing
    plain = b"--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    with pytest.raises(WrongBase, match="deletes 'f'"):
        imported(plain, tree_of({b"f": text(b"a\nb\n")}))
    irreversible = b"diff --git a/f b/f\ndeleted file mode 100644\nindex %b..0000000\n" % blob(b"a\n").encode()
    assert imported(irreversible, tree_of({b"f": text(b"a\n")})).patch.result == tree_id({})
    with pytest.raises(WrongBase, match="deletes 'f'"):
        imported(irreversible, tree_of({b"f": text(b"b\n")}))
    assert files_of(imported(irreversible, tree_of({b"f": text(b"b\n")}), b"a\n").base)[b"f"].content == b"a\n"


def test_another_type_of_file() -> None:
    data = NAMED.replace(b" 100644", b" 120000")
    with pytest.raises(WrongBase, match="another type of file"):
        imported(data, tree_of({b"f": text(BASE)}))
    found = imported(data, tree_of({b"f": text(b"x")}), BASE)
    assert files_of(found.base)[b"f"] == File("120000", BASE)


def test_a_binary_patch_brings_its_own_base() -> None:
    (section,) = read_sections(_binary_patch(b"\0\1\2", b"\0\1\2\3"), 1, Budget(100))
    assert section.header.ids == (blob(b"\0\1\2"), blob(b"\0\1\2\3"))
    data = _binary_patch(b"\0\1\2", b"\0\1\2\3")
    assert result(data, b"\0\1\2") == b"\0\1\2\3"
    found = imported(data, tree_of({b"f": text(b"\0ours")}))
    assert files_of(found.base)[b"f"].content == b"\0\1\2"
    assert merged(data, {b"f": text(b"\0ours")}).conflicts
    assert merged(data, {b"f": text(b"\0\1\2\3")}).changes_nothing


def _binary_patch(old: bytes, new: bytes) -> bytes:
    def packed(content: bytes) -> bytes:
        data = zlib.compress(content)
        assert len(data) <= 26
        code = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(data) - 1 : len(data)]
        return b"literal %d\n%b%b\n\n" % (len(content), code, base64.b85encode(data, pad=True))

    head = f"diff --git a/f b/f\nindex {blob(old)}..{blob(new)} 100644\nGIT binary patch\n".encode()
    return head + packed(new) + packed(old)


def test_a_diff_that_was_edited_by_hand_is_told() -> None:
    edited = NAMED.replace(b"+line XV", b"+line fifteen")
    found = imported(edited, tree_of({b"f": text(BASE)}))
    assert found.differing == (b"f",)
    assert imported(NAMED, tree_of({b"f": text(BASE)})).differing == ()
    assert imported(edited, tree_of({b"f": text(b"x\n" + BASE)})).differing == ()


def test_a_copy_takes_what_stood_there_before() -> None:
    copy = b"diff --git a/f b/g\nsimilarity index 90%\ncopy from f\ncopy to g\n--- a/f\n+++ b/g\n" + HUNK
    found = imported(PLAIN + copy, tree_of({b"f": text(BASE)}))
    assert found.patch.result == tree_id({b"f": text(CHANGED), b"g": text(CHANGED)})
    with pytest.raises(InvalidPatch, match="cannot be told"):
        imported(PLAIN + copy.replace(b" g\n", b" e\n").replace(b"b/g", b"b/e"), tree_of({b"f": text(BASE)}))
    both = merged(PLAIN + copy, {b"f": text(b"new\n" + BASE)})
    assert files_of(both.tree) == {b"f": text(b"new\n" + CHANGED), b"g": text(b"new\n" + CHANGED)}


def test_the_target_of_a_rename_is_not_overwritten() -> None:
    data = b"diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g\n"
    outcome = merged(data, {b"f": text(BASE), b"g": text(b"mine\n")})
    assert outcome.conflicts
    assert files_of(outcome.tree)[b"g"].content != BASE
    with pytest.raises(WrongBase, match="no such file"):
        merged(data, {b"g": text(BASE)})
