"""Does a Python definition mean the same where it comes to stand as where it stood?

Each of its free names has to be bound to the same thing at both places: a builtin, what the same import brings, a
symbol of one of the modules wherever that is now. A name that nothing binds at the new place is missed there by who
runs the code, so it cannot mean something else. A method that asks its object for anything has to stay in a class that
its objects are of. And nothing else may come to mean it, or lose it to something else of its name.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from git_dagpatch.languages.python_meanings import (
    Builtin,
    Class,
    Imported,
    Meaning,
    Modules,
    Nothing,
    Own,
    Package,
    Scoped,
    Starred,
    Unknown,
)
from git_dagpatch.languages.python_scopes import Form, Raw, Scope
from git_dagpatch.languages.python_variables import python_variables
from git_dagpatch.model.transfer import Becoming, Transfer

_OF_THE_CLASS = ("super", "__class__")


def means_the_same(transfer: Transfer) -> bool:
    """Whether it is proved that what `transfer` carries means the same where it comes to stand."""
    carried = _carried(transfer)
    return carried is not None and carried.keeps_its_names() and _but_for_names(carried)


def doubted(transfer: Transfer) -> list[str]:
    """The names in what `transfer` carries of which that is not proved; its own if others may find something else."""
    carried = _carried(transfer)
    if carried is None:
        return []
    own = [] if _but_for_names(carried) else [transfer.new_name.rpartition(".")[2]]
    return list(dict.fromkeys([*own, *carried.doubted_names()]))


def _but_for_names(carried: _Carried) -> bool:
    return (
        carried.keeps_its_class()
        and carried.is_met_by_nobody()
        and (carried.transfer.is_copy or carried.is_missed_by_nobody())
    )


def _carried(transfer: Transfer) -> _Carried | None:
    """None if a side cannot be read, or does not hold what is carried."""
    before, after = Modules(transfer.before), Modules(transfer.after)
    source, target = before.at(transfer.source), before.at(transfer.target)
    left, arrived = after.at(transfer.left) or Scoped.empty(transfer.left), after.at(transfer.arrived)
    if source is None or target is None or arrived is None:
        return None
    here = _Range.of(source, transfer.name, transfer.is_variable)
    there = _Range.of(arrived, transfer.new_name, transfer.is_variable)
    if here is None or there is None:
        return None
    return _Carried(transfer, here, there, target, left, before, after, _Became(transfer.became, before))


class _Range(NamedTuple):
    """A definition or an assignment in a module."""

    module: Scoped
    start: int
    end: int
    around: Scope
    """The class that it is in, or the module."""
    scope: Scope | None
    """Its own."""
    name: str

    @classmethod
    def of(cls, module: Scoped, name: str, is_variable: bool) -> _Range | None:
        """None if it cannot be told, or if it is in a function."""
        owner, _, own_name = name.rpartition(".")
        if not is_variable:
            scope = module.scope(name)
            if scope is None or scope.parent is None or scope.parent.kind not in ("module", "class"):
                return None
            return cls(module, scope.start, scope.end, scope.parent, scope, own_name)
        found = [one for one in python_variables(module.text) if one.name == name]
        if len(found) != 1:
            return None
        starts = [0, *accumulate(map(len, module.text.splitlines(keepends=True)))]
        start, end = starts[found[0].start], starts[found[0].end]
        around = module.scope(owner) if owner else module.top
        names = [raw for raw in module.identifiers(start, end) if raw.name == own_name]
        # What a method assigns is an attribute of its class, too.
        if around is None or not any(raw.scope is around for raw in names):
            return None
        return cls(module, start, end, around, None, own_name)

    def holds(self, scope: Scope | None) -> bool:
        return scope is not None and scope.kind != "module" and self.start <= scope.start and scope.end <= self.end

    def names(self) -> Iterator[Raw]:
        return self.module.identifiers(self.start, self.end)

    @property
    def place(self) -> int:
        """Where its name stands."""
        if self.scope is not None:
            return self.scope.body
        return next(raw.start for raw in self.names() if raw.scope is self.around and raw.name == self.name)

    @property
    def text(self) -> bytes:
        return self.module.text[self.start : self.end]

    def is_in_own_class(self, scope: Scope | None) -> bool:
        """Whether `scope` is in a class that is in here."""
        while scope is not None and self.holds(scope):
            if scope.kind == "class":
                return True
            scope = scope.parent
        return False

    def when_made(self, scope: Scope | None) -> bool:
        """Whether what stands in `scope` is executed when this is made."""
        while scope is not None and self.holds(scope):
            if scope.kind in ("function", "lambda"):
                return False
            scope = scope.parent
        return True


class _Became:
    """Where symbols are in the end."""

    def __init__(self, steps: Sequence[Becoming], before: Modules) -> None:
        self._steps = steps
        self._before = before

    def knows(self, own: Own) -> bool:
        """Whether the patch puts a symbol elsewhere."""
        return any(step.path == own.path and step.name == own.qualified for step in self._steps)

    def now(self, meaning: Meaning) -> Meaning:
        """`meaning`, where the patch has put it."""
        for step in self._steps:
            match meaning:
                case Own(path, qualified) if step.path == path:
                    if not step.name:
                        meaning = Own(step.new_path, qualified)
                    elif qualified == step.name or qualified.startswith(f"{step.name}."):
                        meaning = Own(step.new_path, step.new_name + qualified[len(step.name) :])
                case Imported(_, _, name) if name and self._before.leads(meaning, step.path):
                    if not step.name:
                        meaning = Own(step.new_path, name)
                    elif name == step.name:
                        meaning = Own(step.new_path, step.new_name)
        return meaning


class _Carried(NamedTuple):
    transfer: Transfer
    here: _Range
    there: _Range
    target: Scoped
    """The new place before."""
    left: Scoped
    """The old place in the end."""
    before: Modules
    after: Modules
    became: _Became

    @property
    def _own(self) -> Own:
        return Own(self.transfer.source, self.transfer.name)

    @property
    def _name(self) -> str:
        return self.transfer.new_name.rpartition(".")[2]

    # Names

    def keeps_its_names(self) -> bool:
        return next(self.doubted_names(), None) is None

    def doubted_names(self) -> Iterator[str]:
        """Those that may mean something else; one comes as often as it stands there."""
        above = self.there.module.bound_above(self.there.start)
        place = self.here.place
        # What another operation has replaced is shown there.
        still = {raw.name for raw in self.there.names()}
        for raw in self.here.names():
            if raw.form is not Form.NAME or raw.start == place or raw.name not in still:
                continue
            home = raw.scope.binder(raw.name)
            if self.here.holds(home):
                if raw.scope.elsewhere.get(raw.name):
                    yield raw.name
                continue
            if home is not None and home.kind not in ("module", "class"):
                yield raw.name
                continue
            is_outer = raw.scope is self.here.around
            before = self.here.module.meaning(raw.name, raw.scope if is_outer else None)
            if self.transfer.is_copy and isinstance(before, Nothing):
                # What is new itself may get what it needs later.
                before = self.left.meaning(raw.name)
            if isinstance(before, Nothing) and self.became.knows(Own(self.here.module.path, raw.name)):
                before = Own(self.here.module.path, raw.name)
            after = self.there.module.meaning(raw.name, self.there.around if is_outer else None)
            if not self._agree(before, after, raw):
                yield raw.name
                continue
            known_above = (
                raw.name in above
                or not isinstance(after, Own | Imported | Package)
                or "." in getattr(after, "qualified", "")
            )
            if self.here.when_made(raw.scope) and not known_above:
                yield raw.name

    def _agree(self, before: Meaning, after: Meaning, raw: Raw) -> bool:
        sets = raw.scope.elsewhere.get(raw.name) == "global"
        if isinstance(before, Unknown) or isinstance(after, Unknown):
            return False
        if isinstance(before, Package):
            before = before.as_used_in(self.here.module, raw.name, self.here.text)
        now = self.became.now(before)
        if isinstance(after, Nothing):
            return not sets and not isinstance(before, Builtin | Starred)
        if sets or (isinstance(before, Own) and raw.name in self.here.module.rebound):
            # Another module would have the value alone.
            return now == after
        return self.after.same(now, after)

    # Classes

    def keeps_its_class(self) -> bool:
        old, new = self.here.around, self.there.around
        if self._stays_in_its_class():
            return True
        if self._is_of_its_class():
            return old.kind == new.kind == "class" and _own_name(old) == _own_name(new) and not self._asks_the_class()
        if old.kind == new.kind == "class" and self._reads_its_object():
            return self._is_related()
        return True

    def _stays_in_its_class(self) -> bool:
        old, new = self.here, self.there
        return (old.module.path, old.around.qualified) == (new.module.path, new.around.qualified)

    def _is_of_its_class(self) -> bool:
        """Whether the class around is part of what it means, by its name or its place among others."""
        return any(
            (_is_mangled(raw.name) or (raw.form is Form.NAME and raw.name in _OF_THE_CLASS))
            and not self.here.is_in_own_class(raw.scope)
            for raw in self.here.names()
        )

    def _asks_the_class(self) -> bool:
        return any(raw.name in _OF_THE_CLASS for raw in self.here.names())

    def _reads_its_object(self) -> bool:
        scope = self.here.scope
        if scope is None or scope.kind != "function" or not scope.receiver:
            return False
        found = [
            raw
            for raw in self.here.names()
            if raw.form is Form.NAME and raw.name == scope.receiver and raw.scope.binder(raw.name) is scope
        ]
        return len(found) > 1

    def _is_related(self) -> bool:
        """Whether objects of the one class find it in the other one, where nothing of its name comes between."""
        of, above = self.left.class_(self.here.around.qualified), self.there.module.class_(self.there.around.qualified)
        pulled_up = of is not None and above is not None and self.after.finds(of, above, self._name)
        return pulled_up or self._is_pushed_down()

    def _is_pushed_down(self) -> bool:
        """Whether the objects of the class that gets it found it before in the one that it comes from."""
        names = self.there.around.qualified, self.here.around.qualified
        if self.here.around.kind != "class" or self.there.around.kind != "class":
            return False
        for modules in (self.before, Modules(self.transfer.base)):
            places = modules.at(self.transfer.target), modules.at(self.transfer.source)
            of, above = (
                module.class_(name) if module is not None else None for module, name in zip(places, names, strict=True)
            )
            if of is not None and above is not None and modules.finds(of, above, self._name):
                return True
        return False

    # Others

    def is_met_by_nobody(self) -> bool:
        """Whether nothing at the new place that meant something else means this now."""
        around = self.there.around
        if around.kind == "class":
            looked_up = any(
                raw.name == self._name
                and raw.form is Form.NAME
                and raw.scope is around
                and not self.there.start <= raw.start < self.there.end
                for raw in self.there.module.raw
            )
            of = Class(self.there.module, around)
            if looked_up:
                return False
            # What stays in its class, a copy, is as much an heir there as it was.
            return self._stays_in_its_class() or self._is_pushed_down() or not self.after.may_override(of, self._name)
        if hasattr(builtins, self._name):
            return False
        start = end = -1
        if self.target.path == self.here.module.path:
            start, end = self.here.start, self.here.end
        found = self.target.meaning(self._name)
        unread = not self.target.reads_at_top(self._name, start, end)
        return unread or isinstance(found, Nothing) or self.before.same(self._own, found)

    def is_missed_by_nobody(self) -> bool:
        """Whether nothing that meant this at the old place means something else there now."""
        if self.here.around.kind == "class":
            return True
        name = self.transfer.name
        if hasattr(builtins, name):
            return False
        found = self.left.meaning(name)
        return (
            isinstance(found, Nothing)
            or not self.left.reads_at_top(name, -1, -1)
            or self.after.same(self.became.now(self._own), found)
        )


def _own_name(scope: Scope) -> str:
    return scope.qualified.rpartition(".")[2]


def _is_mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")
