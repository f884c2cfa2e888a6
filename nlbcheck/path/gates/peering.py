"""Does a VPC peering connection carry the packet?

Only an active one carries traffic, and only to the far VPC's own addresses, never beyond it:
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
from nlbcheck.language import marked, tell
from nlbcheck.model import Code, Confidence, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import References


def check_status(peering: PeeringConnection) -> Outcome:
    """Say whether a peering connection is active."""
    evidence = {"status": peering.status.value if peering.status else None, "message": peering.message}
    if peering.status is None:
        fact = tell("the status of {name}", name=peering.id)
        return Unseen(
            NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", peering.account_region), evidence
        )
    if peering.status is PeeringStatus.ACTIVE:
        return Passed(evidence)
    name = f"{peering.name} ({peering.id})" if peering.name else peering.id
    summary = tell(
        "Peering connection {peering} is {status}, not active.", peering=name, status=peering.status.value
    )
    return Stopped(Problem(Code.PEERING_NOT_ACTIVE, summary, _remedy(peering)), evidence)


def _remedy(peering: PeeringConnection) -> Remedy:
    if peering.status is PeeringStatus.PENDING_ACCEPTANCE:
        return _accept(peering)
    if peering.status in (PeeringStatus.INITIATING_REQUEST, PeeringStatus.PROVISIONING):
        return remedy.advice(tell("Wait until the peering connection is active."))
    text = tell(
        "Create a new peering connection between {vpc} and {other}, accept it, and point the routes to it. "
        "This one cannot be restored.",
        vpc=peering.requester.vpc_id,
        other=peering.accepter.vpc_id,
    )
    return remedy.advice(text)


def _accept(peering: PeeringConnection) -> Remedy:
    """Return how it is accepted: in the Region of the accepter's VPC.

    https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html
    """
    here, there = peering.requester.account_region, peering.accepter.account_region
    call = remedy.ec2("AcceptVpcPeeringConnection", VpcPeeringConnectionId=peering.id)
    if there is None:
        text = tell("Accept the peering connection in the accepter's account and Region.")
        return remedy.advice(text, call)
    if here is None or here.region != there.region:
        call = replace(call, region=there.region)
    text = tell(
        "Accept the peering connection in account {account}, {region}.",
        account=there.account,
        region=there.region,
    )
    return remedy.advice(text, call)


def check_transit(peering: PeeringConnection, far: Sequence[Network], destination: Address) -> Outcome:
    """Say whether the destination is one of the far VPC's own addresses."""
    evidence = {"destination": str(destination), "far_ranges": [str(cidr) for cidr in far]}
    if any(destination in cidr for cidr in far):
        return Passed(evidence)
    summary = tell(
        "Peering connection {peering} forwards packets only between addresses of its two VPCs. {address} is "
        "outside the far VPC.",
        peering=peering.id,
        address=destination,
    )
    text = tell(
        "Connect through something that opens its own connection in the far VPC, such as a load balancer "
        "without client IP preservation, or connect the networks with a transit gateway."
    )
    problem = Problem(Code.PEERING_NO_TRANSIT, summary, remedy.advice(text), subject=str(destination))
    return Stopped(problem, evidence)


def check_origin(peering: PeeringConnection, near: Sequence[Network], source: Address) -> Outcome:
    """Say whether what a transit gateway or a firewall hands over comes from the near VPC itself.

    A VPC passes nothing on over its peering connections that comes from a third network:
    https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html.
    """
    evidence = {"source": str(source), "near_ranges": [str(cidr) for cidr in near]}
    if any(source in cidr for cidr in near):
        return Passed(evidence)
    summary = tell(
        "Peering connection {peering} forwards packets only between addresses of its two VPCs. The packet "
        "comes from {address}, outside the near VPC, so it likely does not pass.",
        peering=peering.id,
        address=source,
    )
    text = tell("Route packets from there to the far VPC through a transit gateway that is attached to it.")
    problem = Problem(
        Code.PEERING_NO_TRANSIT, summary, remedy.advice(text), Verdict.FAIL, Confidence.LIKELY, str(source)
    )
    return Stopped(problem, evidence)


def references(peering: PeeringConnection) -> References:
    """Say whether security group rules recognize the other side: within one Region only."""
    if not peering.requester.account_region or not peering.accepter.account_region:
        fact = tell("the Regions of {name}", name=peering.id)
        unknown = NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", peering.account_region)
        return References(unknown, unknown)
    same = peering.requester.account_region.region == peering.accepter.account_region.region
    reason = marked("Over a peering connection a reference matches only if both VPCs are in the same Region.")
    return References(same, same, reason)
