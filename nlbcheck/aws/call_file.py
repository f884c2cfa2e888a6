"""Which AWS calls does a file list, that have not been made yet?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nlbcheck import contents
from nlbcheck.aws.apply import CHANGES
from nlbcheck.errors import InputError
from nlbcheck.model import Call

_MOST = 1 << 24
EXPECTED = 'expected a list of {"service": "ec2", "operation": "CreateRoute", "parameters": {…}}'


def read(path: Path) -> tuple[Call, ...]:
    """Return the AWS calls of a JSON file, in their order; InputError where it holds something else."""
    try:
        found = contents.read(path, _MOST)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    listed = contents.parsed(found, str(path), expected=EXPECTED)
    if not isinstance(listed, list):
        raise InputError(f"{path}: {EXPECTED}")
    made = [_call(item) for item in listed]
    problems = [
        f"{path}: call {number}: {call}" for number, call in enumerate(made, 1) if isinstance(call, str)
    ]
    if problems:
        raise InputError(*problems)
    return tuple(call for call in made if isinstance(call, Call))


def _call(item: object) -> Call | str:
    """Return a call, or what is wrong with it."""
    if not isinstance(item, Mapping) or item.keys() != {"service", "operation", "parameters"}:
        return EXPECTED
    service, operation, parameters = item["service"], item["operation"], item["parameters"]
    if not (isinstance(service, str) and isinstance(operation, str) and isinstance(parameters, Mapping)):
        return EXPECTED
    return Call(service, operation, parameters)


def unknown(call: Call) -> str | None:
    """Return why a call cannot be applied to a recording; None where it can."""
    if (call.service, call.operation) in CHANGES:
        return None
    near = sorted(operation for service, operation in CHANGES if service == call.service)
    told = f"of {call.service}, these can: {', '.join(near)}" if near else "services are ec2 and elbv2"
    return f"{call.service} {call.operation} cannot be tried on a recorded state; {told}"
