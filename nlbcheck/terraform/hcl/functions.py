"""What do Terraform's functions give, of those that need neither AWS nor a clock?

https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from ipaddress import ip_network
from itertools import chain, product
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


def _yaml(text: str) -> HclValue:
    import yaml  # only files that ask for it need it

    return yaml.safe_load(text)


def _merge(*maps: HclValue) -> HclValue:
    return reduce(lambda one, other: {**one, **(other or {})}, maps, {})


def _flatten(items: Sequence[HclValue]) -> list[HclValue]:
    return list(chain.from_iterable(_flatten(item) if isinstance(item, list) else [item] for item in items))


def _distinct(items: Sequence[HclValue]) -> list[HclValue]:
    return [item for number, item in enumerate(items) if item not in items[:number]]


def _lookup(found: Mapping[str, HclValue], key: str, *default: HclValue) -> HclValue:
    return found[key] if key in found or not default else default[0]


def _coalesce(*values: HclValue) -> HclValue:
    return next(value for value in values if value not in (None, ""))


def _format(pattern: str, *values: HclValue) -> str:
    return pattern.replace("%v", "%s").replace("%q", '"%s"') % values


def _subnet(prefix: str, bits: int, number: int) -> str:
    network = ip_network(prefix, strict=False)
    size = 1 << (network.max_prefixlen - network.prefixlen - bits)
    return f"{network.network_address + number * size}/{network.prefixlen + bits}"


def _host(prefix: str, number: int) -> str:
    return str(ip_network(prefix, strict=False)[number])


def _text(value: HclValue) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _number(value: HclValue) -> HclValue:
    found = float(value)
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
    "range": lambda *bounds: list(range(*bounds)),
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
    "sum": sum,
    "setproduct": lambda *sets: [list(items) for items in product(*sets)],
    "max": max,
    "min": min,
    "abs": abs,
    "cidrsubnet": _subnet,
    "cidrhost": _host,
    "sensitive": lambda _: AfterApply("sensitive(…)", is_sensitive=True),
    "nonsensitive": lambda value: value,
}


def called(name: str, arguments: Sequence[HclValue]) -> HclValue:
    """Return what a function gives; CannotTellError for one that is not known here or does not fit."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise CannotTellError(f"the function {name}")
    try:
        return function(*arguments)
    except Exception as error:
        raise CannotTellError(f"{name}(…): {error}") from error
