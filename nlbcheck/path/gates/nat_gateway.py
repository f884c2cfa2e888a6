"""Does a NAT gateway carry the packet?

Only one that is available does; what is deleted or failed drops it:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check(gateway: NatGateway) -> Outcome:
    """Say whether the gateway is available."""
    evidence: dict[str, Json] = {
        "state": gateway.state.value if gateway.state else None,
        "public": gateway.public,
    }
    if gateway.state is NatGatewayState.AVAILABLE:
        return Passed(evidence)
    if gateway.state is None:
        fact = f"the state of {gateway.id}"
        return Unseen(NotVisible(fact, "ec2", "DescribeNatGateways", gateway.account_region), evidence)
    summary = f"NAT gateway {gateway.id} is {gateway.state.value}."
    fix = remedy.advice("Replace the NAT gateway, or route around it.")
    return Stopped(Problem(Code.ROUTE_BLACKHOLE, summary, fix), evidence)
