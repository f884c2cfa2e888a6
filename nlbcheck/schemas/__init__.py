"""Which JSON documents does nlbcheck read and write? The JSON Schema of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from nlbcheck.model import Json

NAMES: Mapping[str, str] = {
    "report": "What probe, diagnose and smoke print with -f json.",
    "trace": "What trace prints with -f json.",
    "drift": "What mapping check prints with -f json.",
    "inspection": "What inspect prints with -f json.",
    "diff": "What report diff prints with -f json.",
    "snapshot": "The file that snapshot writes.",
    "table": "The mapping table, in JSON or YAML.",
}
"""Every document, and what it is."""


def schema(name: str) -> Mapping[str, Json]:
    """Return the JSON Schema (draft 2020-12) of one of ``NAMES``; KeyError for another."""
    if name == "table":
        from nlbcheck.relays.schema import SCHEMA

        return SCHEMA
    if name not in NAMES:
        raise KeyError(name)
    make: Callable[[], Mapping[str, Json]] = import_module(f"{__name__}.{name}_schema").schema
    return make()
