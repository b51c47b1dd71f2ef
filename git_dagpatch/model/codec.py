"""Patches to canonical JSON and back. A document is untrusted: it is refused whole, or read whole.

Unknown kinds and unknown fields of a patch, its metadata and its operations are kept and written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from git_dagpatch.model.dag import Dag, mask_of
from git_dagpatch.model.errors import InvalidPatch
from git_dagpatch.model.ids import canonical, fields, operation_ids, patch_id
from git_dagpatch.model.operation import KINDS, Operation, Unknown
from git_dagpatch.model.patch import FORMAT, Metadata, Patch

MAX_DOCUMENT = 1 << 30
"""The most bytes that a document may have."""
MAX_OPERATIONS = 1_000_000
MAX_NESTING = 100
"""How deeply a field may be nested that this version does not know."""

_BY_TYPE = {str(kind.__struct_config__.tag): kind for kind in KINDS}
_S = TypeVar("_S", bound=msgspec.Struct)


def encode(patch: Patch) -> bytes:
    """The canonical JSON of `patch`, without a newline at the end."""
    return canonical(document(patch))


def document(patch: Patch) -> dict[str, Any]:
    """`patch` as plain dicts, lists and strings."""
    metadata = msgspec.to_builtins(patch.metadata)
    metadata |= metadata.pop("extra")
    return patch.extra | {
        "format": FORMAT,
        "id": patch.id,
        "base": patch.base,
        "result": patch.result,
        "base_tar": patch.base_tar,
        "metadata": metadata,
        "operations": [fields(operation) for operation in patch.operations],
    }


def decode(data: bytes) -> Patch:
    """Read a document. Raises InvalidPatch with what is wrong with it."""
    if len(data) > MAX_DOCUMENT:
        raise InvalidPatch(f"The patch has {len(data):,} bytes; at most {MAX_DOCUMENT:,} are accepted.")
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidPatch("The patch is not JSON, or was cut off.", cause=str(error)) from error
    except RecursionError as error:
        raise InvalidPatch("The patch is nested more deeply than is accepted.") from error
    return from_document(raw)


def from_document(raw: Any) -> Patch:
    """Read a patch from plain dicts, lists and strings. Missing ids are computed, wrong ones refused."""
    if not isinstance(raw, dict) or not isinstance(raw.get("format"), str):
        raise InvalidPatch("This is JSON, but not a patch.", hint=f'A patch starts with "format": "{FORMAT}".')
    if raw["format"] != FORMAT:
        raise InvalidPatch(
            f"The patch has the format {raw['format']!r}; this version reads {FORMAT!r}.",
            hint="Read it with a newer git dagpatch.",
        )
    operations = raw.get("operations")
    if not isinstance(operations, list):
        raise InvalidPatch("The patch has no list of operations.")
    if len(operations) > MAX_OPERATIONS:
        raise InvalidPatch(f"The patch has {len(operations):,} operations; at most {MAX_OPERATIONS:,} are accepted.")
    rest = {key: value for key, value in raw.items() if key not in ("format", "operations", "metadata")}
    metadata = _struct(Metadata, raw.get("metadata", {}), "metadata")
    read = [_operation(number, item) for number, item in enumerate(operations)]
    linked = _link(read)
    patch = _struct(Patch, {"id": ""} | rest | {"metadata": {}, "operations": []}, "the patch")
    patch = msgspec.structs.replace(patch, metadata=metadata, operations=linked)
    return _with_id(patch)


def dag(operations: Sequence[Operation]) -> Dag:
    """The graph of operations whose ids are set. Raises InvalidPatch for a circle."""
    numbers = {operation.id: number for number, operation in enumerate(operations)}
    return Dag([mask_of(numbers[need] for need in operation.depends_on) for operation in operations])


def _struct(kind: type[_S], raw: Any, where: str) -> _S:
    """`raw` as `kind`; keys that `kind` does not know go to its field `extra`."""
    if not isinstance(raw, dict):
        raise InvalidPatch(f"In the patch, {where} is not an object.")
    known = {name for name in kind.__struct_fields__ if name != "extra"} | {kind.__struct_config__.tag_field}
    split = {key: value for key, value in raw.items() if key in known}
    split["extra"] = {key: value for key, value in raw.items() if key not in known}
    _check_nesting(split["extra"])
    try:
        return msgspec.convert(split, kind)
    except msgspec.ValidationError as error:
        raise InvalidPatch(f"In the patch, {where} is not as the format asks.", cause=str(error)) from error


def _check_nesting(value: Any) -> None:
    """Refuse what is nested so deeply that it could not be written again."""
    level = [value]
    for _ in range(MAX_NESTING):
        level = [child for item in level if isinstance(item, dict | list) for child in _children(item)]
        if not level:
            return
    raise InvalidPatch("The patch is nested more deeply than is accepted.")


def _children(item: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return item.values() if isinstance(item, dict) else item


def _operation(number: int, raw: Any) -> Operation:
    where = f"operation #{number}"
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise InvalidPatch(f"In the patch, {where} is not an object with a type.")
    kind = _BY_TYPE.get(raw["type"])
    if kind is not None:
        return _struct(kind, raw, where)
    return _struct(Unknown, raw | {"type": "unknown", "unknown_type": raw["type"]}, where)


def _link(operations: list[Operation]) -> list[Operation]:
    """Set the ids, and make every dependency an id."""
    computed = operation_ids(operations)
    for number, (operation, right) in enumerate(zip(operations, computed, strict=True)):
        if operation.id is not UNSET and operation.id != right:
            raise InvalidPatch(
                f"Operation #{number} of the patch has the id {operation.id!r}, but its content has {right!r}.",
                cause="The patch was changed after it was written, or was damaged.",
                hint="Leave the id out to have it computed.",
            )
    known = set(computed)
    linked = []
    for operation, right in zip(operations, computed, strict=True):
        needs = [_dependency(need, computed, known) for need in operation.depends_on]
        because = operation.because
        if because is not UNSET:
            because = {_dependency(need, computed, known): why for need, why in because.items()}
        linked.append(msgspec.structs.replace(operation, id=right, depends_on=needs, because=because))
    return linked


def _dependency(need: str, ids: list[str], known: set[str]) -> str:
    if need in known:
        return need
    if need.startswith("#") and need[1:].isdecimal() and len(need) < 9 and int(need[1:]) < len(ids):
        return ids[int(need[1:])]
    raise InvalidPatch(f"An operation of the patch depends on {need!r}, which is not in it.")


def _with_id(patch: Patch) -> Patch:
    right = patch_id(patch.base_tar, patch.operations, patch.metadata)
    if patch.id not in ("", right):
        raise InvalidPatch(
            f"The patch has the id {patch.id!r}, but its content has {right!r}.",
            cause="It was changed after it was written, or was damaged.",
            hint="Leave the id out to have it computed.",
        )
    dag(patch.operations)
    return msgspec.structs.replace(patch, id=right)
