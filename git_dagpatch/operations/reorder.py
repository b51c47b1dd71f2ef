"""reorder: siblings change their order, not their content.

Of imports, each name that is bound is a sibling, so that the grouping into statements may change, too.
"""

from __future__ import annotations

from git_dagpatch.model.effect import Rewrite
from git_dagpatch.model.files import Files
from git_dagpatch.model.operation import Reorder
from git_dagpatch.model.paths import split_target
from git_dagpatch.operations.definition_order import only_reorders, proof_of_definitions
from git_dagpatch.operations.import_order import proof_of_imports
from git_dagpatch.operations.kind import Example
from git_dagpatch.operations.recorded import RecordedKind, added_lines, rewritten_lines


class ReorderKind(RecordedKind[Reorder]):
    operation = Reorder
    summary = "Siblings change their order, not their content."
    default_intent = "reorder"
    default_tags = ("refactoring",)
    examples = (
        Example(
            why="Imports are sorted, one a line. The order in which modules are loaded changes, and nothing else.",
            before={"m.py": b"import sys\nfrom os import path, name\n\nx = 1\n"},
            operation={
                "type": "reorder",
                "target": "m.py:",
                "siblings": ["import sys", "from os import path", "from os import name"],
                "order": [0, 2, 1],
                "footprint": {"m.py": [[11, 26, "from os import name\nfrom os import path\n"]]},
            },
            after={"m.py": b"import sys\nfrom os import name\nfrom os import path\n\nx = 1\n"},
        ),
        Example(
            why="Two methods change places; their texts do not change.",
            before={"m.py": b"class A:\n    def g(self):\n        pass\n\n    def f(self):\n        pass\n"},
            operation={
                "type": "reorder",
                "target": "m.py:A",
                "siblings": ["g", "f"],
                "order": [1, 0],
                "footprint": {"m.py": [[9, 31, ""], [30, 0, "\n    def g(self):\n        pass\n"]]},
            },
            after={"m.py": b"class A:\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n"},
        ),
    )

    def describe(self, operation: Reorder) -> str:
        path, _, symbol = operation.target.partition(":")
        imports = all(sibling.startswith(("import ", "from ")) for sibling in operation.siblings)
        what = "imports" if imports else "definitions"
        return f"Reorder {len(operation.siblings)} {what} in {f'{symbol} in ' * bool(symbol)}{path}"

    def proof(self, operation: Reorder, files: Files) -> str:
        match self._changed(operation, files):
            case path, text, change:
                found = proof_of_imports(operation, path, text, change.spans[0]) if len(change.spans) == 1 else ""
                return found or proof_of_definitions(operation, path, text, change)
        return ""

    def review_lines(self, operation: Reorder, files: Files) -> int:
        if self.proof(operation, files):
            return 1
        effect = self.effect(operation, files)
        changed = self._changed(operation, files)
        # The text that goes is the one that comes, so it is read once.
        once = changed is not None and only_reorders(operation, *changed)
        return added_lines(effect) if once else rewritten_lines(effect, files)

    def _changed(self, operation: Reorder, files: Files) -> tuple[bytes, bytes, Rewrite] | None:
        """The path of the only file that is changed, its text and the change; None where others are changed, too."""
        effect = self.effect(operation, files)
        path = split_target(operation.target)[0]
        change = effect.get(path)
        return (path, files.read(path), change) if len(effect) == 1 and isinstance(change, Rewrite) else None
