"""Which way does a packet take through transit gateways?"""

from __future__ import annotations

from collections.abc import Callable

from nlbcheck.aws.gateways import VpnConnection
from nlbcheck.aws.network import Subnet, Vpc
from nlbcheck.aws.transit import (
    TransitAssociation,
    TransitGateway,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitRouteTable,
    TransitVpcAttachment,
)
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import transit_choice, transit_exit
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.locations import InVpc
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.transit_choice import Passed
from nlbcheck.path.transit_exit import TransitExit

_KIND = "transit-gateway"
Connections = tuple[VpnConnection, ...]
MeetVpn = Callable[[Connections], None]


def leave(passage: Passage, gateway_id: str, start: InVpc) -> Connections:
    """Take a packet from a VPC into a transit gateway; return the VPN connections it leaves by, if any."""
    if not isinstance(start.vpc, Vpc):
        passage.meet(_KIND, Resource(_KIND, gateway_id), unseen(start.vpc))
        return ()
    attachment = passage.state.transit_vpc_attachment_of(gateway_id, start.vpc)
    resource = _resource(passage, gateway_id)
    passage.meet(_KIND, resource, gate.check_attached(attachment, start.vpc_id, gateway_id))
    if not isinstance(attachment, TransitVpcAttachment):
        return ()
    if isinstance(start.subnet, Subnet):
        subnets = [passage.state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
        passage.meet(_KIND, resource, gate.check_zone(attachment, start.subnet, subnets))
        _edge_acl(passage, attachment, start.subnet, egress=False)
    return _forward(passage, gateway_id, attachment.id)


def enter(passage: Passage, gateway_id: str, destination: InVpc, outside: Address, meet_vpn: MeetVpn) -> None:
    """Take a packet from a VPN connection, which ``meet_vpn`` is called for, to a VPC."""
    source = _entrance(passage, gateway_id, destination, outside)
    if source is None:
        fact = f"by which attachment packets of {outside} enter {gateway_id}"
        passage.meet(
            _KIND,
            _resource(passage, gateway_id),
            Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None)),
        )
        return
    if connections := _vpn_of(passage, source.route):
        meet_vpn(connections)
    _forward(passage, source.gateway_id, source.attachment_id)


def _entrance(passage: Passage, gateway_id: str, destination: InVpc, outside: Address) -> TransitExit | None:
    """Return where a VPC's packets to an address outside leave: packets from there come the same way."""
    if not isinstance(destination.vpc, Vpc):
        return None
    attachment = passage.state.transit_vpc_attachment_of(gateway_id, destination.vpc)
    if not isinstance(attachment, TransitVpcAttachment):
        return None
    found = transit_exit.exit_of(passage.state, gateway_id, attachment.id, outside)
    return found if isinstance(found, TransitExit) and found.kind is TransitResource.VPN else None


def _forward(passage: Passage, gateway_id: str, attachment_id: str, passed: Passed = ()) -> Connections:
    """Look up the route table of the attachment that a packet comes from, and follow its route."""
    passed = (*passed, (gateway_id, attachment_id))
    address = passage.packet.bound_for
    resource = _resource(passage, gateway_id)
    association = passage.state.transit_association(attachment_id, gateway_id)
    tables = transit_choice.tables_of(passage, gateway_id)
    passage.meet(_KIND, resource, gate.check_association(association, attachment_id, tables))
    if isinstance(association, TransitAssociation):
        table_id = association.route_table_id
    elif isinstance(association, Absent) and len(tables) == 1:
        table_id = tables[0]
    else:
        return ()
    if address is None:
        return ()
    routes = passage.state.transit_routes(table_id, address)
    route = routes if isinstance(routes, NotVisible) else gate.select(routes, table_id, address)
    should = transit_choice.should_leave_by(passage, gateway_id)
    there = not isinstance(route, TransitRoute) or transit_choice.leads(passage, gateway_id, route, passed)
    known = passage.state.transit_route_table(table_id)
    name = known.name if isinstance(known, TransitRouteTable) else None
    table = Resource("transit-gateway-route-table", table_id, name)
    passage.meet(
        "transit-gateway-route-table",
        table,
        gate.check_route(route, table_id, address, should, leads_there=there),
    )
    if isinstance(route, TransitRoute) and route.hops and there:
        return _out(passage, gateway_id, route, passed)
    if should in {item.id for item in transit_exit.peers(passage.state, gateway_id)}:
        return _into_peer(passage, gateway_id, str(should), passed)
    if isinstance(passage.destination, InVpc):
        _into_vpc(passage, gateway_id)
    return ()


