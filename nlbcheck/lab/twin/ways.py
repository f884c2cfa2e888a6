"""What joins the networks of the lab: peering connections, gateways, VPN connections, transit gateways?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from nlbcheck.aws.gateways import (
    AttachmentState,
    GatewayState,
    PeeringConnection,
    PeeringStatus,
    TunnelStatus,
    VpnConnection,
    VpnGateway,
)
from nlbcheck.aws.kinds.transit import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.network import RouteOrigin, RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.transit import (
    AssociationState,
    TransitAssociation,
    TransitGateway,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitState,
    TransitVpcAttachment,
)
from nlbcheck.aws.world import World
from nlbcheck.lab.plan import End, Link
from nlbcheck.lab.twin.remarks import Remarks
from nlbcheck.lab.twin.seats import device

USABLE = (TransitState.AVAILABLE, TransitState.MODIFYING)


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering connection between two networks of the lab."""

    id: str
    sites: tuple[str, str]
    active: bool
    same_region: bool
    """Security group references and client addresses cross only inside one Region."""

    @property
    def device(self) -> str:
        """Its name at both routers."""
        return device("pcx", self.id)

    @property
    def link(self) -> Link:
        """The cable between both routers."""
        return Link(End(self.sites[0], self.device), End(self.sites[1], self.device))

    def far(self, site: str) -> str:
        """Return the other side."""
        return self.sites[1] if site == self.sites[0] else self.sites[0]


@dataclass(frozen=True, slots=True)
class Vpn:
    """A VPN connection, and the prefixes that its gateway knows to lie behind it."""

    connection: VpnConnection
    prefixes: tuple[IPv4Network, ...]
    served: tuple[IPv4Network, ...]
    """The ranges that on-premises reaches through it."""

    @property
    def device(self) -> str:
        """Its name at both ends."""
        return device("vpn", self.connection.id)

    @property
    def up(self) -> bool:
        """Whether a tunnel carries packets."""
        alive = self.connection.state not in (GatewayState.DELETED, GatewayState.DELETING)
        return alive and any(tunnel.status is not TunnelStatus.DOWN for tunnel in self.connection.tunnels)


@dataclass(frozen=True, slots=True)
class PrivateGateway:
    """A virtual private gateway that is attached to a VPC of the lab."""

    gateway: VpnGateway
    vpc: Vpc
    vpns: tuple[Vpn, ...]

    @property
    def device(self) -> str:
        """The VPC router's link to it."""
        return device("vgw", self.gateway.id)


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a transit gateway."""

    id: str
    kind: TransitResource
    resource: str
    """A VPC, a VPN connection, or the other transit gateway."""
    usable: bool
    table: str | None
    """The route table for what comes from it."""
    vpc: TransitVpcAttachment | None = None

    @property
    def device(self) -> str:
        """The transit gateway's link to it."""
        return device("att", self.id)


@dataclass(frozen=True, slots=True)
class Transit:
    """A transit gateway, as far as packets of the lab's machines meet it."""

    id: str
    references: bool
    attached: tuple[Attached, ...]
    routes: tuple[tuple[str, TransitRoute], ...]
    """Each route with the table that it is in."""

    @property
    def device(self) -> str:
        """A VPC router's link to it."""
        return device("tgw", self.id)

    @property
    def referencing(self) -> frozenset[str]:
        """The VPCs whose attachment lets security group references through."""
        vpcs = [item for item in self.attached if item.vpc and item.vpc.group_references]
        return frozenset(item.resource for item in vpcs)


def tables_of(world: World, subnets: Iterable[Subnet]) -> tuple[RouteTable, ...]:
    """Return the route tables that subnets use."""
    tables = [world.route_table_of(subnet) for subnet in subnets]
    return tuple({table.id: table for table in tables if isinstance(table, RouteTable)}.values())


