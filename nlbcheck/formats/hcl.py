"""How is a resource written in HCL, as ``terraform fmt`` would?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nlbcheck.escape import printable
from nlbcheck.model import Json

Arguments = dict[str, Json]
"""A block's arguments; those that are None are left out, and a mapping is a nested block."""


@dataclass(frozen=True, slots=True)
class ResourceText:
    """A resource block, without its name."""

    type: str
    arguments: Arguments


def block(item: ResourceText, name: str) -> Iterator[str]:
    """Yield the lines of a resource block."""
    yield f'resource "{item.type}" "{name}" {{'
    yield from _arguments(item.arguments, "  ")
    yield "}"


def _arguments(arguments: Mapping[str, Json], indent: str) -> Iterator[str]:
    """Yield arguments as terraform fmt writes them: their values below each other."""
    given = {name: value for name, value in arguments.items() if value is not None}
    plain = {name: value for name, value in given.items() if not isinstance(value, Mapping)}
    width = max(map(len, plain), default=0)
    for name, value in plain.items():
        yield f"{indent}{name:{width}} = {_literal(value)}"
    for name, nested in given.items():
        if isinstance(nested, Mapping):
            yield ""
            yield f"{indent}{name} {{"
            yield from _arguments(nested, f"{indent}  ")
            yield f"{indent}}}"


def _literal(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else quoted(str(value))


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """Return a text as HCL quotes it: nothing in it is a template, ends it, or steers a terminal."""
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    plain = escaped.replace("${", "$${").replace("%{", "%%{")
    safe = "".join(_safe(character) for character in plain)
    if printable(safe) != safe:  # what CI systems take for commands
        safe = safe.replace("##", "#\\u0023").replace("::", ":\\u003a")
    return f'"{safe}"'


def _safe(character: str) -> str:
    """Return a character, written out where it could not be seen or would steer something."""
    if printable(character) == character:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
