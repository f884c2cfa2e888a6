"""What did the probes see of which a stored report tells, and where and when were they made?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar

from nlbcheck.errors import InputError
from nlbcheck.model import Check, Flow, Observation, Status

_WORDS = {str: "text", int: "a number", float: "a number", dict: "an object", list: "a list"}

Document = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)
_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The probes of a report that was made some time ago, perhaps on another machine."""

    made_at: str
    """In RFC 3339."""
    address: str | None
    """Where all connections left from; None where it was not one and the same."""
    probes: Mapping[_Key, Sequence[Observation]]
    """What each connection saw, by row, and the node's address and port."""

    def of(self, flows: Sequence[Flow]) -> tuple[tuple[Flow, ...], tuple[Observation | None, ...]]:
        """Return the flows, each once for each connection, and what that saw; None where none was made."""
        seen = [
            (flow, one)
            for flow in flows
            for one in self.probes.get((flow.row, str(flow.node.address), flow.port), (None,))
        ]
        return tuple(flow for flow, _ in seen), tuple(one for _, one in seen)


def replayed(report: Document, source: str) -> Replayed:
    """Return the probes of a document ``nlbcheck.report/1``.

    Raises InputError, which begins with ``source`` and names the key, where it is not what nlbcheck writes.
    """
    place = f"{source}: report"
    client = _value(report, "client", place, dict)
    return Replayed(
        _value(report, "started_at", place, str),
        _value(client, "address", f"{place}.client", str, NoneType),
        dict(_probes(report, place)),
    )


def _probes(report: Document, place: str) -> Iterator[tuple[_Key, Sequence[Observation]]]:
    for mapping, at in _objects(report, "mappings", place):
        name = _value(mapping, "name", at, str)
        for node, here in _objects(mapping, "nodes", at):
            if "probe" in node:
                key = (name, _value(node, "address", here, str), _value(node, "port", here, int))
                gravest = _probe(_value(node, "probe", here, dict), f"{here}.probe")
                yield key, [*_samples(node, here)] or [gravest]


def _samples(node: Document, place: str) -> Iterator[Observation]:
    """Yield what each of several connections to a node saw."""
    if "samples" in node:
        for sample, at in _objects(node, "samples", place):
            yield _probe(sample, at)


def _probe(probe: Document, place: str) -> Observation:
    return Observation(
        _choice(probe, "check", place, Check),
        _choice(probe, "status", place, Status),
        _value(probe, "connect_ms", place, int, float, NoneType),
        _value(probe, "total_ms", place, int, float, NoneType),
        _value(probe, "attempts", place, int),
        _value(probe, "local_address", place, str, NoneType),
        _value(probe, "detail", place, dict),
        _value(probe, "error", place, str, NoneType),
    )


def _objects(holder: Document, key: str, place: str) -> Iterator[tuple[Document, str]]:
    """Yield the objects of a list, each with its place in the file."""
    listed = dict(enumerate(_value(holder, key, place, list)))
    for number in listed:
        yield _value(listed, number, f"{place}.{key}", dict), f"{place}.{key}[{number}]"


def _choice(holder: Document, key: str, place: str, words: type[Word]) -> Word:
    """Return which of some words stands under a key."""
    value = _value(holder, key, place, str)
    if value not in set(words):
        raise InputError(f"{place}.{key}: expected one of {', '.join(words)}, found {json.dumps(value)[:40]}")
    return words(value)


def _value(holder: Mapping[Any, Any], key: object, place: str, *kinds: type) -> Any:  # noqa: ANN401
    """Return what stands under a key, which is of one of some kinds."""
    value = holder.get(key)
    if type(value) not in kinds:
        at = f"{place}.{key}" if isinstance(key, str) else f"{place}[{key}]"
        found = "nothing" if value is None else json.dumps(value)[:40]
        raise InputError(f"{at}: expected {_WORDS[kinds[0]]}, found {found}")
    return value
