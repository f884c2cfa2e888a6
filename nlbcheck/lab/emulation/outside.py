"""What lies outside the VPCs that the snapshot shows: on-premises networks, and VPCs of other accounts?

Nothing in AWS says what happens there, so nothing stops packets there, and a reply leaves by the way that
its request came by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.route_table import ROUTE_TABLE, RouteTargetKind
from nlbcheck.aws.resources.vpc import VPC, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation import nft, routers
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import INTERNET, ON_PREMISES, Seat
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute
from nlbcheck.model.facts import NotVisible


@dataclass(frozen=True, slots=True)
class Exit:
    """A link out of such a network, and what it reaches there first."""

    device: str
    ranges: tuple[IPv4Network, ...]
    up: bool


def network(name: str, seats: Sequence[Seat], exits: Sequence[Exit]) -> tuple[Namespace, tuple[Link, ...]]:
    """Return the router of a network outside, and the links to its machines."""
    backs = routers.way_back(way.device for way in exits)
    own = [routers.machine(address, seat.port) for seat in seats for address in seat.addresses]
    # Its machines reach each other and what the exits serve; what comes in by an exit leaves by none.
    leaving = [replace(route, table=routers.FIRST_TABLE) for route in own]
    for place, way in enumerate(sorted(exits, key=lambda way: not way.up)):
        leaving += [
            PlannedRoute(cidr, way.device, routers.FIRST_TABLE, metric=10 + place) for cidr in way.ranges
        ]
    prerouting = []
    if seats:
        ports = nft.devices(seat.port for seat in seats)
        prerouting.append(f"iifname {ports} meta mark set {routers.FIRST_TABLE}")
    if backs:
        quoted = {f'"{device}"': number for device, number in backs.items()}
        prerouting += [
            f"ct state new iifname {nft.devices(backs)} ct mark set iifname map {nft.mapping(quoted)}",
            "ct direction reply ct mark != 0 meta mark set ct mark",
        ]
    router = routers.router(name, [*own, *leaving], [routers.FIRST_TABLE], backs, prerouting, ())
    return router, tuple(Link(LinkEnd(seat.name, "eth0"), LinkEnd(name, seat.port)) for seat in seats)


def site_of(state: AwsState, address: IPv4Address, remarks: Remarks) -> str:
    """Return the network outside that an address lies in: a peered VPC that is not visible, or none."""
    for vpc in state.seen(VPC):
        peerings = state.peerings_of(vpc)
        for peering in () if isinstance(peerings, NotVisible) else peerings:
            far = peering.far_side(vpc.id)
            if far is None or isinstance(state.vpc(far.vpc_id), Vpc):
                continue
            if any(address in cidr for cidr in far.cidrs or ()):
                remarks.say(
                    f"{far.vpc_id} is not in the snapshot: {address} stands there with nothing in its way"
                )
                return far.vpc_id
    return INTERNET if routable(address) and not _is_led_to(state, address) else ON_PREMISES


def _is_led_to(state: AwsState, address: IPv4Address) -> bool:
    """Whether a route, other than a default one, leads an address on premises."""
    routes = (route for table in state.seen(ROUTE_TABLE) for route in table.routes)
    return any(
        route.destination.prefixlen and address in route.destination
        for route in routes
        if route.destination and route.target_kind is not RouteTargetKind.INTERNET_GATEWAY
    )
