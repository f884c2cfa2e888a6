"""Which replies find their way back without a route?

Over a peering connection replies to a NAT gateway return to it even where no route leads back; network ACLs
still apply: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.state import AwsState
from nlbcheck.model.net import Address
from nlbcheck.path.forwarding.positions import Decision
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import Passed
from nlbcheck.path.routes import RouteTarget, routed


def to_nat_gateway(state: AwsState, sender: Location, gateway: Location) -> RouteTarget | None:
    """Return the peering connection by which a NAT gateway has opened a connection, if it was one."""
    if not isinstance(sender, InVpc) or not isinstance(gateway, InVpc) or not gateway.by_nat:
        return None
    if sender.vpc_id == gateway.vpc_id:
        return None
    target = routed(state, gateway, sender.address).target
    return target if target and target.kind is RouteTargetKind.PEERING else None


def decision(state: AwsState, start: InVpc, address: Address, by: RouteTarget) -> Decision:
    """Return what becomes of such a reply: it goes back by what the connection came by."""
    meaning = "replies to a NAT gateway over a peering connection need no route"
    return Decision(routed(state, start, address).resource, Passed({"meaning": meaning}), by)
