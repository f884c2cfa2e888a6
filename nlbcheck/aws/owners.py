"""Whose are the objects of a file whose answers do not say it?

AWS's answers of today name every owner; files that people put together leave it out. Where all that is told
in a file belongs to the one account that was asked, so does the rest: nothing in it is shared by another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from nlbcheck.aws.recording import AnsweredCall

_KEY = "OwnerId"
_OWNED = frozenset(
    {
        "DescribeInternetGateways",
        "DescribeNetworkAcls",
        "DescribeNetworkInterfaces",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeVpcEndpoints",
        "DescribeVpcs",
    }
)
"""The calls whose objects have an owner that may be another account."""


def told(answers: Sequence[AnsweredCall]) -> tuple[AnsweredCall, ...]:
    """Return the answers with the owners that they leave out, where there can be one only."""
    owned = [answer for answer in answers if answer.operation in _OWNED]
    accounts = {answer.account for answer in answers}
    items = [item for answer in owned for item in _items(answer)]
    owners = {str(item[_KEY]) for item in items if _KEY in item}
    if all(_KEY in item for item in items) or len(accounts) != 1 or not owners <= accounts:
        return tuple(answers)
    return tuple(_with_owner(answer) if answer.operation in _OWNED else answer for answer in answers)


def _items(answer: AnsweredCall) -> Iterator[dict[str, Any]]:
    """Yield the objects of an answer."""
    for listed in answer.response.values():
        if isinstance(listed, list):
            yield from (item for item in listed if isinstance(item, dict))


def _with_owner(answer: AnsweredCall) -> AnsweredCall:
    def owned(value: object) -> object:
        return {_KEY: answer.account, **value} if isinstance(value, dict) else value

    response = {
        name: [owned(item) for item in value] if isinstance(value, list) else value
        for name, value in answer.response.items()
    }
    return replace(answer, response=response)
