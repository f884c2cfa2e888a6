"""Does a transit gateway take the packet, and through which attachment and subnet does it leave?

The attachment the packet comes from must be available, have a subnet in the packet's zone, and be
associated with a route table: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html.

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
)
from nlbcheck.aws.resources.transit_gateway import USABLE, TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.language import tell
from nlbcheck.model import Code, Json, Remedy
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen

Attachment = TransitAttachment | TransitVpcAttachment | TransitPeeringAttachment


def check_attached(found: Attachment | Absent | NotVisible, who: str, gateway_id: str) -> Outcome:
    """Say whether a network is attached to the transit gateway."""
    if isinstance(found, NotVisible):
        return unseen(found)
    if isinstance(found, Absent):
        summary = tell(
            "{network} is not attached to transit gateway {gateway}.", network=who, gateway=gateway_id
        )
        fix = remedy.advice(tell("Attach {network} to {gateway}.", network=who, gateway=gateway_id))
        return Stopped(Problem(Code.GATEWAY_NOT_ATTACHED, summary, fix), {"attachment": None})
    evidence: dict[str, Json] = {"attachment": found.id, "state": found.state.value if found.state else None}
    if found.state is None:
        fact = tell("the state of {name}", name=found.id)
        missing = NotVisible(fact, "ec2", "DescribeTransitGatewayAttachments", found.account_region)
        return Unseen(missing, evidence)
    if found.state in USABLE:
        return Passed(evidence)
    if found.state is TransitState.ROLLING_BACK:
        fact = tell(
            "whether {attachment} forwards packets while a change to it is rolled back", attachment=found.id
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = tell(
        "The attachment {attachment} of {network} to {gateway} is {state}.",
        attachment=found.id,
        network=who,
        gateway=gateway_id,
        state=found.state.value,
    )
    fix = _available(found, who, gateway_id)
    return Stopped(Problem(Code.GATEWAY_NOT_ATTACHED, summary, fix), evidence)


def _available(found: Attachment, who: str, gateway_id: str) -> Remedy:
    """Return how an attachment becomes available."""
    if found.state in _ON_THE_WAY:
        return remedy.advice(tell("Wait until {name} is available.", name=found.id))
    if found.state is TransitState.PENDING_ACCEPTANCE and isinstance(found, TransitVpcAttachment):
        call = remedy.ec2("AcceptTransitGatewayVpcAttachment", TransitGatewayAttachmentId=found.id)
        return remedy.advice(tell("Accept the attachment in the transit gateway's account."), call)
    if found.state is TransitState.PENDING_ACCEPTANCE and isinstance(found, TransitPeeringAttachment):
        return _accept(found)
    return remedy.advice(tell("Attach {network} to {gateway} again.", network=who, gateway=gateway_id))


def _accept(found: TransitPeeringAttachment) -> Remedy:
    """Return how a link is accepted: only at the accepter's end, which has an id of its own within a Region.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-accept-reject.html
    """
    end = found.accepter_attachment_id or found.id
    call = remedy.ec2("AcceptTransitGatewayPeeringAttachment", TransitGatewayAttachmentId=end)
    there, here = found.accepter_place, found.requester_place
    if there and (here is None or here.region != there.region):
        call = replace(call, region=there.region)
    text = tell(
        "Accept the peering attachment at {gateway} in account {account}, {region}."
        if there
        else "Accept the peering attachment at {gateway}.",
        gateway=found.accepter_gateway_id,
        account=there.account if there else None,
        region=there.region if there else None,
    )
    return remedy.advice(text, call)


_ON_THE_WAY = (TransitState.INITIATING, TransitState.INITIATING_REQUEST, TransitState.PENDING)
"""The states of an attachment that is being made.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, "VPC attachment lifecycle".
"""


@dataclass(frozen=True, slots=True)
class Exits:
    """The subnets of an attachment in which a packet may step out of a transit gateway."""

    subnets: tuple[Subnet, ...]
    choice: str
    """What chooses among them, told in words that follow 'which subnet'."""


def exits(attachment: TransitVpcAttachment, attached: Sequence[Subnet], sender: Subnet | None) -> Exits:
    """Return where packets step out that have come in in a subnet's zone; None where that is not told."""
    here = tuple(item for item in attached if sender and item.shares_zone(sender))
    if here and attachment.appliance_mode is False:
        return Exits(here, "")
    return Exits(tuple(attached), _choice(attachment, attached, sender))


def _choice(attachment: TransitVpcAttachment, attached: Sequence[Subnet], sender: Subnet | None) -> str:
    if attachment.appliance_mode:
        return tell("{attachment} uses, by a hash of the flow", attachment=attachment.id)
    if sender is None:
        return tell(
            "{attachment} uses for packets that come from no Availability Zone", attachment=attachment.id
        )
    if attachment.appliance_mode is None:
        return tell("{attachment} uses, whose appliance mode is not visible", attachment=attachment.id)
    if any(item.shares_zone(sender) is None for item in attached):
        return tell(
            "{attachment} uses for packets from {zone} of account {account}, which may be any of its zones",
            attachment=attachment.id,
            zone=sender.zone,
            account=sender.account_region.account,
        )
    return tell(
        "{attachment} uses for packets from {zone}, where it has no subnet",
        attachment=attachment.id,
        zone=sender.zone,
    )


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
    summary = tell(
        "{attachment} has no subnet in {zone}: packets from there cannot enter the transit gateway.",
        attachment=attachment.id,
        zone=subnet.zone,
    )
    call = remedy.ec2(
        "ModifyTransitGatewayVpcAttachment",
        TransitGatewayAttachmentId=attachment.id,
        AddSubnetIds=[subnet.id],
    )
    fix = remedy.advice(tell("Add a subnet in {zone} to the attachment.", zone=subnet.zone), call)
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
            fact = tell("the route table association of {attachment}", attachment=attachment_id)
            return Unseen(NotVisible(fact, "ec2", "DescribeTransitGatewayAttachments", None), evidence)
    elif isinstance(found, NotVisible):
        return unseen(found)
    else:
        evidence = {"route_table": None}
    summary = tell(
        "{attachment} is not associated with a transit gateway route table.", attachment=attachment_id
    )
    fix = remedy.advice(
        tell("Associate the attachment with the route table that has routes to the other networks.")
    )
    if len(tables) == 1:
        call = remedy.ec2(
            "AssociateTransitGatewayRouteTable",
            TransitGatewayRouteTableId=tables[0],
            TransitGatewayAttachmentId=attachment_id,
        )
        text = tell("Associate {attachment} with {table}.", attachment=attachment_id, table=tables[0])
        fix = remedy.advice(text, call)
    return Stopped(Problem(Code.TRANSIT_GATEWAY_ASSOCIATION_MISSING, summary, fix), evidence)
