"""Does a NAT gateway carry the packet?

Only one that is available does for certain; one that is being deleted may still do so, what is deleted or
failed drops it: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html. A proxy that is
attached to it decides by rules of its own:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGatewayAttachedAppliance.html. It opens
connections, and takes none: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html. There it
routes to an internet, a transit or a virtual private gateway; whether a second NAT gateway takes what a first
one sends, AWS does not say.
"""

from __future__ import annotations

from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.language import tell
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
    if gateway.state is NatGatewayState.AVAILABLE and gateway.proxied:
        fact = tell("what the proxy attached to {gateway} does with the connection", gateway=gateway.id)
        return Unseen(NotVisible(fact, "", "", None), evidence | {"proxied": True})
    if gateway.state is NatGatewayState.AVAILABLE:
        return Passed(evidence)
    if gateway.state is None:
        fact = tell("the state of {name}", name=gateway.id)
        return Unseen(NotVisible(fact, "ec2", "DescribeNatGateways", gateway.account_region), evidence)
    if gateway.state is NatGatewayState.DELETING:
        fact = tell("whether {gateway}, which is being deleted, still forwards packets", gateway=gateway.id)
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = tell("NAT gateway {gateway} is {state}.", gateway=gateway.id, state=gateway.state.value)
    fix = remedy.advice(tell("Replace the NAT gateway, or route around it."))
    if gateway.state is NatGatewayState.PENDING:
        fix = remedy.advice(tell("Wait until {name} is available.", name=gateway.id))
    return Stopped(Problem(Code.ROUTE_BLACKHOLE, summary, fix), evidence)


def check_second(gateway_id: str) -> Unseen:
    """Say that a packet comes to a NAT gateway from another one."""
    fact = tell("whether {gateway} forwards what another NAT gateway sends", gateway=gateway_id)
    return Unseen(NotVisible(fact, "", "", None))
