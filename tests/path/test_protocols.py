"""Listeners that are not for TCP, and targets that are load balancers themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Leg, Verdict
from nlbcheck.path.walk import Walk
from tests.path.applying import apply
from tests.path.telling import told, walked, walked_world
from tests.scenarios.article import CLIENT, SERVER_1, article
from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission
from tests.scenarios.mutations import Mutation, named

# --- UDP --------------------------------------------------------------------------------------------------


def udp() -> Cloud:
    """Return the article's network with a UDP service behind listener 5300; its health check is over TCP."""
    cloud = article()
    balancer = cloud.balancers[0]["LoadBalancerArn"]
    group = cloud.target_group("dns", made_id("vpc", "vpc-2"), 53, Protocol="UDP", HealthCheckPort="22")
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    cloud.register(group, SERVER_1, 53, "a")
    cloud.targets[group][0]["HealthCheckPort"] = "22"
    cloud.listener(balancer, 5300, group, protocol="UDP")
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules.append(permission("udp", "192.168.1.0/24", port=53))
    for group_id in cloud.balancers[0].get("SecurityGroups", ()):
        admitted = permission("udp", "192.168.1.0/24", port=5300)
        cloud.find("DescribeSecurityGroups", group_id)["IpPermissions"].append(admitted)
    return cloud


def walk_udp(cloud: Cloud) -> Walk:
    return walked(cloud, 5300, protocol="UDP")


def tcp_only(name: str) -> dict[str, object]:
    return {"IpPermissions": [permission("tcp", "0.0.0.0/0", port=(0, 65535))], "GroupName": name}


def test_a_udp_service_is_walked_over_udp_and_checked_over_tcp() -> None:
    walk = walk_udp(udp())
    assert told(walk) == []
    protocols = {
        path.leg: {hop.evidence["protocol"] for hop in path.hops if hop.kind == "network-acl"}
        for path in walk.paths
    }
    assert protocols == {Leg.FRONT: {"udp"}, Leg.BACK: {"udp"}, Leg.HEALTH: {"tcp"}}


def test_rules_for_tcp_do_not_admit_udp_and_the_remedies_do() -> None:
    cloud = udp()
    target, client = (named(cloud, "DescribeSubnets", name) for name in ("target-1a", "client-1a"))
    tcp = [acl_entry(100, egress, "allow", ports=(0, 65535)) for egress in (True, False)]
    for subnet in (target, client):
        cloud.network_acl(f"tcp-{subnet['SubnetId']}", subnet["VpcId"], subnet["SubnetId"], entries=tcp)
    named(cloud, "DescribeSecurityGroups", "targets").update(tcp_only("targets"))
    walk = walk_udp(cloud)
    legs = [(code, leg, direction) for code, leg, direction, _ in told(walk)]
    assert legs == [
        ("nacl-denies", "front", "request"),
        ("nacl-denies", "back", "request"),
        ("sg-denies", "back", "request"),
        ("nacl-denies", "back", "reply"),
        ("nacl-denies", "front", "reply"),
    ]
    assert all("UDP" in finding.summary for finding in walk.findings)
    calls = [call for finding in walk.findings if finding.remedy for call in finding.remedy.calls]
    assert {call.parameters.get("Protocol", "udp") for call in calls} == {"17", "udp"}
    apply(cloud, calls)
    assert told(walk_udp(cloud)) == []


@pytest.mark.parametrize(
    ("listener", "row", "expected"),
    [
        ("UDP", "TCP", "listener-protocol-differs"),
        ("UDP", None, "listener-protocol-differs"),
        ("UDP", "UDP", None),
        ("TCP_UDP", "UDP", None),
        ("TCP_UDP", "TCP_UDP", None),
        ("TCP", "UDP", "listener-protocol-differs"),
        ("TCP", "TCP_UDP", "listener-protocol-differs"),
        ("QUIC", "TCP", "listener-protocol-differs"),
    ],
)
def test_which_rows_a_listener_serves(listener: str, row: str | None, expected: str | None) -> None:
    cloud = udp()
    cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]][-1]["Protocol"] = listener
    cloud.groups[-1]["Protocol"] = listener
    codes = [item.code for item in walked(cloud, 5300, protocol=row).findings if item.leg is Leg.BALANCER]
    assert [code for code in codes if code == "listener-protocol-differs"] == ([expected] if expected else [])


