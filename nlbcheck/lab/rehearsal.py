"""What would the network be like after a change that has not been made yet?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint.validation import of_call

_EXPECTED = 'expected a list of {"service": "ec2", "operation": "CreateRoute", "parameters": {…}}'


def read(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the AWS calls of a JSON file, in their order; InputError where it holds something else."""
    try:
        calls = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON: {error}") from None
    if not isinstance(calls, list):
        raise InputError(f"{path}: {_EXPECTED}")
    problems = [
        f"{path}: call {number}: {problem}"
        for number, call in enumerate(calls, 1)
        for problem in _problems(call)
    ]
    if problems:
        raise InputError(*problems)
    return tuple(calls)


def rehearsed(recording: Recording, path: Path) -> Recording:
    """Return ``recording`` as AWS would answer after the calls in ``path``; the recording itself stays.

    Raises InputError for a call that AWS would refuse, or that is not known here.
    """
    for number, call in enumerate(read(path), 1):
        try:
            recording = apply(recording, call["service"], call["operation"], call["parameters"])
        except RefusedError as refused:
            name = f"{call['service']} {call['operation']}"
            raise InputError(f"{path}: call {number}, {name}, would be refused: {refused}") from None
    return recording


def _problems(call: object) -> Sequence[str]:
    if not isinstance(call, Mapping) or call.keys() != {"service", "operation", "parameters"}:
        return [_EXPECTED]
    service, operation, parameters = call["service"], call["operation"], call["parameters"]
    if not (isinstance(service, str) and isinstance(operation, str) and isinstance(parameters, Mapping)):
        return [_EXPECTED]
    return [f"{service} {operation}: {problem}" for problem in of_call(service, operation, parameters)]
