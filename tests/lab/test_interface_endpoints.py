"""Do packets fare through an interface endpoint as they would in AWS?"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.lab.session import Lab
from tests.lab.stage import play_on
from tests.lab.talking import connect
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named
from tests.scenarios.truth_networks import by_endpoint

CLIENT, ENDPOINT, SERVER = "10.2.1.20", "10.2.1.70", "10.2.2.30"
NODE_IN_ZONE = "10.2.1.10"
PORT = 5022


def healthy() -> Recording:
    return by_endpoint().cloud.recording()


def two_consumers() -> Recording:
    """Return the network with a third VPC of the same addresses, whose endpoint leads to the service, too."""
    cloud = by_endpoint().cloud
    vpc = cloud.vpc("others", "10.2.0.0/16")
    subnet = cloud.subnet("others-a", vpc, "10.2.1.0/24", "a")
    anybody = cloud.security_group("others", vpc, [permission("tcp", "0.0.0.0/0", port=PORT)])
    cloud.instance("other", subnet, CLIENT, anybody)
    service = cloud.endpoints["DescribeVpcEndpoints"][0]["ServiceName"]
    endpoint = cloud.interface_endpoint("other-door", service, {subnet: ENDPOINT}, [anybody])
    cloud.endpoint_connection(service, endpoint)
    group = next(arn for arn in cloud.targets if f"-{PORT}/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    return cloud.recording()


def from_one_port(emulation: Emulation) -> Any:
    """Let both clients dial from the same address and port at once, and return what each is sent."""
    client_id, other_id = (made_id("i", name) for name in ("client", "other"))
    emulation.settings = replace(emulation.settings, client=client_id, also=(other_id,))
    emulation.update(emulation.recording)
    lab, seats = emulation.lab, emulation.blueprint.survey.seats
    lab.stop(SERVER, 22)
    told, peers = [], set()
    with ExitStack() as opened:
        with lab.network.inside(SERVER):
            listener = opened.enter_context(socket.create_server((SERVER, 22)))
        for seat in [seat for seat in seats if str(seat.address) == CLIENT]:
            with lab.network.inside(seat.name):
                client = opened.enter_context(socket.socket())
            client.settimeout(5)
            client.bind((CLIENT, 40000))
            client.connect((ENDPOINT, PORT))
            served, (peer, _) = listener.accept()
            opened.enter_context(served)
            peers.add(peer)
            told.append((client, served, seat.site))
        for _, served, site in told:
            served.sendall(site.encode())
        heard = [client.recv(100).decode() == site for client, _, site in told]
    return {"heard": heard, "peers": sorted(peers)}


def test_clients_of_one_address_are_kept_apart_and_the_target_sees_the_node() -> None:
    assert play_on(two_consumers, from_one_port) == {"heard": [True, True], "peers": [NODE_IN_ZONE]}


def front_admits(cidr: str, *, applied: str) -> Callable[[Cloud], None]:
    def change(cloud: Cloud) -> None:
        rule = permission("tcp", cidr, port=PORT)
        named(cloud, "DescribeSecurityGroups", "front")["IpPermissions"] = [rule]
        cloud.balancers[0]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = applied

    return change


def servers_admit_nodes(cloud: Cloud) -> None:
    front_admits(f"{ENDPOINT}/32", applied="off")(cloud)
    rules = named(cloud, "DescribeSecurityGroups", "servers")["IpPermissions"]
    rules.append(permission("tcp", f"{NODE_IN_ZONE}/32", port=22))


def door_admits_nobody(cloud: Cloud) -> None:
    named(cloud, "DescribeSecurityGroups", "doors")["IpPermissions"] = []


def in_another_zone(cloud: Cloud) -> None:
    for zone in cloud.balancers[0]["AvailabilityZones"]:
        zone["ZoneName"] = zone["ZoneName"][:-1] + "d"
    for name in ("relays-a", "relays-c"):
        subnet = named(cloud, "DescribeSubnets", name)
        subnet["AvailabilityZone"] = f"{cloud.region}d"
        subnet["AvailabilityZoneId"] = "apne1-az9"


CHANGES: dict[str, tuple[Callable[[Cloud], None], str]] = {
    "the client's address is admitted": (front_admits(f"{CLIENT}/32", applied="on"), "ok"),
    "the endpoint's address is": (front_admits(f"{ENDPOINT}/32", applied="on"), "timed-out"),
    "rules are not applied": (servers_admit_nodes, "ok"),
    "and targets know the group alone": (front_admits(f"{CLIENT}/32", applied="off"), "timed-out"),
    "the endpoint admits nobody": (door_admits_nobody, "timed-out"),
    "no node in its zone": (in_another_zone, "timed-out"),
}


def changed(emulation: Emulation) -> Any:
    """Return how connections end with each change, and what is said of the last."""
    ended = {}
    for name, (change, _) in CHANGES.items():
        cloud = by_endpoint().cloud
        change(cloud)
        emulation.update(cloud.recording())
        ended[name] = connect(emulation.lab, ENDPOINT, PORT)
    return {"ended": ended, "remarks": list(emulation.blueprint.remarks)}


def test_who_asks_which_rules() -> None:
    seen = play_on(healthy, changed)
    assert seen["ended"] == {name: wanted for name, (_, wanted) in CHANGES.items()}
    said = f"the interface endpoint at {ENDPOINT} is in no zone of relay: the lab drops what it takes"
    assert said in seen["remarks"]


def ending_tls() -> Recording:
    """Return the network with a listener that ends TLS."""
    cloud = by_endpoint().cloud
    listener = next(item for item in cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]])
    listener.update(Protocol="TLS", SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    return cloud.recording()


def handshake(lab: Lab) -> Any:
    """Return the TLS version that a node agrees on with a client of its endpoint."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with lab.at_client(), socket.create_connection((ENDPOINT, PORT), timeout=5) as connection:
        return context.wrap_socket(connection).version()


def test_a_node_that_ends_tls_answers_through_the_endpoint() -> None:
    assert play_on(ending_tls, handshake) == "TLSv1.3"
