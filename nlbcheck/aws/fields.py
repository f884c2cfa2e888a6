"""What does one field of an AWS answer say, when nothing about its shape can be trusted?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from nlbcheck.model.facts import NOT_YET
from nlbcheck.model.net import Address, Network

Raw = Mapping[str, Any]
"""One object of an answer, as boto3 returns it; any field may be missing or of a wrong type."""

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class AfterApply:
    """Stands in a field whose value is known only after an apply: no reader takes it for any value."""

    name: str
    """Where the value is to come from: ``aws_route.to_vpc_1.gateway_id``."""
    may_be: tuple[str, ...] = ()
    """The ids that it may be, where it is no other's; none where it may be any."""
    is_left_to_aws: bool = False
    """Whether the configuration does not say it: then it is what AWS does by default."""
    is_sensitive: bool = False
    """Whether it is known and marked sensitive: then it is not read, so that it stands nowhere."""

    def __str__(self) -> str:
        if self.is_sensitive:
            return f"{self.name} is marked sensitive and is not read"
        return f"{self.name} {NOT_YET}"


class UnreadableError(Exception):
    """A field without which an object says nothing is missing or makes no sense.

    ``field`` is its name, ``of`` the very object that it is a field of.
    """

    def __init__(self, field: str, of: Raw) -> None:
        super().__init__(field)
        self.field = field
        self.of = of

    def place_in(self, answer: Raw) -> str | None:
        """Return where the field is in an answer: ``Subnets[3].CidrBlock``; None when it is in another."""
        around = _place(answer, self.of)
        return None if around is None else f"{around}.{self.field}".removeprefix(".")


def _place(value: object, wanted: Raw, here: str = "") -> str | None:
    """Return where in a value an object is: that very one, and none that is like it."""
    if value is wanted:
        return here
    steps: Iterable[tuple[str, object]] = ()
    if isinstance(value, Mapping):
        steps = ((f"{here}.{key}", item) for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        steps = ((f"{here}[{number}]", item) for number, item in enumerate(value))
    places = (_place(item, wanted, step) for step, item in steps)
    return next((place for place in places if place is not None), None)


def text(raw: Raw, key: str) -> str | None:
    """Return a field's text; None when it is absent, empty or not text."""
    value = raw.get(key)
    return value if isinstance(value, str) and value else None


def text_if_any(raw: Raw, key: str) -> str | None:
    """Return a text that AWS leaves out where there is none."""
    return None if raw.get(key) is None else needed(raw, key)


def needed(raw: Raw, key: str) -> str:
    """Return a field's text, without which the object cannot be read."""
    value = text(raw, key)
    if value is None:
        raise UnreadableError(key, raw)
    return value


def number(raw: Raw, key: str) -> int | None:
    """Return a whole number, also one that is written as text; None when there is none."""
    value = raw.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def needed_number(raw: Raw, key: str) -> int:
    """Return a whole number, without which the object cannot be read."""
    value = number(raw, key)
    if value is None:
        raise UnreadableError(key, raw)
    return value


def flag(raw: Raw, key: str) -> bool | None:
    """Return true or false, also when written as text or as ``enable`` and ``disable``."""
    return _FLAGS.get(raw[key]) if isinstance(raw.get(key), (bool, str)) else None


_FLAGS: dict[object, bool] = {
    True: True, "true": True, "enable": True, "enabled": True, "on": True,
    False: False, "false": False, "disable": False, "disabled": False, "off": False,
}  # fmt: skip


def needed_flag(raw: Raw, key: str) -> bool:
    """Return true or false, without which the object cannot be read."""
    value = flag(raw, key)
    if value is None:
        raise UnreadableError(key, raw)
    return value


def choice(raw: Raw, key: str, kind: type[_Choice]) -> _Choice | None:
    """Return a field's value among the known ones; None when it is absent or not known here."""
    try:
        return kind(text(raw, key) or "")
    except ValueError:
        return None


def region(raw: Raw, key: str) -> str | None:
    """Return a Region, such as ``ap-northeast-1``; None when there is none in such a form."""
    value = text(raw, key)
    return value if value and _REGION.fullmatch(value) else None


_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")


def address(raw: Raw, key: str) -> Address | None:
    """Return an IP address; None when there is none or it makes no sense."""
    try:
        return ip_address(text(raw, key) or "")
    except ValueError:
        return None


def network(raw: Raw, key: str) -> Network | None:
    """Return an address range; None when there is none or it makes no sense."""
    try:
        return ip_network(text(raw, key) or "", strict=False)
    except ValueError:
        return None


def needed_network(raw: Raw, key: str) -> Network:
    """Return an address range, without which the object cannot be read."""
    value = network(raw, key)
    if value is None:
        raise UnreadableError(key, raw)
    return value


def inner(raw: Raw, key: str) -> Raw:
    """Return a field's object; an empty one when it is absent."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def inner_if_any(raw: Raw, key: str) -> Raw:
    """Return an object that AWS leaves out where there is none; an empty one then."""
    return {} if raw.get(key) is None else needed_inner(raw, key)


def needed_inner(raw: Raw, key: str) -> Raw:
    """Return a field's object, without which the object around it cannot be read."""
    value = raw.get(key)
    if not isinstance(value, Mapping):
        raise UnreadableError(key, raw)
    return value


def objects(raw: Raw, key: str) -> tuple[Raw, ...]:
    """Return a list of objects, without which the object around it cannot be read."""
    value = raw.get(key)
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise UnreadableError(key, raw)
    return tuple(value)


def object_or_objects(raw: Raw, key: str) -> tuple[Raw, ...]:
    """Return a list of objects, or an object as a list of one; one of them must be there."""
    value = raw.get(key)
    return (value,) if isinstance(value, Mapping) else objects(raw, key)


def objects_if_any(raw: Raw, key: str) -> tuple[Raw, ...]:
    """Return a list of objects that AWS leaves out when it is empty, and that others write as null then.

    Who writes null for an empty list likely does so for all of them (inferred): beside one that is written as
    such, null may hide anything.
    """
    is_null = key in raw and raw[key] is None
    if is_null and any(value == [] for value in raw.values()):
        raise UnreadableError(key, raw)
    return () if raw.get(key) is None else objects(raw, key)


def texts(raw: Raw, key: str) -> tuple[str, ...]:
    """Return a list of texts, without which the object around it cannot be read."""
    value = raw.get(key)
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise UnreadableError(key, raw)
    return tuple(value)


def name_tag(raw: Raw, key: str = "Tags") -> str | None:
    """Return what the tag ``Name`` says."""
    tags = raw.get(key)
    for tag in tags if isinstance(tags, Iterable) else ():
        if isinstance(tag, Mapping) and tag.get("Key") == "Name":
            return text(tag, "Value")
    return None
