"""Of which parts are the schemas made?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from nlbcheck.model import Json

SchemaPart = Mapping[str, Json]
"""The schema of one value."""

TEXT: SchemaPart = {"type": "string"}
FLAG: SchemaPart = {"type": "boolean"}
COUNT: SchemaPart = {"type": "integer", "minimum": 0}
NUMBER: SchemaPart = {"type": "number", "minimum": 0}
PORT: SchemaPart = {"type": "integer", "minimum": 0, "maximum": 65535}
TIME: SchemaPart = {"type": "string", "format": "date-time"}
ADDRESS: SchemaPart = {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}
ANYTHING: SchemaPart = {"type": "object"}
"""An object whose keys are not nlbcheck's to fix: AWS's, or evidence for readers."""


def said(part: SchemaPart, meaning: str) -> SchemaPart:
    """Return a part with what it means."""
    return {**part, "description": meaning}


def maybe(part: SchemaPart) -> SchemaPart:
    """Return a part that may be null."""
    return {"anyOf": [part, {"type": "null"}]}


def one_of(words: Iterable[StrEnum | str | int]) -> SchemaPart:
    """Return the part that is one of some words or numbers; an enumeration gives all of its own."""
    return {"enum": [word.value if isinstance(word, StrEnum) else word for word in words]}


def listed(part: SchemaPart) -> SchemaPart:
    """Return a list of a part."""
    return {"type": "array", "items": part}


def by_name(part: SchemaPart) -> SchemaPart:
    """Return an object that has any names as keys."""
    return {"type": "object", "additionalProperties": part}


def ref(name: str) -> SchemaPart:
    """Return the part that stands under ``$defs``."""
    return {"$ref": f"#/$defs/{name}"}


def record(
    always: Mapping[str, SchemaPart], sometimes: Mapping[str, SchemaPart] | None = None, meaning: str = ""
) -> SchemaPart:
    """Return an object with the keys that it always has, those that it may have, and no others."""
    return {
        **({"description": meaning} if meaning else {}),
        "type": "object",
        "properties": {**always, **(sometimes or {})},
        "required": list(always),
        "additionalProperties": False,
    }


def whole(name: str, part: SchemaPart, defs: Mapping[str, SchemaPart]) -> dict[str, Json]:
    """Return the schema of a document, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **part,
        "$defs": {**defs},
    }
