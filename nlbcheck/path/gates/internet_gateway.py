"""Does an internet gateway carry the packet?

It must be attached, and translates between the public and the private address of one interface; packets to
private addresses (RFC 1918, RFC 6598) it drops:
https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (IGW_…),
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html. It can be attached to one VPC:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html.

The nodes of an internal load balancer cannot be given public addresses, and the interfaces of no load
balancer can be changed:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SubnetMapping.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html. Nor has a private
NAT gateway one: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html. What a transit gateway
hands over in a public subnet is dropped, for its sender has no public address in that VPC:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-nat-igw.
"""

from __future__ import annotations

from enum import StrEnum

from nlbcheck.aws.resources.gateway_attachment import ATTACHED
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


class Inside(StrEnum):
    """What stands behind the gateway."""

    MACHINE = "machine"
    NODE = "load balancer"
    NAT = "NAT gateway"
    OTHERS = "sender outside the VPC"


_ALWAYS_PRIVATE = {
    Inside.NODE: "Use an internet-facing load balancer: an internal one has no public address.",
    Inside.NAT: "Route to a public NAT gateway: a private one has no public address.",
    Inside.OTHERS: "Let the packet pass a public NAT gateway of this VPC first: attach the transit gateway "
    "in a private subnet whose default route leads to that.",
}


def check(
    gateway: InternetGateway,
    vpc_id: str,
    inside: Address | None,
    public: Address | None,
    kind: Inside = Inside.MACHINE,
) -> Outcome:
    """Say whether the gateway is attached, and knows a public address for the one inside."""
    states = [item.state for item in gateway.attachments if item.vpc_id == vpc_id]
    attached = any(state in ATTACHED for state in states)
    evidence: dict[str, Json] = {
        "vpc": vpc_id,
        "attached": attached,
        "private_address": str(inside) if inside else None,
        "public_address": str(public) if public else None,
    }
    if not attached and None in states:
        fact = f"whether {gateway.id} is attached to {vpc_id}"
        return Unseen(NotVisible(fact, "ec2", "DescribeInternetGateways", gateway.account_region), evidence)
    if not attached:
        return Stopped(_detached(gateway, vpc_id), evidence)
    if public is None:
        summary = f"{inside} has no public address, so {gateway.id} carries nothing for it."
        text = _ALWAYS_PRIVATE.get(kind, "Associate an Elastic IP address with the interface.")
        return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, remedy.advice(text)), evidence)
    return Passed(evidence)


def _detached(gateway: InternetGateway, vpc_id: str) -> Problem:
    elsewhere = [item.vpc_id for item in gateway.attachments if item.vpc_id and item.state in ATTACHED]
    summary = f"Internet gateway {gateway.id} is not attached to {vpc_id}."
    if elsewhere:
        summary = f"Internet gateway {gateway.id} is attached to {elsewhere[0]}, and not to {vpc_id}."
        fix = remedy.advice(f"Point the route at the internet gateway of {vpc_id}.")
        return Problem(Code.INTERNET_PATH_BLOCKED, summary, fix)
    call = remedy.ec2("AttachInternetGateway", InternetGatewayId=gateway.id, VpcId=vpc_id)
    return Problem(
        Code.INTERNET_PATH_BLOCKED, summary, remedy.advice(f"Attach {gateway.id} to {vpc_id}.", call)
    )


def check_exists(vpc_id: str) -> Stopped:
    """Say that a VPC has no internet gateway, so that nothing comes in from the internet."""
    summary = f"{vpc_id} has no internet gateway, so that no public address of it is reached."
    fix = remedy.advice(f"Give {vpc_id} an internet gateway, and its public subnets a default route to it.")
    return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, fix), {"vpc": vpc_id, "attached": False})


def check_dialled(client: Address, private: Address, public: Address | None, kind: Inside) -> Stopped:
    """Say that a private address cannot be dialled from the internet."""
    summary = (
        f"{client} is in the internet, as far as is recorded, and {private} is a private address: nobody "
        "dials it from there."
    )
    text = "Connect from a network that is joined with the VPC, or give the machine an Elastic IP address."
    if public is not None:
        text = f"Dial {public}, the public address of {private}."
    elif kind is Inside.NODE:
        text = "Connect from a network that is joined with the VPC, or use an internet-facing load balancer."
    elif kind is Inside.NAT:
        text = "Connect to a server: a NAT gateway takes no connections."
    evidence = {"client": str(client), "private_address": str(private)}
    problem = Problem(Code.INTERNET_PATH_BLOCKED, summary, remedy.advice(text), subject=str(client))
    return Stopped(problem, evidence)
