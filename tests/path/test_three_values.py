"""Take any answer away: a verdict may turn to unknown, never into its opposite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Verdict, worst
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.reach import Reach, trace
from nlbcheck.path.walk import Walk, walk_row
from tests.path import networks
from tests.path.networks import Network
from tests.path.telling import told, walked
from tests.path.test_clients import internet_facing
from tests.path.test_selection import HEALTHY, ONE, TWO, UNHEALTHY
from tests.path.test_selection import network as targets
from tests.scenarios.article import CLIENT, NODES, article
from tests.scenarios.article_faults import CASES
from tests.scenarios.cloud import Cloud, permission
from tests.scenarios.mutations import Mutation, named, reference_to_balancer


def less(recording: Recording, number: int, *, refused: bool) -> Recording:
    """Return a recording without one answer, as if it was never asked for or refused."""
    gone = recording.answers[number]
    answers = recording.answers[:number] + recording.answers[number + 1 :]
    if not refused:
        return replace(recording, answers=answers)
    gap = RefusedCall(
        gone.account, gone.region, gone.service, gone.operation, gone.parameters, "UnauthorizedOperation"
    )
    return replace(recording, answers=answers, gaps=(gap,))


def outcome(walk: Walk) -> Verdict:
    """Return what a walk proves: works (however well), does not work, or neither."""
    verdict = worst(path.verdict for path in walk.paths)
    return Verdict.PASS if verdict is Verdict.WARN else verdict


def walk_of(recording: Recording, port: int, client: str | None = CLIENT) -> Walk | None:
    state = AwsState(recording)
    if not state.load_balancers:
        return None
    nodes = state.nodes(state.load_balancers[0])
    if isinstance(nodes, NotVisible):
        return None
    node = next(node for node in nodes if node.address == ip_address(NODES["a"]))
    return walk_row(state, state.load_balancers[0], node, port, "TCP", client)


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_every_answer_of_every_fault(mutate: Mutation, port: int) -> None:
    cloud = article()
    mutate(cloud)
    recording = cloud.recording()
    full = walk_of(recording, port)
    assert full is not None
    for number, answer in enumerate(recording.answers):
        if "targetgroup/" in str(answer.parameters) and f"example-tg-{port}" not in str(answer.parameters):
            continue
        walk = walk_of(less(recording, number, refused=number % 2 == 0), port)
        if walk is not None:
            assert outcome(walk) in (outcome(full), Verdict.UNKNOWN), answer.operation


def preserved() -> Cloud:
    """Return a network that keeps the client's address, which the target's group does not know."""
    cloud = article()
    cloud.attributes[cloud.groups[0]["TargetGroupArn"]]["preserve_client_ip.enabled"] = "true"
    return cloud


def by_reference() -> Cloud:
    """Return a network whose rules name groups and prefix lists."""
    cloud = article()
    reference_to_balancer(cloud)
    balancer = cloud.find("DescribeSecurityGroups", cloud.balancers[0]["SecurityGroups"][0])
    listed = cloud.prefix_list("clients", "192.168.0.0/16")
    balancer["IpPermissions"] = [permission("tcp", port=10022, prefix_lists=[listed])]
    return cloud


OTHERS: list[tuple[str, Callable[[], Cloud], str | None]] = [
    ("two healthy targets", lambda: targets((ONE, HEALTHY), (TWO, HEALTHY)), CLIENT),
    ("one of them unhealthy", lambda: targets((ONE, HEALTHY), (TWO, UNHEALTHY)), CLIENT),
    ("both unhealthy", lambda: targets((ONE, UNHEALTHY), (TWO, UNHEALTHY)), CLIENT),
    ("other zone", lambda: targets((ONE, UNHEALTHY), (TWO, HEALTHY), cross_zone=False), CLIENT),
    ("preserved", preserved, CLIENT),
    ("by reference", by_reference, CLIENT),
    ("client on premises", article, "10.0.5.5"),
    ("client unknown", article, None),
    ("client in the internet", internet_facing, "198.51.100.7"),
]


@pytest.mark.parametrize(("make", "client"), [o[1:] for o in OTHERS], ids=[o[0] for o in OTHERS])
def test_every_answer_of_other_networks(make: Callable[[], Cloud], client: str | None) -> None:
    recording = make().recording()
    full = walk_of(recording, 10022, client)
    assert full is not None
    for number, answer in enumerate(recording.answers):
        walk = walk_of(less(recording, number, refused=True), 10022, client)
        if walk is not None:
            assert outcome(walk) in (outcome(full), Verdict.UNKNOWN), (answer.operation, told(walk))


@pytest.mark.parametrize("name", networks.ALL)
def test_every_answer_of_a_traced_connection(name: str) -> None:
    network = networks.ALL[name]()
    recording = network.cloud.recording()
    full = trace(AwsState(recording), network.source, ip_address(network.destination), network.port)
    for number, answer in enumerate(recording.answers):
        found = trace(
            AwsState(less(recording, number, refused=True)),
            network.source,
            ip_address(network.destination),
            network.port,
        )
        assert found.reach in (full.reach, Reach.UNKNOWN), (answer.operation, found.findings)


def test_something_is_told_when_the_answer_matters() -> None:
    """The tests above would pass for a walk that never looks at anything."""
    recording = article().recording()
    changed = {
        recording.answers[number].operation
        for number in range(len(recording.answers))
        if (walk := walk_of(less(recording, number, refused=True), 30080)) is None
        or outcome(walk) is Verdict.UNKNOWN
    }
    assert changed >= {
        *("DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls", "DescribeSecurityGroups"),
        *("DescribeNetworkInterfaces", "DescribeInstances", "DescribeVpcPeeringConnections"),
        *("DescribeVpnGateways", "DescribeVpnConnections", "DescribeListeners", "DescribeTargetGroups"),
        *("DescribeTargetGroupAttributes", "DescribeTargetHealth", "DescribeLoadBalancers"),
    }


def test_a_refused_call_is_named_with_its_permission() -> None:
    recording = article().recording()
    number = next(n for n, a in enumerate(recording.answers) if a.operation == "DescribeNetworkAcls")
    walk = walk_of(less(recording, number, refused=True), 10022)
    assert walk is not None
    finding = walk.findings[0]
    assert (finding.code, finding.verdict) == ("not-visible", Verdict.UNKNOWN)
    assert finding.evidence["permission"] == "ec2:DescribeNetworkAcls"
    assert finding.evidence["error"] == "UnauthorizedOperation"
    assert "ec2:DescribeNetworkAcls" in finding.summary


def test_a_subnet_that_is_named_and_not_listed_is_not_visible() -> None:
    cloud = article()
    listed = cloud.objects["DescribeSubnets"]
    listed.remove(named(cloud, "DescribeSubnets", "target-1a"))
    assert {finding.code for finding in walked(cloud).findings} == {"not-visible"}


def odd_protocol(operation: str, entries: str, key: str) -> Callable[[Network], None]:
    def change(made: Network) -> None:
        for item in made.cloud.objects[operation]:
            for entry in item[entries]:
                entry[key] = "unheard-of"

    return change


def odd_public_address(made: Network) -> None:
    made.cloud.objects["DescribeNetworkInterfaces"][0]["Association"]["PublicIp"] = "unheard-of"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("peered", odd_protocol("DescribeNetworkAcls", "Entries", "Protocol")),
        ("peered", odd_protocol("DescribeSecurityGroups", "IpPermissions", "IpProtocol")),
        ("peered", odd_protocol("DescribeSecurityGroups", "IpPermissionsEgress", "IpProtocol")),
        ("internet", odd_public_address),
    ],
)
def test_a_value_that_is_not_known_here_closes_nothing(name: str, change: Callable[[Network], None]) -> None:
    made = networks.ALL[name]()
    change(made)
    state = AwsState(made.cloud.recording())
    assert trace(state, made.source, ip_address(made.destination), made.port).reach is Reach.UNKNOWN
