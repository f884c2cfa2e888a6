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
from nlbcheck.language import listed, plural, tell
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
    fact = plural(
        len(perhaps),
        "whether {connections} announces a prefix for {address} by BGP",
        "whether {connections} announce a prefix for {address} by BGP",
        connections=listed([item.id for item in perhaps]),
        address=address,
    )
    return Unseen(NotVisible(fact, "", "", None), {"connections": [item.id for item in perhaps]})


def _check(connections: Sequence[VpnConnection]) -> Outcome:
    tunnels = [tunnel for item in connections for tunnel in item.tunnels]
    evidence: dict[str, Json] = {"tunnels": [_describe(tunnel) for tunnel in tunnels]}
    up = [tunnel for tunnel in tunnels if tunnel.status is TunnelStatus.UP]
    names = listed([item.id for item in connections])
    if up:
        down = [tunnel for tunnel in tunnels if tunnel.status is TunnelStatus.DOWN]
        return Passed(evidence, _without_spare(names, down, len(tunnels)) if down else None)
    if not tunnels or any(tunnel.status is None for tunnel in tunnels):
        fact = tell("the state of the tunnels of {connections}", connections=names)
        return Unseen(
            NotVisible(fact, "ec2", "DescribeVpnConnections", connections[0].account_region), evidence
        )
    dynamic = all(item.static is not True for item in connections)
    if dynamic and all("IPSEC IS UP" in (tunnel.message or "").upper() for tunnel in tunnels):
        summary = tell(
            "Every tunnel of {connections} is down, likely because there is no BGP session: AWS reports that "
            "IPsec is up.",
            connections=names,
        )
        text = tell("Bring up the BGP session at the customer gateway. IPsec is up already.")
    else:
        summary = tell(
            "Every tunnel of {connections} is down: {reason}.", connections=names, reason=_why(tunnels)
        )
        text = tell(
            "Bring up the tunnels at the customer gateway. Check IKE, the pre-shared keys, its firewall and "
            "its IP address."
        )
    return Stopped(Problem(Code.VPN_DOWN, summary, remedy.advice(text)), evidence)


def _without_spare(names: str, down: Sequence[Tunnel], tunnels: int) -> Problem:
    """Return the remark that some tunnels are down and others are not."""
    summary = plural(
        len(down),
        "{count} of {total} tunnels of {connections} is down: {reason}.",
        "{count} of {total} tunnels of {connections} are down: {reason}.",
        total=tunnels,
        connections=names,
        reason=_why(down),
    )
    text = tell(
        "Bring up the tunnel at the customer gateway. If the other tunnel fails, no connection is left."
    )
    return Problem(Code.VPN_TUNNEL_DOWN, summary, remedy.advice(text), Verdict.WARN)


def _why(tunnels: Sequence[Tunnel]) -> str:
    return ", ".join(dict.fromkeys(tunnel.message or tell("no reason given") for tunnel in tunnels))


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
            summary = tell(
                "{connection} has negotiated {cidr}, which does not include {address}. The tunnel likely "
                "drops packets of this address.",
                connection=connection.id,
                cidr=cidr,
                address=address,
            )
            fix = _widen(connection, option, cidr, address)
            problem = Problem(Code.VPN_SELECTOR_EXCLUDES, summary, fix, confidence=Confidence.LIKELY)
            return Stopped(problem, evidence)
    if not all(_is_told(cidr, address) for _, cidr, address in sides):
        fact = tell(
            "whether the negotiated ranges of {connection} include both addresses", connection=connection.id
        )
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
    if wider.prefixlen == 0:
        text = tell(
            "Let {connection} negotiate a range that includes both {cidr} and {address}.",
            connection=connection.id,
            cidr=cidr,
            address=address,
        )
        return remedy.advice(text)
    call = remedy.ec2("ModifyVpnConnectionOptions", VpnConnectionId=connection.id, **{option: str(wider)})
    text = tell(
        "Widen the range of {connection} to {cidr}, and do the same at the customer gateway.",
        connection=connection.id,
        cidr=wider,
    )
    return remedy.advice(text, call)
