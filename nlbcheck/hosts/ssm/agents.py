"""Which instances can Systems Manager run commands on now?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlbcheck.aws.sources.port import RefusedError, Source
from nlbcheck.escape import printable

_MOST_ASKED = 50
"""Instances in one question: a page of the answer holds as many."""


def offline(source: Source, instances: Sequence[str]) -> Mapping[str, str]:
    """Return for each instance that no command reaches now why that is, in words.

    Where AWS does not show it, none: the commands themselves will tell.
    """
    why: dict[str, str] = {}
    for at in range(0, len(instances), _MOST_ASKED):
        asked = instances[at : at + _MOST_ASKED]
        filters = [{"Key": "InstanceIds", "Values": list(asked)}]
        try:
            answer = source.call(
                "ssm", "DescribeInstanceInformation", {"Filters": filters, "MaxResults": _MOST_ASKED}
            )
        except RefusedError:
            return {}
        known = {found.get("InstanceId"): found for found in _shown(answer)}
        for instance in asked:
            if words := _trouble(instance, known.get(instance)):
                why[instance] = words
    return why


def _shown(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = answer.get("InstanceInformationList")
    yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))


def _trouble(instance: str, shown: Mapping[str, Any] | None) -> str | None:
    """Return why no command reaches an instance, by what AWS shows of its agent."""
    if shown is None:
        return (
            f"Systems Manager does not know {instance}: expected a running instance with the SSM agent and "
            "the permissions of AmazonSSMManagedInstanceCore"
        )
    if shown.get("PlatformType") == "Windows":
        return f"{instance} runs Windows: expected Linux or macOS, which have a POSIX shell"
    status = shown.get("PingStatus")
    if status == "Online":
        return None
    last = printable(str(shown.get("LastPingDateTime", "")))
    heard = f"; it was last heard of at {last}" if last else ""
    return f"the SSM agent of {instance} is offline ({printable(str(status))}){heard}"
