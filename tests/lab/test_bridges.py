"""Does the lab carry packets as AWS says, where Linux by itself would not?"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.lab.session import Lab
from tests.lab.agreement.kernel import Dialled, dial
from tests.lab.stage import play_on
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, article
from tests.scenarios.cloud import ANYWHERE, made_id, permission
from tests.scenarios.truth_networks import preserving

EITHER, KEPT = "172.31.128.11", 8022
"""A second load balancer's node, and the port of a target there that sees clients' addresses."""
VPC_1, VPC_2 = (made_id("vpc", name) for name in ("vpc-1", "vpc-2"))


def guarded() -> Recording:
    """Return the article's network with another load balancer, whose security group admits few targets."""
    cloud = article()
    few = [permission("tcp", f"{SERVER_1}/32", port=22), permission("tcp", f"{SERVER_2}/32", port=KEPT)]
    group = cloud.security_group("guard", VPC_2, [permission("tcp", ANYWHERE, port=(1, 65535))], few)
    balancer = cloud.load_balancer("guarded", {made_id("subnet", "private-1a-1"): EITHER}, [group])
    both, kept = (cloud.target_group(name, VPC_2, 22) for name in ("both", "kept"))
    cloud.register(both, SERVER_1, 22, "a")
    cloud.register(both, SERVER_2, 22, "all")
    cloud.register(kept, SERVER_2, KEPT, "all")
    cloud.attributes[kept]["preserve_client_ip.enabled"] = "true"
    for port, target_group in ((22, both), (KEPT, kept)):
        cloud.listener(balancer, port, target_group)
    servers = cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))
    admitted = [{"GroupId": group, "UserId": cloud.account}]
    servers["IpPermissions"].append(permission("tcp", port=(1, 65535), groups=admitted))
    table = cloud.find("DescribeRouteTables", made_id("rtb", "targets"))
    table["Routes"] = [item for item in table["Routes"] if item["Origin"] == "CreateRouteTable"]
    return cloud.recording()


def sent_again(lab: Lab) -> Any:
    """Dial a listener of which one target is barred; return who was answered at first, and after a second."""
    with dial(lab, {CLIENT: CLIENT}, (), [Dialled(CLIENT, EITHER, 22)] * 20) as dialling:
        at_first, later = (dialling.fates(patience, patience, all) for patience in (0.8, 1.5))
    return [[fate.answered for fate in fates] for fates in (at_first, later)]


def test_a_request_that_is_sent_again_goes_to_the_same_target() -> None:
    at_first, later = play_on(guarded, sent_again)
    assert at_first == later
    assert set(at_first) == {True, False}


def client_kept(lab: Lab) -> Any:
    """Let the target say who calls, and a neighbour pretend to speak for the load balancer's client."""
    lab.stop(SERVER_2, KEPT)
    with lab.network.inside(SERVER_2):
        listener = socket.create_server((SERVER_2, KEPT))
    with listener, lab.at_client(), socket.create_connection((EITHER, KEPT), timeout=5):
        served, (peer, _) = listener.accept()
        served.close()
    with lab.network.inside(SERVER_2):
        listener = socket.create_server((SERVER_2, KEPT))
    outcomes = []
    for mark in range(4):
        with lab.network.inside(SERVER_1), socket.socket() as liar:
            liar.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, mark << 2)
            liar.settimeout(0.25)
            outcomes.append(liar.connect_ex((SERVER_2, KEPT)) == 0)
    listener.close()
    return {"peer": peer, "admitted": outcomes}


def test_a_preserved_client_is_answered_by_the_node_and_known_as_the_load_balancer_and_no_liar_is() -> None:
    assert play_on(guarded, client_kept) == {"peer": CLIENT, "admitted": [False] * 4}


def ports_of_a_node(lab: Lab) -> list[int]:
    """Return from which ports connections come to a target."""
    lab.stop(SERVER_1, 22)
    with lab.network.inside(SERVER_1):
        listener = socket.create_server((SERVER_1, 22))
    ports = []
    for _ in range(40):
        with lab.at_client(), socket.create_connection((NODES["a"], 10022), timeout=5):
            served, (_, port) = listener.accept()
        served.close()
        ports.append(port)
    listener.close()
    return ports


