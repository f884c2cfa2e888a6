"""Which targets does a node send connections on a listener port to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.balancers import (
    Action,
    BalancerNode,
    GroupAttributes,
    Listener,
    LoadBalancer,
    Target,
    TargetGroup,
    TargetType,
)
from nlbcheck.aws.fields import Address
from nlbcheck.aws.interfaces import Instance
from nlbcheck.aws.network import Subnet, Vpc
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.world import World
from nlbcheck.model import Call, Json, Leg, Resource
from nlbcheck.way import remedy
from nlbcheck.way.gates import balancer as balancer_gate
from nlbcheck.way.gates import listener as listener_gate
from nlbcheck.way.gates import target as target_gate
from nlbcheck.way.gates import target_group as gate
from nlbcheck.way.outcome import Outcome, unseen
from nlbcheck.way.outcome import missing as missing_fact
from nlbcheck.way.trail import Trail


@dataclass(frozen=True, slots=True)
class Intent:
    """What a mapping table says that should be behind a listener."""

    target_group: TargetGroup | None = None
    address: Address | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """A target of a group behind the listener, as one node sees it."""

    group: TargetGroup
    attributes: GroupAttributes | NotVisible
    target: Target
    used: bool
    """Whether the node sends connections to it."""
    checked: bool
    """Whether the node's health checks go to it."""
    others: bool
    """Whether other targets get connections too."""
    imagined: bool = False
    """Whether it is only meant to be registered."""


@dataclass(frozen=True, slots=True)
class _Group:
    group: TargetGroup
    weight: int
    targets: tuple[Target, ...]
    imagined: bool = False
    """Whether the target is only meant to be registered."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What is being asked: by whom, and where."""

    world: World
    trail: Trail
    balancer: LoadBalancer
    node: BalancerNode

    def meet(self, kind: str, resource: Resource, outcome: Outcome) -> None:
        self.trail.meet(kind, resource, outcome, Leg.BALANCER)


def select(
    world: World,
    trail: Trail,
    balancer: LoadBalancer,
    node: BalancerNode,
    port: int,
    protocol: str | None,
    intent: Intent | None,
) -> tuple[Selected, ...]:
    """Return the targets behind a listener port that matter to a node, and note every gate up to them."""
    place = _Place(world, trail, balancer, node)
    meant = intent or Intent()
    listener = _listener(place, port, protocol, meant)
    groups = _groups(place, listener, _forwards(place, listener, meant), meant)
    total = sum(len(item.targets) for item in groups if item.weight)
    selected: list[Selected] = []
    for item in groups:
        selected += _targets(place, item, others=total > len(item.targets))
    return tuple(selected)


def _resource(balancer: LoadBalancer) -> Resource:
    return Resource("load-balancer", balancer.arn, balancer.name)


def _listener(
    place: _Place, port: int, protocol: str | None, meant: Intent
) -> Listener | Absent | NotVisible:
    balancer = place.balancer
    place.meet("load-balancer", _resource(balancer), balancer_gate.check_state(balancer))
    listeners = place.world.listeners(balancer)
    found: Listener | Absent | NotVisible
    if isinstance(listeners, NotVisible):
        found = listeners
    else:
        quota = balancer_gate.check_quota(balancer, len(listeners))
        place.meet("load-balancer", _resource(balancer), quota)
        absent = Absent(f"a listener on port {port}", "elbv2:DescribeListeners", balancer.place)
        found = next((item for item in listeners if item.port == port), absent)
    outcome = listener_gate.check(found, balancer, port, protocol, meant.target_group)
    place.meet("listener", _listener_resource(place, found, port), outcome)
    return found


def _listener_resource(place: _Place, found: Listener | Absent | NotVisible, port: int) -> Resource:
    name = f"{place.balancer.name}:{port}"
    return Resource("listener", found.arn if isinstance(found, Listener) else name, name)


def _forwards(
    place: _Place, listener: Listener | Absent | NotVisible, meant: Intent
) -> tuple[tuple[str, int], ...]:
    """Return the target groups that a listener forwards to, or is meant to, each with its weight."""
    intended = ((meant.target_group.arn, 1),) if meant.target_group else ()
    if not isinstance(listener, Listener):
        return () if isinstance(listener, NotVisible) else intended
    resource = _listener_resource(place, listener, listener.port)
    actions = ipv4_actions(place.world, place.balancer, listener)
    if isinstance(actions, NotVisible):
        place.meet("listener", resource, unseen(actions))
        return ()
    place.meet("listener", resource, listener_gate.check_action(listener, actions))
    return tuple((item.arn, item.weight) for action in actions for item in action.groups) or intended


def ipv4_actions(world: World, balancer: LoadBalancer, listener: Listener) -> tuple[Action, ...] | NotVisible:
    """Return what a listener does with IPv4 clients.

    Only dualstack load balancers have rules beside the default:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
    """
    if balancer.address_type == "ipv4":
        return listener.actions
    rules = world.rules(listener)
    if isinstance(rules, NotVisible):
        return rules
    fitting = sorted((rule for rule in rules if rule.source_family != "ipv6"), key=lambda rule: rule.priority)
    if fitting and fitting[0].source_family != "ipv4":
        fact = f"which clients a rule of the listener on port {listener.port} is for"
        return NotVisible(fact, "elbv2", "DescribeRules", listener.place)
    return fitting[0].actions if fitting else listener.actions


