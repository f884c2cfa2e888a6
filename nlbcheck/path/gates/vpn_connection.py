"""Is a Site-to-Site VPN connection up, and do its negotiated ranges hold both addresses?

A static connection needs an IPsec tunnel, a dynamic one a BGP session in it as well:
https://docs.aws.amazon.com/vpn/latest/s2svpn/monitoring-cloudwatch-vpn.html.
On a virtual private gateway one tunnel carries the traffic at a time; AWS wants both up. The health of
tunnels goes before all other attributes of routes: https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnectionOptions.html defines the ranges.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.vpn_connection import Tunnel, TunnelStatus, VpnConnection
from nlbcheck.model import Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check_tunnels(
    connections: Sequence[VpnConnection],
    perhaps: Sequence[VpnConnection] = (),
    address: Address | None = None,
) -> Outcome:
    """Say whether any tunnel of the connections that know the prefix is up.

    ``perhaps`` are others that may know one for ``address``: where no other tunnel is up, they may carry it.
    """
    outcome = _check(connections) if connections else None
    if outcome is not None and (not perhaps or not isinstance(outcome, Stopped)):
        return outcome
    if all(tunnel.status is TunnelStatus.DOWN for item in perhaps for tunnel in item.tunnels):
        return _check((*connections, *perhaps))
    names = " and ".join(item.id for item in perhaps)
    fact = f"whether {names} announces a prefix for {address} by BGP"
    return Unseen(NotVisible(fact, "", "", None), {"connections": [item.id for item in perhaps]})


def _check(connections: Sequence[VpnConnection]) -> Outcome:
    tunnels = [tunnel for item in connections for tunnel in item.tunnels]
    evidence: dict[str, Json] = {"tunnels": [_describe(tunnel) for tunnel in tunnels]}
    up = [tunnel for tunnel in tunnels if tunnel.status is TunnelStatus.UP]
    names = " and ".join(item.id for item in connections)
    if up:
        down = [tunnel for tunnel in tunnels if tunnel.status is TunnelStatus.DOWN]
        if not down:
            return Passed(evidence)
        summary = f"{len(down)} of {len(tunnels)} tunnels of {names} {_are(down)} down: {_why(down)}."
        fix = remedy.advice(
            "Bring the tunnel up at the customer gateway: nothing is left if the other fails."
        )
        return Passed(evidence, Problem(Code.VPN_TUNNEL_DOWN, summary, fix, Verdict.WARN))
    if not tunnels or any(tunnel.status is None for tunnel in tunnels):
        fact = f"the state of the tunnels of {names}"
        return Unseen(
            NotVisible(fact, "ec2", "DescribeVpnConnections", connections[0].account_region), evidence
        )
    summary = f"Every tunnel of {names} is down: {_why(tunnels)}."
    dynamic = all(item.static is not True for item in connections)
    if dynamic and all("IPSEC IS UP" in (tunnel.message or "").upper() for tunnel in tunnels):
        summary = f"Every tunnel of {names} is down, likely for want of BGP: AWS says that IPsec is up."
        text = "Bring up the BGP session at the customer gateway; IPsec is up already."
    else:
        text = (
            "Bring the tunnels up at the customer gateway: IKE, pre-shared keys, its firewall, its address."
        )
    return Stopped(Problem(Code.VPN_DOWN, summary, remedy.advice(text)), evidence)


def _are(tunnels: Sequence[Tunnel]) -> str:
    return "is" if len(tunnels) == 1 else "are"


def _why(tunnels: Sequence[Tunnel]) -> str:
    return ", ".join(dict.fromkeys(tunnel.message or "no reason given" for tunnel in tunnels))


def _describe(tunnel: Tunnel) -> dict[str, Json]:
    return {
        "outside_address": str(tunnel.outside_address) if tunnel.outside_address else None,
        "status": tunnel.status.value if tunnel.status else None,
        "message": tunnel.message,
        "accepted_routes": tunnel.accepted_routes,
    }


def check_ranges(connection: VpnConnection, on_premises: Address, in_aws: Address | None) -> Outcome:
    """Say whether the negotiated ranges hold the address on each side."""
    evidence: dict[str, Json] = {
        "on_premises_range": str(connection.on_premises_cidr) if connection.on_premises_cidr else None,
        "aws_range": str(connection.aws_cidr) if connection.aws_cidr else None,
    }
    sides = (
        ("LocalIpv4NetworkCidr", connection.on_premises_cidr, on_premises),
        ("RemoteIpv4NetworkCidr", connection.aws_cidr, in_aws),
    )
    for option, cidr, address in sides:
        if (
            cidr is not None
            and address is not None
            and address.version == cidr.version
            and address not in cidr
        ):
            left_out = f"which leaves {address} out: the tunnel likely drops it"
            summary = f"{connection.id} has negotiated {cidr}, {left_out}."
            fix = _widen(connection, option, cidr, address)
            problem = Problem(Code.VPN_SELECTOR_EXCLUDES, summary, fix, confidence=Confidence.LIKELY)
            return Stopped(problem, evidence)
    if not all(_is_told(cidr, address) for _, cidr, address in sides):
        fact = f"whether the ranges of {connection.id} hold both addresses"
        return Unseen(NotVisible(fact, "ec2", "DescribeVpnConnections", connection.account_region), evidence)
    return Passed(evidence)


def _is_told(cidr: Network | None, address: Address | None) -> bool:
    """Whether a range tells anything of an address; both options are of IPv4 alone."""
    if cidr is None or address is None:
        return cidr is not None and cidr.prefixlen == 0
    return cidr.version == address.version


def _widen(connection: VpnConnection, option: str, cidr: Network, address: Address) -> Remedy:
    wider = cidr
    while address not in wider:
        wider = wider.supernet()
    text = f"Widen the range of {connection.id} to {wider}, and the customer gateway's likewise."
    if wider.prefixlen == 0:
        return remedy.advice(f"Let {connection.id} negotiate a range that holds both {cidr} and {address}.")
    call = remedy.ec2("ModifyVpnConnectionOptions", VpnConnectionId=connection.id, **{option: str(wider)})
    return remedy.advice(text, call)
