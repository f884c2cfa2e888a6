"""Which way does a packet take through transit gateways?"""

from __future__ import annotations

from collections.abc import Callable

from nlbcheck.aws.fields import Address
from nlbcheck.aws.gateways import VpnConnection
from nlbcheck.aws.network import NetworkAcl, Subnet, Vpc
from nlbcheck.aws.sight import Absent, NotVisible
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
from nlbcheck.way.ends import Outside, Spot
from nlbcheck.way.gates import network_acl
from nlbcheck.way.gates import transit_gateway as gate
from nlbcheck.way.outcome import Unseen, unseen
from nlbcheck.way.passage import Passage

_KIND = "transit-gateway"
Connections = tuple[VpnConnection, ...]
MeetVpn = Callable[[Connections], None]


def leave(passage: Passage, gateway_id: str, start: Spot) -> Connections:
    """Take a packet from a VPC into a transit gateway; return the VPN connections it leaves by, if any."""
    if not isinstance(start.vpc, Vpc):
        passage.meet(_KIND, Resource(_KIND, gateway_id), unseen(start.vpc))
        return ()
    attachment = passage.world.transit_vpc_attachment_of(gateway_id, start.vpc)
    resource = _resource(passage, gateway_id)
    passage.meet(_KIND, resource, gate.check_attached(attachment, start.vpc_id, gateway_id))
    if not isinstance(attachment, TransitVpcAttachment):
        return ()
    if isinstance(start.subnet, Subnet):
        subnets = [passage.world.subnet(key) for key in attachment.subnet_ids]
        passage.meet(_KIND, resource, gate.check_zone(attachment, start.subnet, subnets))
        _edge_acl(passage, attachment, start.subnet, egress=False)
    return _forward(passage, gateway_id, attachment.id)


def enter(passage: Passage, gateway_id: str, goal: Spot, outside: Address, meet_vpn: MeetVpn) -> None:
    """Take a packet from a VPN connection, which ``meet_vpn`` is called for, to a VPC."""
    source = _entrance(passage, gateway_id, goal, outside)
    if source is None:
        fact = f"by which attachment packets of {outside} enter {gateway_id}"
        passage.meet(
            _KIND,
            _resource(passage, gateway_id),
            Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None)),
        )
        return
    if connections := _vpn_of(passage, source):
        meet_vpn(connections)
    _forward(passage, gateway_id, source.hops[0].attachment_id)


def _entrance(passage: Passage, gateway_id: str, goal: Spot, outside: Address) -> TransitRoute | None:
    """Return the route by which a VPC reaches an address outside: packets from there come the same way."""
    if not isinstance(goal.vpc, Vpc):
        return None
    attachment = passage.world.transit_vpc_attachment_of(gateway_id, goal.vpc)
    if not isinstance(attachment, TransitVpcAttachment):
        return None
    association = passage.world.transit_association(attachment.id)
    if not isinstance(association, TransitAssociation):
        return None
    routes = passage.world.transit_routes(association.route_table_id, outside)
    if isinstance(routes, NotVisible):
        return None
    route = gate.select(routes, gateway_id)
    if isinstance(route, TransitRoute) and route.hops and _kind(route) is TransitResource.VPN:
        return route
    return None


def _forward(passage: Passage, gateway_id: str, attachment_id: str, depth: int = 0) -> Connections:
    """Look up the route table of the attachment that a packet comes from, and follow its route."""
    address = passage.packet.bound_for
    resource = _resource(passage, gateway_id)
    association = passage.world.transit_association(attachment_id)
    tables = _tables(passage, gateway_id)
    passage.meet(_KIND, resource, gate.check_association(association, attachment_id, tables))
    if isinstance(association, TransitAssociation):
        table_id = association.route_table_id
    elif isinstance(association, Absent) and len(tables) == 1:
        table_id = tables[0]
    else:
        return ()
    if address is None:
        return ()
    routes = passage.world.transit_routes(table_id, address)
    route = routes if isinstance(routes, NotVisible) else gate.select(routes, table_id)
    should = _should(passage, gateway_id)
    there = not isinstance(route, TransitRoute) or _leads(passage, route)
    known = passage.world.transit_route_table(table_id)
    name = known.name if isinstance(known, TransitRouteTable) else None
    table = Resource("transit-gateway-route-table", table_id, name)
    passage.meet(
        "transit-gateway-route-table",
        table,
        gate.check_route(route, table_id, address, should, leads_there=there),
    )
    if isinstance(route, TransitRoute) and route.hops and there:
        return _out(passage, gateway_id, route, depth)
    if isinstance(passage.goal, Spot):
        _into_vpc(passage, gateway_id)
    return ()


