"""What elsewhere uses what changes between two trees: callers, one level up, and tests, however far away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import msgspec

from git_dagpatch.alignment.files import differences
from git_dagpatch.engine.callers import Callers
from git_dagpatch.engine.changed import is_file
from git_dagpatch.engine.collecting import collecting
from git_dagpatch.engine.reach import Owner, Program, Reached
from git_dagpatch.languages.python_modules import Modules
from git_dagpatch.languages.python_parts import How, Part, PartKind, Parts, parts_of
from git_dagpatch.model.impact import Changed, Impact
from git_dagpatch.model.paths import encode
from git_dagpatch.model.tree import Tree

_SETTINGS = re.compile(
    rb"(?:pyproject\.toml|setup\.cfg|setup\.py|tox\.ini|noxfile\.py|\.?pytest\.(?:ini|toml)|(?:.*/)?[^/]*\.lock"
    rb"|(?:.*/)?[^/]*requirements[^/]*\.(?:txt|in)|(?:.*/)?requirements/.*)\Z",
    re.DOTALL,
)
"""Files that say what tests run with."""
_HOUSEKEEPING = re.compile(
    rb"\.(?:github|gitlab|circleci|devcontainer|vscode|idea)/.*|(?:.*/)?\.git(?:ignore|attributes|keep|modules)\Z"
    rb"|\.(?:pre-commit-config|readthedocs|gitlab-ci|travis|codecov)\.ya?ml\Z"
    rb"|\.(?:editorconfig|mailmap|git-blame-ignore-revs|dockerignore)\Z",
    re.DOTALL,
)
"""Files of services and editors."""
_DOCUMENT = re.compile(rb"(?:.*/)?(?:[^/]+\.(?:rst|md)|(?:LICENSE|COPYING|AUTHORS)[^/]*)\Z", re.DOTALL)
_UNSEEN = frozenset(
    {
        "subprocess",
        "Popen",
        "runpy",
        "run_module",
        "run_path",
        "pytester",
        "testdir",
        "import_module",
        "__import__",
        "exec",
        "eval",
        "reload",
        "multiprocessing",
        "pexpect",
    }
)
"""What a test may run any code with."""
_AROUND = frozenset(
    {
        "setup_module",
        "teardown_module",
        "setup_function",
        "teardown_function",
        "setup_class",
        "teardown_class",
        "setup_method",
        "teardown_method",
        "setup",
        "teardown",
        "setUp",
        "tearDown",
        "setUpClass",
        "tearDownClass",
        "setUpModule",
        "tearDownModule",
        "asyncSetUp",
        "asyncTearDown",
    }
)
_KEEPING = frozenset(("patch", "staticmethod", "classmethod"))
"""Decorators after which a test is called what it was."""


def impact(base: Tree, result: Tree) -> Impact:
    """What the change from `base` to `result` may have an effect on in `result`."""
    return _Change(base, result).impact()


class _Test(msgspec.Struct, frozen=True):
    """What is run as one: what to call it, and where it starts."""

    name: str
    file: bytes
    roots: tuple[int, ...]
    count: int
    is_unseen: bool = False
    """Whether nothing tells what it runs."""


class _Change:
    def __init__(self, base: Tree, result: Tree) -> None:
        self._base = base
        self._result = result
        self._collecting = collecting(result)
        self._differing = {path: None for path, _, _ in differences(base, result)}
        paths = {path for tree in (base, result) for path, entry in tree.files() if is_file(entry)}
        self._parsed: dict[bytes, Parts] = {}
        self._broken: list[bytes] = []
        self._old: set[int] = set()
        """Parts of base, by identity."""
        after = {path: self._parts(result, path) for path in sorted(paths) if path.endswith(b".py")}
        for path, parts in after.items():
            if parts is not None:
                self._parsed[path] = parts
        changed = self._changed_parts()
        self.program = Program(Modules(paths, self._read), self._parsed)
        self.changed = {number for number, part in enumerate(self.program.parts) if id(part) in changed}
        self._ghosts = {number for number in self.changed if changed[id(self.program.parts[number])][1]}
        self.changed |= {number for number, part in enumerate(self.program.parts) if self._reads_changed(part)}
        self._kept = changed
        self._come = {key for key, (part, gone) in changed.items() if key not in self._old}

    def _read(self, path: bytes) -> bytes | None:
        for tree in (self._result, self._base):
            entry = tree.file(path)
            if entry is not None and is_file(entry):
                return tree.read(path)
        return None

    def _parts(self, tree: Tree, path: bytes) -> Parts | None:
        entry = tree.file(path)
        if entry is None or not is_file(entry):
            return None
        parts = parts_of(path, tree.read(path), compared=path in self._differing)
        if parts is None:
            self._broken.append(path)
        return parts

    def _reads_changed(self, part: Part) -> bool:
        """Whether a part names a file that changes and is no module; a document, only if it is one of tests."""
        paths = [path for path in self._differing if not path.endswith(b".py")]
        texts = [text.encode(errors="replace") for text in part.texts] if paths else []
        return any(
            self._is_of_tests(part.path) and _names_document(text, path)
            if _DOCUMENT.match(path)
            else _names_file(text, path)
            for text in texts
            for path in paths
        )

    def _changed_parts(self) -> dict[int, tuple[Part, bool]]:
        """Those that are in one of the trees alone, by identity, and whether it is base; these join the result."""
        found: dict[int, tuple[Part, bool]] = {}
        for path in self._differing:
            if not path.endswith(b".py"):
                continue
            before, after = self._parts(self._base, path), self._parsed.get(path)
            old = before.parts if before is not None else []
            new = after.parts if after is not None else []
            gone, come = _without(old, new), _without(new, old)
            found.update((id(part), (part, False)) for part in come)
            names = {part.qualified for part in come}
            found.update((id(part), (part, part.qualified not in names)) for part in gone)
            self._old.update(map(id, gone))
            if gone:
                joined = self._parsed.setdefault(path, Parts())
                joined.parts = [*joined.parts, *gone]
        return found

    def impact(self) -> Impact:
        tests = self._tests()
        reasons = tuple(self._reasons())
        affected = []
        if reasons:
            affected = sorted({encode(test.file) for test in tests})
        elif self.changed or any(test.is_unseen and test.file in self._differing for test in tests):
            affected = self._named(tests)
        return Impact(
            changed=tuple(self._changed_with_callers()),
            tests=tuple(affected),
            known=sum(test.count for test in tests),
            reasons=reasons,
        )

    def _reasons(self) -> Iterator[str]:
        """Why any test may be affected."""
        for path in self._broken:
            yield f"{encode(path)} cannot be parsed"
        texts = [text.encode(errors="replace") for part in self.program.parts for text in part.texts]
        for path in self._differing:
            if _SETTINGS.match(path):
                yield f"{encode(path)} says what tests run with"
            elif path.endswith(b".py") or _DOCUMENT.match(path) or _HOUSEKEEPING.match(path):
                continue
            elif not any(_names_file(text, path) for text in texts):
                yield f"nothing tells what reads {encode(path)}"

    # Tests

    def _tests(self) -> list[_Test]:
        collected = self._collecting
        files = [path for path in self._parsed if collected.is_test(path) and self._result.file(path) is not None]
        by_file: dict[bytes, list[int]] = {path: [] for path in files}
        for number, part in enumerate(self.program.parts):
            if part.path in by_file and number not in self._ghosts:
                by_file[part.path].append(number)
        found = [test for path in files for test in self._tests_in(path, by_file[path])]
        return sorted([*found, *self._doctests()], key=lambda test: test.file)

    def _doctests(self) -> Iterator[_Test]:
        """Files with examples that are tests; what these run is not looked into."""
        if "--doctest" in self._collecting.options:
            for path, entry in self._result.files():
                if is_file(entry) and self._collecting.is_doctest(path, self._result.read(path)):
                    yield _Test(encode(path), path, (), 1, is_unseen=True)

    def _tests_in(self, path: bytes, numbers: Sequence[int]) -> Iterator[_Test]:
        parts, collected = self.program.parts, self._collecting
        file = encode(path)
        heads = {parts[number].qualified: number for number in numbers if parts[number].kind is PartKind.CLASS}
        odd: list[int] = []
        for number in numbers:
            part = parts[number]
            if part.kind is PartKind.FUNCTION and not part.owner and collected.is_function(part.name):
                if _is_plain(part):
                    yield _Test(f"{file}::{part.name}", path, (number,), 1)
                else:
                    odd.append(number)
            elif part.kind is PartKind.VALUE and not part.owner and part.name.lower().startswith("test"):
                odd.append(number)
        for qualified, head in heads.items():
            inside = [number for number in numbers if parts[number].owner == qualified]
            methods = [number for number in inside if collected.is_function(parts[number].name)]
            if parts[head].bases or "." in qualified or not _is_plain(parts[head]) or not collected.is_class(qualified):
                above = {(owner.path, owner.qualified) for owner in self.program.above(Owner(path, qualified))}
                odd += [head, *(number for number, one in enumerate(parts) if (one.path, one.owner) in above)]
            else:
                rest = [number for number in inside if number not in methods and parts[number].name in _AROUND]
                for number in methods:
                    if _is_plain(parts[number]) and not any(parts[one].name == "__init__" for one in inside):
                        yield _Test(f"{file}::{qualified}::{parts[number].name}", path, (head, number, *rest), 1)
                    else:
                        odd += [head, number, *rest]
        yield _Test(
            file,
            path,
            tuple(dict.fromkeys(odd)),
            sum(collected.is_function(parts[one].name) for one in set(odd)),
        )

    def _named(self, tests: Sequence[_Test]) -> list[str]:
        """What to call the tests that may be affected: the whole file, where that is all of it."""
        found: list[str] = []
        for path in dict.fromkeys(test.file for test in tests):
            here = [test for test in tests if test.file == path]
            hit = self._hit(path, here)
            names = {test.name for test in hit}
            everything = encode(path) in names or all(test in hit for test in here if test.count)
            found += [encode(path)] if hit and everything else list(dict.fromkeys(test.name for test in hit))
        return found

    def _hit(self, path: bytes, tests: Sequence[_Test]) -> list[_Test]:
        if any(test.is_unseen for test in tests):
            return list(tests)
        run = self.program.modules_run(path) | self._conftests(path)
        for conftest in self._conftests(path):
            run |= self.program.modules_run(conftest)
        if self._runs_changed(run):
            return list(tests)
        parts = self.program.parts
        around = [number for number, part in enumerate(parts) if self._is_around(part, path)]
        mentions = [(part, mention) for part in parts if part.path == path for mention in part.early]
        common = self.program.reach(Reached(run=set(run)), around, mentions)
        if self._is_hit(common):
            return list(tests)
        every = self.program.reach(common.copy(), [root for test in tests for root in test.roots])
        if not self._is_hit(every):
            return []
        return [test for test in tests if self._is_hit(self.program.reach(common.copy(), test.roots))]

    def _is_hit(self, reached: Reached) -> bool:
        if not self.changed.isdisjoint(reached.parts):
            return True
        parts = (self.program.parts[number] for number in reached.parts)
        return any(_is_unseen(part) if self._is_of_tests(part.path) else _starts_python(part) for part in parts)

    def _runs_changed(self, run: Collection[bytes]) -> bool:
        """Whether something that changes is executed when the modules of `run` are imported."""
        parts = self.program.parts
        changed = [parts[number] for number in self.changed]
        if any(part.path in run and part.kind is PartKind.STATEMENT and not part.owner for part in changed):
            return True
        early = [
            (part, mention)
            for part in parts
            if part.path in run and not self._collecting.is_test(part.path)
            for mention in part.early
        ]
        reached = self.program.reach(Reached(imports=True, run=set(run)), [], early)
        return any(parts[number].kind is PartKind.FUNCTION for number in self.changed & reached.parts)

    def _conftests(self, path: bytes) -> set[bytes]:
        found = set()
        directory = path
        while directory:
            directory = directory.rpartition(b"/")[0]
            found.add(directory + b"/conftest.py" if directory else b"conftest.py")
        return found & self._parsed.keys()

    def _is_around(self, part: Part, path: bytes) -> bool:
        """Whether pytest runs `part` around the tests of the file at `path` without being told there."""
        if "autouse" in part.words:
            here = part.path == path or part.path in self._conftests(path)
            return here or self._may_be_plugin(part.path)
        if part.name.startswith("pytest_") and not part.owner:
            return part.path in self._conftests(path) or self._may_be_plugin(part.path)
        return part.path == path and (
            (not part.owner and part.name in _AROUND | {"pytestmark"}) or part.kind is PartKind.STATEMENT
        )

    def _may_be_plugin(self, path: bytes) -> bool:
        return not (self._collecting.is_test(path) or path.endswith(b"conftest.py"))

    def _is_of_tests(self, path: bytes) -> bool:
        return (
            self._collecting.is_test(path)
            or path.endswith(b"conftest.py")
            or bool({b"tests", b"test"} & {*path.split(b"/")[:-1]})
        )

    # Callers

    def _changed_with_callers(self) -> Iterator[Changed]:
        kinds = (PartKind.FUNCTION, PartKind.CLASS, PartKind.VALUE)
        shown: dict[tuple[bytes, str], tuple[Part, bool]] = {}
        for part, gone in self._kept.values():
            if part.kind in kinds and not self._is_of_tests(part.path):
                key = part.path, part.qualified
                if key not in shown or id(part) in self._come:
                    shown[key] = part, gone
        callers = Callers(self._result, {part.name for part, _ in shown.values()}, self._parsed)
        for (path, qualified), (part, gone) in sorted(shown.items(), key=lambda item: item[0]):
            yield Changed(encode(path), qualified, part.line, gone, tuple(callers.of(part, gone=gone)))


def _without(some: Sequence[Part], others: Sequence[Part]) -> list[Part]:
    """Those of `some` of which `others` have no equal."""
    left = Counter(map(_content, others))
    found = []
    for part in some:
        content = _content(part)
        if left[content]:
            left[content] -= 1
        else:
            found.append(part)
    return found


def _content(part: Part) -> tuple[PartKind, str, str, str]:
    return part.kind, part.owner, part.qualified, part.content


def _names_file(text: bytes, path: bytes) -> bool:
    """Whether a string may be what a file, or a directory that it is in, is read by."""
    *directories, name = path.split(b"/")
    return any(len(one) > 1 and one in text for one in (name, name.rpartition(b".")[0]) if one) or any(
        text.strip(b"/") == one for one in directories
    )


def _names_document(text: bytes, path: bytes) -> bool:
    """Whether a string is the name of a document, a directory that it is in, or a pattern for all of its kind."""
    *directories, name = path.split(b"/")
    return name in text or b"*" + name[name.rfind(b".") :] in text or text.strip(b"/") in directories


def _is_plain(part: Part) -> bool:
    """Whether what pytest collects is called as it is here."""
    return all(chain.startswith("pytest.mark.") or chain.rpartition(".")[2] in _KEEPING for chain in part.decorators)


def _starts_python(part: Part) -> bool:
    """Whether a part may start the program itself in another process."""
    return _is_unseen(part) and any(name.rpartition(".")[2] == "executable" for _, name in part.mentions)


def _is_unseen(part: Part) -> bool:
    """Whether names do not tell what a part runs."""
    return any(word in _UNSEEN for how, name in part.mentions if how is not How.TEXT for word in name.split("."))