def test_clients_of_udp_are_always_preserved() -> None:
    """So that this is known without the attribute, and no attribute helps a target outside the VPC."""
    cloud = udp()
    group = cloud.groups[-1]["TargetGroupArn"]
    del cloud.attributes[group]["preserve_client_ip.enabled"]
    assert told(walk_udp(cloud)) == []
    cloud.targets[group].clear()
    cloud.register(group, "10.0.0.10", 53, "all")
    outside = [item for item in walk_udp(cloud).findings if item.code == "client-ip-preserved-outside-vpc"]
    (finding,) = outside
    assert finding.remedy
    assert finding.remedy.calls == ()


# --- a target that is an Application Load Balancer ----------------------------------------------------------

ALB = ["172.31.129.60", "172.31.137.60"]


def behind() -> Cloud:
    """Return the article's network with an Application Load Balancer behind listener 8000."""
    cloud = article()
    vpc, balancer = made_id("vpc", "vpc-2"), cloud.balancers[0]["LoadBalancerArn"]
    rules = [permission("tcp", "192.168.1.0/24", "172.31.128.10/32", "172.31.136.10/32", port=80)]
    admitting = cloud.security_group("web", vpc, rules)
    subnets = (made_id("subnet", "target-1a"), made_id("subnet", "target-1c"))
    nodes = dict(zip(subnets, ALB, strict=True))
    web = cloud.load_balancer("web", nodes, [admitting], kind="application")
    cloud.listener(web, 80, protocol="HTTP")
    group = cloud.target_group("web", vpc, 80, TargetType="alb", HealthCheckProtocol="HTTP")
    cloud.register(group, web, 80, "all")
    cloud.listener(balancer, 8000, group)
    for group_id in cloud.balancers[0].get("SecurityGroups", ()):
        admitted = permission("tcp", "192.168.1.0/24", port=8000)
        cloud.find("DescribeSecurityGroups", group_id)["IpPermissions"].append(admitted)
    return cloud


def walk_alb(cloud: Cloud) -> Walk:
    return walked(cloud, 8000)


def test_connections_go_to_every_node_of_the_application_load_balancer() -> None:
    walk = walk_alb(behind())
    assert told(walk) == []
    assert walk.verdict is Verdict.PASS
    reached = {
        hop.evidence["address"]
        for path in walk.paths
        if path.leg in (Leg.BACK, Leg.HEALTH)
        for hop in path.hops
        if hop.kind == "network-interface"
    }
    assert reached == set(ALB)


def clients_not_admitted(cloud: Cloud) -> None:
    """Admit the nodes only; but the client's address is kept."""
    rules = [permission("tcp", "172.31.128.10/32", "172.31.136.10/32", port=80)]
    named(cloud, "DescribeSecurityGroups", "web")["IpPermissions"] = rules


def no_listener(cloud: Cloud) -> None:
    cloud.listeners[cloud.balancers[-1]["LoadBalancerArn"]].clear()


def one_zone_closed(cloud: Cloud) -> None:
    subnet = named(cloud, "DescribeSubnets", "target-1c")
    cloud.network_acl("closed", subnet["VpcId"], subnet["SubnetId"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (clients_not_admitted, ("sg-denies", "back", "request", "web")),
        (no_listener, ("listener-missing", "back", "request")),
        (one_zone_closed, ("nacl-denies", "back", "request", "closed")),
    ],
)
def test_what_stops_connections_to_it(change: Mutation, expected: tuple[str, ...]) -> None:
    cloud = behind()
    change(cloud)
    walk = walk_alb(cloud)
    assert told(walk)[0][: len(expected)] == expected
    assert walk.targets[0].verdict is Verdict.FAIL


def without(recording: Recording, operation: str, fragment: str) -> Recording:
    """Return a recording without the objects of a call that tell of something."""
    answers = []
    for answer in recording.answers:
        if answer.operation == operation and not answer.parameters:
            response = {
                key: [item for item in value if fragment not in str(item)]
                for key, value in answer.response.items()
            }
            answer = replace(answer, response=response, parameters={"NextToken": "more"})
        if not (answer.operation == operation and fragment in str(answer.parameters)):
            answers.append(answer)
    return replace(recording, answers=tuple(answers))


@pytest.mark.parametrize(
    ("operation", "service"),
    [
        ("DescribeLoadBalancers", "elasticloadbalancing"),
        ("DescribeListeners", "elasticloadbalancing"),
        ("DescribeNetworkInterfaces", "ec2"),
    ],
)
def test_one_that_was_not_recorded_is_unknown_and_the_call_is_named(operation: str, service: str) -> None:
    recording = without(behind().recording(), operation, "app/web")
    walk = walked_world(AwsState(recording), 8000, client=CLIENT)
    assert walk.verdict is Verdict.UNKNOWN
    assert {finding.code for finding in walk.findings} == {"not-visible"}
    assert f"{service}:{operation}" in {finding.evidence["permission"] for finding in walk.findings}
