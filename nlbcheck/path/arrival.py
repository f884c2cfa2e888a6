"""By which path does a packet from outside every VPC come in, and what does it meet there?

What leads back to its sender is what it comes by.
"""

from __future__ import annotations

from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.decision import decide
from nlbcheck.path.forwarding import on_premises
from nlbcheck.path.forwarding.firewall_endpoints import through_endpoint
from nlbcheck.path.forwarding.internet import internet_gateway_between
from nlbcheck.path.forwarding.positions import AtOneOf, AtRouteTarget, AtTransitGateway, Position
from nlbcheck.path.forwarding.transit_gateways import beyond, named
from nlbcheck.path.gates import route_table
from nlbcheck.path.gates.route_table import Choice, Leads
from nlbcheck.path.location import InVpc, OutsideAws
from nlbcheck.path.outcome import Outcome, Passed, Unseen
from nlbcheck.path.packet import CLIENT_PORTS, Packet
from nlbcheck.path.passage import Passage
from nlbcheck.path.routes import RouteTarget, TransitExit, choose, transit_exit


def arrive(passage: Passage, start: OutsideAws) -> Position | None:
    """Take a packet from outside to the destination's VPC; return from where tables take it on."""
    destination = passage.destination
    sender = Resource("address", str(start.address))
    if not isinstance(destination, InVpc) or not isinstance(destination.vpc, Vpc):
        passage.record("outside", sender, _unknown_path(start, "DescribeVpcs"))
        return None
    decision = decide(passage.state, destination, start, start.address)
    route_target = _beyond_firewalls(passage, destination, start, decision.route_target)
    kind = route_target.kind if route_target else None
    if route_target is None:
        passage.record("route-table", decision.resource, decision.outcome)
    elif kind is RouteTargetKind.INTERNET_GATEWAY:
        answers = passage.packet.reply
        passage.record_all(
            internet_gateway_between(passage.state, route_target.id, destination, outbound=answers)
        )
        return _edge(passage, route_target, destination.vpc)
    elif kind is RouteTargetKind.VPN_GATEWAY:
        passage.record("on-premises", sender, _own_network(passage, start))
        inside = passage.packet.bound_for
        passage.record_all(
            on_premises.vpn_gateway_between(
                passage.state, route_target.id, destination, start.address, inside, arriving=True
            )
        )
        return _edge(passage, route_target, destination.vpc)
    elif kind is RouteTargetKind.TRANSIT_GATEWAY:
        passage.record("on-premises", sender, _own_network(passage, start))
        return _over_transit_gateway(passage, route_target.id, start.address, destination.vpc)
    else:
        passage.record("outside", sender, _unknown_path(start, "DescribeRouteTables"))
    return None


def _unknown_path(start: OutsideAws, operation: str) -> Unseen:
    return Unseen(NotVisible(f"by which path packets of {start.address} arrive", "ec2", operation, None))


def _own_network(passage: Passage, start: OutsideAws) -> Outcome:
    """Say what is known of the sender's own network: nothing, though an answer proves that it is reached."""
    if passage.request:
        fact = f"the client's own network, from {start.address} to the customer gateway"
        return Unseen(NotVisible(fact, "", "", None))
    return Passed({"meaning": "what lies behind the customer gateway is not visible from AWS"})


def _over_transit_gateway(passage: Passage, gateway_id: str, outside: Address, vpc: Vpc) -> Position | None:
    source = _entrance(passage.state, gateway_id, vpc, outside)
    if source is None:
        fact = f"by which attachment packets of {outside} enter {gateway_id}"
        unseen = Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None))
        passage.record("transit-gateway", named(passage.state, gateway_id), unseen)
        return None
    if source.kind is TransitResource.VPN:
        connections, met = on_premises.behind(passage.state, source.route)
        if connections:
            met += on_premises.over(connections, outside, passage.packet.bound_for)
        passage.record_all(met)
    else:
        attachment = Resource("transit-gateway-attachment", source.attachment_id)
        passage.record(attachment.type, attachment, Unseen(beyond(source.route.hops[0])))
    return AtTransitGateway(source.gateway_id, source.attachment_id)


def _entrance(state: AwsState, gateway_id: str, vpc: Vpc, outside: Address) -> TransitExit | None:
    """Return where a VPC's packets to an address outside leave: packets from there take the same path."""
    attachment = state.transit_vpc_attachment_of(gateway_id, vpc)
    if not isinstance(attachment, TransitVpcAttachment):
        return None
    found = transit_exit(state, gateway_id, attachment.id, outside)
    return found if isinstance(found, TransitExit) and found.kind is not TransitResource.VPC else None


def _beyond_firewalls(
    passage: Passage, destination: InVpc, start: OutsideAws, route_target: RouteTarget | None
) -> RouteTarget | None:
    """Return the gateway that a way back leads to, where it passes firewall endpoints of the VPC."""
    packet = Packet(destination.address, start.address, CLIENT_PORTS)
    seen: set[str] = set()
    here = destination
    while route_target and route_target.kind is RouteTargetKind.VPC_ENDPOINT and route_target.id not in seen:
        seen.add(route_target.id)
        onward = through_endpoint(passage.state, packet, AtRouteTarget(route_target, here)).onward
        places = onward.places if isinstance(onward, AtOneOf) else ()
        targets = [decide(passage.state, place, start, start.address).route_target for place in places]
        if not places or any(item != targets[0] for item in targets):
            return route_target
        route_target, here = targets[0], places[0]
    return route_target


def _edge(passage: Passage, route_target: RouteTarget, vpc: Vpc) -> Position | None:
    """Follow the route table of a gateway, where it has one, for what arrives through it.

    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html.
    """
    table = passage.state.gateway_route_table(vpc, route_target.id)
    address = passage.packet.bound_for
    if not isinstance(table, RouteTable) or address is None:
        return None
    choice = choose(passage.state, table, address)
    resource = Resource("route-table", table.id, table.name)
    if isinstance(choice, Choice) and choice.route.target_kind is RouteTargetKind.LOCAL:
        passage.record("route-table", resource, Passed(route_table.describe(table, choice)))
    elif isinstance(choice, Choice) and choice.route.target_kind is RouteTargetKind.VPC_ENDPOINT:
        outcome = route_table.check(table, choice, address, vpc.id, Leads.THERE)
        passage.record("route-table", resource, outcome)
        firewall = RouteTarget(RouteTargetKind.VPC_ENDPOINT, choice.route.target_id or "")
        return AtRouteTarget(firewall, _entering(passage, vpc))
    else:
        fact = NotVisible(f"what {table.id} does with packets that arrive for {address}", "", "", None)
        passage.record("route-table", resource, Unseen(fact))
    return None


def _entering(passage: Passage, vpc: Vpc) -> InVpc:
    """Return a packet that enters a VPC by one of its gateways, in none of its subnets."""
    hidden = NotVisible("who has sent what a gateway hands over", "", "", None)
    address = passage.packet.source or vpc.cidrs[0].network_address
    return InVpc(address, vpc.id, vpc, hidden, hidden, ())
