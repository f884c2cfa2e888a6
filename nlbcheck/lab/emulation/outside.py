"""What lies outside the VPCs that the snapshot shows: on-premises networks, and VPCs of other accounts?

Nothing in AWS says what happens there, so nothing stops packets there, and a reply leaves by the way that
its request came by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from nlbcheck.lab.emulation import nft, routers
from nlbcheck.lab.emulation.seats import Seat
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute


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
