"""Do packets in the article's network fare as they would in AWS?"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import product
from typing import Any

from nlbcheck.lab.plan import PlannedRoute
from nlbcheck.lab.session import Lab
from tests.lab.stage import play
from tests.lab.talking import PATIENCE, connect, connect_all, fingerprint_of, server_of
from tests.scenarios.cloud import made_id

NODES = ("172.31.128.10", "172.31.136.10")
SERVER_1, SERVER_2, SERVER_3 = "172.31.129.10", "172.31.137.10", "10.0.0.10"
CLIENT = "192.168.1.214"
VPC_1, VPC_2 = (made_id("vpc", name) for name in ("vpc-1", "vpc-2"))
SSH_LISTENERS = (10022, 20022)
HTTP_LISTENERS = {10080: SERVER_1, 20080: SERVER_2, 30080: SERVER_3}


def healthy(lab: Lab) -> dict[str, Any]:
    return {
        "http": [[node, port, server_of(lab, node, port)] for node in NODES for port in HTTP_LISTENERS],
        "ssh": [[fingerprint_of(lab, node, port) for node in NODES] for port in SSH_LISTENERS],
        "undeclared": connect_all(lab, *product(NODES, (22, 80, 30022))),
        "on-premises": connect(lab, SERVER_3, 80),
        "nobody": connect_all(lab, ("172.31.137.11", 22), ("203.0.113.1", 80)),
        "itself": connect(lab, CLIENT, 22),
    }


def test_every_listener_port_reaches_its_target_on_both_nodes_and_nothing_else_answers() -> None:
    seen = play(healthy)
    assert seen["http"] == [[node, port, host] for node in NODES for port, host in HTTP_LISTENERS.items()]
    (first, also_first), (second, also_second) = seen["ssh"]
    assert (first, second) == (also_first, also_second)
    assert first != second
    assert seen["undeclared"] == ["timed-out"] * 6
    assert seen["on-premises"] == "timed-out"
    assert seen["nobody"] == ["timed-out"] * 2
    assert seen["itself"] == "refused"


def stopped_and_started(lab: Lab) -> dict[str, Any]:
    before = fingerprint_of(lab, NODES[0], 10022)
    lab.stop(SERVER_1, 22)
    seen = {
        "stopped": connect_all(lab, *product(NODES, [10022])),
        "others": connect_all(lab, *product(NODES, (10080, 20022))),
    }
    lab.start(SERVER_1, 22)
    return seen | {"same key": [fingerprint_of(lab, node, 10022) == before for node in NODES]}


def test_a_stopped_server_refuses_through_both_nodes_and_comes_back_with_its_key() -> None:
    assert play(stopped_and_started) == {
        "stopped": ["refused"] * 2,
        "others": ["ok"] * 4,
        "same key": [True, True],
    }


def dropped_and_healed(lab: Lab) -> list[list[str]]:
    seen = []
    for name in (SERVER_1, "on-premises", NODES[0], VPC_1, CLIENT):
        lab.drop(name)
        seen.append(connect_all(lab, *product(NODES, (10022, 20080, 30080))))
        lab.heal(name)
    seen.append(connect_all(lab, *product(NODES, (10022, 20080, 30080))))
    return seen


def test_what_drops_packets_makes_exactly_those_connections_time_out_that_need_it() -> None:
    lost, kept = "timed-out", "ok"
    assert play(dropped_and_healed) == [
        [lost, kept, kept] * 2,
        [kept, kept, lost] * 2,
        [lost] * 3 + [kept] * 3,
        [lost] * 6,
        [lost] * 6,
        [kept] * 6,
    ]


def source_seen(lab: Lab) -> dict[str, Any]:
    seen = {}
    for host in (SERVER_1, SERVER_3):
        lab.stop(host, 80)
        with lab.network.inside(host):
            listener = socket.create_server((host, 80))
        listener.settimeout(5)
        for node, address, port in [
            *((node, node, 10080 if host == SERVER_1 else 30080) for node in NODES),
        ]:
            with lab.at_client():
                client = socket.create_connection((address, port), timeout=5)
            served, (peer, _) = listener.accept()
            seen[f"{host} via {node}"] = [peer, client.getsockname()[0]]
            served.close()
            client.close()
        listener.close()
    return seen


def test_targets_see_the_nodes_address_as_the_source() -> None:
    assert play(source_seen) == {
        f"{host} via {node}": [node, CLIENT] for host in (SERVER_1, SERVER_3) for node in NODES
    }


def errors_heard(lab: Lab) -> str:
    """Have the client hear ICMP, ask what gives no answer or is too far, and return what came in."""
    with lab.at_client():
        listener = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    listener.settimeout(PATIENCE)
    echo_request = b"\x08\x00\xf7\xff\x00\x00\x00\x00"
    addresses = (NODES[0], "172.31.137.11", "203.0.113.1", "192.168.9.9", SERVER_3)
    for address in addresses:
        listener.sendto(echo_request, (address, 0))
    connect_all(lab, *product(addresses, [4444]))
    for hops, (address, port) in product((1, 2, 3), [(NODES[0], 10022), (SERVER_2, 22)]):
        with lab.at_client(), socket.socket() as short_lived:
            short_lived.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
            short_lived.setblocking(False)
            short_lived.connect_ex((address, port))
    try:
        return f"heard {listener.recv(2048).hex()}"
    except TimeoutError:
        return "silence"
    finally:
        listener.close()


def test_nodes_and_routers_say_nothing_not_even_that_there_is_no_way() -> None:
    assert play(errors_heard) == "silence"


def kernel(lab: Lab, name: str) -> Any:
    with lab.network.inside(name):
        return [
            subprocess.run(command, capture_output=True, text=True, check=True).stdout
            for command in (
                ["ip", "route", "show", "table", "all"],
                ["ip", "rule"],
                ["nft", "list", "ruleset"],
            )
        ]


def reprogrammed(lab: Lab) -> dict[str, Any]:
    before = kernel(lab, VPC_2)
    planned = lab.network.program(VPC_2)
    lab.network.reprogram(
        replace(planned, routes=(PlannedRoute(IPv4Network("0.0.0.0/0")),), rules=(), ruleset="")
    )
    emptied = kernel(lab, VPC_2)
    lost = connect(lab, NODES[1], 20022)
    lab.heal(VPC_2)
    return {
        "emptied": [len(text.splitlines()) for text in emptied[1:]],
        "lost": lost,
        "healed": kernel(lab, VPC_2) == before,
        "found": connect(lab, NODES[1], 20022),
    }


def test_a_router_is_programmed_anew_in_a_moment_and_comes_back_as_it_was() -> None:
    seen = play(reprogrammed)
    assert seen == {"emptied": [3, 0], "lost": "timed-out", "healed": True, "found": "ok"}


def isolation(lab: Lab) -> Any:
    with lab.at_client():
        links = subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True).stdout
        with socket.create_server(("127.0.0.1", 0)) as server:
            own = socket.create_connection(server.getsockname(), timeout=5)
            own.close()
    return {"links": sorted(link["ifname"] for link in json.loads(links)), "pid": os.getpid()}


def test_the_client_has_its_interface_and_a_loopback_of_its_own() -> None:
    assert play(isolation) == {"links": ["eth0", "lo"], "pid": 1}
