"""Does an internet gateway carry the packet?

It must be attached, and translates between the public and the private address of one interface; packets to
private addresses (RFC 1918, RFC 6598) it drops:
https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (IGW_…).
"""

from __future__ import annotations

from ipaddress import ip_network

from nlbcheck.aws.fields import Address
from nlbcheck.aws.gateways import InternetGateway
from nlbcheck.model import Json
from nlbcheck.way import remedy
from nlbcheck.way.gates.vpn_gateway import ATTACHED
from nlbcheck.way.outcome import Outcome, Passed, Problem, Stopped

_PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
)


def routable(address: Address) -> bool:
    """Whether an address is one that internet gateways carry packets to."""
    return not any(address in cidr for cidr in _PRIVATE)


def check(gateway: InternetGateway, vpc_id: str, inside: Address | None, public: Address | None) -> Outcome:
    """Say whether the gateway is attached, and knows a public address for the one inside."""
    attached = any(item.vpc_id == vpc_id and item.state in ATTACHED for item in gateway.attachments)
    evidence: dict[str, Json] = {
        "vpc": vpc_id,
        "attached": attached,
        "private_address": str(inside) if inside else None,
        "public_address": str(public) if public else None,
    }
    if not attached:
        summary = f"Internet gateway {gateway.id} is not attached to {vpc_id}."
        call = remedy.ec2("AttachInternetGateway", InternetGatewayId=gateway.id, VpcId=vpc_id)
        fix = remedy.advice(f"Attach {gateway.id} to {vpc_id}.", call)
        return Stopped(Problem("internet-path-blocked", summary, fix), evidence)
    if public is None:
        summary = f"{inside} has no public address, so {gateway.id} carries nothing for it."
        fix = remedy.advice("Associate an Elastic IP address with the interface.")
        return Stopped(Problem("internet-path-blocked", summary, fix), evidence)
    return Passed(evidence)