def peerings(world: World, tables: Iterable[RouteTable], sites: Iterable[str]) -> tuple[Peering, ...]:
    """Return the peering connections between ``sites`` that route tables name."""
    sites = set(sites)
    found: dict[str, Peering] = {}
    for key in _targets(tables, RouteTargetKind.PEERING):
        peering = world.peering(key)
        if not isinstance(peering, PeeringConnection):
            continue
        ends = (peering.requester, peering.accepter)
        names = (ends[0].vpc_id, ends[1].vpc_id)
        if names[0] == names[1] or not sites.issuperset(names):
            continue
        regions = {end.place.region for end in ends if end.place}
        active = peering.status in (PeeringStatus.ACTIVE, None)
        found[key] = Peering(key, names, active, len(regions) <= 1)
    return tuple(found.values())


def private_gateways(
    world: World, vpcs: Iterable[Vpc], tables: Iterable[RouteTable], remarks: Remarks
) -> tuple[PrivateGateway, ...]:
    """Return the virtual private gateways that are attached to VPCs of the lab."""
    tables = tuple(tables)
    found = []
    for vpc in vpcs:
        gateway = world.vpn_gateway_of(vpc)
        if not isinstance(gateway, VpnGateway):
            if isinstance(gateway, NotVisible) and any(
                table.vpc_id == vpc.id
                for table in tables
                if list(_targets([table], RouteTargetKind.VPN_GATEWAY))
            ):
                remarks.missing(gateway, "the lab has none")
            continue
        states = {item.vpc_id: item.state for item in gateway.attachments}
        if states.get(vpc.id) not in (AttachmentState.ATTACHED, AttachmentState.AVAILABLE, None):
            continue
        connections = world.vpn_connections_of(gateway)
        if isinstance(connections, NotVisible):
            remarks.missing(connections, "the lab has none")
            connections = ()
        served = _ipv4(vpc)
        learned = _propagated(tables, gateway.id)
        vpns = [Vpn(item, _known(item, learned), served) for item in connections if _exists(item)]
        found.append(PrivateGateway(gateway, vpc, tuple(vpns)))
    return tuple(found)


def transit_vpns(
    world: World, ids: Iterable[str], served: tuple[IPv4Network, ...], remarks: Remarks
) -> Iterable[Vpn]:
    """Return VPN connections that end at a transit gateway, whose route tables know what lies behind."""
    for key in ids:
        connection = world.vpn_connection(key)
        if isinstance(connection, VpnConnection):
            yield Vpn(connection, (), served)
        else:
            remarks.missing(connection, "the lab has none")


def _exists(connection: VpnConnection) -> bool:
    return connection.state is not GatewayState.DELETED


