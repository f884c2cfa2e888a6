"""Of which parts are the schemas made?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from nlbcheck.model import Json

Part = Mapping[str, Json]
"""The schema of one value."""

TEXT: Part = {"type": "string"}
FLAG: Part = {"type": "boolean"}
COUNT: Part = {"type": "integer", "minimum": 0}
NUMBER: Part = {"type": "number", "minimum": 0}
PORT: Part = {"type": "integer", "minimum": 0, "maximum": 65535}
TIME: Part = {"type": "string", "format": "date-time"}
ADDRESS: Part = {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}
ANYTHING: Part = {"type": "object"}
"""An object whose keys are not nlbcheck's to fix: AWS's, or evidence for readers."""


def said(part: Part, meaning: str) -> Part:
    """Return a part with what it means."""
    return {**part, "description": meaning}


def maybe(part: Part) -> Part:
    """Return a part that may be null."""
    return {"anyOf": [part, {"type": "null"}]}


def one_of(words: Iterable[StrEnum | str | int]) -> Part:
    """Return the part that is one of some words or numbers; an enumeration gives all of its own."""
    return {"enum": [word.value if isinstance(word, StrEnum) else word for word in words]}


def listed(part: Part) -> Part:
    """Return a list of a part."""
    return {"type": "array", "items": part}


def by_name(part: Part) -> Part:
    """Return an object that has any names as keys."""
    return {"type": "object", "additionalProperties": part}


def ref(name: str) -> Part:
    """Return the part that stands under ``$defs``."""
    return {"$ref": f"#/$defs/{name}"}


def record(
    always: Mapping[str, Part], sometimes: Mapping[str, Part] | None = None, meaning: str = ""
) -> Part:
    """Return an object with the keys that it always has, those that it may have, and no others."""
    return {
        **({"description": meaning} if meaning else {}),
        "type": "object",
        "properties": {**always, **(sometimes or {})},
        "required": list(always),
        "additionalProperties": False,
    }


def whole(name: str, part: Part, defs: Mapping[str, Part]) -> dict[str, Json]:
    """Return the schema of a document, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **part,
        "$defs": {**defs},
    }
