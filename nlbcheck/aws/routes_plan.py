"""What must be asked about the routes that packets of a relay may take?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from nlbcheck.aws.gateways import NatGateway, routable
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.kinds.gateways import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PEERING,
    VPN_CONNECTION,
    VPN_GATEWAY,
)
from nlbcheck.aws.kinds.interfaces import INTERFACE
from nlbcheck.aws.kinds.kind import Kind
from nlbcheck.aws.kinds.network import PREFIX_LIST
from nlbcheck.aws.kinds.public_access import PUBLIC_ACCESS, PUBLIC_ACCESS_EXCLUSION
from nlbcheck.aws.kinds.transit import (
    TRANSIT_ATTACHMENT,
    TRANSIT_GATEWAY,
    TRANSIT_PEERING,
    TRANSIT_ROUTES,
    TRANSIT_VPC_ATTACHMENT,
)
from nlbcheck.aws.needs import Need
from nlbcheck.aws.network import (
    PrefixList,
    PrefixListReference,
    Route,
    RouteTable,
    RouteTargetKind,
    SecurityGroup,
    Subnet,
    Vpc,
)
from nlbcheck.aws.players import Players, Spot
from nlbcheck.aws.public_access import BlockMode, PublicAccess
from nlbcheck.aws.transit import (
    TransitAssociation,
    TransitAttachment,
    TransitGateway,
    TransitPeeringAttachment,
    TransitResource,
)
from nlbcheck.model.facts import AccountRegion, NotVisible

_TARGETS: dict[RouteTargetKind, Kind[object]] = {
    RouteTargetKind.PEERING: PEERING,
    RouteTargetKind.VPN_GATEWAY: VPN_GATEWAY,
    RouteTargetKind.INTERNET_GATEWAY: INTERNET_GATEWAY,
    RouteTargetKind.NAT_GATEWAY: NAT_GATEWAY,
    RouteTargetKind.TRANSIT_GATEWAY: TRANSIT_GATEWAY,
    RouteTargetKind.NETWORK_INTERFACE: INTERFACE,
}
"""What a route can point at, where nlbcheck looks at it."""

_ATTACHED: dict[TransitResource, tuple[Kind[object], str, Callable[[TransitAttachment], str | None]]] = {
    TransitResource.VPC: (TRANSIT_VPC_ATTACHMENT, "transit-gateway-attachment-id", lambda found: found.id),
    TransitResource.VPN: (VPN_CONNECTION, "vpn-connection-id", lambda found: found.resource_id),
    TransitResource.PEERING: (TRANSIT_PEERING, "transit-gateway-attachment-id", lambda found: found.id),
}


def ways(players: Players) -> Iterator[Need]:
    """Ask for what the routes towards the players' addresses point at, and for prefix lists."""
    for spot, route, table in _routes(players, (*players.spots, *middlemen(players))):
        if route.prefix_list_id:
            yield Need(spot.account_region, PREFIX_LIST, "prefix-list-id", route.prefix_list_id)
        if _leads_to_a_player(players, route) and route.target_kind in _TARGETS and route.target_id:
            kind = _TARGETS[route.target_kind]
            if isinstance(players.state.by_id(kind, route.target_id), NotVisible):
                yield Need(spot.account_region, kind, kind.id_attribute, route.target_id)
            if route.target_kind is RouteTargetKind.VPN_GATEWAY:
                yield Need(spot.account_region, VPN_CONNECTION, "vpn-gateway-id", route.target_id)
        internet = route.target_kind is RouteTargetKind.INTERNET_GATEWAY
        if internet and _wins(players, route, table, public=True):
            yield from _public_access(players, spot)
    for spot in players.spots:
        yield from _group_prefix_lists(players, spot)
        yield from _transit(players, spot)
    yield from _unfound(players)


def middlemen(players: Players) -> Iterator[Spot]:
    """Yield where the machines and NAT gateways stand by which packets of the players go."""
    for spot, route, table in _routes(players, players.spots):
        if route.target_kind is RouteTargetKind.NETWORK_INTERFACE and route.target_id:
            interface = players.state.interface(route.target_id)
            if isinstance(interface, NetworkInterface) and _leads_to_a_player(players, route):
                yield players.spot(interface, spot.account_region)
        if route.target_kind is RouteTargetKind.NAT_GATEWAY and route.target_id:
            gateway = players.state.nat_gateway(route.target_id)
            if isinstance(gateway, NatGateway) and gateway.subnet_id and _wins(players, route, table):
                yield Spot(spot.account_region, gateway.vpc_id, gateway.subnet_id)


def _routes(players: Players, spots: Iterable[Spot]) -> Iterator[tuple[Spot, Route, RouteTable]]:
    for spot in spots:
        subnet = players.subnet(spot)
        table = players.state.route_table_of(subnet) if subnet else None
        if isinstance(table, RouteTable):
            for route in table.routes:
                yield spot, route, table


def _wins(players: Players, route: Route, table: RouteTable, *, public: bool = False) -> bool:
    """Whether no longer route of the table takes all players' addresses, or all ``public`` ones, away."""
    rivals = [other.destination for other in table.routes if other.destination is not None]
    for address in players.addresses:
        if route.destination is None or address not in route.destination:
            continue
        longest = max(other.prefixlen for other in rivals if address in other)
        if route.destination.prefixlen == longest and (routable(address) or not public):
            return True
    return route.prefix_list_id is not None


