"""Operations of every kind on two small files, to see which of them commute: the examples of the table of kinds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from git_dagpatch.alignment.lines import whole_lines
from git_dagpatch.engine.commutation import Swapped, swap
from git_dagpatch.model.effect import Appear, Effect, Relocate, Rewrite, SetMode, Span, Vanish
from git_dagpatch.model.errors import WrongBase
from git_dagpatch.model.objects import EXECUTABLE, FILE
from git_dagpatch.model.operation import (
    BinaryDelta,
    Copy,
    Create,
    Delete,
    Edit,
    Mode,
    Move,
    Mutate,
    Mutation,
    NewValue,
    Operation,
    Rename,
    Reorder,
    Segment,
    StringReplace,
    Transform,
    Whitespace,
)
from git_dagpatch.model.paths import encode, split_target
from git_dagpatch.operations import kind_of
from git_dagpatch.operations.binary_delta import CODEC, make_delta
from git_dagpatch.operations.whitespace import transform_spans
from tests.trees import File, Files, Snapshot, applied

LOAD = b"def load(path):\n    return path\n"
SAVE = b"def save(path):\n    return load  \n"
TEXT = b"import sys\nimport os\n\n\n" + LOAD + b"\n\nLIMIT = 1\n\n\n" + SAVE + b"\n\nDEPTH = 2\n"
DATA = b'{\n  "name": "x",  \n  "size": 1,\n  "depth": 2\n}\n'
BASE: Files = {
    b"m.py": File(FILE, TEXT),
    b"n.py": File(FILE, b"import os\nimport re\n"),
    b"o.py": File(FILE, b"import re\n"),
    b"d.json": File(FILE, DATA),
}
"""What the first operation of each example finds."""


class State:
    """Plain files, as an operation sees them."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def read(self, path: bytes) -> bytes:
        return self._file(path).content

    def mode(self, path: bytes) -> str:
        return self._file(path).mode

    def _file(self, path: bytes) -> File:
        if path not in self.files:
            raise WrongBase(f"There is no {path!r}.")
        return self.files[path]


class Sample(NamedTuple):
    operation: Operation
    effect: Effect


Make = Callable[[Files, bytes], Sample | None]
"""A sample on some files, of which one is the file that the examples are about; None where it makes no sense."""


def _spans(text: bytes, *replacements: tuple[bytes, bytes]) -> tuple[Span, ...] | None:
    found: list[Span] = []
    for old, new in replacements:
        start = text.find(old)
        if start < 0:
            return None
        found.append(Span(start, start + len(old), new))
    return tuple(sorted(found))


