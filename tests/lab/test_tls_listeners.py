"""Does a node end TLS at a TLS listener, and hand on what is said inside as AWS says?"""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation import draw
from nlbcheck.lab.emulation.running import settings
from nlbcheck.lab.session import Lab
from nlbcheck.model import Check
from tests.lab.stage import play_on
from tests.lab.talking import PATIENCE
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.truth_networks import ending_tls

VPC = made_id("vpc", "relays")
GUARDED = "10.2.1.11"
"""A node whose security group admits few clients and few targets."""
ADMITTED, BARRED, CLOSED = 5443, 5080, 5022
WEB, SECURE = "10.2.1.30", "10.2.2.30"


def guarded() -> Recording:
    """Return the network with TLS listeners, and another load balancer that has a security group."""
    cloud = ending_tls().cloud
    front = cloud.security_group(
        "front", VPC, [permission("tcp", "10.2.0.0/16", port=port) for port in (ADMITTED, BARRED)],
        [permission("tcp", f"{SECURE}/32", port=(1, 65535))],
    )  # fmt: skip
    nodes = {made_id("subnet", f"net-10.2.{zone}.0/24"): f"10.2.{zone}.11" for zone in (1, 2)}
    balancer = cloud.load_balancer("guarded", nodes, [front])
    for group, port in zip(cloud.groups, (BARRED, CLOSED, ADMITTED), strict=True):
        cloud.listener(balancer, port, group["TargetGroupArn"], protocol="TLS")
    for group in cloud.groups:
        cloud.attributes[group["TargetGroupArn"]]["load_balancing.cross_zone.enabled"] = "true"
    return cloud.recording()


def asked(lab: Lab, address: str, port: int) -> list[str]:
    """Return how a handshake ends, and then a question inside it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    told = []
    try:
        with lab.at_client():
            connection = socket.create_connection((address, port), timeout=4 * PATIENCE)
        with connection, context.wrap_socket(connection) as client:
            told.append("TLS")
            client.sendall(b"HEAD / HTTP/1.1\r\nHost: relay\r\n\r\n")
            lines = client.recv(4096).decode("ascii").splitlines()
            if not lines:  # the end overtakes the reset
                told.append("broken off")
            told += [line.partition(": ")[2] for line in lines if line.startswith("X-Served-By")]
    except TimeoutError:
        told.append("silence")
    except (ConnectionResetError, ssl.SSLEOFError):  # a reset, as OpenSSL tells it
        told.append("broken off")
    return told


def handed_on(lab: Lab) -> dict[str, Any]:
    """Ask inside TLS, at nodes with and without a security group, and where nobody listens behind."""
    seen = {
        "clear": asked(lab, "10.2.2.10", 5080),
        "encrypted anew": asked(lab, "10.2.1.10", 5443),
        "admitted": asked(lab, GUARDED, ADMITTED),
        "target barred": asked(lab, GUARDED, BARRED),
        "client barred": asked(lab, GUARDED, CLOSED),
    }
    lab.stop(WEB, 80)
    return seen | {"nobody listens": asked(lab, "10.2.1.10", 5080)}


def test_a_node_ends_tls_and_what_it_hands_on_keeps_to_its_own_security_group() -> None:
    assert play_on(guarded, handed_on) == {
        "clear": ["TLS", WEB],
        "encrypted anew": ["TLS", SECURE],
        "admitted": ["TLS", SECURE],
        "target barred": ["TLS", "silence"],
        "client barred": ["silence"],
        "nobody listens": ["TLS", "broken off"],
    }


def test_a_target_speaks_what_is_left_when_tls_is_off() -> None:
    made = ending_tls()
    wishes = settings(made.cloud.recording(), made.table).wishes
    assert {(str(place[0]), place[1]): check for place, check in (wishes.listening or {}).items()} == {
        (WEB, 80): Check.HTTP,
        (SECURE, 22): Check.SSH,
        (SECURE, 443): Check.HTTPS,
    }


def keeping(cloud: Cloud) -> None:
    cloud.attributes[cloud.groups[0]["TargetGroupArn"]]["preserve_client_ip.enabled"] = "true"


def mixing(cloud: Cloud) -> None:
    listener = next(iter(cloud.listeners.values()))[0]
    shares = [{"TargetGroupArn": group["TargetGroupArn"], "Weight": 1} for group in cloud.groups]
    listener["DefaultActions"] = [{"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}]


def passing(cloud: Cloud) -> None:
    next(iter(cloud.listeners.values()))[0]["MutualAuthentication"] = {"Mode": "passthrough"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (keeping, "keeps its clients' addresses"),
        (mixing, "forwards to groups of several protocols"),
        (passing, "has the mutual authentication passthrough, which is not known here"),
    ],
)
def test_a_listener_that_the_lab_cannot_have_is_named(change: Any, why: str) -> None:
    cloud = ending_tls().cloud
    change(cloud)
    blueprint = draw(AwsState(cloud.recording()), client="10.2.1.20")
    assert blueprint.remarks == (f"listener 5080 speaks TLS and {why}: the lab has no such listener",)
    assert 5080 not in {branch.listener.port for branch in blueprint.relays[0].branches}
