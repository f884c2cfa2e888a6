"""Does a VPC peering connection carry the packet?

Only an active one carries traffic, and only to the far VPC's own addresses, never beyond it:
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
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
        fact = f"the status of {peering.id}"
        return Unseen(
            NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", peering.account_region), evidence
        )
    if peering.status is PeeringStatus.ACTIVE:
        return Passed(evidence)
    name = f"{peering.name} ({peering.id})" if peering.name else peering.id
    summary = f"Peering connection {name} is {peering.status.value}, not active."
    return Stopped(Problem(Code.PEERING_NOT_ACTIVE, summary, _remedy(peering)), evidence)


def _remedy(peering: PeeringConnection) -> Remedy:
    if peering.status is PeeringStatus.PENDING_ACCEPTANCE:
        return _accept(peering)
    if peering.status in (PeeringStatus.INITIATING_REQUEST, PeeringStatus.PROVISIONING):
        return remedy.advice("Wait until the peering connection is active.")
    return remedy.advice(
        f"Request a new peering connection between {peering.requester.vpc_id} and {peering.accepter.vpc_id}, "
        "accept it, and point the routes at it: this one cannot be brought back."
    )


def _accept(peering: PeeringConnection) -> Remedy:
    """Return how it is accepted: in the Region of the accepter's VPC.

    https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html
    """
    here, there = peering.requester.account_region, peering.accepter.account_region
    call = remedy.ec2("AcceptVpcPeeringConnection", VpcPeeringConnectionId=peering.id)
    if there is None:
        return remedy.advice("Accept the peering connection, in the accepter's account and Region.", call)
    if here is None or here.region != there.region:
        call = replace(call, region=there.region)
    return remedy.advice(f"Accept the peering connection, in {there}.", call)


def check_transit(peering: PeeringConnection, far: Sequence[Network], destination: Address) -> Outcome:
    """Say whether the destination is one of the far VPC's own addresses."""
    evidence = {"destination": str(destination), "far_ranges": [str(cidr) for cidr in far]}
    if any(destination in cidr for cidr in far):
        return Passed(evidence)
    summary = (
        f"Peering connection {peering.id} carries only the two VPCs' own addresses; "
        f"{destination} lies beyond the far one."
    )
    text = (
        "Reach it through something that starts a connection of its own in the far VPC, such as a load "
        "balancer without client IP preservation, or join the networks by a transit gateway."
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
    summary = (
        f"Peering connection {peering.id} carries only the two VPCs' own addresses; the packet comes from "
        f"{source}, beyond the near one, so that it likely does not pass."
    )
    text = "Lead packets from there to the far VPC by a transit gateway that is attached to it."
    problem = Problem(
        Code.PEERING_NO_TRANSIT, summary, remedy.advice(text), Verdict.FAIL, Confidence.LIKELY, str(source)
    )
    return Stopped(problem, evidence)


def references(peering: PeeringConnection) -> References:
    """Say whether security group rules recognize the other side: within one Region only."""
    if not peering.requester.account_region or not peering.accepter.account_region:
        fact = f"the Regions of {peering.id}"
        unknown = NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", peering.account_region)
        return References(unknown, unknown, "cannot be told")
    same = peering.requester.account_region.region == peering.accepter.account_region.region
    reason = "is known over a peering connection inside one Region only"
    return References(same, same, reason)