def _known(connection: VpnConnection, learned: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
    gone = (GatewayState.DELETED, GatewayState.DELETING)
    static = [route.destination for route in connection.routes if route.state not in gone]
    fixed = tuple(item for item in static if isinstance(item, IPv4Network))
    return fixed if connection.static else tuple(dict.fromkeys((*fixed, *learned)))


def _propagated(tables: Iterable[RouteTable], gateway_id: str) -> tuple[IPv4Network, ...]:
    """Return what a gateway has learned by BGP, as far as route tables show it."""
    prefixes = [
        route.destination
        for table in tables
        for route in table.routes
        if route.target_id == gateway_id and route.origin is RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
    ]
    return tuple(dict.fromkeys(item for item in prefixes if isinstance(item, IPv4Network)))


def transits(
    world: World,
    vpcs: Iterable[Vpc],
    tables: Iterable[RouteTable],
    addresses: Iterable[IPv4Address],
    remarks: Remarks,
) -> tuple[Transit, ...]:
    """Return the transit gateways that route tables name, and those that their routes lead to."""
    vpcs, addresses = tuple(vpcs), tuple(addresses)
    named = [
        *_targets(tables, RouteTargetKind.TRANSIT_GATEWAY),
        *(
            item.transit_gateway_id
            for vpc in vpcs
            for item in world.seen(TRANSIT_VPC_ATTACHMENT, {"vpc-id": vpc.id})
        ),
    ]
    waiting, found = list(dict.fromkeys(named)), dict[str, Transit]()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = _transit(world, key, vpcs, addresses, remarks)
            waiting += [item.resource for item in found[key].attached if item.kind is TransitResource.PEERING]
    return tuple(found[key] for key in sorted(found))


def _transit(
    world: World, key: str, vpcs: tuple[Vpc, ...], addresses: tuple[IPv4Address, ...], remarks: Remarks
) -> Transit:
    gateway = world.transit_gateway(key)
    attached: dict[str, Attached] = {}
    for vpc in vpcs:
        item = world.transit_vpc_attachment_of(key, vpc)
        if isinstance(item, TransitVpcAttachment):
            attached[item.id] = _attached(
                world, item.id, TransitResource.VPC, vpc.id, item.state, item, remarks
            )
    shown = world.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
    for other in () if isinstance(shown, NotVisible) else shown:
        if other.resource_type in (TransitResource.VPN, TransitResource.PEERING) and other.resource_id:
            attached[other.id] = _attached(
                world, other.id, other.resource_type, other.resource_id, other.state, None, remarks
            )
    routes: dict[tuple[str, TransitRoute], None] = {}
    waiting = [item.table for item in attached.values() if item.table]
    for table in dict.fromkeys(waiting):
        for address in addresses:
            seen = world.transit_routes(table, address)
            if isinstance(seen, NotVisible):
                remarks.missing(seen, "the lab has none")
                continue
            for route in seen:
                routes[table, route] = None
                for new in _hops(world, key, route, attached, remarks):
                    attached[new.id] = new
    references = isinstance(gateway, TransitGateway) and gateway.group_references is True
    return Transit(key, references, tuple(attached.values()), tuple(routes))


def _hops(
    world: World, key: str, route: TransitRoute, attached: dict[str, Attached], remarks: Remarks
) -> Iterable[Attached]:
    """Return the attachments that a route names and that were not known yet."""
    for hop in route.hops:
        if hop.attachment_id in attached or hop.resource_type is None:
            continue
        if hop.resource_type is TransitResource.PEERING:
            peering = world.transit_peering(hop.attachment_id)
            if isinstance(peering, TransitPeeringAttachment):
                ends = (peering.requester_gateway_id, peering.accepter_gateway_id)
                far = ends[1] if ends[0] == key else ends[0]
                yield _attached(
                    world, hop.attachment_id, hop.resource_type, far, peering.state, None, remarks
                )
        elif hop.resource_type is TransitResource.VPN and hop.resource_id:
            state = TransitState.AVAILABLE
            yield _attached(
                world, hop.attachment_id, hop.resource_type, hop.resource_id, state, None, remarks
            )
        elif hop.resource_type is not TransitResource.VPC:
            remarks.say(f"{hop.attachment_id} of {key} is {hop.resource_type}: the lab drops what it carries")


def _attached(
    world: World,
    key: str,
    kind: TransitResource,
    resource: str,
    state: TransitState | None,
    vpc: TransitVpcAttachment | None,
    remarks: Remarks,
) -> Attached:
    association = world.transit_association(key)
    table = None
    if isinstance(association, NotVisible):
        remarks.missing(association, "the lab has none")
    elif isinstance(association, TransitAssociation):
        table = (
            association.route_table_id if association.state in (AssociationState.ASSOCIATED, None) else None
        )
    return Attached(key, kind, resource, state in (*USABLE, None), table, vpc)


def _targets(tables: Iterable[RouteTable], kind: RouteTargetKind) -> Iterable[str]:
    return dict.fromkeys(
        route.target_id
        for table in tables
        for route in table.routes
        if route.target_kind is kind and route.target_id
    )


def _ipv4(vpc: Vpc) -> tuple[IPv4Network, ...]:
    return tuple(cidr for cidr in vpc.cidrs if isinstance(cidr, IPv4Network))
