"""By which way does a packet from outside every VPC come in, and does it get through?"""

from __future__ import annotations

from nlbcheck.aws.network import RouteTable, RouteTargetKind, Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.model import Resource
from nlbcheck.way import crossing, internet, transit
from nlbcheck.way.carriers import Carrier
from nlbcheck.way.choosing import choose
from nlbcheck.way.ends import Outside, Spot
from nlbcheck.way.gates import route_table
from nlbcheck.way.gates.route_table import Choice
from nlbcheck.way.outcome import Outcome, Passed, Unseen
from nlbcheck.way.passage import Passage
from nlbcheck.way.routing import decide


def arrive(passage: Passage, start: Outside) -> None:
    """Take a packet from outside into the goal's VPC, through what leads back to its sender."""
    goal = passage.goal
    sender = Resource("address", str(start.address))
    if not isinstance(goal, Spot) or not isinstance(goal.vpc, Vpc):
        passage.meet("outside", sender, _unknown_way(start, "DescribeVpcs"))
        return
    decision = decide(passage.world, goal, start, start.address)
    carrier = decision.carrier
    kind = carrier.kind if carrier else None
    if carrier is None:
        passage.meet("route-table", decision.resource, decision.outcome)
    elif kind is RouteTargetKind.INTERNET_GATEWAY:
        internet.cross(passage, carrier, goal)
        _edge(passage, carrier, goal.vpc)
    elif kind is RouteTargetKind.VPN_GATEWAY:
        passage.meet("on-premises", sender, _own_network(passage, start))
        inside = passage.packet.bound_for
        crossing.through_vpn_gateway(
            passage, carrier.id, goal, outside=start.address, inside=inside, arriving=True
        )
        _edge(passage, carrier, goal.vpc)
    elif kind is RouteTargetKind.TRANSIT_GATEWAY:
        passage.meet("on-premises", sender, _own_network(passage, start))
        _over_transit_gateway(passage, carrier, start, goal)
    else:
        passage.meet("outside", sender, _unknown_way(start, "DescribeRouteTables"))


def _unknown_way(start: Outside, operation: str) -> Unseen:
    return Unseen(NotVisible(f"by which way packets of {start.address} arrive", "ec2", operation, None))


def _own_network(passage: Passage, start: Outside) -> Outcome:
    """Say what is known of the sender's own network: nothing, though an answer proves that it is reached."""
    if passage.request:
        fact = f"the client's own network, from {start.address} to the customer gateway"
        return Unseen(NotVisible(fact, "", "", None))
    return Passed({"meaning": "what lies behind the customer gateway is not visible from AWS"})


def _over_transit_gateway(passage: Passage, carrier: Carrier, start: Outside, goal: Spot) -> None:
    outside, inside = start.address, passage.packet.bound_for
    transit.enter(passage, carrier.id, goal, outside, lambda met: crossing.vpn(passage, met, outside, inside))


def _edge(passage: Passage, carrier: Carrier, vpc: Vpc) -> None:
    """Follow the route table of a gateway, where it has one, for what arrives through it.

    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html.
    """
    table = passage.world.gateway_route_table(vpc, carrier.id)
    address = passage.packet.bound_for
    if not isinstance(table, RouteTable) or address is None:
        return
    choice = choose(passage.world, table, address)
    resource = Resource("route-table", table.id, table.name)
    if isinstance(choice, Choice) and choice.route.target_kind is RouteTargetKind.LOCAL:
        passage.meet("route-table", resource, Passed(route_table.describe(table, choice)))
    else:
        fact = NotVisible(f"what {table.id} does with packets that arrive for {address}", "", "", None)
        passage.meet("route-table", resource, Unseen(fact))
