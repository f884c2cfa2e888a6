"""How does a JSON Schema read as a page?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def page(name: str, about: str, schema: Schema) -> str:
    """Return a page that tells every key of every object, with a link to the schema itself."""
    lines = [f"# {schema['title']}", "", f"{about} [The JSON Schema]({name}.schema.json), draft 2020-12.", ""]
    for part in schema.get("anyOf", [schema]):
        lines += _object("The document", part) if "properties" in part else []
    for title, part in schema["$defs"].items():
        lines += _object(title, part)
    return "\n".join(lines)


def _object(title: str, part: Schema) -> Iterator[str]:
    """Yield a table of an object's keys; objects inside it that have no name of their own follow."""
    yield from (f"## {title}", "", part.get("description", ""), "")
    yield from ("| key | | value | meaning |", "| --- | --- | --- | --- |")
    needed = part.get("required", ())
    inside = []
    for key, value in part["properties"].items():
        always = "" if key in needed else "optional"
        yield f"| `{key}` | {always} | {_cell(_kind(value))} | {_cell(value.get('description', ''))} |"
        inside += [(f"{title}: {key}", found) for found in _records(value)]
    yield ""
    for name, found in inside:
        yield from _object(name, found)


def _records(value: Schema) -> Iterator[Schema]:
    """Yield the objects with keys of their own that a value may be."""
    if "properties" in value:
        yield value
    for inner in (*value.get("anyOf", ()), *([value["items"]] if "items" in value else [])):
        yield from _records(inner)


def _kind(value: Schema) -> str:
    """Return in words what a value may be."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name})"
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(inner) for inner in value["anyOf"]))
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}"
    return str(value.get("format") or value.get("type") or "anything")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
