"""Which targets does one node of the load balancer choose from?

First those of zones that the node may use: its own, every one with cross-zone load balancing (the group's
attribute before the load balancer's), and targets registered with the zone ``all``. Of these the healthy
ones; when there is none, all of them:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws import fields
from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import BalancerAttributes, BalancerNode, LoadBalancer
from nlbcheck.aws.resources.target_group import (
    EVERYWHERE,
    CrossZone,
    GroupAttributes,
    HealthState,
    Override,
    Target,
    TargetGroup,
    TargetType,
)
from nlbcheck.language import listed, plural, tell
from nlbcheck.model import Call, Code, Confidence, Json, Verdict
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_MINIMUM = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
_LEAVING = (HealthState.DRAINING, HealthState.UNUSED, HealthState.UNHEALTHY_DRAINING)


def cross_zone(
    group: TargetGroup, attributes: GroupAttributes | NotVisible, balancer: BalancerAttributes | NotVisible
) -> bool | NotVisible:
    """Return whether nodes use the group's targets in other zones."""
    if group.type is not TargetType.ALB:
        if isinstance(attributes, NotVisible):
            return attributes
        if attributes.cross_zone is None:
            return _attribute(group)
        if attributes.cross_zone is not CrossZone.AS_BALANCER:
            return attributes.cross_zone is CrossZone.ON
    if isinstance(balancer, NotVisible):
        return balancer
    if balancer.cross_zone is None:
        fact = tell("{attribute} of {name}", attribute=_CROSS_ZONE, name=tell("the load balancer"))
        return NotVisible(fact, "elbv2", "DescribeLoadBalancerAttributes", group.account_region)
    return balancer.cross_zone


def _attribute(group: TargetGroup) -> NotVisible:
    fact = tell("{attribute} of {name}", attribute=_CROSS_ZONE, name=group.name)
    return NotVisible(fact, "elbv2", "DescribeTargetGroupAttributes", group.account_region)


def eligible(
    targets: Sequence[Target], node: BalancerNode, crossing: bool | NotVisible
) -> tuple[Target, ...] | NotVisible:
    """Return the targets of the zones that a node may use."""
    if crossing is True:
        return tuple(targets)
    if isinstance(crossing, NotVisible):
        if all(target.zone in (node.zone, EVERYWHERE) for target in targets):
            return tuple(targets)
        return crossing
    if any(target.zone is None for target in targets):
        return NotVisible(tell("the zones of the targets"), "elbv2", "DescribeTargetHealth", None)
    return tuple(target for target in targets if target.zone in (node.zone, EVERYWHERE))


def chosen(
    targets: Sequence[Target], group: TargetGroup, attributes: GroupAttributes | NotVisible
) -> tuple[Target, ...] | NotVisible:
    """Return the targets that get connections among those of usable zones.

    They are the healthy ones, or all where fewer are healthy than the group's attributes demand.
    """
    if len(targets) > 1 and any(target.state is None for target in targets):
        fact = tell("the health of the targets of {group}", group=group.name)
        return NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region)
    healthy = tuple(target for target in targets if target.state is HealthState.HEALTHY)
    staying = tuple(target for target in targets if target.state not in _LEAVING)
    enough = _are_enough(len(healthy), len(staying), attributes)
    return (healthy if enough else staying) or tuple(targets)


def _are_enough(healthy: int, targets: int, attributes: GroupAttributes | NotVisible) -> bool:
    """Whether the healthy targets alone get connections; by default one of them is enough."""
    values = {} if isinstance(attributes, NotVisible) else attributes.values
    count = fields.number(values, f"{_MINIMUM}.count") or 1
    percentage = fields.number(values, f"{_MINIMUM}.percentage") or 0
    return healthy >= count and healthy * 100 >= percentage * targets


