"""Where in an item does a filter's name point, and which values stand there?

EC2's filter names are paths in its answers, written another way: ``route.destination-cidr-block`` is
``Routes[].DestinationCidrBlock``. Those that are not stand in ``irregular``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

FieldPath = tuple[str, ...]


def follow(shapes: Iterable[Any], name: str) -> FieldPath | None:
    """Return the path that a dotted, hyphenated name means in the first of ``shapes`` that has it."""
    for shape in shapes:
        path = _follow(shape, name.split("."))
        if path is not None:
            return path
    return None


def _follow(shape: Any, segments: list[str]) -> FieldPath | None:  # noqa: ANN401  # a botocore shape
    path = []
    for segment in segments:
        shape = _element(shape)
        key = _member(shape, segment)
        if key is None:
            return None
        path.append(key)
        shape = shape.members[key]
    return None if _element(shape).type_name == "structure" else tuple(path)


def _member(shape: Any, segment: str) -> str | None:  # noqa: ANN401
    if shape.type_name != "structure":
        return None
    word = segment.replace("-", "").lower()
    forms = {word, f"{word}s", f"{word}es", f"{word}set"}
    if word.endswith("y"):
        forms.add(f"{word[:-1]}ies")
    return next((key for key in shape.members if key.lower() in forms), None)


def _element(shape: Any) -> Any:  # noqa: ANN401
    while shape.type_name == "list":
        shape = shape.member
    return shape


def values(item: Any, path: FieldPath) -> Iterator[str]:  # noqa: ANN401  # a JSON value of any shape
    """Yield the values at a path as filters write them; lists on the way are gone through."""
    if isinstance(item, (list, tuple)):
        for element in item:
            yield from values(element, path)
    elif path:
        if path[0] in item:
            yield from values(item[path[0]], path[1:])
    elif isinstance(item, bool):
        yield "true" if item else "false"
    else:
        yield str(item)
