"""Does a transit gateway take the packet, and through which attachment and subnet does it leave?

The attachment the packet comes from must be available, have a subnet in the packet's zone, and be
associated with a route table: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html. There
the longest prefix wins, then static over propagated; blackhole routes drop:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html.

Without appliance mode it keeps a packet in the Availability Zone where that has come in, and crosses zones
only where the attachment that it leaves by has no subnet there. With appliance mode at that attachment a
flow's hash chooses, for request and reply alike:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-appliance-scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import (
    AssociationState,
    TransitAssociation,
    TransitAttachment,
    TransitResource,
)
from nlbcheck.aws.resources.transit_gateway import USABLE, TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteState, TransitRouteType
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.model import Code, Confidence, Json, Remedy
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address, Network, longest_matches, single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen

Attachment = TransitAttachment | TransitVpcAttachment | TransitPeeringAttachment


def check_attached(found: Attachment | Absent | NotVisible, who: str, gateway_id: str) -> Outcome:
    """Say whether a network is attached to the transit gateway."""
    if isinstance(found, NotVisible):
        return unseen(found)
    if isinstance(found, Absent):
        summary = f"{who} is not attached to transit gateway {gateway_id}."
        fix = remedy.advice(f"Attach {who} to {gateway_id}.")
        return Stopped(Problem(Code.GATEWAY_NOT_ATTACHED, summary, fix), {"attachment": None})
    evidence: dict[str, Json] = {"attachment": found.id, "state": found.state.value if found.state else None}
    if found.state is None:
        fact = f"the state of {found.id}"
        missing = NotVisible(fact, "ec2", "DescribeTransitGatewayAttachments", found.account_region)
        return Unseen(missing, evidence)
    if found.state in USABLE:
        return Passed(evidence)
    if found.state is TransitState.ROLLING_BACK:
        passes = f"whether {found.id} passes traffic while a change of it is undone"
        return Unseen(NotVisible(passes, "", "", None), evidence)
    summary = f"The attachment {found.id} of {who} to {gateway_id} is {found.state.value}."
    fix = remedy.advice(f"Attach {who} to {gateway_id} anew.")
    if found.state in _ON_THE_WAY:
        fix = remedy.advice(f"Wait until {found.id} is available.")
    if found.state is TransitState.PENDING_ACCEPTANCE and isinstance(found, TransitVpcAttachment):
        call = remedy.ec2("AcceptTransitGatewayVpcAttachment", TransitGatewayAttachmentId=found.id)
        fix = remedy.advice("Accept the attachment, in the transit gateway's account.", call)
    if found.state is TransitState.PENDING_ACCEPTANCE and isinstance(found, TransitPeeringAttachment):
        # Only the accepter's end can be accepted; within a Region it has an id of its own:
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-accept-reject.html
        end = found.accepter_attachment_id or found.id
        call = remedy.ec2("AcceptTransitGatewayPeeringAttachment", TransitGatewayAttachmentId=end)
        there, here = found.accepter_place, found.requester_place
        if there and (here is None or here.region != there.region):
            call = replace(call, region=there.region)
        where = f" in {found.accepter_place}" if found.accepter_place else ""
        fix = remedy.advice(f"Accept the peering attachment at {found.accepter_gateway_id}{where}.", call)
    return Stopped(Problem(Code.GATEWAY_NOT_ATTACHED, summary, fix), evidence)


_ON_THE_WAY = (TransitState.INITIATING, TransitState.INITIATING_REQUEST, TransitState.PENDING)
"""The states of an attachment that is being made.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, "VPC attachment lifecycle".
"""


@dataclass(frozen=True, slots=True)
class Exits:
    """The subnets of an attachment in which a packet may step out of a transit gateway."""

    subnets: tuple[Subnet, ...]
    choice: str
    """What chooses among them, in words that follow 'which subnet'."""


def exits(attachment: TransitVpcAttachment, attached: Sequence[Subnet], sender: Subnet | None) -> Exits:
    """Return where packets step out that have come in in a subnet's zone; None where that is not told."""
    if attachment.appliance_mode:
        return Exits(tuple(attached), f"{attachment.id} takes by the flow's hash")
    if sender is None:
        return Exits(tuple(attached), f"{attachment.id} takes for packets that come from no zone")
    if attachment.appliance_mode is None:
        return Exits(tuple(attached), f"{attachment.id} takes: its appliance mode is not told")
    here = tuple(item for item in attached if item.shares_zone(sender))
    if here:
        return Exits(here, "")
    if any(item.shares_zone(sender) is None for item in attached):
        other = f"is {sender.zone} of {sender.account_region.account}, which is not told"
        return Exits(tuple(attached), f"{attachment.id} takes: which of its zones {other}")
    return Exits(tuple(attached), f"{attachment.id} takes for packets of {sender.zone}, where it has none")


def check_zone(
    attachment: TransitVpcAttachment, subnet: Subnet, attached: Sequence[Subnet | Absent | NotVisible]
) -> Outcome:
    """Say whether the attachment has a subnet in the zone that the packet comes from."""
    shown = [item for item in attached if isinstance(item, Subnet)]
    zones: list[Json] = [item.zone for item in shown]
    evidence: dict[str, Json] = {"zone": subnet.zone, "attachment_zones": zones}
    if any(item.shares_zone(subnet) for item in shown):
        return Passed(evidence)
    for item in attached:
        if not isinstance(item, Subnet):
            return unseen(item)
    summary = f"{attachment.id} has no subnet in {subnet.zone}, so nothing there can use the transit gateway."
    call = remedy.ec2(
        "ModifyTransitGatewayVpcAttachment",
        TransitGatewayAttachmentId=attachment.id,
        AddSubnetIds=[subnet.id],
    )
    fix = remedy.advice(f"Add a subnet of {subnet.zone} to the attachment.", call)
    return Stopped(Problem(Code.TRANSIT_GATEWAY_ZONE_MISSING, summary, fix, subject=subnet.zone), evidence)