def _public_access(players: Players, spot: Spot) -> Iterator[Need]:
    """Ask the VPC's owner whether internet gateways are closed, and which exclusions there are if so."""
    vpc = players.state.vpc(spot.vpc_id)
    account_region = vpc.account_region if isinstance(vpc, Vpc) else spot.account_region
    yield Need(account_region, PUBLIC_ACCESS)
    access = players.state.public_access(account_region)
    if isinstance(access, PublicAccess) and access.mode is not BlockMode.OFF:
        yield Need(account_region, PUBLIC_ACCESS_EXCLUSION)


def _leads_to_a_player(players: Players, route: Route) -> bool:
    if route.destination is not None:
        return any(address in route.destination for address in players.addresses)
    prefix_list = players.state.prefix_list(route.prefix_list_id) if route.prefix_list_id else None
    if not isinstance(prefix_list, PrefixList):
        return True
    return any(address in entry for address in players.addresses for entry in prefix_list.entries)


def _group_prefix_lists(players: Players, spot: Spot) -> Iterator[Need]:
    for key in spot.group_ids:
        group = players.state.security_group(key)
        for rule in (*group.ingress, *group.egress) if isinstance(group, SecurityGroup) else ():
            if isinstance(rule.peer, PrefixListReference):
                yield Need(spot.account_region, PREFIX_LIST, "prefix-list-id", rule.peer.id)


def _transit(players: Players, spot: Spot) -> Iterator[Need]:
    """Ask for the transit gateways of a VPC, and follow their routes from its attachment."""
    for attachment in players.state.seen(TRANSIT_VPC_ATTACHMENT, {"vpc-id": spot.vpc_id}):
        gateway = players.state.transit_gateway(attachment.transit_gateway_id)
        if not isinstance(gateway, TransitGateway):
            yield Need(
                spot.account_region, TRANSIT_GATEWAY, "transit-gateway-id", attachment.transit_gateway_id
            )
            continue
        yield Need(spot.account_region, TRANSIT_ATTACHMENT, "resource-id", spot.vpc_id)
        yield from _transit_routes(players, attachment.id, gateway.id, gateway.account_region, set())


def _transit_routes(
    players: Players,
    attachment_id: str,
    gateway_id: str,
    account_region: AccountRegion,
    seen: set[tuple[str, str]],
) -> Iterator[Need]:
    """Follow the routes for what comes from an attachment, and for what comes back."""
    association = players.state.transit_association(attachment_id, gateway_id)
    if (gateway_id, attachment_id) in seen or not isinstance(association, TransitAssociation):
        return
    seen.add((gateway_id, attachment_id))
    table = association.route_table_id
    yield Need(account_region, TRANSIT_ROUTES, "transit-gateway-route-table-id", table)
    for address in sorted(players.addresses, key=str):
        routes = players.state.transit_routes(table, address)
        for route in () if isinstance(routes, NotVisible) else routes:
            for hop in route.hops:
                yield Need(
                    account_region, TRANSIT_ATTACHMENT, "transit-gateway-attachment-id", hop.attachment_id
                )
                yield from _attached(players, hop.attachment_id, account_region)
                yield from _transit_routes(players, hop.attachment_id, gateway_id, account_region, seen)
                yield from _peered(players, hop.attachment_id, gateway_id, seen)


def _peered(players: Players, link: str, gateway_id: str, seen: set[tuple[str, str]]) -> Iterator[Need]:
    """Ask for the other end of a link between transit gateways, and follow the routes there."""
    peering = players.state.transit_peering(link)
    if not isinstance(peering, TransitPeeringAttachment):
        return
    far_id, account_region = peering.far_side(gateway_id)
    if account_region is None:
        return
    far = players.state.transit_far_end(peering, gateway_id)
    if isinstance(far, TransitAttachment):
        yield from _transit_routes(players, far.id, far_id, account_region, seen)
    else:
        yield Need(
            account_region, TRANSIT_ATTACHMENT, "transit-gateway-id", far_id, (("resource-id", gateway_id),)
        )


def _attached(players: Players, attachment_id: str, account_region: AccountRegion) -> Iterator[Need]:
    attachment = players.state.transit_attachment(attachment_id)
    if isinstance(attachment, TransitAttachment) and attachment.resource_type in _ATTACHED:
        kind, attribute, value = _ATTACHED[attachment.resource_type]
        found = value(attachment)
        if found:
            yield Need(account_region, kind, attribute, found)


def _unfound(players: Players) -> Iterator[Need]:
    """Ask for all interfaces of a subnet where a target's address was not found.

    A container's address, out of a range delegated to an interface, cannot be asked for directly.
    """
    for vpc_id, (account_region, addresses) in players.targets_by_vpc.items():
        vpc = players.state.vpc(vpc_id)
        if isinstance(vpc, Vpc):
            for address in map(ip_address, addresses):
                subnet = players.state.subnet_at(vpc, address)
                unseen = isinstance(players.state.interface_at(vpc, address), NotVisible)
                if isinstance(subnet, Subnet) and unseen:
                    yield Need(account_region, INTERFACE, "subnet-id", subnet.id)