def test_a_node_takes_any_port_from_1024_on() -> None:
    ports = play_on(guarded, ports_of_a_node)
    assert min(ports) >= 1024
    assert min(ports) < 32768 < max(ports)


def behind_nat() -> Recording:
    """Return the article's network with the client behind a NAT gateway."""
    cloud = article()
    public = cloud.subnet("public", VPC_1, "192.168.9.0/24", "a")
    gateway = cloud.nat_gateway("nat", public, "192.168.9.5")
    peering = made_id("pcx", "vpc-1-to-vpc-2")
    cloud.route(cloud.route_table("public", VPC_1, public), "172.31.0.0/16", peering)
    table = cloud.find("DescribeRouteTables", made_id("rtb", "client"))
    table["Routes"] = [item for item in table["Routes"] if item["Origin"] == "CreateRouteTable"]
    cloud.route(table["RouteTableId"], ANYWHERE, gateway)
    group = cloud.find("DescribeSecurityGroups", made_id("sg", "client"))
    group["IpPermissions"] = [permission("tcp", ANYWHERE, port=(1, 65535))]
    return cloud.recording()


def fates(lab: Lab, *wanted: Dialled) -> Any:
    hosts = {name: name for name in {CLIENT, *(item.source for item in wanted)}}
    with dial(lab, hosts, (9022,), list(wanted)) as dialling:
        return [(fate.arrives, fate.answered) for fate in dialling.fates(0.5, 0.5, all)]


def through_nat(lab: Lab) -> Any:
    return fates(lab, Dialled(CLIENT, NODES["a"], 10022), Dialled(SERVER_1, CLIENT, 9022))


def test_a_nat_gateway_drops_answers_to_what_it_has_not_sent() -> None:
    out, into = play_on(behind_nat, through_nat)
    assert out[1] is True
    assert into == [CLIENT, False]


def two_vpns() -> Recording:
    """Return the article's network with a second VPN connection, and the first out of use: it is narrow."""
    cloud = article()
    first = cloud.find("DescribeVpnConnections", made_id("vpn", "on-premises"))
    gateway = first["VpnGatewayId"]
    cloud.vpn_connection("second", gateway, "10.0.0.0/16")
    first["Routes"] = []
    first["Options"]["LocalIpv4NetworkCidr"] = "10.99.0.0/16"
    return cloud.recording()


def by_vpn(lab: Lab) -> Any:
    return fates(lab, Dialled(CLIENT, NODES["a"], 30080))


def test_answers_leave_on_premises_by_the_link_that_the_request_came_by() -> None:
    assert [answered for _, answered in play_on(two_vpns, by_vpn)] == [True]


def kept() -> Recording:
    """Return a network in which nodes of two zones send to one target, with the client's address."""
    return preserving().cloud.recording()


def by_two_nodes(emulation: Emulation) -> Any:
    """Dial two static IPs from one port of the client; then again without preservation."""
    made = preserving()
    found = [_from_one_port(emulation.lab, 40001)]
    for group in made.cloud.groups:
        made.cloud.attributes[group["TargetGroupArn"]]["preserve_client_ip.enabled"] = "false"
    emulation.update(made.cloud.recording())
    return [*found, _from_one_port(emulation.lab, 40002)]


def _from_one_port(lab: Lab, port: int) -> list[bool]:
    answered = []
    with ExitStack() as opened:
        for node in ("10.2.1.10", "10.2.2.10"):
            with lab.at_client():
                client = opened.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.settimeout(1)
            client.bind(("10.2.1.20", port))
            answered.append(client.connect_ex((node, 3022)) == 0)
    return answered


def test_a_port_that_is_used_for_two_static_ips_loses_a_connection_where_addresses_are_preserved() -> None:
    assert play_on(kept, by_two_nodes) == [[True, False], [True, True]]
