"""Does another network claim an address that lies in a VPC's own range?

The VPC's local route wins, so the other network is never reached:
https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import in_english, tell
from nlbcheck.model import Code, Confidence
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import neighbours, remedy
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Outcome, Problem, Stopped


def check(state: AwsState, location: InVpc, unused: Outcome) -> Outcome:
    """Return the overlap that explains why no interface has an address, or ``unused``: that it has none.

    That is inferred only, where it is not seen who else claims the address.
    """
    if not isinstance(location.vpc, Vpc):
        return unused
    claim = _claim(state, location, location.vpc)
    if isinstance(claim, NotVisible) and isinstance(unused, Stopped):
        summary = tell(
            "{problem} Likely no other network has this address, but that is not visible.",
            problem=unused.problem.summary,
        )
        problem = replace(unused.problem, summary=summary, confidence=Confidence.LIKELY)
        return replace(unused, problem=problem)
    if claim is None or isinstance(claim, NotVisible):
        return unused
    summary = tell(
        "{address} is in {claim}, and also in the range of {vpc}. "
        "There the local route wins, and no interface has the address.",
        address=location.address,
        claim=claim,
        vpc=location.vpc_id,
    )
    fix = remedy.advice(
        tell("Renumber one of the two networks. No route takes precedence over the local one.")
    )
    evidence = {
        "address": str(location.address),
        "claimed_by": in_english(claim),
        "vpc_ranges": [str(c) for c in location.vpc.cidrs],
    }
    return Stopped(Problem(Code.ADDRESS_OVERLAP, summary, fix), evidence)


def _claim(state: AwsState, location: InVpc, vpc: Vpc) -> str | NotVisible | None:
    gateway = state.vpn_gateway_of(vpc)
    known = neighbours.vpn_connections(state, gateway) if isinstance(gateway, VpnGateway) else gateway
    if isinstance(gateway, VpnGateway):
        prefix = neighbours.static_prefix(state, gateway, location.address)
        if prefix is not None and prefix.prefixlen:
            return tell("the on-premises range {prefix}", prefix=prefix)
    peered = neighbours.peered_with(state, vpc, location.address)
    if isinstance(peered, NotVisible):
        return peered
    if peered:
        return tell("the peered {vpc}", vpc=peered[0].vpc_id)
    return known if isinstance(known, NotVisible) else None
