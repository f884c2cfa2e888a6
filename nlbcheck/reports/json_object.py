"""What stands under the keys of a JSON object that somebody else may have written?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from types import NoneType
from typing import Any, TypeVar

from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.model import Address, Json

_KINDS = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}
_ENDINGS = frozenset(ExitStatus)
"""Exit statuses of a run that made a report; of several tables, one may be wrong."""
_LAST_PORT = 65_535
_SHOWN = 40
"""Characters of a wrong value that are shown."""
_DEEPEST = 40
"""Objects and lists in each other, in what is passed on as it is; AWS's own answers have fewer than ten."""

Word = TypeVar("Word", bound=StrEnum)


class JsonObject:
    """A JSON object with its place in a file. Keys that nobody asks for are ignored.

    Each method raises InputError, with file, place and what was expected, where something else stands there.
    A ``maybe_`` method takes nothing, or null, for None.
    """

    def __init__(self, values: Mapping[str, Any], source: str, place: str = "") -> None:
        """``source`` is the file; ``place`` is where in it: ``report.mappings[0]``, or nothing for all."""
        self._values = values
        self._source = source
        self._place = place

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def text(self, key: str) -> str:
        """Return text."""
        return str(self._value(key, str))

    def maybe_text(self, key: str) -> str | None:
        """Return text."""
        found: str | None = self._value(key, str, NoneType)
        return found

    def number(self, key: str) -> int:
        """Return a whole number from 0."""
        found: int = self._value(key, int)
        if found < 0:
            raise self.refusal(key, "a number from 0")
        return found

    def exit_status(self, key: str) -> ExitStatus:
        """Return how a run ended that made a report."""
        status = self.number(key)
        if status not in _ENDINGS:
            raise self.refusal(key, f"one of {', '.join(str(int(item)) for item in sorted(_ENDINGS))}")
        return ExitStatus(status)

    def port(self, key: str) -> int:
        """Return the number of a port."""
        found = self.number(key)
        if found > _LAST_PORT:
            raise self.refusal(key, f"a port from 0 to {_LAST_PORT}")
        return found

    def maybe_port(self, key: str) -> int | None:
        """Return the number of a port."""
        return None if self._values.get(key) is None else self.port(key)

    def maybe_float(self, key: str) -> float | None:
        """Return a number that a float holds."""
        found = self._value(key, float, int, NoneType)
        try:
            number = None if found is None else float(found)
        except OverflowError:
            number = math.inf
        if number is not None and not math.isfinite(number):
            raise self.refusal(key, "a number")
        return number

    def maybe_flag(self, key: str) -> bool | None:
        """Return true or false."""
        found: bool | None = self._value(key, bool, NoneType)
        return found

    def word(self, key: str, words: type[Word]) -> Word:
        """Return one of some words."""
        found = self._value(key, str)
        if found not in set(words):
            raise self.refusal(key, f"one of {', '.join(words)}")
        return words(found)

    def maybe_word(self, key: str, words: type[Word]) -> Word | None:
        """Return one of some words."""
        return None if self._values.get(key) is None else self.word(key, words)

    def address(self, key: str) -> Address:
        """Return an IP address."""
        try:
            return ip_address(self.text(key))
        except ValueError:
            raise self.refusal(key, "an IP address") from None

    def maybe_address(self, key: str) -> Address | None:
        """Return an IP address."""
        return None if self._values.get(key) is None else self.address(key)

    def time(self, key: str) -> datetime:
        """Return a time in UTC; as text it must name its zone."""
        try:
            found = datetime.fromisoformat(self.text(key))
            if found.tzinfo:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.refusal(key, "a time such as 2026-11-22T03:04:05Z")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; none where the key is not there."""
        found = self._value(key, list, NoneType) or []
        for number, item in enumerate(found):
            if type(item) is not str:
                raise self._refusal(f"{key}[{number}]", "text", item)
        return tuple(found)

    def raw(self, key: str) -> dict[str, Json]:
        """Return an object as it is; an empty one where the key is not there."""
        found: dict[str, Json] = self._value(key, dict, NoneType) or {}
        if not _is_shallow(found, _DEEPEST):
            raise self.refusal(key, "an object nested less deeply")
        return found

    def part(self, key: str) -> JsonObject:
        """Return an object."""
        return JsonObject(self._value(key, dict), self._source, self._at(key))

    def maybe_part(self, key: str) -> JsonObject | None:
        """Return an object."""
        return None if self._values.get(key) is None else self.part(key)

    def parts(self, key: str) -> list[JsonObject]:
        """Return a list of objects."""
        found = []
        for number, item in enumerate(self._value(key, list)):
            if type(item) is not dict:
                raise self._refusal(f"{key}[{number}]", "an object", item)
            found.append(JsonObject(item, self._source, self._at(f"{key}[{number}]")))
        return found

    def maybe_parts(self, key: str) -> list[JsonObject]:
        """Return a list of objects; none where the key is not there."""
        return [] if self._values.get(key) is None else self.parts(key)

    def refusal(self, key: str, expected: str) -> InputError:
        """Return the error that something else than what was expected stands under a key."""
        return self._refusal(key, expected, self._values.get(key))

    def _value(self, key: str, *kinds: type) -> Any:  # noqa: ANN401 (of one of the kinds)
        value = self._values.get(key)
        if type(value) not in kinds:
            raise self._refusal(key, _KINDS[kinds[0]], value)
        return value

    def _refusal(self, key: str, expected: str, value: object) -> InputError:
        found = "nothing" if value is None else shortened(json.dumps(value), _SHOWN)
        return InputError(printable(f"{self._source}: {self._at(key)}: expected {expected}, found {found}"))

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key


def _is_shallow(value: Json, depth: int) -> bool:
    """Whether a value has at most so many objects and lists in each other."""
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)
