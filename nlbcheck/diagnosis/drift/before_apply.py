"""What would AWS refuse, or lose connections by, in a load balancer that is written down and not made yet?

AWS never shows what it refuses: two listeners on one port, more listeners than it allows, protocols that do
not go together, and an address outside the VPC that is not registered for the zone ``all``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.peering_connection import PEERING
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import EVERYWHERE, Target, TargetGroup, TargetType
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift.finding import differs, met, of_group
from nlbcheck.diagnosis.drift.listeners import weighted
from nlbcheck.language import tell
from nlbcheck.model import Code, Finding, Leg, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.gates import client_ip
from nlbcheck.path.gates import listener as listener_gate
from nlbcheck.path.gates import target as target_gate
from nlbcheck.path.gates import target_group as gate


def findings(state: AwsState, balancer: LoadBalancer) -> tuple[Finding, ...]:
    """Return what is wrong with a load balancer as it is written down."""
    listeners = state.listeners(balancer)
    if isinstance(listeners, NotVisible):
        return ()  # which is told of the load balancer as such
    found = list(_twice(balancer, listeners))
    for listener in listeners:
        for share in weighted(listener.actions):
            group = state.target_group(share.arn)
            if isinstance(group, TargetGroup):
                found += met(of_group(group), listener_gate.check_group(listener, group))
                found += _of_group(state, balancer, group)
    return tuple({(item.identity, item.zone): item for item in found}.values())


def _twice(balancer: LoadBalancer, listeners: Sequence[Listener]) -> Iterator[Finding]:
    ports = Counter(listener.port for listener in listeners)
    for port in sorted(number for number, times in ports.items() if times > 1):
        arns = [listener.arn for listener in listeners if listener.port == port]
        yield differs(
            Code.LISTENER_PORT_TAKEN,
            tell(
                "{balancer} has {count} listeners on port {port}. AWS refuses all but one of them.",
                balancer=balancer.name,
                count=len(arns),
                port=port,
            ),
            Resource("listener", f"{balancer.name}:{port}", f"{balancer.name}:{port}"),
            None,
            {"listeners": [*arns]},
            remedy.advice(tell("Give each listener a port of its own.")),
            leg=Leg.BALANCER,
            subject=str(port),
        )


def _of_group(state: AwsState, balancer: LoadBalancer, group: TargetGroup) -> Iterator[Finding]:
    """Yield what is wrong with a group's targets; what cannot be seen of them is told elsewhere."""
    targets, vpc = state.targets(group), state.vpc(group.vpc_id or balancer.vpc_id)
    if isinstance(targets, NotVisible):
        return
    for target in targets:
        if group.type is TargetType.IP and isinstance(vpc, Vpc):
            yield from _outside(state, group, target, vpc)
    nodes, attributes = state.nodes(balancer), state.group_attributes(group)
    crossing = gate.cross_zone(group, attributes, state.balancer_attributes(balancer))
    for node in () if isinstance(nodes, NotVisible) or not targets else nodes:
        if not isinstance(state.subnet(node.subnet_id), Subnet):
            continue  # then its zone is not known
        usable = gate.eligible(targets, node, crossing)
        if not isinstance(usable, NotVisible):
            yield from met(of_group(group), gate.check_zones(group, node, targets, usable, crossing))


def _outside(state: AwsState, group: TargetGroup, target: Target, vpc: Vpc) -> Iterator[Finding]:
    """Yield what is wrong with an address outside the VPC."""
    if target.address is None or vpc.contains(target.address) or not vpc.has_all_cidrs:
        return
    resource = Resource("target", f"{target.id}:{target.port}")
    if target.zone is None:
        yield differs(
            Code.TARGET_NEEDS_ZONE_ALL,
            tell(
                "{address} is outside {vpc} and is registered in {group} without the zone all. AWS refuses "
                "it.",
                address=target.address,
                vpc=vpc.id,
                group=group.name,
            ),
            resource,
            None,
            {"target": target.id, "zone": None, "vpc_ranges": [str(cidr) for cidr in vpc.cidrs]},
            remedy.advice(
                tell('Register it with the zone {zone}: availability_zone = "{zone}".', zone=EVERYWHERE)
            ),
            leg=Leg.BALANCER,
            subject=target.id,
        )
    else:
        yield from met(resource, target_gate.check_address(group, target, vpc))
    kept = client_ip.preserved(group, state.group_attributes(group))
    if kept is True and not _is_peered(state, vpc, target):
        yield from met(of_group(group), client_ip.check(group, target, preservation=True, nearby=False))


def _is_peered(state: AwsState, vpc: Vpc, target: Target) -> bool:
    """Whether a peered VPC that is written down has a target's address."""
    peerings = [
        found
        for side in ("requester", "accepter")
        for found in state.sought(PEERING, state.asked_in, {f"{side}-vpc-info.vpc-id": vpc.id})
    ]
    sides = (item.far_side(vpc.id) for item in peerings)
    ranges = (cidr for side in sides if side for cidr in side.cidrs or ())
    return any(target.address in cidr for cidr in ranges)
