"""What registers the targets that a row declares, and which of the others may go?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift.finding import some_of
from nlbcheck.language import paragraph, tell
from nlbcheck.model import Call, DeclaredTarget, Remedy
from nlbcheck.model.facts import Absent
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
    told = [
        tell(
            "In {group}, register {targets} on port {port}.",
            group=group.name,
            targets=some_of(item.key for item in lost),
            port=port,
        )
    ]
    nobody = [item for item in lost if _is_nobody(state, group, item)]
    known = [item.address for item in lost if item.address is not None and item not in nobody]
    call = registering(state, group, known, port)
    calls += [call] if call else []
    stale = [item for item in others if item.state in _USELESS] if replaced else []
    if stale:
        told.append(tell("When its health checks succeed, deregister {targets}.", targets=_named(stale)))
        calls += [without(group, stale)] if calls else []
    told.append(tell("If AWS is right, correct the row ({place}) instead.", place=row.told_place))
    if nobody:
        told.append(
            tell(
                "No network interface in the load balancer's VPC has {addresses}: likely the table is out of "
                "date.",
                addresses=some_of(item.key for item in nobody),
            )
        )
    staying = [item for item in others if item not in stale]
    if replaced and staying:
        told.append(
            tell(
                "A target gets connections while it is registered and healthy: deregister {targets} by hand "
                "if nobody needs it.",
                targets=_named(staying),
            )
        )
    return remedy.advice(paragraph(*told), *calls)


def _named(targets: Sequence[Target]) -> str:
    return some_of(f"{item.id}:{item.port}" for item in targets)


def _is_nobody(state: AwsState, group: TargetGroup, target: DeclaredTarget) -> bool:
    """Whether an address lies in a subnet of the group's VPC and no interface has it."""
    vpc = state.vpc(group.vpc_id) if group.vpc_id else None
    if target.address is None or not isinstance(vpc, Vpc):
        return False
    inside = isinstance(state.subnet_at(vpc, target.address), Subnet)
    return inside and isinstance(state.interface_at(vpc, target.address), Absent)


def without(group: TargetGroup, others: Sequence[Target]) -> Call:
    """Return the call that takes targets out, each by the zone that it is registered for."""
    gone = [item.named for item in others]
    return remedy.elbv2("DeregisterTargets", TargetGroupArn=group.arn, Targets=gone)
