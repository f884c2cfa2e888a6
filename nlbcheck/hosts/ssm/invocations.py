"""How did a command end on an instance, and what did it print there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.host import Ran

MOST_KEPT = 24_000
"""Characters of the output that AWS keeps.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
"""
_CUT = "---Output truncated---"
"""What the agent writes at the end of output that it cuts."""
RUNNING = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
_NOT_FETCHED = "the SSM agent of {instance} has not fetched the command in time: it is offline or busy"
_NOT_RUN = {
    "DeliveryTimedOut": _NOT_FETCHED,
    "TimedOut": _NOT_FETCHED,
    "Undeliverable": "the command cannot be delivered: {instance} is gone, or its SSM agent does not answer",
    "Terminated": "Systems Manager ended the command before it ran on {instance}",
    "Cancelled": "the command was cancelled before it ended on {instance}",
    "InvalidPlatform": "{instance} is of another platform than Linux and macOS, which have a POSIX shell",
    "AccessDenied": "AWS does not let the caller run commands on {instance}",
    "RateExceeded": "the account has too many commands waiting: {instance} was not sent one",
}
"""What it means that a command has not run to its end, by AWS's details of its status.

https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
"""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of a command on one instance."""

    instance: str
    ran: Ran | None
    """None where nothing ran there, or nothing is known of it."""
    why: str | None = None
    """Why it did not run to its end, in words."""


def failed(instance: str, why: str) -> Invocation:
    """Return what came of a command that did not run on an instance."""
    return Invocation(instance, None, why)


def is_over(shown: Mapping[str, Any]) -> bool:
    """Whether a command has ended on an instance, as AWS shows it."""
    return shown.get("Status") not in RUNNING


def read(instance: str, answer: Mapping[str, Any]) -> Invocation:
    """Return what AWS says of a command that is over."""
    status = str(answer.get("StatusDetails") or answer.get("Status") or "").replace(" ", "")
    code = answer.get("ResponseCode")
    output, errors = _text(answer, "StandardOutputContent"), _text(answer, "StandardErrorContent")
    is_cut = len(output) >= MOST_KEPT or output.rstrip().endswith(_CUT)
    if status in ("Success", "Failed") and isinstance(code, int):
        return Invocation(instance, Ran(code, output, errors, is_cut))
    if status == "ExecutionTimedOut":
        why = f"the command took too long on {instance} and was ended"
        return Invocation(instance, Ran(None, output, errors, is_cut), why)
    if status in _NOT_RUN:
        return failed(instance, _NOT_RUN[status].format(instance=instance))
    return failed(instance, f"the command ended on {instance} as {shortened(printable(status), _LONGEST)}")


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else ""