def check_zones(
    group: TargetGroup,
    node: BalancerNode,
    targets: Sequence[Target],
    usable: Sequence[Target] | NotVisible,
    crossing: bool | NotVisible,
) -> Outcome:
    """Say whether the node has any target of the group to send connections to.

    Its zone counts as unhealthy without one, and leaves DNS; what becomes of connections that come all the
    same, AWS does not say:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
    """
    evidence: dict[str, Json] = {
        "zone": node.zone,
        "cross_zone": crossing if isinstance(crossing, bool) else None,
        "targets": [{"id": item.id, "port": item.port, "zone": item.zone} for item in targets],
    }
    if isinstance(usable, NotVisible):
        return Unseen(usable, evidence)
    if usable:
        return Passed(evidence)
    zones = ", ".join(sorted({str(target.zone) for target in targets}))
    summary = tell(
        "Cross-zone load balancing is off, and {group} has no target in {zone}, only in {zones}. The node "
        "{address} has no target for the connection, which is likely dropped.",
        group=group.name,
        zone=node.zone,
        zones=zones,
        address=node.address,
    )
    call = remedy.group_attribute(group.arn, _CROSS_ZONE, "true")
    fix = remedy.advice(tell("Turn on cross-zone load balancing for {group}.", group=group.name), call)
    problem = Problem(Code.ZONE_HAS_NO_TARGET, summary, fix, confidence=Confidence.LIKELY, subject=node.zone)
    return Stopped(problem, evidence)


def is_served(balancer: LoadBalancer, target: Target) -> bool:
    """Return whether a target can get any: its zone is enabled, and no zonal shift keeps connections away."""
    enabled = target.zone in (None, EVERYWHERE, *(zone.zone for zone in balancer.zones))
    return enabled and target.override is not Override.ZONAL_SHIFT_ACTIVE


def check_enabled(
    group: TargetGroup, balancer: LoadBalancer, target: Target, *, others: bool, enabling: Call | None = None
) -> Outcome:
    """Say whether a target's zone is one of the load balancer's; ``others``: other targets are in use.

    AWS leaves out the zone of instances and load balancers. That of an address it detects where none is
    given, and shows it in every answer that was seen:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html.
    ``enabling`` is the call that enables it, where it is known which subnet is meant.
    """
    zones = [zone.zone for zone in balancer.zones]
    evidence: dict[str, Json] = {"target": target.id, "zone": target.zone, "balancer_zones": zones}
    if target.zone is None and group.type is TargetType.IP:
        fact = tell("the zone of target {target}", target=target.id)
        return Unseen(NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region), evidence)
    if target.zone is None or target.zone == EVERYWHERE or target.zone in zones:
        return Passed(evidence)
    summary = tell(
        "Target {target} of {group} is in {zone}, which is not enabled for {balancer}.",
        target=target.id,
        group=group.name,
        zone=target.zone,
        balancer=balancer.name,
    )
    text = tell(
        "Enable {zone} for {balancer} (set-subnets), or move the target.",
        zone=target.zone,
        balancer=balancer.name,
    )
    fix = remedy.advice(text, *([enabling] if enabling else []))
    problem = Problem(Code.TARGET_ZONE_NOT_ENABLED, summary, fix, Verdict.WARN if others else Verdict.FAIL)
    return Passed(evidence, problem) if others else Stopped(problem, evidence)


