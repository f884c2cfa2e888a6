"""What registers the targets that a row declares, and which of the others may go?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift.finding import listed
from nlbcheck.model import Call, DeclaredTarget, Remedy
from nlbcheck.path import remedy
from nlbcheck.path.registration import registering
from nlbcheck.relays.table import Row

_USELESS = (HealthState.UNHEALTHY, HealthState.UNUSED)
"""What a target is like that nobody is served by; every other one stays registered."""


def repair(
    state: AwsState,
    row: Row,
    group: TargetGroup,
    lost: Sequence[DeclaredTarget],
    others: Sequence[Target],
    *,
    replaced: bool,
) -> Remedy:
    """Return what registers the targets that are ``lost``.

    Where they are ``replaced`` by ``others``, those of them go that serve nobody. No healthy target, and none
    that is on its way in or out, is ever deregistered for the table's sake.
    """
    port = row.target_port.number
    calls: list[Call] = []
    steps = [f"register {listed(item.key for item in lost)} on port {port}"]
    call = registering(state, group, [item.address for item in lost if item.address is not None], port)
    calls += [call] if call else []
    stale = [item for item in others if item.state in _USELESS] if replaced else []
    if stale:
        steps.append(f"once it is healthy, deregister {listed(f'{item.id}:{item.port}' for item in stale)}")
        calls += [without(group, stale)] if calls else []
    text = f"In {group.name} {' and, '.join(steps)}. If AWS is right, correct the row ({row.place})."
    staying = [item for item in others if item not in stale]
    if replaced and staying:
        text += (
            f" {listed(f'{item.id}:{item.port}' for item in staying)} gets connections as long as it is "
            "registered and healthy: take it out by hand if nobody needs it."
        )
    return remedy.advice(text, *calls)


def without(group: TargetGroup, others: Sequence[Target]) -> Call:
    """Return the call that takes targets out, each by the zone that it is registered for."""
    gone = [item.named for item in others]
    return remedy.elbv2("DeregisterTargets", TargetGroupArn=group.arn, Targets=gone)