def _groups(
    place: _Place,
    listener: Listener | Absent | NotVisible,
    arns: Sequence[tuple[str, int]],
    meant: Intent,
) -> list[_Group]:
    """Return the groups that get connections, and note when none has a target."""
    groups: list[_Group] = []
    hidden = False
    for arn, weight in arns:
        group = place.world.target_group(arn)
        if not isinstance(group, TargetGroup):
            place.meet("target-group", Resource("target-group", arn), unseen(group))
            hidden = True
            continue
        if isinstance(listener, Listener):
            place.meet("target-group", _named(group), listener_gate.check_group(listener, group))
        targets = place.world.targets(group)
        if isinstance(targets, NotVisible):
            place.meet("target-group", _named(group), unseen(targets))
            hidden = True
            continue
        groups.append(_Group(group, weight, targets))
    if hidden or not groups:
        return []
    filled = [(item.group, item.weight, item.targets) for item in groups]
    call = _registration(place, groups[0].group, meant)
    place.meet("target-group", _named(groups[0].group), gate.check_filled(filled, listener, call))
    weighted = [item for item in groups if item.weight and item.targets]
    if weighted:
        return weighted
    return [item for item in groups if item.targets] or _meant(place, groups[0], meant)


def _named(group: TargetGroup) -> Resource:
    return Resource("target-group", group.arn, group.name)


def _is_outside(place: _Place, address: Address) -> bool:
    vpc = place.world.vpc(place.balancer.vpc_id)
    return isinstance(vpc, Vpc) and not vpc.contains(address)


def _zone_of(place: _Place, address: Address) -> str:
    """Return the zone that an address is registered in by itself; the node's own where it is not visible."""
    if _is_outside(place, address):
        return gate.EVERYWHERE
    vpc = place.world.vpc(place.balancer.vpc_id)
    subnet = place.world.subnet_at(vpc, address) if isinstance(vpc, Vpc) else None
    return subnet.zone if isinstance(subnet, Subnet) else place.node.zone


def _registration(place: _Place, group: TargetGroup, meant: Intent) -> Call | None:
    if meant.address is None or meant.port is None:
        return None
    item: dict[str, Json] = {"Id": str(meant.address), "Port": meant.port}
    if _is_outside(place, meant.address):
        item["AvailabilityZone"] = gate.EVERYWHERE
    return remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[item])


def _meant(place: _Place, item: _Group, meant: Intent) -> list[_Group]:
    """Return an empty group as if the target that it is meant to have were registered."""
    if meant.address is None or meant.port is None:
        return []
    zone = _zone_of(place, meant.address)
    target = Target(str(meant.address), meant.address, meant.port, zone, None, None, None, None, None)
    return [_Group(item.group, 1, (target,), imagined=True)]


def _in_zone(place: _Place, group: TargetGroup, target: Target) -> Target:
    """Return a target with its zone; of an instance it is the one that it runs in."""
    vpc = place.world.vpc(place.balancer.vpc_id)
    if target.zone is not None or group.type is not TargetType.INSTANCE or not isinstance(vpc, Vpc):
        return target
    instance = place.world.instance(target.id)
    address = instance.address if isinstance(instance, Instance) else None
    subnet = place.world.subnet_at(vpc, address) if address else None
    return replace(target, zone=subnet.zone) if isinstance(subnet, Subnet) else target


def _targets(place: _Place, item: _Group, *, others: bool) -> list[Selected]:
    """Return one group's targets as the node sees them: filtered by zone, then by health."""
    item = replace(item, targets=tuple(_in_zone(place, item.group, target) for target in item.targets))
    group, resource = item.group, _named(item.group)
    attributes = place.world.group_attributes(group)
    crossing = gate.cross_zone(group, attributes, place.world.balancer_attributes(place.balancer))
    usable = gate.eligible(item.targets, place.node, crossing)
    place.meet("target-group", resource, gate.check_zones(group, place.node, item.targets, usable, crossing))
    if isinstance(usable, NotVisible):
        return []
    served = tuple(target for target in usable if gate.is_served(place.balancer, target))
    chosen = gate.chosen(served or usable or item.targets, group, attributes)
    if isinstance(chosen, NotVisible):
        place.meet("target-group", resource, unseen(chosen))
        chosen = ()
    if isinstance(attributes, GroupAttributes):
        place.meet("target-group", resource, target_gate.check_proxy_protocol(group, attributes))
    vpc = place.world.vpc(place.balancer.vpc_id)
    for target in usable or item.targets:
        # Another group's targets do not take this group's share.
        more = any(other is not target for other in chosen if other in served)
        named = Resource("target", f"{target.id}:{target.port}")
        place.meet("target", named, gate.check_enabled(group, place.balancer, target, others=more))
        place.meet("target", named, gate.check_shift(place.node, target, others=more))
        known = vpc if isinstance(vpc, Vpc) else missing_fact(vpc)
        place.meet("target", named, target_gate.check_address(group, target, known))
    return [
        Selected(
            group,
            attributes,
            target,
            target in chosen,
            target in usable,
            others or any(other is not target for other in chosen),
            item.imagined,
        )
        for target in usable or item.targets
    ]
