"""What is a call restricted to: which items, which subject, which page?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlbcheck.lab.endpoint.filters import PARAMETERS
from nlbcheck.lab.endpoint.models import Operation

_HARMLESS = frozenset({"IncludeManagedResources", "Include", "TargetVersion", "MaxResults", "NextToken"})
"""Parameters that the recorded answers are taken to satisfy whatever they say."""


@dataclass(frozen=True, slots=True)
class ApiQuestion:
    """A call's parameters, sorted by what they do."""

    filters: tuple[Mapping[str, Any], ...]
    chosen: Mapping[str, list[str]]
    """Ids, ARNs and names that each must exist, by the item's field that holds them."""
    parent: Mapping[str, str]
    """The one resource that the items must belong to, by parameter."""
    subject: Mapping[str, Any]
    """What the whole answer is about; only an answer to the same tells it."""
    page: Mapping[str, Any]


def sort_out(operation: Operation, parameters: Mapping[str, Any]) -> ApiQuestion:
    """Sort a call's parameters by what they do."""
    filters: list[Mapping[str, Any]] = []
    chosen, parent, subject, page = {}, {}, {}, {}
    paging = operation.paging
    for name, value in parameters.items():
        field = field_of(operation, name)
        if paging and name in (paging.token, paging.limit):
            page[name] = value
        elif name in PARAMETERS:
            filters += value
        elif field and isinstance(value, str):
            parent[name] = value
        elif field and value:
            chosen[field] = value
        elif name not in _HARMLESS and value != []:
            subject[name] = value
    return ApiQuestion(tuple(filters), chosen, parent, subject, page)


@cache
def field_of(operation: Operation, parameter: str) -> str | None:
    """Return the field of an item that a parameter selects by: ``VpcId`` for ``VpcIds``.

    What a call cannot do without does not select among its items: it says what they are items of.
    """
    shape = operation.inputs.get(parameter)
    if shape is None or parameter in operation.model.input_shape.required_members:
        return None
    if shape.type_name == "list" and shape.member.type_name == "string":
        noun = operation.item_shapes[0].name if operation.item_shapes else ""
        names = [f"{noun}Name"] if parameter == "Names" else [parameter.removesuffix("s")]
    elif shape.type_name == "string":
        names = [parameter, f"{parameter}s"]
    else:
        return None
    return next((name for item in operation.item_shapes for name in names if name in item.members), None)


@cache
def id_field(operation: Operation) -> str | None:
    """Return the field that tells a call's items apart, where one can ask by it."""
    lists = (name for name, shape in operation.inputs.items() if shape.type_name == "list")
    return next(filter(None, (field_of(operation, name) for name in lists)), None)
