"""What does one attribute of a resource say? Terraform writes an unset one as null or as an empty text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes


def given(values: Attributes, name: str) -> Any:  # noqa: ANN401  # a JSON value of any shape
    """Return an attribute's value; None where it is not set. What is known only later stays so."""
    value = values.get(name)
    return None if value in ("", [], {}) and not isinstance(value, AfterApply) else value


def blocks(values: Attributes, name: str) -> list[Object] | AfterApply:
    """Return the nested blocks of a name, also where one stands without its list."""
    found = given(values, name)
    if isinstance(found, AfterApply):
        return found
    items = [found] if isinstance(found, Mapping) else found or []
    return [dict(item) for item in items if isinstance(item, Mapping)]


def block(values: Attributes, name: str) -> Object:
    """Return the one nested block of a name; an empty one where there is none, or it is not known yet."""
    found = blocks(values, name)
    return found[0] if isinstance(found, list) and found else {}


def texts(values: Attributes, name: str) -> list[Any] | AfterApply:
    """Return a list of texts; items may be known only after the apply."""
    found = given(values, name)
    return found if isinstance(found, AfterApply) else list(found or [])


def tags(values: Attributes) -> list[Object]:
    """Return a resource's tags as AWS shows them."""
    found = given(values, "tags")
    return [
        {"Key": key, "Value": value}
        for key, value in (found.items() if isinstance(found, Mapping) else ())
        if isinstance(value, str)
    ]


def renamed(values: Attributes, names: Mapping[str, str]) -> Object:
    """Return the attributes that are set, under AWS's names."""
    pairs = ((aws, given(values, name)) for name, aws in names.items())
    return {aws: value for aws, value in pairs if value is not None}


def is_default(value: object) -> bool:
    """Whether a value is left to AWS: not set, or computed because it is not set."""
    return value is None or (isinstance(value, AfterApply) and value.is_left_to_aws)


def is_later(value: object) -> bool:
    """Whether a value is known only after the apply."""
    return isinstance(value, AfterApply)
