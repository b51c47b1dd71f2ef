"""Replay of patterns: new places that certainly are like the others, and nothing else."""

from __future__ import annotations

from tests.replaying import Texts, both_ways, lines, merged, texts

WORDS = ("A sky has a colour above it.", "My colour is red.", "Where colour fails.", "Any colour.", "No colour, none.")
NOTES = "".join(f"{line}\n\nMore about it.\n\n" for line in WORDS)
CALLS = ("here = os.getcwd()", "print(os.getcwd(), path)", "path = [os.getcwd()]", "del path, os.getcwd()[0]")
CODE = "import os\n\n\n" + "\n\n".join(
    f"def step_{number}(path):\n    {call}\n    return path, {number}\n" for number, call in enumerate(CALLS)
)


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_new_text_gets_what_all_other_places_got() -> None:
    new = NOTES + "Its colour again.\n"
    found = both_ways({"a.md": NOTES}, {"a.md": changed(NOTES, "colour", "color")}, {"a.md": new})
    assert not found.conflicts
    assert texts(found.tree) == {"a.md": changed(new, "colour", "color")}
    assert lines(found, list(found.reached)) == ["Its color again."]


def test_a_pattern_that_left_places_is_only_told() -> None:
    """One colour stays."""
    partly = NOTES.replace("colour", "color", 4)
    new = NOTES.replace("More", "Its colour again.\n\nMore", 1)
    found = merged({"a.md": NOTES}, {"a.md": new}, {"a.md": partly})
    assert "Its colour again.\n" in texts(found.tree)["a.md"]
    assert not found.reached
    assert lines(found, list(found.unreached)) == ["Its colour again."]


def test_a_replacement_that_matches_again_stays_confined() -> None:
    base = "".join(f"call({number})\n\nsome text\n\n" for number in range(6))
    wrapped = changed(base, "call(", "call(call(").replace(")\n\n", "))\n\n")
    new = base + "then call(33)\n"
    found = both_ways({"a.txt": base}, {"a.txt": wrapped}, {"a.txt": new})
    assert "then call(33)\n" in texts(found.tree)["a.txt"]


def test_code_that_means_the_same_is_reached() -> None:
    refactored = changed(CODE, "os.getcwd()", "'.'")
    new = CODE.replace("import os\n\n\n", "import os\n\nHERE = os.getcwd()\n\n\n")
    found = both_ways({"a.py": CODE}, {"a.py": refactored}, {"a.py": new})
    assert not found.conflicts
    assert texts(found.tree)["a.py"] == changed(new, "os.getcwd()", "'.'")
    assert lines(found, list(found.reached)) == ["HERE = '.'"]


def test_code_that_means_something_else_is_told() -> None:
    refactored = changed(CODE, "os.getcwd()", "'.'")
    new = CODE + "\n\ndef other(os):\n    return os.getcwd()\n"
    found = both_ways({"a.py": CODE}, {"a.py": refactored}, {"a.py": new})
    assert not found.conflicts
    assert texts(found.tree)["a.py"].endswith("    return os.getcwd()\n")
    assert lines(found, list(found.unreached)) == ["return os.getcwd()"]


def test_files_that_the_pattern_did_not_touch_stay() -> None:
    other: Texts = {"b.md": "One colour.\n"}
    base = {"a.md": NOTES, **other}
    new = {"a.md": NOTES, "b.md": "One colour.\nTwo colour.\n"}
    found = both_ways(base, {"a.md": changed(NOTES, "colour", "color")}, new)
    assert texts(found.tree)["b.md"] == new["b.md"]
    assert not found.reached


def test_a_string_in_code_is_told() -> None:
    notes = ("a = 1  # See library", "b = path  # library!", "c = []  # The library.", "del path[0]  # library of")
    base = CODE + "".join(
        f"\n\ndef more_{number}(path):\n    {line}\n    return path, {number}\n" for number, line in enumerate(notes)
    )
    refactored = changed(base, "library", "store")
    found = both_ways({"a.py": base}, {"a.py": refactored}, {"a.py": "OTHER = 'a library'\n" + base})
    assert not found.conflicts
    assert texts(found.tree)["a.py"].startswith("OTHER = 'a library'\n")
    assert lines(found, list(found.unreached)) == ["OTHER = 'a library'"]
