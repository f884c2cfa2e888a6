"""Which targets does a node send connections on a listener port to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.listener import Action, Listener
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import (
    EVERYWHERE,
    GroupAttributes,
    HealthState,
    Target,
    TargetGroup,
    TargetType,
    imagined,
)
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Call, Leg, Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import neighbours
from nlbcheck.path.gates import balancer as balancer_gate
from nlbcheck.path.gates import client_certificate
from nlbcheck.path.gates import listener as listener_gate
from nlbcheck.path.gates import target as target_gate
from nlbcheck.path.gates import target_group as gate
from nlbcheck.path.outcome import Outcome, unseen
from nlbcheck.path.outcome import missing as missing_fact
from nlbcheck.path.registration import registering
from nlbcheck.path.selected import Intent, Selected, with_spares
from nlbcheck.path.trail import Trail
from nlbcheck.path.zones import enabling


@dataclass(frozen=True, slots=True)
class _Group:
    group: TargetGroup
    weight: int
    targets: tuple[Target, ...]
    imagined: bool = False
    """Whether the target is only meant to be registered."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What is being asked: by whom, and where."""

    state: AwsState
    trail: Trail
    balancer: LoadBalancer
    node: BalancerNode
    leg: Leg | None

    def record(self, kind: str, resource: Resource, outcome: Outcome) -> None:
        self.trail.record(kind, resource, outcome, self.leg)


def select(
    state: AwsState,
    trail: Trail,
    balancer: LoadBalancer,
    node: BalancerNode,
    port: int,
    protocol: str | None,
    intent: Intent | None,
    *,
    leg: Leg | None = Leg.BALANCER,
) -> tuple[Selected, ...]:
    """Return the targets behind a listener port that matter to a node, and note every gate up to them.

    ``leg`` is the findings', where it is not the trail's own.
    """
    asked = _Question(state, trail, balancer, node, leg)
    meant = intent or Intent()
    listener = _listener(asked, port, protocol, meant)
    groups = _groups(asked, listener, _forwards(asked, listener, meant), meant)
    total = sum(item.weight for item in groups)
    selected: list[Selected] = []
    for item in groups:
        selected += _targets(asked, item, item.weight / total if total else 1 / len(groups))
    return with_spares(asked.state, selected, meant)


def _resource(balancer: LoadBalancer) -> Resource:
    return Resource("load-balancer", balancer.arn, balancer.name)


def _listener(
    asked: _Question, port: int, protocol: str | None, meant: Intent
) -> Listener | Absent | NotVisible:
    balancer = asked.balancer
    asked.record("load-balancer", _resource(balancer), balancer_gate.check_state(balancer))
    listeners = asked.state.listeners(balancer)
    found: Listener | Absent | NotVisible
    if isinstance(listeners, NotVisible):
        found = listeners
    else:
        quota = balancer_gate.check_quota(balancer, len(listeners))
        asked.record("load-balancer", _resource(balancer), quota)
        what = tell("a listener on port {port}", port=port)
        absent = Absent(what, "elbv2:DescribeListeners", balancer.account_region)
        found = next((item for item in listeners if item.port == port), absent)
    outcome = listener_gate.check(found, balancer, port, protocol, meant.target_group)
    asked.record("listener", _listener_resource(asked, found, port), outcome)
    if isinstance(found, Listener) and found.client_certificates:
        resource = _listener_resource(asked, found, port)
        asked.record("listener", resource, client_certificate.check(found))
    return found


def _listener_resource(asked: _Question, found: Listener | Absent | NotVisible, port: int) -> Resource:
    name = f"{asked.balancer.name}:{port}"
    return Resource("listener", found.arn if isinstance(found, Listener) else name, name)


def _forwards(
    asked: _Question, listener: Listener | Absent | NotVisible, meant: Intent
) -> tuple[tuple[str, int], ...]:
    """Return the target groups that a listener forwards to, or is meant to, each with its weight."""
    intended = ((meant.target_group.arn, 1),) if meant.target_group else ()
    if not isinstance(listener, Listener):
        return () if isinstance(listener, NotVisible) else intended
    resource = _listener_resource(asked, listener, listener.port)
    actions = ipv4_actions(asked.state, asked.balancer, listener)
    if isinstance(actions, NotVisible):
        asked.record("listener", resource, unseen(actions))
        return ()
    asked.record("listener", resource, listener_gate.check_action(listener, actions))
    return tuple((item.arn, item.weight) for action in actions for item in action.groups) or intended


def ipv4_actions(
    state: AwsState, balancer: LoadBalancer, listener: Listener
) -> tuple[Action, ...] | NotVisible:
    """Return what a listener does with IPv4 clients.

    Only dualstack load balancers have rules beside the default:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
    """
    if balancer.address_type == "ipv4":
        return listener.actions
    rules = state.rules(listener)
    if isinstance(rules, NotVisible):
        return rules
    fitting = sorted((rule for rule in rules if rule.source_family != "ipv6"), key=lambda rule: rule.priority)
    if fitting and fitting[0].source_family != "ipv4":
        fact = tell("which clients a rule of the listener on port {port} applies to", port=listener.port)
        return NotVisible(fact, "elbv2", "DescribeRules", listener.account_region)
    return fitting[0].actions if fitting else listener.actions


