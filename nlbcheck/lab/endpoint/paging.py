"""Which page of a list is asked for?

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from nlbcheck.lab.endpoint.failures import ApiError, CommonError
from nlbcheck.lab.endpoint.models import Operation
from nlbcheck.lab.endpoint.question import ApiQuestion

_USUAL_BOUNDS = {"min": 5, "max": 1000}
_EITHER = frozenset({
    "DescribeHosts", "DescribeInstanceCreditSpecifications", "DescribeInstanceEventWindows",
    "DescribeInstanceStatus", "DescribeInstances", "DescribeNetworkInterfaces", "DescribeStoreImageTasks",
})  # fmt: skip
"""Calls that take ids or a page size, not both, as their documentation says."""


def check(operation: Operation, question: ApiQuestion) -> None:
    """Raise ApiError for a page size that AWS does not take."""
    paging = operation.paging
    if paging is None or paging.limit is None or paging.limit not in question.page:
        return
    limit = question.page[paging.limit]
    bounds = {**_USUAL_BOUNDS, **operation.inputs[paging.limit].metadata}
    if not bounds["min"] <= limit <= bounds["max"]:
        raise CommonError.BAD_VALUE.error(
            operation.service,
            f"Value ({limit}) for parameter {paging.limit} is invalid. "
            f"Expecting a value from {bounds['min']} to {bounds['max']}.",
        )
    if question.chosen and operation.name in _EITHER:
        raise ApiError(
            "InvalidParameterCombination",
            f"The parameter {paging.limit} cannot be used together with {', '.join(question.chosen)}",
        )


def page(
    operation: Operation, parameters: Mapping[str, Any], items: Sequence[Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Return the items of the page that is asked for, and the fields that say whether there is another."""
    paging = operation.paging
    if paging is None:
        return items, {}
    rest = {name: value for name, value in parameters.items() if name not in (paging.token, paging.limit)}
    seal = zlib.crc32(json.dumps([operation.name, rest], sort_keys=True).encode())
    start = _offset(operation, parameters[paging.token], seal) if parameters.get(paging.token) else 0
    end = start + parameters.get(paging.limit or "", len(items))
    if end >= len(items):
        return items[start:], {}
    token = base64.urlsafe_b64encode(f"{end}:{seal}".encode()).decode()
    return items[start:end], {paging.next: token, **({paging.more: True} if paging.more else {})}


def _offset(operation: Operation, token: str, seal: int) -> int:
    """Return where a page begins; a token is good for the call that it was given for."""
    try:
        offset, _, sealed = base64.urlsafe_b64decode(token).decode("ascii").partition(":")
        if int(sealed) == seal:
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    raise CommonError.BAD_TOKEN.error(operation.service)
