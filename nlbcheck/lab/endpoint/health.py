"""How are a group's targets, in the lab's own eyes?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Observer = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""Is given a target group's ARN and one of its targets (``Id``, ``Port``, ``AvailabilityZone``), and returns
the target's health as AWS tells it: ``State``, and ``Reason`` and ``Description`` where AWS has them; None
for what is recorded."""

_NOT_REGISTERED = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}


def shown(
    recorded: Sequence[Mapping[str, Any]],
    group_arn: str,
    wanted: Sequence[Mapping[str, Any]],
    observe: Observer,
) -> list[Mapping[str, Any]]:
    """Return target health descriptions with what ``observe`` sees, those of the wanted targets only.

    No wanted ones means all. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html
    """
    if not wanted:
        return [_observed(item, group_arn, observe) for item in recorded]
    return [item for target in wanted for item in _of(target, recorded, group_arn, observe)]


def _of(
    target: Mapping[str, Any], recorded: Sequence[Mapping[str, Any]], group_arn: str, observe: Observer
) -> Iterator[Mapping[str, Any]]:
    found = [item for item in recorded if target.items() <= item.get("Target", {}).items()]
    for item in found:
        yield _observed(item, group_arn, observe)
    if not found:
        yield {"Target": target, "TargetHealth": _NOT_REGISTERED}


def _observed(item: Mapping[str, Any], group_arn: str, observe: Observer) -> Mapping[str, Any]:
    health = observe(group_arn, item.get("Target", {}))
    return item if health is None else {**item, "TargetHealth": health}
