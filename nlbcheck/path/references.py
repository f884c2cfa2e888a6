"""Do security group rules that name a group recognize the other end of a connection?

Inside a VPC and over a peering connection in one Region they do, over a transit gateway for inbound rules
when it and both attachments say so:
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html,
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.peering_connection import PeeringConnection
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.transit_gateway import TransitGateway
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.gates import peering
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import missing
from nlbcheck.path.packet import SEEN, References
from nlbcheck.path.routes import RouteTarget

OVER_INTERNET = References(
    inbound=False,
    outbound=False,
    reason=marked("A reference does not match where the client connects to a public address."),
)
"""Who dials a public address is known by a public address of its own, whatever VPC it stands in.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html: rules that name a group admit the
private addresses of its interfaces.
"""


def between(
    state: AwsState, start: Location, destination: Location, route_target: RouteTarget | None
) -> References:
    """Return what becomes of references between two ends; ``route_target`` joins their networks."""
    if not isinstance(start, InVpc) or not isinstance(destination, InVpc):
        reason = marked("A reference does not match an address outside AWS.")
        return References(inbound=False, outbound=False, reason=reason)
    if start.vpc_id == destination.vpc_id:
        return SEEN
    if route_target is None:
        fact = tell("the path from {address}", address=start.address)
        return _unknown(NotVisible(fact, "ec2", "DescribeRouteTables", None))
    if route_target.kind is RouteTargetKind.PEERING:
        found = state.peering(route_target.id)
        return peering.references(found) if isinstance(found, PeeringConnection) else _unknown(missing(found))
    if route_target.kind is RouteTargetKind.TRANSIT_GATEWAY:
        return _over_transit_gateway(state, route_target.id, start, destination)
    reason = marked("A reference does not match on this path.")
    lost = References(inbound=False, outbound=False, reason=reason)
    if route_target.kind is RouteTargetKind.NAT_GATEWAY:
        # The sender's rules see the packet before the gateway gives it an address of its own, and a peering
        # connection may make the other group known all the same; AWS does not say.
        fact = tell("whether outbound rules recognize a security group behind a NAT gateway")
        return replace(lost, outbound=NotVisible(fact, "", "", None))
    return lost


def _unknown(fact: NotVisible) -> References:
    return References(fact, fact)


def _over_transit_gateway(state: AwsState, gateway_id: str, start: InVpc, destination: InVpc) -> References:
    reason = marked(
        "Over a transit gateway a reference matches in inbound rules only, and only if security group "
        "referencing is enabled for the transit gateway and for both attachments."
    )
    gateway = state.transit_gateway(gateway_id)
    flags = [gateway.group_references if isinstance(gateway, TransitGateway) else None]
    for vpc in (start.vpc, destination.vpc):
        found = state.transit_vpc_attachment_of(gateway_id, vpc) if isinstance(vpc, Vpc) else None
        # A VPC behind a peered transit gateway is not attached to this one.
        elsewhere = False if isinstance(found, Absent) else None
        flags.append(found.group_references if isinstance(found, TransitVpcAttachment) else elsewhere)
    if False in flags:
        return References(inbound=False, outbound=False, reason=reason)
    what = tell("security group referencing of {gateway}", gateway=gateway_id)
    fact = NotVisible(what, "ec2", "DescribeTransitGateways", None)
    return References(fact if None in flags else True, outbound=False, reason=reason)