def _out(passage: Passage, gateway_id: str, route: TransitRoute, passed: Passed) -> Connections:
    match _kind(route):
        case TransitResource.VPC:
            if hidden := transit_choice.hidden_vpc(passage, route):
                passage.meet(_KIND, _resource(passage, gateway_id), Unseen(hidden))
            _into_vpc(passage, gateway_id)
        case TransitResource.VPN:
            return _vpn_of(passage, route)
        case TransitResource.PEERING | TransitResource.TGW_PEERING:
            return _into_peer(passage, gateway_id, route.hops[0].attachment_id, passed)
        case kind:
            name = route.hops[0].attachment_id
            fact = NotVisible(f"what lies behind {name} ({kind})", "", "", None)
            passage.meet(_KIND, Resource("transit-gateway-attachment", name), Unseen(fact))
    return ()


def _into_vpc(passage: Passage, gateway_id: str) -> None:
    """Meet the attachment of the goal's VPC, and the network ACL of the subnet where the packet steps out."""
    if not isinstance(passage.destination, InVpc):
        return
    resource = _resource(passage, gateway_id)
    if not isinstance(passage.destination.vpc, Vpc):
        passage.meet(_KIND, resource, unseen(passage.destination.vpc))
        return
    attachment = passage.state.transit_vpc_attachment_of(gateway_id, passage.destination.vpc)
    passage.meet(_KIND, resource, gate.check_attached(attachment, passage.destination.vpc_id, gateway_id))
    if isinstance(attachment, TransitVpcAttachment) and isinstance(passage.destination.subnet, Subnet):
        _edge_acl(passage, attachment, passage.destination.subnet, egress=True)


def _into_peer(passage: Passage, gateway_id: str, attachment_id: str, passed: Passed) -> Connections:
    """Take a packet to a peered transit gateway, whose table for the link between them decides next.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html.
    """
    found = passage.state.transit_peering(attachment_id)
    resource = Resource("transit-gateway-attachment", attachment_id)
    if not isinstance(found, TransitPeeringAttachment):
        passage.meet(_KIND, resource, gate.check_attached(found, "another transit gateway", gateway_id))
        return ()
    # Both ends of a link are one thing, by whichever id it is met.
    resource = Resource("transit-gateway-attachment", found.accepter_attachment_id or found.id, found.name)
    passage.meet(_KIND, resource, gate.check_attached(found, found.far_side(gateway_id)[0], gateway_id))
    far = passage.state.transit_far_end(found, gateway_id)
    if isinstance(far, NotVisible):
        passage.meet(_KIND, resource, Unseen(far))
        return ()
    if (far.transit_gateway_id, far.id) in passed:
        return ()
    return _forward(passage, far.transit_gateway_id, far.id, passed)


def _edge_acl(passage: Passage, attachment: TransitVpcAttachment, beside: Subnet, *, egress: bool) -> None:
    """Meet the network ACL of the attachment's subnet, where that is another one than the machine's.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html: inbound rules for what goes to the transit
    gateway, outbound ones for what comes from it.
    """
    subnets = [passage.state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
    near = [item for item in subnets if isinstance(item, Subnet) and item.zone == beside.zone]
    if not near or near[0].id == beside.id:
        return
    passage.meet_acl(near[0], egress=egress)


def _vpn_of(passage: Passage, route: TransitRoute) -> Connections:
    found = []
    for hop in route.hops:
        connection = passage.state.vpn_connection(hop.resource_id) if hop.resource_id else None
        if isinstance(connection, VpnConnection):
            found.append(connection)
        else:
            fact = NotVisible(
                f"the VPN connection behind {hop.attachment_id}", "ec2", "DescribeVpnConnections", None
            )
            passage.meet(
                "vpn-connection", Resource("transit-gateway-attachment", hop.attachment_id), Unseen(fact)
            )
    return tuple(found)


def _kind(route: TransitRoute) -> TransitResource | None:
    return route.hops[0].resource_type


def _resource(passage: Passage, gateway_id: str) -> Resource:
    found = passage.state.transit_gateway(gateway_id)
    return Resource(_KIND, gateway_id, found.name if isinstance(found, TransitGateway) else None)
