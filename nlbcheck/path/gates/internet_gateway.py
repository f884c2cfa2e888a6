"""Does an internet gateway carry the packet?

It must be attached, and translates between the public and the private address of one interface; packets to
private addresses (RFC 1918, RFC 6598) it drops:
https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (IGW_…).
"""

from __future__ import annotations

from nlbcheck.aws.resources.gateway_attachment import ATTACHED
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check(gateway: InternetGateway, vpc_id: str, inside: Address | None, public: Address | None) -> Outcome:
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
        summary = f"Internet gateway {gateway.id} is not attached to {vpc_id}."
        call = remedy.ec2("AttachInternetGateway", InternetGatewayId=gateway.id, VpcId=vpc_id)
        fix = remedy.advice(f"Attach {gateway.id} to {vpc_id}.", call)
        return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, fix), evidence)
    if public is None:
        summary = f"{inside} has no public address, so {gateway.id} carries nothing for it."
        fix = remedy.advice("Associate an Elastic IP address with the interface.")
        return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, fix), evidence)
    return Passed(evidence)