def _out(passage: Passage, gateway_id: str, route: TransitRoute, depth: int) -> Connections:
    match _kind(route):
        case TransitResource.VPC:
            _into_vpc(passage, gateway_id)
        case TransitResource.VPN:
            return _vpn_of(passage, route)
        case TransitResource.PEERING | TransitResource.TGW_PEERING if depth < 4:
            return _into_peer(passage, gateway_id, route.hops[0].attachment_id, depth)
        case kind:
            name = route.hops[0].attachment_id
            fact = NotVisible(f"what lies behind {name} ({kind})", "", "", None)
            passage.meet(_KIND, Resource("transit-gateway-attachment", name), Unseen(fact))
    return ()


def _into_vpc(passage: Passage, gateway_id: str) -> None:
    """Meet the attachment of the goal's VPC, and the network ACL of the subnet where the packet steps out."""
    if not isinstance(passage.goal, Spot):
        return
    resource = _resource(passage, gateway_id)
    if not isinstance(passage.goal.vpc, Vpc):
        passage.meet(_KIND, resource, unseen(passage.goal.vpc))
        return
    attachment = passage.world.transit_vpc_attachment_of(gateway_id, passage.goal.vpc)
    passage.meet(_KIND, resource, gate.check_attached(attachment, passage.goal.vpc_id, gateway_id))
    if isinstance(attachment, TransitVpcAttachment) and isinstance(passage.goal.subnet, Subnet):
        _edge_acl(passage, attachment, passage.goal.subnet, egress=True)


def _into_peer(passage: Passage, gateway_id: str, attachment_id: str, depth: int) -> Connections:
    found = passage.world.transit_peering(attachment_id)
    resource = Resource("transit-gateway-attachment", attachment_id)
    passage.meet(_KIND, resource, gate.check_attached(found, "the other transit gateway", gateway_id))
    if not isinstance(found, TransitPeeringAttachment):
        return ()
    far = found.accepter_gateway_id
    far_attachment = found.accepter_attachment_id or found.id
    if far == gateway_id:
        far, far_attachment = found.requester_gateway_id, found.id
    return _forward(passage, far, far_attachment, depth + 1)


def _edge_acl(passage: Passage, attachment: TransitVpcAttachment, beside: Subnet, *, egress: bool) -> None:
    """Meet the network ACL of the attachment's subnet, where that is another one than the machine's.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html: inbound rules for what goes to the transit
    gateway, outbound ones for what comes from it.
    """
    subnets = [passage.world.subnet(key) for key in attachment.subnet_ids]
    near = [item for item in subnets if isinstance(item, Subnet) and item.zone == beside.zone]
    if not near or near[0].id == beside.id:
        return
    acl = passage.world.network_acl_of(near[0])
    if isinstance(acl, NetworkAcl):
        outcome = network_acl.check(passage.packet, acl, egress=egress)
        passage.meet("network-acl", Resource("network-acl", acl.id, acl.name), outcome)
    else:
        passage.meet("network-acl", Resource("network-acl", f"of {near[0].id}"), unseen(acl))


def _leads(passage: Passage, route: TransitRoute) -> bool:
    """Whether a route may lead to the goal."""
    if not route.hops:
        return True
    match _kind(route):
        case TransitResource.VPC:
            goal = passage.goal
            return isinstance(goal, Spot) and route.hops[0].resource_id in (goal.vpc_id, None)
        case TransitResource.VPN:
            return not isinstance(passage.goal, Spot)
    return True


def _should(passage: Passage, gateway_id: str) -> str | None:
    """Return the attachment that leads to the goal, if there is just one."""
    goal = passage.goal
    if isinstance(goal, Spot) and isinstance(goal.vpc, Vpc):
        found = passage.world.transit_vpc_attachment_of(gateway_id, goal.vpc)
        return found.id if isinstance(found, TransitVpcAttachment) else None
    if isinstance(goal, Outside):
        gateway = passage.world.transit_gateway(gateway_id)
        found_all = (
            passage.world.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
        )
        if not isinstance(found_all, NotVisible):
            vpns = [item.id for item in found_all if item.resource_type is TransitResource.VPN]
            return vpns[0] if len(vpns) == 1 else None
    return None


def _tables(passage: Passage, gateway_id: str) -> list[str]:
    """Return the route tables that attachments of a transit gateway are associated with."""
    gateway = passage.world.transit_gateway(gateway_id)
    if not isinstance(gateway, TransitGateway):
        return []
    attachments = passage.world.transit_attachments_of(gateway)
    if isinstance(attachments, NotVisible):
        return []
    return list(dict.fromkeys(item.association.route_table_id for item in attachments if item.association))


def _vpn_of(passage: Passage, route: TransitRoute) -> Connections:
    found = []
    for hop in route.hops:
        connection = passage.world.vpn_connection(hop.resource_id) if hop.resource_id else None
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
    found = passage.world.transit_gateway(gateway_id)
    return Resource(_KIND, gateway_id, found.name if isinstance(found, TransitGateway) else None)
