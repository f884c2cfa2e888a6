"""Which items of a list do a call's filters let through?

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import unescape
from typing import Any

from nlbcheck.lab.endpoint import paths
from nlbcheck.lab.endpoint.failures import ApiError, CommonError
from nlbcheck.lab.endpoint.irregular import FILTERS
from nlbcheck.lab.endpoint.models import Operation

PARAMETERS = ("Filters", "Filter")
_MOST_VALUES = 200
_DOCUMENTED = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>")
_TAGS = ("Tags", "TagSet")

Condition = Callable[[Mapping[str, Any]], bool]


def conditions(operation: Operation, wanted: Iterable[Mapping[str, Any]]) -> list[Condition]:
    """Return what an item must pass, a test for each filter; ApiError where AWS refuses one."""
    wanted = list(wanted)
    if sum(len(item.get("Values", [])) for item in wanted) > _MOST_VALUES:
        raise ApiError("FilterLimitExceeded", f"At most {_MOST_VALUES} filter values may be specified")
    return [_condition(operation, item) for item in wanted]


def _condition(operation: Operation, wanted: Mapping[str, Any]) -> Condition:
    name, accepted = wanted.get("Name", ""), wanted.get("Values", [])
    if not accepted:
        raise CommonError.BAD_VALUE.error(operation.service, f"The filter '{name}' has no values")
    fits = re.compile("|".join(map(_pattern, accepted)), re.DOTALL).fullmatch
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: any(tag["Key"] == key and fits(tag.get("Value", "")) for tag in _tags(item))
    if name == "tag-key":
        return lambda item: any(fits(tag["Key"]) for tag in _tags(item))
    places = _places(operation, name)
    return lambda item: any(fits(value) for place in places for value in paths.values(item, place))


def _places(operation: Operation, name: str) -> list[paths.FieldPath]:
    """Return where the values of a filter stand in an item."""
    names = documented(operation)
    if names and name not in names:
        raise CommonError.BAD_VALUE.error(operation.service, f"The filter '{name}' is invalid")
    irregular = FILTERS.get(operation.name, {}).get(name)
    if irregular:
        return [tuple(path.split(".")) for path in irregular]
    regular = paths.follow(operation.item_shapes, name)
    if regular is None:
        raise ApiError("UnsupportedOperation", f"The filter '{name}' cannot be applied to recorded answers")
    return [regular]


@cache
def documented(operation_: Operation) -> frozenset[str]:
    """Return the filters that AWS has for a call; none where botocore came without its documentation."""
    text = "".join(shape.documentation for name, shape in operation_.inputs.items() if name in PARAMETERS)
    return frozenset(unescape(name).strip() for name in _DOCUMENTED.findall(text))


def _tags(item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [tag for field in _TAGS for tag in item.get(field, [])]


def _pattern(text: str) -> str:
    r"""Return the regular expression of a filter's value: ``*``, ``?``, and ``\`` before a literal one."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(part) or re.escape(part[1:] if len(part) > 1 else part) for part in parts)