def _edit(symbol: str, old: bytes, new: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        spans = _spans(files[path].content, (old, new))
        if spans is None:
            return None
        return Sample(
            Edit(target=f"{encode(path)}:{symbol}", hunks=[]), {path: Rewrite(whole_lines(files[path].content, spans))}
        )

    return make


def _rename(old: bytes, new: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        text = files[path].content
        starts = [found.start() for found in re.finditer(rb"\b%b\b" % old, text)]
        if b"def %b" % old not in text:
            return None
        symbol, name = f"{encode(path)}:{old.decode()}", new.decode()
        operation = Rename(symbol=symbol, symbol_kind="function", new_name=name, scope=[encode(path)], total=True)
        return Sample(operation, {path: Rewrite(tuple(Span(at, at + len(old), new) for at in starts))})

    return make


def _replace(old: bytes, new: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        spans = _spans(files[path].content, (old, new))
        operation = StringReplace(pattern=old.decode(), replacement=new.decode(), scope=[encode(path)])
        return None if spans is None else Sample(operation, {path: Rewrite(spans)})

    return make


def _strip(files: Files, path: bytes) -> Sample | None:
    transform = Transform("trailing-space")
    spans = tuple(transform_spans(transform, files[path].content))
    operation = Whitespace(transform=transform, scope=[encode(path)])
    return Sample(operation, {path: Rewrite(spans)}) if spans else None


def _reorder(one: bytes, other: bytes, siblings: list[str]) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        text = files[path].content
        first, second = text.find(one), text.find(other)
        if not 0 <= first < second:
            return None
        spans: tuple[Span, ...] = (Span(first, first + len(one), other), Span(second, second + len(other), one))
        if second == first + len(one):
            spans = (Span(first, second + len(other), other + one),)
        return Sample(Reorder(target=f"{encode(path)}:", order=[1, 0], siblings=siblings), {path: Rewrite(spans)})

    return make


def _block(text: bytes, name: str) -> bytes:
    """The function called `name`, empty if there is none."""
    found = re.search(rb"def %b\(.*?\n(?=\n|\Z)" % name.encode(), text, re.DOTALL)
    return found[0] if found else b""


def _exchange(one: str, other: str) -> Make:
    """Two functions change places."""

    def make(files: Files, path: bytes) -> Sample | None:
        blocks = [_block(files[path].content, name) for name in (one, other)]
        return _reorder(blocks[0], blocks[1], [one, other])(files, path) if all(blocks) else None

    return make


def _symbol(kind: type[Move] | type[Copy], name: str, goal: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        content = files[path].content
        text = _block(content, name)
        if not text or path in (b"n.py", b"o.py") or goal not in files or b"def " in files[goal].content[:20]:
            return None
        end, at = len(files[goal].content), content.find(text)
        effect: dict[bytes, Rewrite] = {goal: Rewrite((Span(end, end, b"\n\n" + text),))}
        if kind is Move:
            effect[path] = Rewrite((Span(at - 2, at + len(text), b""),))
        source, target = f"{encode(path)}:{name}", f"{encode(goal)}:{name}"
        return Sample(kind(source=source, target=target, symbol_kind="function", after=f"{encode(goal)}:"), effect)

    return make


def _layout(old: bytes, new: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        spans = _spans(files[path].content, (old, b" "))
        if spans is None:
            return None
        at = spans[0].start + old.index(b" ")
        operation = Whitespace(transform=Transform("layout"), scope=[encode(path)])
        return Sample(operation, {path: Rewrite((Span(at, at + old.count(b" "), b" " * new.count(b" ")),))})

    return make


def _set(field: str, old: bytes, new: int) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        spans = _spans(files[path].content, (old, str(new).encode()))
        mutations = [Mutation(path=[Segment(field=field)], operation=NewValue(set=new))]
        operation = Mutate(target=encode(path), mutations=mutations)
        return None if spans is None or not path.endswith(b".json") else Sample(operation, {path: Rewrite(spans)})

    return make


def _delta(old: bytes, new: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        before = files[path].content
        after = before.replace(old, new)
        if before == after:
            return None
        operation = BinaryDelta(
            target=encode(path),
            delta=make_delta(before, after),
            codec=CODEC,
            before=hashlib.sha256(before).hexdigest(),
            after=hashlib.sha256(after).hexdigest(),
        )
        return Sample(operation, {path: Rewrite((Span(0, len(before), after),))})

    return make


def _move(prefix: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        target = prefix + path
        operation = Move(source=encode(path), target=encode(target))
        return None if target in files else Sample(operation, {path: Relocate(target)})

    return make


def _copy(prefix: bytes) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        target = prefix + path
        operation = Copy(source=encode(path), target=encode(target))
        return None if target in files else Sample(operation, {target: Appear(files[path].mode, files[path].content)})

    return make


def _come(kind: type[Move] | type[Copy]) -> Make:
    """What comes to the place that another operation freed."""

    def make(files: Files, path: bytes) -> Sample | None:
        if path in files or b"n.py" not in files:
            return None
        mode, content = files[b"n.py"]
        effect: Effect = {b"n.py": Relocate(path)} if kind is Move else {path: Appear(mode, content)}
        return Sample(kind(source="n.py", target=encode(path)), effect)

    return make


def _create(target: bytes, content: bytes = TEXT) -> Make:
    def make(files: Files, path: bytes) -> Sample | None:
        if target in files:
            return None
        operation = Create(target=encode(target), mode=FILE, content=content.decode())
        return Sample(operation, {target: Appear(FILE, content)})

    return make


def _delete(files: Files, path: bytes) -> Sample | None:
    return Sample(Delete(target=encode(path)), {path: Vanish()})


def _mode(files: Files, path: bytes) -> Sample | None:
    other = FILE if files[path].mode == EXECUTABLE else EXECUTABLE
    return Sample(Mode(target=encode(path), mode=other), {path: SetMode(other)})


MAKERS: dict[str, list[Make]] = {
    "create": [_create(b"new.py"), _create(b"m.py"), _create(b"new.json", DATA)],
    "copy of a file": [_copy(b"copy_of_"), _copy(b"again_"), _come(Copy)],
    "delete": [_delete],
    "move of a file": [_move(b"lib/"), _move(b"other_"), _come(Move)],
    "mode": [_mode],
    "edit": [
        _edit("", b"LIMIT = 1", b"LIMIT = 3"),
        _edit("", b"LIMIT = 3", b"LIMIT = 5"),
        _edit("save", b"return load", b"return [load]"),
        _edit("save", b"return load", b"return (load"),
        _edit("save", b"return read", b"return (read"),
        _edit("save", b"return  load", b"return [load]"),
        _edit("load", b"return path", b"return [path]"),
        _edit("", b"import sys", b"import re"),
        _edit("", b'"size": 1', b'"size": 3'),
        _edit("", b'"depth"', b'"height"'),
    ],
    "rename": [_rename(b"load", b"read"), _rename(b"read", b"fetch"), _rename(b"save", b"store")],
    "string_replace": [
        _replace(b"DEPTH = 2", b"DEPTH = 4"),
        _replace(b"DEPTH = 4", b"DEPTH = 6"),
        _replace(b"return load", b"return load, load"),
        _replace(b"return read", b"return read, read"),
        _replace(b"os", b"re"),
        _replace(b"def load", b"async def load"),
        _replace(b'"depth": ', b'"height": '),
        _replace(b'"size"', b'"length"'),
    ],
    "whitespace": [
        _strip,
        _layout(b"return load", b"return  load"),
        _layout(b"return  load", b"return   load"),
        _layout(b": 2", b":  2"),
        _layout(b": 8", b":  8"),
    ],
    "reorder": [
        _reorder(b"import sys\n", b"import os\n", ["import sys", "import os"]),
        _reorder(b"import os\n", b"import sys\n", ["import os", "import sys"]),
        _reorder(b"import re\n", b"import os\n", ["import re", "import os"]),
        _reorder(b"import os\n", b"import re\n", ["import os", "import re"]),
        _exchange("load", "save"),
        _exchange("read", "save"),
    ],
    "mutate": [_set("size", b"1", 7), _set("size", b"7", 9), _set("depth", b"2", 8)],
    "move of a symbol": [
        _symbol(Move, "load", b"n.py"),
        _symbol(Move, "read", b"n.py"),
        _symbol(Move, "save", b"n.py"),
        _symbol(Move, "save", b"o.py"),
    ],
    "copy of a symbol": [
        _symbol(Copy, "load", b"n.py"),
        _symbol(Copy, "save", b"n.py"),
        _symbol(Copy, "save", b"o.py"),
    ],
    "binary_delta": [
        _delta(b"DEPTH = 2", b"DEPTH = 9"),
        _delta(b"DEPTH = 9", b"DEPTH = 2"),
        _delta(b"depth", b"height"),
        _delta(b"import os", b"import re"),
        _delta(b"return", b"yield"),
    ],
}


class Try(NamedTuple):
    """Two operations in sequence, and the same in the other order, if they commute."""

    first: Operation
    second: Operation
    swapped: Swapped | None


def tries(first: str, second: str) -> Iterator[Try]:
    """Every pair of samples of two kinds that are about one file, at one of its places."""
    for start, make, make_second in product((b"m.py", b"d.json", b"n.py"), MAKERS[first], MAKERS[second]):
        one = make(BASE, start)
        if one is None:
            continue
        operation = kind_of(one.operation).record(one.operation, one.effect, State(BASE))
        middle = applied(one.effect, Snapshot(BASE, {})).files
        for path in sorted(_of(one) | middle.keys()):
            other = make_second(middle, path) if path in middle else _arriving(make_second, middle, path)
            if other is not None and _of(other) & _of(one):
                then = kind_of(other.operation).record(other.operation, other.effect, State(middle))
                yield Try(operation, then, swap(operation, then, State(BASE)))


_COMING = (MAKERS["create"][1], MAKERS["copy of a file"][2], MAKERS["move of a file"][2])


def _arriving(make: Make, files: Files, path: bytes) -> Sample | None:
    """What comes to the place that is free now."""
    return make(files, path) if make in _COMING else None


def apart(first: str, second: str) -> Iterator[Try]:
    """Pairs of samples of two kinds on different files, for kinds that are never about one."""
    places = [(b"m.py", b"d.json"), (b"d.json", b"m.py"), (b"o.py", b"m.py"), (b"m.py", b"o.py")]
    for (start, other), make, make_second in product(places, MAKERS[first], MAKERS[second]):
        one = make(BASE, start)
        middle = applied(one.effect, Snapshot(BASE, {})).files if one else {}
        two = make_second(middle, other) if one and other in middle else None
        if one and two and not _of(one) & _of(two):
            operation = kind_of(one.operation).record(one.operation, one.effect, State(BASE))
            then = kind_of(two.operation).record(two.operation, two.effect, State(middle))
            yield Try(operation, then, swap(operation, then, State(BASE)))


def _of(sample: Sample) -> set[bytes]:
    """The files that a sample is about, by all the paths that they have."""
    found = set(sample.effect)
    found |= {change.target for change in sample.effect.values() if isinstance(change, Relocate)}
    if isinstance(sample.operation, Copy):
        found.add(split_target(sample.operation.source)[0])
    return found