def check_association(
    found: TransitAssociation | Absent | NotVisible, attachment_id: str, tables: Sequence[str]
) -> Outcome:
    """Say whether an attachment has a route table; ``tables`` are those that other attachments have."""
    if isinstance(found, TransitAssociation):
        evidence: dict[str, Json] = {
            "route_table": found.route_table_id,
            "state": found.state.value if found.state else None,
        }
        if found.state is AssociationState.ASSOCIATED:
            return Passed(evidence)
        if found.state is None:
            fact = f"the association of {attachment_id}"
            return Unseen(NotVisible(fact, "ec2", "DescribeTransitGatewayAttachments", None), evidence)
    elif isinstance(found, NotVisible):
        return unseen(found)
    else:
        evidence = {"route_table": None}
    summary = f"{attachment_id} is associated with no transit gateway route table."
    fix = remedy.advice("Associate the attachment with the route table that knows the other networks.")
    if len(tables) == 1:
        call = remedy.ec2(
            "AssociateTransitGatewayRouteTable",
            TransitGatewayRouteTableId=tables[0],
            TransitGatewayAttachmentId=attachment_id,
        )
        fix = remedy.advice(f"Associate {attachment_id} with {tables[0]}.", call)
    return Stopped(Problem(Code.TRANSIT_GATEWAY_ASSOCIATION_MISSING, summary, fix), evidence)


def select(
    routes: Sequence[TransitRoute], table_id: str, address: Address
) -> TransitRoute | NotVisible | None:
    """Return the route that wins for an address; None when there is none."""
    fact = NotVisible(f"a route of {table_id}", "ec2", "SearchTransitGatewayRoutes", None)
    if any(route.destination is None for route in routes):
        return fact
    gone = (TransitRouteState.PENDING, TransitRouteState.DELETING, TransitRouteState.DELETED)
    usable = [route for route in routes if route.state not in gone]
    best = longest_matches(usable, address, lambda route: route.destination)
    if not best:
        return None
    if len(best) > 1 and any(route.type is None for route in best):
        return fact
    static = [route for route in best if route.type is not TransitRouteType.PROPAGATED]
    return (static or best)[0]


def check_route(
    found: TransitRoute | NotVisible | None,
    table_id: str,
    address: Address,
    should: str | None,
    *,
    leads_there: bool,
    prefix: Network | None = None,
) -> Outcome:
    """Say whether the table's route leads on; ``should`` is the attachment that it should lead to.

    ``prefix`` is what a new route is for, by default the address alone.
    """
    if isinstance(found, NotVisible):
        return Unseen(found)
    evidence: dict[str, Json] = {"route_table": table_id, "destination": str(address)}
    narrow = prefix or single(address)
    if found is None:
        summary = f"{table_id} has no route for {address}."
        fix = _fix("Create", table_id, str(narrow), should)
        return Stopped(
            Problem(Code.TRANSIT_GATEWAY_ROUTE_MISSING, summary, fix, subject=str(address)), evidence
        )
    evidence |= {
        "route": str(found.destination),
        "state": found.state.value if found.state else None,
        "type": found.type.value if found.type else None,
        "attachments": [hop.attachment_id for hop in found.hops],
    }
    static = found.type is TransitRouteType.STATIC
    same = "Replace" if static else "Create"
    if found.state is TransitRouteState.BLACKHOLE:
        summary = f"The route {found.destination} of {table_id} is a blackhole."
        fix = _fix(same, table_id, str(found.destination), should)
        if prefix and found.destination and prefix.prefixlen > found.destination.prefixlen:
            fix = _fix("Create", table_id, str(prefix), should)
        problem = Problem(Code.TRANSIT_GATEWAY_ROUTE_BLACKHOLE, summary, fix, subject=str(found.destination))
        return Stopped(problem, evidence)
    if found.state is None or not found.hops:
        fact = f"the state of a route of {table_id}"
        return Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None), evidence)
    if leads_there:
        return Passed(evidence)
    summary = f"The route {found.destination} of {table_id} wins for {address}, and does not lead to it."
    longest = found.destination is not None and found.destination.prefixlen == address.max_prefixlen
    fix = _fix(same if longest else "Create", table_id, str(narrow), should)
    problem = Problem(Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE, summary, fix, subject=str(address))
    if found.hops[0].resource_type is TransitResource.VPN:
        # A router on premises may send packets back: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPN_CloudHub.html
        problem = replace(problem, confidence=Confidence.LIKELY)
    return Stopped(problem, evidence)


def _fix(verb: str, table_id: str, destination: str, attachment_id: str | None) -> Remedy:
    if attachment_id is None:
        return remedy.advice(
            f"Add a route for {destination} to {table_id}, to the attachment that leads there."
        )
    call = remedy.ec2(
        f"{verb}TransitGatewayRoute",
        DestinationCidrBlock=destination,
        TransitGatewayRouteTableId=table_id,
        TransitGatewayAttachmentId=attachment_id,
    )
    return remedy.advice(f"{verb} the route {destination} to {attachment_id} in {table_id}.", call)
