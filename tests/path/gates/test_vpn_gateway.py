"""Does a virtual private gateway take the packet, and does it know where that goes?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

from nlbcheck.aws.resources.gateway_attachment import AttachmentState, GatewayAttachment
from nlbcheck.aws.resources.vpn_connection import Tunnel, TunnelStatus, VpnConnection, VpnRoute
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.path.gates import vpn_gateway as gate
from nlbcheck.path.outcome import Outcome, Passed
from tests.path.gates.building import PLACE, passed, stopped, unseen

OFFICE = ip_address("192.168.7.7")
HOLDS = ip_network("192.168.0.0/16")


def gateway(**attached: AttachmentState | None) -> VpnGateway:
    attachments = tuple(GatewayAttachment(key.replace("_", "-"), state) for key, state in attached.items())
    return VpnGateway("vgw-1", PLACE, None, GatewayState.AVAILABLE, attachments)


def connection(
    *prefixes: str, static: bool = True, up: bool = True, accepted: int = 1, key: str = "vpn-1"
) -> VpnConnection:
    routes = tuple(VpnRoute(ip_network(prefix), GatewayState.AVAILABLE) for prefix in prefixes)
    tunnel = Tunnel(None, TunnelStatus.UP if up else TunnelStatus.DOWN, "", accepted)
    return VpnConnection(
        key, PLACE, None, GatewayState.AVAILABLE, None, static, routes, None, None, (tunnel,)
    )


def prefix(*connections: VpnConnection, learned: bool = False, propagates: bool = True) -> Outcome:
    known = [HOLDS] if learned else []
    return gate.check_prefix("vgw-1", connections, OFFICE, known, propagates=propagates)


def test_it_serves_the_vpc_that_it_is_attached_to() -> None:
    assert passed(gate.check_attached(gateway(vpc_1=AttachmentState.ATTACHED), "vpc-1"))
    assert unseen(gate.check_attached(gateway(vpc_1=None), "vpc-1")) == "DescribeVpnGateways"


def test_a_free_one_can_be_attached_one_that_serves_another_vpc_cannot() -> None:
    blocked = "gateway-not-attached"
    assert stopped(gate.check_attached(gateway(), "vpc-1")) == (blocked, "AttachVpnGateway")
    assert stopped(gate.check_attached(gateway(vpc_2=AttachmentState.ATTACHED), "vpc-1")) == (blocked,)


def test_it_forwards_to_prefixes_that_it_knows() -> None:
    assert passed(prefix(connection("192.168.0.0/16")))["static_routes"] == ["192.168.0.0/16"]
    assert passed(prefix(connection(static=False), learned=True))["propagated"] == ["192.168.0.0/16"]
    assert stopped(prefix(connection("192.168.9.0/24"))) == ("vpn-route-missing", "CreateVpnConnectionRoute")
    assert stopped(prefix(connection(static=False))) == ("vpn-route-missing",)


def test_what_bgp_has_told_it_may_not_show_in_a_table() -> None:
    assert unseen(prefix(connection(static=False), propagates=False)) == ""
    outcome = prefix(connection(static=False, up=False), propagates=False)
    assert isinstance(outcome, Passed)  # the prefixes return with the tunnels


def test_which_connections_carry_a_packet() -> None:
    fixed, dynamic = connection("192.168.0.0/16"), connection(static=False, key="vpn-2")
    assert gate.carrying([fixed, dynamic], OFFICE) == (fixed,)
    assert gate.perhaps_carrying([fixed, dynamic]) == (dynamic,)
    assert gate.perhaps_carrying([connection(static=False, accepted=0)]) == ()


def test_what_no_connection_has_taught_it_may_come_from_direct_connect() -> None:
    assert unseen(prefix(connection("192.168.9.0/24"), learned=True)) == ""
    assert unseen(prefix(connection("192.168.9.0/24"), propagates=False)) == ""
    assert unseen(prefix(connection(static=False, accepted=0), propagates=False)) == ""
    deleting = replace(connection(), routes=(VpnRoute(HOLDS, GatewayState.DELETING),))
    assert unseen(prefix(deleting, learned=True)) == ""


def test_without_vpn_connections_only_a_deleted_one_is_a_proof() -> None:
    assert unseen(gate.check_unconnected(gateway(), [], OFFICE)) == ""
    assert stopped(gate.check_unconnected(gateway(), [connection("192.168.0.0/16")], OFFICE)) == ("vpn-down",)
