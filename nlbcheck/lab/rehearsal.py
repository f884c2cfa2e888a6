"""What would the network be like after a change that has not been made yet?"""

from __future__ import annotations

from pathlib import Path

from nlbcheck.aws import call_file
from nlbcheck.aws.apply import UntoldError, apply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint.validation import of_call
from nlbcheck.model import Call


def read(path: Path) -> tuple[Call, ...]:
    """Return the AWS calls of a JSON file, in their order; InputError where AWS has no such call."""
    calls = call_file.read(path)
    problems = [
        f"{path}: call {number}: {call.service} {call.operation}: {problem}"
        for number, call in enumerate(calls, 1)
        for problem in of_call(call.service, call.operation, call.parameters)
    ]
    if problems:
        raise InputError(*problems)
    return calls


def rehearsed(recording: Recording, path: Path) -> Recording:
    """Return ``recording`` as AWS would answer after the calls in ``path``; the recording itself stays.

    Raises InputError for a call that AWS would refuse, or that is not known here.
    """
    for number, call in enumerate(read(path), 1):
        try:
            recording = apply(recording, call.service, call.operation, call.parameters)
        except RefusedError as refused:
            name = f"{call.service} {call.operation}"
            ends = "cannot be tried" if isinstance(refused, UntoldError) else "would be refused"
            raise InputError(f"{path}: call {number}, {name}, {ends}: {refused}") from None
    return recording
