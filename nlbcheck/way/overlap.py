"""Does another network claim an address that lies in a VPC's own range?

The VPC's local route wins, so the other network is never reached:
https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
"""

from __future__ import annotations

from nlbcheck.aws.gateways import VpnGateway
from nlbcheck.aws.network import Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.world import World
from nlbcheck.way import carriers, ends, remedy
from nlbcheck.way.ends import Spot
from nlbcheck.way.outcome import Outcome, Problem, Stopped


def check(world: World, spot: Spot) -> Outcome | None:
    """Return the overlap that explains why no interface has an address; None when there is none."""
    if not isinstance(spot.vpc, Vpc):
        return None
    claim = _claim(world, spot, spot.vpc)
    if claim is None:
        return None
    summary = (
        f"{spot.address} belongs to {claim}, but lies in the range of {spot.vpc_id} as well, where the local "
        "route wins and no interface has it."
    )
    fix = remedy.advice("Renumber one of the two networks: no route beats the local one.")
    evidence = {
        "address": str(spot.address),
        "claimed_by": claim,
        "vpc_ranges": [str(c) for c in spot.vpc.cidrs],
    }
    return Stopped(Problem("address-overlap", summary, fix), evidence)


def _claim(world: World, spot: Spot, vpc: Vpc) -> str | None:
    gateway = world.vpn_gateway_of(vpc)
    if isinstance(gateway, VpnGateway):
        prefix = carriers.static_prefix(world, gateway, spot.address)
        if prefix is not None and prefix.prefixlen:
            return f"the on-premises range {prefix}"
    peered = ends.peered_with(world, vpc, spot.address)
    if not isinstance(peered, NotVisible) and peered:
        return f"the peered {peered[0].vpc_id}"
    return None
