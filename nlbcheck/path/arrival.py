"""By which path does a packet from outside every VPC come in, and what does it meet there?

What leads back to its sender is what it comes by.
"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.decision import decide
from nlbcheck.path.forwarding import internet, on_premises
from nlbcheck.path.forwarding.firewall_endpoints import through_endpoint
from nlbcheck.path.forwarding.positions import AtOneOf, AtRouteTarget, AtTransitGateway, Position
from nlbcheck.path.forwarding.transit_gateways import beyond, named
from nlbcheck.path.gates import internet_gateway, route_table
from nlbcheck.path.location import InVpc, OutsideAws
from nlbcheck.path.out_of_sight import come_anywhere
from nlbcheck.path.outcome import Outcome, Passed, Unseen, unseen
from nlbcheck.path.packet import CLIENT_PORTS, Packet
from nlbcheck.path.passage import Passage
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import RouteTarget, TransitExit, choose, transit_exit

_TO_INTERNET = (RouteTargetKind.INTERNET_GATEWAY, RouteTargetKind.NAT_GATEWAY)


def arrive(passage: Passage, start: OutsideAws) -> Position | None:
    """Take a packet from outside to the destination's VPC; return from where tables take it on."""
    destination = passage.destination
    sender = Resource("address", str(start.address))
    if not isinstance(destination, InVpc) or not isinstance(destination.vpc, Vpc):
        passage.record("outside", sender, _unknown_path(start, "DescribeVpcs"))
        return None
    if passage.dialled is not None:
        return _from_internet(passage, start, destination, destination.vpc)
    decision = decide(passage.state, destination, start, start.address)
    route_target = _beyond_firewalls(passage, destination, start, decision.route_target)
    kind = route_target.kind if route_target else None
    if route_target is None:
        passage.record("route-table", decision.resource, decision.outcome)
    elif kind in _TO_INTERNET and routable(start.address):
        public = destination.public_address
        outcome = internet_gateway.check_dialled(
            start.address, destination.address, public, internet.kind_of(destination)
        )
        passage.record("internet", Resource("address", str(destination.address)), outcome)
    elif kind is RouteTargetKind.VPN_GATEWAY:
        passage.record("on-premises", sender, _own_network(passage, start))
        inside = passage.packet.bound_for
        passage.record_all(
            on_premises.vpn_gateway_between(
                passage.state, route_target.id, destination, start.address, inside, arriving=True
            )
        )
        return _edge(passage, route_target.id, destination, destination.vpc)
    elif kind is RouteTargetKind.TRANSIT_GATEWAY:
        passage.record("on-premises", sender, _own_network(passage, start))
        return _over_transit_gateway(passage, route_target.id, start.address, destination.vpc)
    else:
        passage.record("outside", sender, _unknown_path(start, "DescribeRouteTables"))
        come_anywhere(passage, destination)
    return None


def _from_internet(passage: Passage, start: OutsideAws, destination: InVpc, vpc: Vpc) -> Position | None:
    """Take a packet from the internet in, to whoever is dialled by a public address."""
    found = internet.gateway_into(passage.state, destination, vpc, start.address)
    resource = Resource("vpc", vpc.id, vpc.name)
    if isinstance(found, NotVisible):
        passage.record("internet-gateway", resource, unseen(found))
        return None
    if isinstance(found, Absent):
        passage.record("internet-gateway", resource, internet_gateway.check_exists(vpc.id))
        return None
    passage.record_all(
        internet.internet_gateway_between(
            passage.state, found, destination, start.address, outbound=passage.packet.reply
        )
    )
    return _edge(passage, found, destination, vpc)


def _unknown_path(start: OutsideAws, operation: str) -> Unseen:
    fact = tell("by which path packets from {address} arrive", address=start.address)
    return Unseen(NotVisible(fact, "ec2", operation, None))


def _own_network(passage: Passage, start: OutsideAws) -> Outcome:
    """Say what is known of the sender's own network: nothing, though an answer proves that it is reached."""
    if passage.request:
        fact = tell("the client's own network, from {address} to the customer gateway", address=start.address)
        return Unseen(NotVisible(fact, "", "", None))
    return Passed({"meaning": "what lies behind the customer gateway is not visible from AWS"})


def _over_transit_gateway(passage: Passage, gateway_id: str, outside: Address, vpc: Vpc) -> Position | None:
    source = _entrance(passage.state, gateway_id, vpc, outside)
    if source is None:
        fact = tell(
            "by which attachment packets from {address} enter {gateway}", address=outside, gateway=gateway_id
        )
        unseen = Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None))
        passage.record("transit-gateway", named(passage.state, gateway_id), unseen)
        if isinstance(passage.destination, InVpc):
            come_anywhere(passage, passage.destination)
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


def _edge(passage: Passage, gateway_id: str, destination: InVpc, vpc: Vpc) -> Position | None:
    """Follow the route table of a gateway, where it has one, for what arrives through it.

    It can send what arrives through a firewall or an appliance first:
    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html.
    """
    table = passage.state.gateway_route_table(vpc, gateway_id)
    if isinstance(table, NotVisible):
        passage.record("route-table", Resource("route-table", f"of {gateway_id}"), Unseen(table))
    if not isinstance(table, RouteTable):
        return None
    choice = choose(passage.state, table, destination.address)
    resource = Resource("route-table", table.id, table.name)
    route = choice.route if isinstance(choice, Choice) else None
    if route and route.target_kind and route.target_id and isinstance(choice, Choice):
        passage.record(
            "route-table",
            resource,
            route_table.check(table, choice, destination.address, vpc.id, route_table.Leads.THERE),
        )
        if route.target_kind is RouteTargetKind.LOCAL:
            return None
        target = RouteTarget(route.target_kind, route.target_id)
        return AtRouteTarget(target, _at_edge(passage, destination, table))
    missing = choice if isinstance(choice, NotVisible) else None
    what = tell(
        "what {table} does with incoming packets to {address}", table=table.id, address=destination.address
    )
    passage.record("route-table", resource, Unseen(missing or NotVisible(what, "", "", None)))
    return None


def _at_edge(passage: Passage, destination: InVpc, table: RouteTable) -> InVpc:
    """Return where a packet is that has just come in: in the VPC, in none of its subnets."""
    nowhere = Absent(
        tell("a subnet at the edge of {vpc}", vpc=table.vpc_id),
        "ec2:DescribeRouteTables",
        table.account_region,
    )
    start = passage.packet.source or destination.address
    return InVpc(start, destination.vpc_id, destination.vpc, nowhere, nowhere, (), route_table_id=table.id)
