"""Do security group rules that name a group recognize the other end of a connection?

Inside a VPC and over a peering connection in one Region they do, over a transit gateway for inbound rules
when it and both attachments say so:
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html,
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html.
"""

from __future__ import annotations

from nlbcheck.aws.gateways import PeeringConnection
from nlbcheck.aws.network import RouteTargetKind, Vpc
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.transit import TransitGateway, TransitVpcAttachment
from nlbcheck.aws.world import World
from nlbcheck.way.carriers import Carrier
from nlbcheck.way.ends import End, Spot
from nlbcheck.way.gates import peering
from nlbcheck.way.outcome import missing
from nlbcheck.way.packet import SEEN, References


def between(world: World, start: End, goal: End, carrier: Carrier | None) -> References:
    """Return what becomes of references between two ends; ``carrier`` joins their networks."""
    if not isinstance(start, Spot) or not isinstance(goal, Spot):
        return References(inbound=False, outbound=False, reason="does not exist outside AWS")
    if start.vpc_id == goal.vpc_id:
        return SEEN
    if carrier is None:
        return _unknown(NotVisible(f"the way from {start.address}", "ec2", "DescribeRouteTables", None))
    if carrier.kind is RouteTargetKind.PEERING:
        found = world.peering(carrier.id)
        return peering.references(found) if isinstance(found, PeeringConnection) else _unknown(missing(found))
    if carrier.kind is RouteTargetKind.TRANSIT_GATEWAY:
        return _over_transit_gateway(world, carrier.id, start, goal)
    return References(inbound=False, outbound=False, reason="is lost on the way")


def _unknown(fact: NotVisible) -> References:
    return References(fact, fact, "cannot be told")


def _over_transit_gateway(world: World, gateway_id: str, start: Spot, goal: Spot) -> References:
    reason = (
        "is known over a transit gateway only to inbound rules, and only where it and both attachments allow"
    )
    gateway = world.transit_gateway(gateway_id)
    flags = [gateway.group_references if isinstance(gateway, TransitGateway) else None]
    for vpc in (start.vpc, goal.vpc):
        found = world.transit_vpc_attachment_of(gateway_id, vpc) if isinstance(vpc, Vpc) else None
        # A VPC behind a peered transit gateway is not attached to this one.
        elsewhere = False if isinstance(found, Absent) else None
        flags.append(found.group_references if isinstance(found, TransitVpcAttachment) else elsewhere)
    if False in flags:
        return References(inbound=False, outbound=False, reason=reason)
    fact = NotVisible(f"security group referencing at {gateway_id}", "ec2", "DescribeTransitGateways", None)
    return References(fact if None in flags else True, outbound=False, reason=reason)
