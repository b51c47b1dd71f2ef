"""The words that operations describe themselves with. The reference page is made of these tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Intent(NamedTuple):
    """What an operation is for."""

    meaning: str
    tags: tuple[str, ...]


INTENTS: Mapping[str, Intent] = {
    "function-added": Intent("A function or method comes.", ("behaviour",)),
    "function-removed": Intent("A function or method goes.", ("behaviour",)),
    "function-replaced": Intent("One definition stands in the place of another.", ("behaviour",)),
    "signature-changed": Intent(
        "The parameters of a function or method change; its body may change with them.", ("behaviour",)
    ),
    "decorators-changed": Intent(
        "The decorators of a function or class change; its code may change too.", ("behaviour",)
    ),
    "annotations-changed": Intent("Of a signature only the annotations change.", ("annotations",)),
    "body-changed": Intent("The code of a function or method changes.", ("behaviour",)),
    "class-added": Intent("A class comes, or what a language has like it.", ("behaviour",)),
    "class-removed": Intent("A class goes, or what a language has like it.", ("behaviour",)),
    "class-changed": Intent("A class changes outside of its methods.", ("behaviour",)),
    "bases-changed": Intent("The base classes of a class change.", ("behaviour",)),
    "test-added": Intent("A test comes.", ("tests",)),
    "test-removed": Intent("A test goes.", ("tests",)),
    "test-changed": Intent("A test changes.", ("tests",)),
    "import-added": Intent("Imports come.", ("imports",)),
    "import-removed": Intent("Imports go.", ("imports",)),
    "imports-changed": Intent("Some imports come and some go, or the same are written otherwise.", ("imports",)),
    "constant-added": Intent("A value at the top level gets a name.", ("behaviour",)),
    "constant-removed": Intent("A name at the top level goes.", ("behaviour",)),
    "constant-changed": Intent("A name at the top level gets another value.", ("behaviour",)),
    "exports-changed": Intent("The list of public names, `__all__`, changes.", ("behaviour",)),
    "code-changed": Intent("Statements at the top level change.", ("behaviour",)),
    "docstring-changed": Intent(
        "Docstrings change, and comments with them; it is proved that nothing else does.", ("documentation",)
    ),
    "comment-changed": Intent(
        "Comments change; it is proved that nothing else does.", ("documentation", "non-functional")
    ),
    "directive-changed": Intent(
        "Comments that control a tool change, such as `noqa` or `type: ignore`.", ("configuration",)
    ),
    "documentation": Intent("A document for people changes.", ("documentation",)),
    "dependency-changed": Intent("What the project needs, or in which version, changes.", ("dependencies",)),
    "version-changed": Intent("The project's own version changes, and nothing else.", ("release",)),
    "configuration-changed": Intent("Settings of a tool or program change.", ("configuration",)),
    "data-changed": Intent("Values in a file of data change.", ()),
    "edit-text": Intent("Text changes of which no more is known.", ()),
    "add-file": Intent("A file comes.", ("structural",)),
    "delete-file": Intent("A file goes.", ("structural",)),
    "move-file": Intent("A file goes elsewhere.", ("refactoring", "structural")),
    "move-function": Intent("A function goes elsewhere.", ("refactoring", "structural")),
    "move-class": Intent("A class goes elsewhere.", ("refactoring", "structural")),
    "move-method": Intent("A method goes elsewhere.", ("refactoring", "structural")),
    "move-attribute": Intent("An attribute of a class goes elsewhere.", ("refactoring", "structural")),
    "move-variable": Intent("A value at the top level goes elsewhere.", ("refactoring", "structural")),
    "copy-file": Intent("A file is duplicated.", ("refactoring", "structural")),
    "copy-function": Intent("A function is duplicated.", ("refactoring", "structural")),
    "copy-class": Intent("A class is duplicated.", ("refactoring", "structural")),
    "copy-method": Intent("A method is duplicated.", ("refactoring", "structural")),
    "rename-symbol": Intent("An identifier gets another name.", ("refactoring",)),
    "imports-follow": Intent("Imports name the new place of what moved.", ("refactoring", "imports")),
    "replace-text": Intent("Text that fits a pattern is replaced.", ("behaviour",)),
    "reorder": Intent("Siblings change their order.", ("refactoring",)),
    "change-mode": Intent("A file's mode changes.", ("structural",)),
    "change-binary": Intent("Content that is not text changes.", ("binary",)),
    "format": Intent("Layout changes.", ("formatting",)),
    "strip-trailing-space": Intent("White space at line ends goes.", ("formatting",)),
    "normalize-line-endings": Intent("Lines end in another way.", ("formatting",)),
    "end-with-newline": Intent("The text ends in exactly one line end.", ("formatting",)),
    "reformat": Intent("White space between tokens changes.", ("formatting",)),
    "respell-strings": Intent("Strings are written in another way.", ("formatting",)),
    "respell-numbers": Intent("Numbers are written in another way.", ("formatting",)),
    "join-strings": Intent("Strings that stand beside each other are joined, or parted.", ("formatting",)),
    "reflow-docstrings": Intent("The white space in docstrings changes.", ("formatting",)),
    "change-trailing-commas": Intent("Commas at the end of lists come or go.", ("formatting",)),
    "change-parentheses": Intent("Parentheses come or go that mean nothing.", ("formatting",)),
    "change-statement-lines": Intent(
        "Statements that share a line are put on lines of their own, or the other way round.", ("formatting",)
    ),
}
"""Every `intent`. The tags are those of an edit with it; other kinds say theirs themselves."""

TAGS: Mapping[str, str] = {
    "behaviour": "what the program does may change",
    "refactoring": "the code is arranged otherwise",
    "structural": "files or definitions come, go or change their place",
    "formatting": "layout changes",
    "non-functional": "it is proved that what the program does stays the same",
    "documentation": "what people read changes: documents, docstrings, comments",
    "tests": "tests change",
    "imports": "imports change",
    "annotations": "types change that are written down",
    "dependencies": "what the project needs changes",
    "configuration": "settings change",
    "release": "a version is set",
    "binary": "content is not text",
}
"""Every semantic tag."""

CONFIDENCE: Mapping[str, str] = {
    "1.0": "proved, or exact by itself: creation, deletion, mode, edit, binary delta, whatever has a proof",
    "0.95": "imports in another order, or from where what they name moved to: the same is imported, but modules may be"
    " loaded in another order",
    "0.9": "white space where nothing shows that it has no meaning in the file; definitions in another order, or at"
    " another place, where they may mean something else; a rename of which only running the code tells whether nothing"
    " else changes; names in strings, comments and documents that follow a rename",
    "0.5 to 1.0": "of files that were moved or copied and then changed: how similar they are, by git's measure",
}
"""The scale of `confidence`."""
