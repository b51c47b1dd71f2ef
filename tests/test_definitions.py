"""Which definition became which: kept, renamed, moved, swapped; and what is none of these."""

from __future__ import annotations

from git_dagpatch.alignment.definitions import Body, pair_definitions

_LOAD = "lines = open ( path ) . read ( ) . split ( newline ) return [ line . strip ( ) for line in lines if line ]"
_SAVE = "with open ( path , mode ) as out : out . write ( newline . join ( lines ) ) log . info ( saved , path )"
_COUNT = "total = 0 for item in items : total += item . weight * item . number return total or default"


def body(name: str, text: str, path: bytes = b"a.py", kind: str = "function") -> Body:
    return Body(path, name, kind, text.encode())


def keys(one: Body) -> list[bytes]:
    return one.text.split()


def found(old: list[Body], new: list[Body]) -> set[tuple[str, str]]:
    """Names of pairs, with the path where it is not a.py."""

    def shown(one: Body) -> str:
        return one.name if one.path == b"a.py" else f"{one.path.decode()}:{one.name}"

    return {(shown(pair.old), shown(pair.new)) for pair in pair_definitions(old, new, keys)}


def test_the_same_name_is_the_same_definition_though_its_body_changes() -> None:
    old, new = body("load", _LOAD), body("load", _LOAD + " extra")
    (pair,) = pair_definitions([old], [new], keys)
    assert pair == (old, new)


def test_a_rename_is_found_by_the_body_and_the_own_name_in_it_does_not_count() -> None:
    old, new = body("load", "def load " + _LOAD), body("fetch", "def fetch " + _LOAD)
    (pair,) = pair_definitions([old], [new], keys)
    assert pair == (old, new)


def test_names_that_are_swapped_follow_the_bodies() -> None:
    old = [body("a", "def a " + _LOAD), body("b", "def b " + _SAVE)]
    new = [body("a", "def a " + _SAVE), body("b", "def b " + _LOAD)]
    assert found(old, new) == {("a", "b"), ("b", "a")}


def test_a_chain_of_renames() -> None:
    old = [body("a", "def a " + _LOAD), body("c", "def c " + _SAVE)]
    new = [body("b", "def b " + _LOAD), body("a", "def a " + _SAVE)]
    assert found(old, new) == {("a", "b"), ("c", "a")}


def test_a_rewritten_definition_without_another_one_keeps_its_name() -> None:
    assert found([body("a", _LOAD)], [body("a", _SAVE)]) == {("a", "a")}


def test_an_extracted_helper_is_no_rename() -> None:
    old = [body("run", f"def run {_LOAD} {_COUNT}")]
    new = [body("run", "def run data = _run ( path ) return data"), body("_run", f"def _run {_LOAD} {_COUNT}")]
    assert found(old, new) == {("run", "run")}


def test_an_inlined_helper_is_no_rename() -> None:
    old = [body("run", "def run data = _run ( path ) return data"), body("_run", f"def _run {_LOAD} {_COUNT}")]
    new = [body("run", f"def run {_LOAD} {_COUNT}")]
    assert found(old, new) == {("run", "run")}


def test_a_method_is_pulled_up() -> None:
    old = [body("Base", "class Base", kind="class"), body("Sub", "class Sub" + _LOAD, kind="class")]
    old.append(body("Sub.load", "def load " + _LOAD, kind="method"))
    new = [body("Base", "class Base " + _LOAD, kind="class")]
    new += [body("Base.load", "def load " + _LOAD, kind="method"), body("Sub", "class Sub", kind="class")]
    assert found(old, new) == {("Base", "Base"), ("Sub", "Sub"), ("Sub.load", "Base.load")}


def test_a_class_moves_to_another_file_with_its_methods() -> None:
    def shelf(path: bytes) -> list[Body]:
        return [
            body("Shelf", f"class Shelf def load {_LOAD} def save {_SAVE}", path, "class"),
            body("Shelf.load", "def load " + _LOAD, path, "method"),
            body("Shelf.save", "def save " + _SAVE, path, "method"),
        ]

    pairs = found(shelf(b"a.py"), shelf(b"b.py"))
    assert pairs == {(name, f"b.py:{name}") for name in ("Shelf", "Shelf.load", "Shelf.save")}


def test_a_small_body_under_another_name_elsewhere_tells_nothing() -> None:
    assert found([body("a", "return None")], [body("b", "return None", b"b.py")]) == set()
    assert found([body("a", "return None")], [body("a", "return None", b"b.py")]) == {("a", "b.py:a")}


def test_the_nearest_of_equal_bodies_is_taken() -> None:
    old = [body("load", _LOAD, b"x.py")]
    new = [body("read", _LOAD, b"a.py"), body("load", _LOAD, b"b.py")]
    assert found(old, new) == {("x.py:load", "b.py:load")}


def test_a_class_is_no_function() -> None:
    assert found([body("a", _LOAD, kind="class")], [body("a", _LOAD)]) == set()


def test_of_several_definitions_of_one_name_equal_ones_are_the_same() -> None:
    old = [body("a", _LOAD), body("a", _SAVE)]
    new = [body("a", _COUNT), body("a", _LOAD), body("a", _SAVE)]
    pairs = pair_definitions(old, new, keys)
    assert set(pairs) == {(old[0], new[1]), (old[1], new[2])}


def test_beyond_the_budget_names_decide() -> None:
    old = [body(f"a{n}", f"def a{n} {_LOAD} {n}") for n in range(300)] + [body("same", _SAVE)]
    new = [body(f"b{n}", f"def b{n} {_LOAD} {n} {n}") for n in range(300)] + [body("same", _COUNT)]
    pairs = found(old, new)
    assert ("same", "same") in pairs
    assert len(pairs) < 301
