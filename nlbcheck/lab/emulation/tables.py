"""How does a VPC route table become routes of the kernel, which then decides?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from nlbcheck.aws.resources.route_table import Route, RouteOrigin, RouteState, RouteTable, RouteTargetKind
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.lab.emulation.groups import Prefixes
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.plan import PlannedRoute

# Static routes win over those of prefix lists, these over propagated ones, where the prefix is the same:
# https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
STATIC, PREFIX_LIST, PROPAGATED = 10, 20, 30

_MODELLED = (
    RouteTargetKind.LOCAL,
    RouteTargetKind.VPN_GATEWAY,
    RouteTargetKind.NAT_GATEWAY,
    RouteTargetKind.TRANSIT_GATEWAY,
    RouteTargetKind.PEERING,
    RouteTargetKind.NETWORK_INTERFACE,
    # These two carry nothing between private IPv4 addresses.
    RouteTargetKind.INTERNET_GATEWAY,
    RouteTargetKind.EGRESS_ONLY_GATEWAY,
)


def routes(
    table: RouteTable, vpc: Vpc, number: int, devices: Mapping[str, str], prefixes: Prefixes, remarks: Remarks
) -> tuple[PlannedRoute, ...]:
    """Return a route table as the kernel's table ``number``; ``devices`` lead to the routes' targets.

    What the table calls local is left to the router's table of its own machines.
    """
    found: dict[tuple[IPv4Network, int], PlannedRoute] = {}
    for route in table.routes:
        for destination in _destinations(route, prefixes):
            made = _route(route, destination, table, vpc, number, devices, remarks)
            if made is not None:
                found.setdefault((made.destination, made.metric), made)
    return tuple(found.values())


def _destinations(route: Route, prefixes: Prefixes) -> Iterable[IPv4Network]:
    if route.prefix_list_id:
        return prefixes(route.prefix_list_id)
    return (route.destination,) if isinstance(route.destination, IPv4Network) else ()


def _route(
    route: Route,
    destination: IPv4Network,
    table: RouteTable,
    vpc: Vpc,
    number: int,
    devices: Mapping[str, str],
    remarks: Remarks,
) -> PlannedRoute | None:
    named = f"the route {destination} of {table.id}"
    propagated = route.origin is RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
    if route.state is RouteState.FILTERED:
        return None
    own = [cidr for cidr in vpc.cidrs if isinstance(cidr, IPv4Network)]
    if propagated and any(destination.subnet_of(cidr) for cidr in own):
        # The local route wins even over a longer propagated one:
        # https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
        return None
    metric = PROPAGATED if propagated else PREFIX_LIST if route.prefix_list_id else STATIC
    if route.target_kind is RouteTargetKind.LOCAL:
        return PlannedRoute(destination, None, number, metric, onward=True)
    firewall = route.target_kind is RouteTargetKind.VPC_ENDPOINT and route.target_id in devices
    if route.target_kind not in _MODELLED and not firewall:
        kind = route.target_kind or "something that is not known here"
        remarks.say(f"{named} leads to {kind}: the lab drops what it carries")
    if route.state is None:
        remarks.say(f"the state of {named} is not in the snapshot: taken as active")
    alive = route.state is not RouteState.BLACKHOLE
    return PlannedRoute(destination, devices.get(route.target_id or "") if alive else None, number, metric)
