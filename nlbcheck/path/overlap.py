"""Does another network claim an address that lies in a VPC's own range?

The VPC's local route wins, so the other network is never reached:
https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Code
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import neighbours, remedy
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Outcome, Problem, Stopped


def check(state: AwsState, location: InVpc) -> Outcome | None:
    """Return the overlap that explains why no interface has an address; None when there is none."""
    if not isinstance(location.vpc, Vpc):
        return None
    claim = _claim(state, location, location.vpc)
    if claim is None:
        return None
    here = f"{location.address} belongs to {claim}, but lies in the range of {location.vpc_id} as well"
    summary = f"{here}, where the local route wins and no interface has it."
    fix = remedy.advice("Renumber one of the two networks: no route beats the local one.")
    evidence = {
        "address": str(location.address),
        "claimed_by": claim,
        "vpc_ranges": [str(c) for c in location.vpc.cidrs],
    }
    return Stopped(Problem(Code.ADDRESS_OVERLAP, summary, fix), evidence)


def _claim(state: AwsState, location: InVpc, vpc: Vpc) -> str | None:
    gateway = state.vpn_gateway_of(vpc)
    if isinstance(gateway, VpnGateway):
        prefix = neighbours.static_prefix(state, gateway, location.address)
        if prefix is not None and prefix.prefixlen:
            return f"the on-premises range {prefix}"
    peered = neighbours.peered_with(state, vpc, location.address)
    if not isinstance(peered, NotVisible) and peered:
        return f"the peered {peered[0].vpc_id}"
    return None
