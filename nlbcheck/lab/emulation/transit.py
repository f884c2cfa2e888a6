"""Where does a transit gateway send a packet? The attachment that it comes from decides about the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteState, TransitRouteType
from nlbcheck.lab.emulation import groups, nft, routers, vpn
from nlbcheck.lab.emulation.gateways import Vpn
from nlbcheck.lab.emulation.seats import ON_PREMISES
from nlbcheck.lab.emulation.transits import Attached, Transit
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute

# The most specific route wins, then static ones over propagated ones:
# https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
_STATIC, _PROPAGATED = 10, 1010


def gateway(found: Transit, vpns: Mapping[str, Vpn]) -> Namespace:
    """Return a transit gateway as a router; ``vpns`` are the VPN connections, by id.

    An attachment without a route table leads nowhere. A client's address that a load balancer preserves
    goes through as any other: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
    """
    by_id = {item.id: item for item in found.attached}
    tables = dict.fromkeys(table for table, _ in found.routes)
    coming_in = [
        (device, item.table, zone)
        for item in found.attached
        for device, zone in _entrances(item)
        if item.table in tables
    ]
    used = dict.fromkeys((table, zone) for _, table, zone in coming_in)
    numbers = {key: routers.FIRST_TABLE + place for place, key in enumerate(used)}
    routes: dict[tuple[int, IPv4Network, int], PlannedRoute] = {}
    for (table, zone), number in numbers.items():
        for route in (route for key, route in found.routes if key == table):
            for made in _routes(route, number, zone, by_id, vpns):
                routes.setdefault((made.table, made.destination, made.metric), made)
    # What a table does not know is dropped, not looked up among other attachments' routes.
    last = [PlannedRoute(routers.EVERYWHERE, None, number, metric=2000) for number in numbers.values()]
    coming = {f'"{device}"': numbers[table, zone] for device, table, zone in coming_in}
    prerouting = [f"ip dscp != {groups.NAMELESS} ip dscp set cs0"]
    if coming:
        prerouting.append(f"meta mark set iifname map {nft.mapping(coming)}")
    forward: list[str] = []
    for item in found.attached:
        if not item.usable:
            forward += [line for device in item.devices for line in routers.closed(device)]
        elif item.kind is TransitResource.VPN and item.resource in vpns:
            forward += vpn.limits(vpns[item.resource], item.device)
    return routers.router(
        found.id, [*routes.values(), *last], list(numbers.values()), {}, prerouting, forward
    )


def links(
    found: Transit, sites: Iterable[str], others: Iterable[Transit], vpns: Mapping[str, Vpn]
) -> Iterable[Link]:
    """Return the links of a transit gateway: to VPCs, on-premises, and to transit gateways named after it."""
    sites, by_id = set(sites), {other.id: other for other in others}
    for item in found.attached:
        own = LinkEnd(found.id, item.device)
        if item.kind is TransitResource.VPC and item.resource in sites:
            for door in item.doors:
                yield Link(LinkEnd(item.resource, door.inside), LinkEnd(found.id, door.outside))
        elif item.kind is TransitResource.VPN and item.resource in vpns:
            yield Link(own, LinkEnd(ON_PREMISES, vpns[item.resource].device))
        elif item.kind is TransitResource.PEERING and item.resource in by_id and found.id < item.resource:
            back = [other for other in by_id[item.resource].attached if other.resource == found.id]
            if back:
                yield Link(own, LinkEnd(item.resource, back[0].device))


def _entrances(item: Attached) -> Iterable[tuple[str, str | None]]:
    """Return the devices by which packets come from an attachment, each with its zone."""
    if item.vpc is None:
        return [(item.device, None)]
    return [(door.outside, door.subnet.zone) for door in item.doors]


def _routes(
    route: TransitRoute,
    number: int,
    zone: str | None,
    attached: Mapping[str, Attached],
    vpns: Mapping[str, Vpn],
) -> Iterable[PlannedRoute]:
    if not isinstance(route.destination, IPv4Network):
        return
    metric = _PROPAGATED if route.type is TransitRouteType.PROPAGATED else _STATIC
    if route.state is TransitRouteState.BLACKHOLE:
        yield PlannedRoute(route.destination, None, number, metric)
    elif route.state in (TransitRouteState.ACTIVE, None):
        for place, hop in enumerate(route.hops):
            item = attached.get(hop.attachment_id)
            down = item is not None and item.resource in vpns and not vpns[item.resource].up
            device = item.leaving(zone) if item else None
            yield PlannedRoute(route.destination, device, number, metric + place + (500 if down else 0))