def check_shift(node: BalancerNode, target: Target, *, others: bool) -> Outcome:
    """Say whether a zonal shift keeps connections away from a target.

    Only ``zonal_shift_active`` says so. ``zonal_shift_delegated_to_dns`` says that the state is shown
    elsewhere, ``unknown`` that it could not be passed on:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/zonal-shift.html.
    """
    evidence: dict[str, Json] = {
        "target": target.id,
        "zone": target.zone,
        "override": target.override.value if target.override else None,
    }
    if target.override in (None, Override.UNKNOWN, Override.ZONAL_SHIFT_DELEGATED):
        fact = tell(
            "whether a zonal shift keeps connections away from {target}, which the zonal shift console "
            "shows and target health does not"
            if target.override is Override.ZONAL_SHIFT_DELEGATED
            else "whether a zonal shift keeps connections away from {target}",
            target=target.id,
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    if target.override is not Override.ZONAL_SHIFT_ACTIVE:
        return Passed(evidence)
    zone = target.zone if target.zone not in (None, EVERYWHERE) else node.zone
    summary = tell(
        "A zonal shift is active for {zone}. Target {target} likely gets no new connections.",
        zone=zone,
        target=target.id,
    )
    fix = remedy.advice(
        tell("Wait until the zonal shift expires, or cancel it in Application Recovery Controller.")
    )
    verdict = Verdict.WARN if others else Verdict.FAIL
    problem = Problem(Code.ZONE_SHIFTED, summary, fix, verdict, Confidence.LIKELY)
    return Passed(evidence, problem) if others else Stopped(problem, evidence)


def check_filled(
    groups: Sequence[tuple[TargetGroup, int, Sequence[Target]]],
    listener: Listener | Absent | NotVisible,
    intended: Call | None,
) -> Outcome:
    """Say whether any group behind a listener has both a target and a weight.

    ``intended`` registers the target that an empty group is meant to have.
    """
    evidence: dict[str, Json] = {
        "groups": [
            {"name": group.name, "weight": weight, "targets": len(targets)}
            for group, weight, targets in groups
        ]
    }
    if any(weight and targets for _, weight, targets in groups):
        return Passed(evidence, _share_of_nobody(groups))
    filled = [group.name for group, _, targets in groups if targets]
    if filled:
        summary = tell(
            "Every target group with a target ({groups}) has weight 0 and gets no new connections.",
            groups=listed(filled),
        )
        fix = remedy.advice(tell("Give the group with the target a weight in the listener's action."))
        if isinstance(listener, Listener):
            call = _weigh(groups, listener)
            fix = remedy.advice(tell("Give every target group with a target weight 1."), call)
        return Stopped(Problem(Code.TARGET_GROUP_WEIGHT_ZERO, summary, fix), evidence)
    names = listed([group.name for group, _, _ in groups])
    summary = tell("No target is registered in {groups}.", groups=names)
    fix = remedy.advice(tell("Register the target."), *([intended] if intended else []))
    return Stopped(Problem(Code.LISTENER_HAS_NO_TARGET, summary, fix), evidence)


def _share_of_nobody(groups: Sequence[tuple[TargetGroup, int, Sequence[Target]]]) -> Problem | None:
    """Return the remark on groups that have a weight and no target.

    Whether their share goes to the other groups, AWS does not say of a Network Load Balancer; an Application
    Load Balancer does not hand it on:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html.
    """
    empty = [(group, weight) for group, weight, targets in groups if weight and not targets]
    if not empty:
        return None
    total = sum(weight for _, weight, _ in groups)
    told = [
        tell("{group} (weight {weight} of {total})", group=group.name, weight=weight, total=total)
        for group, weight in empty
    ]
    summary = plural(
        len(empty),
        "No target is registered in {groups}. Its share of the connections is likely lost.",
        "No target is registered in {groups}. Their shares of the connections are likely lost.",
        groups=listed(told),
    )
    fix = remedy.advice(tell("Register targets in it, or set its weight to 0 until it has targets."))
    return Problem(
        Code.LISTENER_HAS_NO_TARGET, summary, fix, Verdict.WARN, Confidence.LIKELY, subject="a share"
    )


def _weigh(groups: Sequence[tuple[TargetGroup, int, Sequence[Target]]], listener: Listener) -> Call:
    shares: list[Json] = [
        {"TargetGroupArn": group.arn, "Weight": 1 if targets else weight} for group, weight, targets in groups
    ]
    # The action is replaced as a whole, and a group's stickiness needs the action's:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
    forward: dict[str, Json] = {"TargetGroups": shares}
    kept = next((item.stickiness for item in listener.actions if item.stickiness), None)
    if kept:
        forward["TargetGroupStickinessConfig"] = kept
    action: dict[str, Json] = {"Type": "forward", "ForwardConfig": forward}
    return remedy.elbv2("ModifyListener", ListenerArn=listener.arn, DefaultActions=[action])
