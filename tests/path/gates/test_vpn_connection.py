"""Is a Site-to-Site VPN connection up, and do its ranges hold both addresses?"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from nlbcheck.aws.resources.vpn_connection import Tunnel, TunnelStatus, VpnConnection
from nlbcheck.aws.resources.vpn_gateway import GatewayState
from nlbcheck.path.gates import vpn_connection as gate
from nlbcheck.path.outcome import Outcome, Stopped
from tests.path.gates.building import ADDRESS, PLACE, passed, remarked, stopped, unseen

UP, DOWN = TunnelStatus.UP, TunnelStatus.DOWN
OFFICE = ip_address("192.168.7.7")


def connection(
    *statuses: TunnelStatus | None,
    message: str = "IPSEC IS DOWN",
    ranges: tuple[str, str] = ("0.0.0.0/0",) * 2,
    static: bool = True,
) -> VpnConnection:
    tunnels = tuple(Tunnel(None, status, message if status is DOWN else "", 0) for status in statuses)
    office, aws = map(ip_network, ranges)
    return VpnConnection("vpn-1", PLACE, None, GatewayState.AVAILABLE, None, static, (), office, aws, tunnels)


def test_one_tunnel_is_enough_and_two_are_better() -> None:
    assert len(list(passed(gate.check_tunnels([connection(UP, UP)])))) == 1
    assert remarked(gate.check_tunnels([connection(UP, DOWN)])) == ("vpn-tunnel-down",)


@pytest.mark.parametrize(
    ("message", "word"),
    [("IPSEC IS DOWN", "IPSEC IS DOWN"), ("IPSEC IS UP", "likely because there is no BGP session")],
)
def test_with_both_down_nothing_passes_and_bgp_is_told_from_ipsec(message: str, word: str) -> None:
    outcome = gate.check_tunnels([connection(DOWN, DOWN, message=message, static=False)])
    assert stopped(outcome) == ("vpn-down",)
    assert isinstance(outcome, Stopped)
    assert word in outcome.problem.summary


def test_a_static_connection_wants_no_bgp() -> None:
    outcome = gate.check_tunnels([connection(DOWN, DOWN, message="IPSEC IS UP")])
    assert isinstance(outcome, Stopped)
    assert "BGP" not in outcome.problem.summary


def test_the_health_of_tunnels_goes_before_static_routes() -> None:
    dead, alive = connection(DOWN, DOWN), connection(UP, UP, static=False)
    assert unseen(gate.check_tunnels([dead], [alive], OFFICE)) == ""
    assert passed(gate.check_tunnels([connection(UP, UP)], [alive], OFFICE))
    assert unseen(gate.check_tunnels([], [alive], OFFICE)) == ""
    assert stopped(gate.check_tunnels([dead], [connection(DOWN, static=False)], OFFICE)) == ("vpn-down",)


def test_tunnels_that_are_not_shown_are_unknown() -> None:
    assert unseen(gate.check_tunnels([connection()])) == "DescribeVpnConnections"
    assert unseen(gate.check_tunnels([connection(None, DOWN)])) == "DescribeVpnConnections"


def ranges(office: str, aws: str) -> Outcome:
    return gate.check_ranges(connection(ranges=(office, aws)), OFFICE, ADDRESS)


def test_ranges_hold_both_addresses_or_a_call_widens_them() -> None:
    assert passed(ranges("192.168.0.0/16", "10.0.0.0/8"))["aws_range"] == "10.0.0.0/8"
    widen = ("vpn-selector-excludes", "ModifyVpnConnectionOptions")
    assert stopped(ranges("192.168.0.0/24", "10.0.0.0/8")) == widen
    assert (
        stopped(ranges("192.168.0.0/16", "172.16.0.0/12")) == widen[:1]
    )  # only a range of everything holds both


def test_the_ranges_say_nothing_of_ipv6() -> None:
    outcome = gate.check_ranges(connection(UP), ip_address("2001:db8::5"), ADDRESS)
    assert unseen(outcome) == "DescribeVpnConnections"
