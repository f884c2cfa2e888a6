"""What does a virtual private gateway pass on, and what does a VPN connection carry?"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from nlbcheck.lab.emulation import nft, routers
from nlbcheck.lab.emulation.gateways import PrivateGateway, Vpn
from nlbcheck.lab.emulation.seats import ON_PREMISES
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute

_VPC = "vpc"
_DOWN = 500
"""What is added to the metric of a route through tunnels that are down: tunnel health beats all else."""


def gateway(found: PrivateGateway) -> tuple[Namespace, tuple[Link, ...]]:
    """Return a virtual private gateway as a router, and its links.

    It knows its VPC's ranges and the prefixes behind its VPN connections, and takes from the VPC only what
    comes from there: https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
    """
    own = [cidr for cidr in found.vpc.cidrs if isinstance(cidr, IPv4Network)]
    routes = [PlannedRoute(cidr, _VPC, routers.OWN_TABLE) for cidr in own]
    # For one prefix, a static VPN connection goes before a dynamic one (page as above).
    for place, vpn in enumerate(sorted(found.vpns, key=lambda item: item.connection.static is not True)):
        routes += routes_to(vpn, routers.OWN_TABLE, place)
    among = f"ip saddr != {nft.networks(own)} " if own else ""
    foreign = f'iifname "{_VPC}" {among}drop'
    forward = [foreign, *(line for vpn in found.vpns for line in limits(vpn, vpn.device))]
    router = routers.router(found.gateway.id, routes, (), {}, (), forward)
    links = (
        Link(LinkEnd(found.vpc.id, found.device), LinkEnd(found.gateway.id, _VPC)),
        *(
            Link(LinkEnd(found.gateway.id, vpn.device), LinkEnd(ON_PREMISES, vpn.device))
            for vpn in found.vpns
        ),
    )
    return router, links


def routes_to(vpn: Vpn, table: int, place: int) -> Iterable[PlannedRoute]:
    """Return the routes to what lies behind a VPN connection."""
    metric = 10 + place + (0 if vpn.up else _DOWN)
    # What lies in the VPC's own ranges is there, even for a longer prefix.
    foreign = [prefix for prefix in vpn.prefixes if not any(prefix.subnet_of(own) for own in vpn.served)]
    return (PlannedRoute(prefix, vpn.device, table, metric) for prefix in foreign)


def limits(vpn: Vpn, device: str) -> Iterable[str]:
    """Return what a router with a VPN connection at ``device`` does not let through it."""
    if not vpn.up:
        return routers.closed(device)
    lines = []
    for side, here, there in (("iifname", "saddr", "daddr"), ("oifname", "daddr", "saddr")):
        for word, cidr in ((here, vpn.connection.on_premises_cidr), (there, vpn.connection.aws_cidr)):
            if isinstance(cidr, IPv4Network) and cidr.prefixlen:
                lines.append(f'{side} "{device}" ip {word} != {cidr} drop')
    return lines
