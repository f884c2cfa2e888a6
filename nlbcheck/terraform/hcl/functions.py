"""What do Terraform's functions give, of those that need neither AWS nor a clock?

https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from itertools import chain, product
from math import prod
from typing import Any

from nlbcheck.aws.fields import AfterApply

HclValue = Any
"""A value of Terraform: JSON's, or one that is not known."""


class CannotTellError(Exception):
    """An expression has a value that is not known here; the message says of what."""

    def __init__(self, what: str, *, is_sensitive: bool = False) -> None:
        super().__init__(what)
        self.is_sensitive = is_sensitive
        """Whether that is because it is marked sensitive."""

    @classmethod
    def of(cls, unknown: AfterApply) -> CannotTellError:
        """Return what is to be raised where a value is needed that is not known."""
        return cls(unknown.name, is_sensitive=unknown.is_sensitive)


_LARGEST_NUMBER = 1 << 511
"""Terraform's numbers have 512 bits."""
_LONGEST_RANGE = 1024
"""As Terraform's own."""
_WIDTH = re.compile(r"%[^%a-z]*(\*|\d{4})")
"""A width or precision of a text that nobody reads."""


def within(number: HclValue) -> HclValue:
    """Return a number; CannotTellError for one that Terraform has not."""
    if not -_LARGEST_NUMBER < number < _LARGEST_NUMBER:
        raise CannotTellError("a number that is too large")
    return number


def _yaml(text: str) -> HclValue:
    import yaml  # only files that ask for it need it

    return yaml.safe_load(text)


def _merge(*maps: HclValue) -> HclValue:
    found: dict[str, HclValue] = {}
    for one in maps:
        found.update(one or {})
    return found


def _flatten(items: Sequence[HclValue]) -> list[HclValue]:
    return list(chain.from_iterable(_flatten(item) if isinstance(item, list) else [item] for item in items))


def _distinct(items: Sequence[HclValue]) -> list[HclValue]:
    found = {json.dumps(item, sort_keys=True): item for item in reversed(items)}
    return list(found.values())[::-1]


def _lookup(found: Mapping[str, HclValue], key: str, *default: HclValue) -> HclValue:
    return found[key] if key in found or not default else default[0]


def _coalesce(*values: HclValue) -> HclValue:
    return next(value for value in values if value not in (None, ""))


def _format(pattern: str, *values: HclValue) -> str:
    if _WIDTH.search(pattern):
        raise CannotTellError("a width of a thousand characters")
    return pattern.replace("%v", "%s").replace("%q", '"%s"') % values


def _subnet(prefix: str, bits: int, number: int) -> str:
    network = ip_network(prefix, strict=False)
    if bits < 0:
        raise CannotTellError(f"{bits} new bits")
    size = 1 << (network.max_prefixlen - network.prefixlen - bits)
    return f"{network.network_address + number * size}/{network.prefixlen + bits}"


def _range(*limits: HclValue) -> list[HclValue]:
    found = range(*limits)
    if len(found) > _LONGEST_RANGE:
        raise CannotTellError(f"more than {_LONGEST_RANGE} numbers, which Terraform does not make")
    return list(found)


def _host(prefix: str, number: int) -> str:
    return str(ip_network(prefix, strict=False)[number])


def _text(value: HclValue) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _number(value: HclValue) -> HclValue:
    found = within(float(value))
    return int(found) if found.is_integer() else found


def _set(values: HclValue) -> list[HclValue]:
    """Return the items of a set, each once; sets of texts are in their order."""
    found = _distinct(list(values))
    return sorted(found) if all(isinstance(item, str) for item in found) else found


FUNCTIONS: Mapping[str, Callable[..., HclValue]] = {
    "yamldecode": _yaml,
    "jsondecode": json.loads,
    "jsonencode": lambda value: json.dumps(value, separators=(",", ":")),
    "tolist": list,
    "toset": _set,
    "tomap": dict,
    "tostring": _text,
    "tonumber": _number,
    "tobool": lambda value: value in (True, "true"),
    "merge": _merge,
    "concat": lambda *lists: list(chain.from_iterable(lists)),
    "flatten": _flatten,
    "distinct": _distinct,
    "compact": lambda items: [item for item in items if item not in (None, "")],
    "sort": sorted,
    "reverse": lambda items: list(reversed(items)),
    "length": len,
    "keys": sorted,
    "values": lambda found: [found[key] for key in sorted(found)],
    "lookup": _lookup,
    "contains": lambda items, item: item in items,
    "element": lambda items, number: items[number % len(items)],
    "index": lambda items, item: items.index(item),
    "slice": lambda items, first, last: items[first:last],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
    "range": _range,
    "one": lambda items: items[0] if items else None,
    "split": lambda separator, text: text.split(separator),
    "join": lambda separator, items: separator.join(map(str, items)),
    "format": _format,
    "lower": str.lower,
    "upper": str.upper,
    "trimspace": str.strip,
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "replace": lambda text, old, new: text.replace(old, new),
    "substr": lambda text, first, count: text[first:] if count < 0 else text[first : first + count],
    "startswith": str.startswith,
    "endswith": str.endswith,
    "coalesce": _coalesce,
    "alltrue": all,
    "anytrue": any,
    "sum": lambda numbers: within(sum(numbers)),
    "setproduct": lambda *sets: [list(items) for items in product(*sets)],
    "max": max,
    "min": min,
    "abs": abs,
    "cidrsubnet": _subnet,
    "cidrhost": _host,
    "sensitive": lambda _: AfterApply("sensitive(…)", is_sensitive=True),
    "nonsensitive": lambda value: value,
}


_COSTS: Mapping[str, Callable[..., int]] = {
    "concat": lambda *lists: sum(map(len, lists)),
    "merge": lambda *maps: sum(len(one or ()) for one in maps),
    "setproduct": lambda *sets: prod(map(len, sets)) * len(sets),
    "join": lambda separator, items: (
        len(items) * (len(separator) + max(map(len, map(str, items)), default=0))
    ),
    "replace": lambda text, old, new: len(text) + text.count(old) * len(new),
    "yamldecode": lambda text: 4 * len(text),
}


def cost(name: str, arguments: Sequence[HclValue]) -> int:
    """Return what a function costs that may give far more than it is given; 0 for others."""
    try:
        return _COSTS[name](*arguments)
    except (KeyError, TypeError, AttributeError):  # another function, or one that cannot be called so
        return 0


def called(name: str, arguments: Sequence[HclValue]) -> HclValue:
    """Return what a function gives; CannotTellError for one that is not known here or does not fit."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise CannotTellError(f"the function {name}")
    try:
        return function(*arguments)
    except Exception as error:
        raise CannotTellError(f"{name}(…): {error}") from error
