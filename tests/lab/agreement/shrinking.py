"""What of a recording does a disagreement not need?"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording


def shrunk(known: Recording, differs: Callable[[Recording], bool], seconds: float) -> Recording:
    """Return a recording from whose lists everything is gone without which ``differs`` still holds.

    Halves of lists first, then smaller parts; after some ``seconds`` what is left is returned.
    """
    document = recording.document(known)
    deadline = time.monotonic() + seconds
    smaller = True
    while smaller:
        smaller = False
        for place in list(_lists(document)):
            smaller |= _thin(document, place, differs, deadline)
    return _parsed(document)


def _lists(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where lists are, outer ones first."""
    if isinstance(value, list):
        if place and value:
            yield place
        for number in reversed(range(len(value))):
            yield from _lists(value[number], (*place, number))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _lists(inner, (*place, key))


def _thin(
    document: dict[str, Any], place: tuple[Any, ...], differs: Callable[[Recording], bool], deadline: float
) -> bool:
    items = _at(document, place)
    if items is None:
        return False
    before, size = len(items), len(items)
    while size and time.monotonic() < deadline:
        start = 0
        while start < len(items) and time.monotonic() < deadline:
            gone = items[start : start + size]
            del items[start : start + size]
            if not differs(_parsed(document)):
                items[start:start] = gone
                start += size
        size //= 2
    return len(items) < before


def _at(document: Any, place: tuple[Any, ...]) -> list[Any] | None:
    """Return the list at a place, if it is still there."""
    for key in place:
        try:
            document = document[key]
        except (IndexError, KeyError):
            return None
    return document if isinstance(document, list) else None


def _parsed(document: dict[str, Any]) -> Recording:
    return recording.parse(copy.deepcopy(document), "the smaller recording")