def _groups(
    asked: _Question,
    listener: Listener | Absent | NotVisible,
    arns: Sequence[tuple[str, int]],
    meant: Intent,
) -> list[_Group]:
    """Return the groups that get connections, and note when none has a target."""
    groups: list[_Group] = []
    hidden = False
    for arn, weight in arns:
        group = asked.state.target_group_behind(asked.balancer, arn)
        if not isinstance(group, TargetGroup):
            asked.record("target-group", Resource("target-group", arn), unseen(group))
            hidden = True
            continue
        if isinstance(listener, Listener):
            asked.record("target-group", _named(group), listener_gate.check_group(listener, group))
        targets = asked.state.targets(group)
        if isinstance(targets, NotVisible):
            asked.record("target-group", _named(group), unseen(targets))
            hidden = True
            continue
        groups.append(_Group(group, weight, targets))
    if hidden or not groups:
        return []
    filled = [(item.group, item.weight, item.targets) for item in groups]
    empty = not any(item.targets for item in groups)
    call = _registration(asked, groups[0].group, meant) if empty else None
    asked.record("target-group", _named(groups[0].group), gate.check_filled(filled, listener, call))
    weighted = [item for item in groups if item.weight and item.targets]
    if weighted:
        return weighted
    return [item for item in groups if item.targets] or _meant(asked, groups[0], meant)


def _named(group: TargetGroup) -> Resource:
    return Resource("target-group", group.arn, group.name)


def _zone_of(asked: _Question, address: Address) -> str:
    """Return the zone that an address is registered in by itself; the node's own where it is not visible."""
    vpc = asked.state.vpc(asked.balancer.vpc_id)
    subnet = asked.state.subnet_at(vpc, address) if isinstance(vpc, Vpc) else None
    if isinstance(subnet, Absent):
        return EVERYWHERE
    return subnet.zone if isinstance(subnet, Subnet) else asked.node.zone


def _registration(asked: _Question, group: TargetGroup, meant: Intent) -> Call | None:
    if not meant.addresses or meant.port is None:
        return None
    return registering(asked.state, group, meant.addresses, meant.port)


def _meant(asked: _Question, item: _Group, meant: Intent) -> list[_Group]:
    """Return an empty group as if the targets that it is meant to have were registered, and healthy."""
    if not meant.addresses or meant.port is None:
        return []
    state = HealthState.HEALTHY if len(meant.addresses) > 1 else None
    targets = tuple(imagined(item, meant.port, _zone_of(asked, item), state) for item in meant.addresses)
    return [_Group(item.group, 1, targets, imagined=True)]


def _in_zone(asked: _Question, group: TargetGroup, target: Target) -> Target:
    """Return a target with its zone; of an instance it is the one that it runs in."""
    vpc = asked.state.vpc(asked.balancer.vpc_id)
    if target.zone is not None or group.type is not TargetType.INSTANCE or not isinstance(vpc, Vpc):
        return target
    instance = asked.state.instance(target.id)
    address = instance.address if isinstance(instance, Instance) else None
    subnet = asked.state.subnet_at(vpc, address) if address else None
    return replace(target, zone=subnet.zone) if isinstance(subnet, Subnet) else target


def _targets(asked: _Question, item: _Group, share: float) -> list[Selected]:
    """Return one group's targets as the node sees them: filtered by zone, then by health."""
    item = replace(item, targets=tuple(_in_zone(asked, item.group, target) for target in item.targets))
    group, resource = item.group, _named(item.group)
    attributes = asked.state.group_attributes(group)
    crossing = gate.cross_zone(group, attributes, asked.state.balancer_attributes(asked.balancer))
    usable = gate.eligible(item.targets, asked.node, crossing)
    asked.record(
        "target-group", resource, gate.check_zones(group, asked.node, item.targets, usable, crossing)
    )
    if isinstance(usable, NotVisible):
        return []
    served = tuple(target for target in usable if gate.is_served(asked.balancer, target))
    chosen = gate.chosen(served or usable or item.targets, group, attributes)
    if isinstance(chosen, NotVisible):
        asked.record("target-group", resource, unseen(chosen))
        chosen = ()
    if isinstance(attributes, GroupAttributes):
        asked.record("target-group", resource, target_gate.check_proxy_protocol(group, attributes))
    vpc = asked.state.vpc(asked.balancer.vpc_id)
    to_use, to_serve, to_choose = set(usable), set(served), set(chosen)
    serving = [target for target in chosen if target in to_serve]
    for target in usable or item.targets:
        # Another group's targets do not take this group's share.
        more = any(other is not target for other in serving)
        named = Resource("target", f"{target.id}:{target.port}")
        call = enabling(asked.state, asked.balancer, target.zone)
        enabled = gate.check_enabled(group, asked.balancer, target, others=more, enabling=call)
        asked.record("target", named, enabled)
        asked.record("target", named, gate.check_shift(asked.node, target, others=more))
        known = vpc if isinstance(vpc, Vpc) else missing_fact(vpc)
        peered = neighbours.is_peered_ipv6(asked.state, known, target.address)
        asked.record("target", named, target_gate.check_address(group, target, known, peered=peered))
    return [
        Selected(
            group,
            attributes,
            target,
            target in to_choose,
            target in to_use,
            share / len(chosen) if target in to_choose else 0.0,
            target in to_serve and not item.imagined,
            item.imagined,
        )
        for target in usable or item.targets
    ]
