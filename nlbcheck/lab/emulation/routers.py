"""What is at every router of the lab: what steers packets, and what it says itself (nothing)?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

from nlbcheck.lab.emulation import nft
from nlbcheck.lab.plan import Namespace, PlannedRoute, Rule

EVERYWHERE = IPv4Network("0.0.0.0/0")

OWN_TABLE = 100
"""A router's own machines, and nothing else."""
FIRST_TABLE = 1000
"""Route tables of AWS are numbered from here; a packet that is to use one has its number as its mark."""
_FIRST_WAY_BACK = 5000
"""Ways back are numbered from here."""


def way_back(devices: Iterable[str]) -> Mapping[str, int]:
    """Return the number by which replies are sent back to each of these devices."""
    return {name: _FIRST_WAY_BACK + place for place, name in enumerate(sorted(devices))}


def router(
    name: str,
    routes: Iterable[PlannedRoute],
    marks: Sequence[int],
    backs: Mapping[str, int],
    prerouting: Iterable[str],
    forward: Iterable[str],
    chains: Iterable[str] = (),
) -> Namespace:
    """Return a router.

    ``marks`` are the tables that marked packets look up; ``backs`` devices that replies can be sent back to.
    Everything else looks up the router's own machines. No router tells anybody of what it drops.
    """
    nothing = "type filter hook {0} priority filter; policy drop;"
    return Namespace(
        name=name,
        routes=(
            *routes,
            *(PlannedRoute(EVERYWHERE, device, number) for device, number in backs.items()),
            PlannedRoute(EVERYWHERE, None, OWN_TABLE, metric=1000),
        ),
        rules=(
            *(Rule(10, number, number) for number in backs.values()),
            *(Rule(20, number, number) for number in marks),
            Rule(1000, OWN_TABLE),
        ),
        ruleset=nft.table(
            "router",
            [
                *chains,
                nft.chain(
                    "prerouting", ["type filter hook prerouting priority mangle; policy accept;", *prerouting]
                ),
                nft.chain("forward", ["type filter hook forward priority filter; policy accept;", *forward]),
                nft.chain("input", [nothing.format("input")]),
                nft.chain("output", [nothing.format("output")]),
            ],
        ),
        forwards=True,
    )


def machine(address: IPv4Address, device: str) -> PlannedRoute:
    """Return the route to one of a router's own machines."""
    return PlannedRoute(IPv4Network(address), device, OWN_TABLE)


def closed(device: str) -> tuple[str, str]:
    """Return the statements that let nothing through a link."""
    return f'iifname "{device}" drop', f'oifname "{device}" drop'
