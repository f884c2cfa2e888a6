"""By which way does a packet from outside every VPC come in, and does it get through?"""

from __future__ import annotations

from nlbcheck.aws.network import RouteTable, RouteTargetKind, Vpc
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import crossing, internet, transit
from nlbcheck.path.choosing import choose
from nlbcheck.path.gates import route_table
from nlbcheck.path.gates.route_table import Choice
from nlbcheck.path.locations import InVpc, OutsideAws
from nlbcheck.path.outcome import Outcome, Passed, Unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.route_targets import RouteTarget
from nlbcheck.path.routing import decide


def arrive(passage: Passage, start: OutsideAws) -> None:
    """Take a packet from outside into the goal's VPC, through what leads back to its sender."""
    destination = passage.destination
    sender = Resource("address", str(start.address))
    if not isinstance(destination, InVpc) or not isinstance(destination.vpc, Vpc):
        passage.meet("outside", sender, _unknown_way(start, "DescribeVpcs"))
        return
    decision = decide(passage.state, destination, start, start.address)
    route_target = decision.route_target
    kind = route_target.kind if route_target else None
    if route_target is None:
        passage.meet("route-table", decision.resource, decision.outcome)
    elif kind is RouteTargetKind.INTERNET_GATEWAY:
        internet.cross(passage, route_target, destination)
        _edge(passage, route_target, destination.vpc)
    elif kind is RouteTargetKind.VPN_GATEWAY:
        passage.meet("on-premises", sender, _own_network(passage, start))
        inside = passage.packet.bound_for
        crossing.through_vpn_gateway(
            passage, route_target.id, destination, outside=start.address, inside=inside, arriving=True
        )
        _edge(passage, route_target, destination.vpc)
    elif kind is RouteTargetKind.TRANSIT_GATEWAY:
        passage.meet("on-premises", sender, _own_network(passage, start))
        _over_transit_gateway(passage, route_target, start, destination)
    else:
        passage.meet("outside", sender, _unknown_way(start, "DescribeRouteTables"))


def _unknown_way(start: OutsideAws, operation: str) -> Unseen:
    return Unseen(NotVisible(f"by which way packets of {start.address} arrive", "ec2", operation, None))


def _own_network(passage: Passage, start: OutsideAws) -> Outcome:
    """Say what is known of the sender's own network: nothing, though an answer proves that it is reached."""
    if passage.request:
        fact = f"the client's own network, from {start.address} to the customer gateway"
        return Unseen(NotVisible(fact, "", "", None))
    return Passed({"meaning": "what lies behind the customer gateway is not visible from AWS"})


def _over_transit_gateway(
    passage: Passage, route_target: RouteTarget, start: OutsideAws, destination: InVpc
) -> None:
    outside, inside = start.address, passage.packet.bound_for
    transit.enter(
        passage,
        route_target.id,
        destination,
        outside,
        lambda met: crossing.vpn(passage, met, outside, inside),
    )


def _edge(passage: Passage, route_target: RouteTarget, vpc: Vpc) -> None:
    """Follow the route table of a gateway, where it has one, for what arrives through it.

    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html.
    """
    table = passage.state.gateway_route_table(vpc, route_target.id)
    address = passage.packet.bound_for
    if not isinstance(table, RouteTable) or address is None:
        return
    choice = choose(passage.state, table, address)
    resource = Resource("route-table", table.id, table.name)
    if isinstance(choice, Choice) and choice.route.target_kind is RouteTargetKind.LOCAL:
        passage.meet("route-table", resource, Passed(route_table.describe(table, choice)))
    else:
        fact = NotVisible(f"what {table.id} does with packets that arrive for {address}", "", "", None)
        passage.meet("route-table", resource, Unseen(fact))
