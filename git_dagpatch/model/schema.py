"""The JSON Schemas of the formats, generated from the types."""

from __future__ import annotations

from typing import Any

import msgspec

from git_dagpatch.model.impact import FORMAT as IMPACT_FORMAT
from git_dagpatch.model.impact import Impact
from git_dagpatch.model.operation import KINDS
from git_dagpatch.model.patch import FORMAT, Patch
from git_dagpatch.model.review import FORMAT as REVIEW_FORMAT
from git_dagpatch.model.review import Review

_DEFINITIONS = "#/$defs/"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a patch document. Kinds and fields that it does not name are allowed."""
    _, definitions = msgspec.json.schema_components([Patch, *KINDS], ref_template=_DEFINITIONS + "{name}")
    for definition in definitions.values():
        definition.get("properties", {}).pop("extra", None)
    patch = definitions.pop("Patch")
    definitions.pop("Operation")
    names = [kind.__name__ for kind in KINDS]
    definitions["Unknown"] = {
        "title": "Unknown",
        "description": "An operation of a kind that this version does not know: kept and shown, never executed.",
        "type": "object",
        "properties": {"type": {"not": {"enum": [str(kind.__struct_config__.tag) for kind in KINDS]}}},
        "required": ["type"],
    }
    patch["properties"] |= {
        "format": {"const": FORMAT},
        "operations": {"type": "array", "items": {"anyOf": [{"$ref": _DEFINITIONS + n} for n in [*names, "Unknown"]]}},
    }
    patch["required"] = ["base", "base_tar", "format", "operations", "result"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **patch,
        "$defs": dict(sorted(definitions.items())),
    }


def review_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what ``review --json`` prints. Later versions may add fields."""
    return _schema_of(Review, REVIEW_FORMAT)


def impact_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what ``review --impact --json`` prints. Later versions may add fields."""
    return _schema_of(Impact, IMPACT_FORMAT)


def _schema_of(kind: type[Review | Impact], form: str) -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([kind], ref_template=_DEFINITIONS + "{name}")
    found = definitions.pop(kind.__name__)
    found["properties"] |= {"format": {"const": form}}
    found["required"] = sorted({"format", *found["required"]})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "$defs": dict(sorted(definitions.items())),
    }
