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
from nlbcheck.language import marked, tell
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
    Inside.NODE: marked(
        "Use an internet-facing load balancer: an internal load balancer has no public address."
    ),
    Inside.NAT: marked("Route to a public NAT gateway instead: a private NAT gateway has no public address."),
    Inside.OTHERS: marked(
        "Route the packet through a public NAT gateway of this VPC first: attach the transit gateway in a "
        "private subnet whose default route leads to the NAT gateway."
    ),
}
_ELASTIC_IP = marked("Associate an Elastic IP address with the network interface.")


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
        fact = tell("whether {gateway} is attached to {vpc}", gateway=gateway.id, vpc=vpc_id)
        return Unseen(NotVisible(fact, "ec2", "DescribeInternetGateways", gateway.account_region), evidence)
    if not attached:
        return Stopped(_detached(gateway, vpc_id), evidence)
    if public is None:
        summary = tell(
            "{address} has no public address, so {gateway} forwards no packets from or to it.",
            address=inside,
            gateway=gateway.id,
        )
        text = tell(_ALWAYS_PRIVATE.get(kind, _ELASTIC_IP))
        return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, remedy.advice(text)), evidence)
    return Passed(evidence)


def _detached(gateway: InternetGateway, vpc_id: str) -> Problem:
    elsewhere = [item.vpc_id for item in gateway.attachments if item.vpc_id and item.state in ATTACHED]
    if elsewhere:
        summary = tell(
            "Internet gateway {gateway} is attached to {other}, not to {vpc}.",
            gateway=gateway.id,
            other=elsewhere[0],
            vpc=vpc_id,
        )
        fix = remedy.advice(tell("Point the route to the internet gateway of {vpc}.", vpc=vpc_id))
        return Problem(Code.INTERNET_PATH_BLOCKED, summary, fix)
    summary = tell("Internet gateway {gateway} is not attached to {vpc}.", gateway=gateway.id, vpc=vpc_id)
    call = remedy.ec2("AttachInternetGateway", InternetGatewayId=gateway.id, VpcId=vpc_id)
    fix = remedy.advice(tell("Attach {gateway} to {vpc}.", gateway=gateway.id, vpc=vpc_id), call)
    return Problem(Code.INTERNET_PATH_BLOCKED, summary, fix)


def check_exists(vpc_id: str) -> Stopped:
    """Say that a VPC has no internet gateway, so that nothing comes in from the internet."""
    summary = tell("{vpc} has no internet gateway: its public addresses cannot be reached.", vpc=vpc_id)
    text = tell(
        "Attach an internet gateway to {vpc}, and add a default route to it in the public subnets.",
        vpc=vpc_id,
    )
    fix = remedy.advice(text)
    return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, fix), {"vpc": vpc_id, "attached": False})


def check_dialled(client: Address, private: Address, public: Address | None, kind: Inside) -> Stopped:
    """Say that a private address cannot be dialled from the internet."""
    summary = tell(
        "As far as the recorded state shows, {client} is on the internet. {address} is a private address, "
        "which cannot be reached from the internet.",
        client=client,
        address=private,
    )
    text = tell(
        "Connect from a network that is connected to the VPC, or give the machine an Elastic IP address."
    )
    if public is not None:
        text = tell("Connect to {public}, the public address of {address}.", public=public, address=private)
    elif kind is Inside.NODE:
        text = tell(
            "Connect from a network that is connected to the VPC, or use an internet-facing load balancer."
        )
    elif kind is Inside.NAT:
        text = tell("Connect to a server: a NAT gateway accepts no connections.")
    evidence = {"client": str(client), "private_address": str(private)}
    problem = Problem(Code.INTERNET_PATH_BLOCKED, summary, remedy.advice(text), subject=str(client))
    return Stopped(problem, evidence)
