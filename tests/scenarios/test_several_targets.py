# ruff: noqa: E501 - one case a line
"""Networks with several targets in a group: what fails, for which share, and what is only remarked on?"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from itertools import product

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.formats import connection, reaching
from nlbcheck.formats.style import Style
from nlbcheck.formats.table import render
from nlbcheck.model import DeclaredTarget, Report, RowResults, TargetsReached, Verdict
from nlbcheck.path.reach import trace
from nlbcheck.relays import Table
from tests.diagnosis.diagnosing import TABLE, diagnosed
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, article
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import balancer_attribute, group, instance_is, named

SERVER_4, SERVER_5, OFFICE = "172.31.129.11", "172.31.137.11", "10.0.0.10"
ZONES = {SERVER_1: "a", SERVER_4: "a", SERVER_2: "c", SERVER_5: "c", OFFICE: "all"}
NAMES = {SERVER_1: "target-server-1", SERVER_2: "target-server-2", SERVER_4: "fourth", SERVER_5: "fifth"}
ROW = "tg-10022"


def network(*targets: tuple[str, str], port: int = 22) -> Cloud:
    """Return the article's network with these targets, each with its health, behind listener 10022."""
    cloud = article()
    servers = named(cloud, "DescribeSecurityGroups", "targets")["GroupId"]
    for address in (SERVER_4, SERVER_5):
        subnet = named(cloud, "DescribeSubnets", f"target-1{ZONES[address]}")["SubnetId"]
        cloud.instance(NAMES[address], subnet, address, servers)
    cloud.targets[group(cloud, 10022)].clear()
    for address, state in targets:
        cloud.register(group(cloud, 10022), address, port, ZONES.get(address, "a"), state)
    return cloud


def table(*addresses: str) -> Table:
    """Return the article's table with these targets in its first row."""
    declared = tuple(DeclaredTarget(address, ip_address(address)) for address in addresses)
    return replace(TABLE, rows=(replace(TABLE.rows[0], targets=declared), *TABLE.rows[1:]))


def judged(cloud: Cloud, *declared: str) -> RowResults:
    """Return what is said of the first row, which declares some targets."""
    (row,) = diagnosed(cloud.recording(), None, [ROW], table(*declared)).by_row()
    return row


def told(row: RowResults) -> dict[str, str]:
    """Return the verdict of each code that is told of a row."""
    found = [*row.all_findings]
    return {
        item.code.value: item.verdict.value for item in sorted(found, key=lambda item: item.verdict.severity)
    }


def commands(row: RowResults) -> list[str]:
    return [line for item in row.all_findings if item.remedy for line in item.remedy.commands]


def reached(row: RowResults) -> list[tuple[int, int, int, float]]:
    """Return for each node how many targets it reaches, uses, leaves, and the share that fails."""
    found = [result.reached for result in row.results]
    assert all(isinstance(item, TargetsReached) for item in found)
    return [(item.open, item.used, item.spare, round(item.failing, 3)) for item in found if item]


def close(cloud: Cloud, address: str) -> None:
    """Let a machine's security group admit nobody."""
    vpc = cloud.balancers[0]["VpcId"]
    closed = cloud.security_group(f"closed-{address}", vpc, [permission("tcp", "192.0.2.0/24", port=22)])
    for interface in cloud.objects["DescribeNetworkInterfaces"]:
        if interface["PrivateIpAddress"] == address:
            interface["Groups"] = [{"GroupId": closed, "GroupName": "closed"}]


HEALTHY, UNHEALTHY, INITIAL, DRAINING = "healthy", "unhealthy", "initial", "draining"

REMARKS: list[tuple[str, list[tuple[str, str]], list[str], dict[str, str]]] = [
    # what it is, the targets, those that the table declares, what is told
    ("all in order", [(SERVER_1, HEALTHY), (SERVER_2, HEALTHY)], [SERVER_2, SERVER_1], {}),
    ("on premises, too", [(SERVER_1, HEALTHY), (OFFICE, HEALTHY)], [SERVER_1, OFFICE], {}),
    ("a standby", [(SERVER_1, HEALTHY), (SERVER_2, UNHEALTHY)], [SERVER_1, SERVER_2],
     {"target-unhealthy": "warn"}),
    ("nodes without a pod",
     [(SERVER_1, UNHEALTHY), (SERVER_2, HEALTHY), (SERVER_4, UNHEALTHY), (SERVER_5, UNHEALTHY)], [SERVER_2],
     {"target-undeclared": "warn"}),
    ("three of five",
     [(SERVER_1, HEALTHY), (SERVER_2, HEALTHY), (SERVER_4, HEALTHY), (SERVER_5, HEALTHY), (OFFICE, HEALTHY)],
     [SERVER_1, SERVER_2, OFFICE], {"target-undeclared": "warn"}),
    ("the old one drains, the new one comes", [(SERVER_1, DRAINING), (SERVER_2, INITIAL)], [SERVER_2],
     {"target-draining": "warn", "target-initial": "warn"}),
    ("one drains", [(SERVER_1, DRAINING), (SERVER_2, HEALTHY)], [SERVER_2], {"target-draining": "warn"}),
    ("one comes", [(SERVER_1, HEALTHY), (SERVER_2, INITIAL)], [SERVER_1, SERVER_2], {"target-initial": "warn"}),
    ("a declared one leaves", [(SERVER_1, DRAINING), (SERVER_2, HEALTHY)], [SERVER_1, SERVER_2],
     {"target-draining": "warn", "target-differs": "warn"}),
    ("AWS does not know one", [(SERVER_1, HEALTHY), (SERVER_2, "unavailable")], [SERVER_1, SERVER_2],
     {"target-health-unavailable": "warn"}),
    ("one is not used", [(SERVER_1, HEALTHY), (SERVER_2, "unused")], [SERVER_1, SERVER_2],
     {"target-unused": "warn"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "declared", "expected"), [case[1:] for case in REMARKS], ids=[c[0] for c in REMARKS]
)
def test_no_false_alarm(
    targets: list[tuple[str, str]], declared: list[str], expected: dict[str, str]
) -> None:
    row = judged(network(*targets), *declared)
    assert told(row) == expected
    assert row.verdict is (Verdict.WARN if expected else Verdict.PASS)
    assert commands(row) == []
    assert row.row.cause is None


FAILURES: list[tuple[str, list[tuple[str, str]], list[str], str, str]] = [
    # what it is, the targets, those that the table declares, the cause, the targets that are registered
    ("one is gone", [(SERVER_1, HEALTHY)], [SERVER_1, SERVER_2], "target-differs", SERVER_2),
    ("all are others", [(SERVER_4, HEALTHY), (SERVER_5, HEALTHY)], [SERVER_1], "target-differs", SERVER_1),
    ("the only one drains beside another", [(SERVER_1, DRAINING), (SERVER_2, HEALTHY)], [SERVER_1],
     "target-draining", ""),
    ("only one serves that the table lacks", [(SERVER_1, UNHEALTHY), (SERVER_2, HEALTHY)], [SERVER_1],
     "target-unhealthy", ""),
    ("all drain", [(SERVER_1, DRAINING), (SERVER_2, DRAINING)], [SERVER_1, SERVER_2], "target-draining", SERVER_1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "declared", "cause", "again"), [case[1:] for case in FAILURES], ids=[c[0] for c in FAILURES]
)
def test_what_fails(targets: list[tuple[str, str]], declared: list[str], cause: str, again: str) -> None:
    row = judged(network(*targets), *declared)
    assert row.row.cause
    assert row.row.cause.code == cause
    assert row.verdict is Verdict.FAIL
    lines = commands(row)
    assert not any("deregister" in line for line in lines)
    assert (again in " ".join(lines)) if again else lines == []


def test_an_address_that_nobody_has_is_not_registered() -> None:
    """A pod that is gone: the table is out of date, and others serve."""
    row = judged(network((SERVER_1, HEALTHY)), SERVER_1, "172.31.129.77")
    assert told(row) == {"target-differs": "fail"}
    assert commands(row) == []
    (finding,) = row.all_findings
    assert finding.remedy
    assert "No network interface in the load balancer's VPC has 172.31.129.77" in finding.remedy.text


def test_a_closed_target_in_use_takes_its_share() -> None:
    cloud = network((SERVER_1, HEALTHY), (SERVER_2, HEALTHY), (SERVER_4, HEALTHY))
    close(cloud, SERVER_2)
    row = judged(cloud, SERVER_1, SERVER_2, SERVER_4)
    assert row.row.cause
    assert row.row.cause.code == "sg-denies"
    assert reached(row) == [(2, 3, 0, 0.333)] * 2
    (sentence,) = reaching.reached(row.results)
    assert sentence == (
        "2 of 3 targets are reachable from ap-northeast-1a and ap-northeast-1c. "
        "Not reachable: 172.31.137.10:22. Likely 33% of the connections fail."
    )


def test_a_closed_standby_is_a_remark_that_says_what_would_open_it() -> None:
    cloud = network((SERVER_1, HEALTHY), (SERVER_2, UNHEALTHY))
    close(cloud, SERVER_2)
    row = judged(cloud, SERVER_1, SERVER_2)
    assert told(row) == {"target-unhealthy": "warn"}
    assert "sg-denies" in row.all_findings[0].summary
    assert all("authorize-security-group-ingress" in line for line in commands(row))
    assert commands(row)


def test_each_zone_chooses_by_itself() -> None:
    """Without cross-zone balancing zone c has only an unhealthy target, and uses it."""
    cloud = network((SERVER_1, HEALTHY), (SERVER_2, UNHEALTHY))
    balancer_attribute("load_balancing.cross_zone.enabled", "false")(cloud)
    close(cloud, SERVER_2)
    row = judged(cloud, SERVER_1, SERVER_2)
    assert reached(row) == [(1, 1, 0, 0), (0, 1, 0, 1)]
    assert [result.verdict for result in row.results] == [Verdict.PASS, Verdict.FAIL]


def test_a_zone_without_a_target_fails_alone() -> None:
    cloud = network((SERVER_1, HEALTHY), (SERVER_4, HEALTHY))
    balancer_attribute("load_balancing.cross_zone.enabled", "false")(cloud)
    row = judged(cloud, SERVER_1, SERVER_4)
    assert [result.verdict for result in row.results] == [Verdict.PASS, Verdict.FAIL]
    assert "zone-has-no-target" in told(row)
    assert reached(row) == [(2, 2, 0, 0), (0, 2, 0, 1)]


def test_a_group_without_a_target_in_the_zone_takes_its_weight() -> None:
    cloud, _ = release(9, 1)
    balancer_attribute("load_balancing.cross_zone.enabled", "false")(cloud)
    row = judged(cloud, SERVER_1)
    assert reached(row) == [(1, 2, 0, 0.1), (1, 2, 0, 0.9)]


def test_a_stopped_standby_is_a_remark() -> None:
    cloud = network((SERVER_1, HEALTHY), (SERVER_2, "unused"))
    instance_is("target-server-2", "stopped")(cloud)
    assert told(judged(cloud, SERVER_1, SERVER_2)) == {"target-unused": "warn"}


def weighted(cloud: Cloud, *shares: tuple[str, int]) -> None:
    (found,) = [item for items in cloud.listeners.values() for item in items if item["Port"] == 10022]
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares]
    found["DefaultActions"] = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


def release(*shares: int) -> tuple[Cloud, str]:
    """Return the network with a second group behind the listener, and weights for the two."""
    cloud = network((SERVER_1, HEALTHY))
    green = cloud.target_group("green", cloud.balancers[0]["VpcId"], 22)
    cloud.register(green, SERVER_2, 22, "c")
    weighted(cloud, *zip((group(cloud, 10022), green), shares, strict=True))
    return cloud, green


def test_a_release_in_steps_is_no_alarm() -> None:
    row = judged(release(9, 1)[0], SERVER_1)
    assert told(row) == {"listener-forwards-elsewhere": "warn"}
    assert "weight 1 of 10" in row.all_findings[0].summary
    assert commands(row) == []


def test_a_group_without_weight_plays_no_part() -> None:
    assert told(judged(release(1, 0)[0], SERVER_1)) == {}
    other = judged(release(0, 1)[0], SERVER_1)
    assert told(other)["listener-forwards-elsewhere"] == "fail"
    assert told(judged(release(0, 0)[0], SERVER_1))["target-group-weight-zero"] == "fail"


def test_a_group_with_a_weight_and_no_target_is_told() -> None:
    cloud, green = release(9, 1)
    cloud.targets[green].clear()
    row = judged(cloud, SERVER_1)
    assert told(row) == {"listener-forwards-elsewhere": "warn", "listener-has-no-target": "warn"}
    assert "weight 1 of 10" in row.all_findings[-1].summary or "weight 1 of 10" in row.all_findings[0].summary


def test_a_closed_group_takes_its_weight() -> None:
    cloud, _ = release(9, 1)
    close(cloud, SERVER_2)
    row = judged(cloud, SERVER_1)
    assert row.verdict is Verdict.FAIL
    assert reached(row) == [(1, 2, 0, 0.1)] * 2


def test_a_target_in_two_groups_of_one_listener_is_two_shares() -> None:
    cloud, green = release(1, 1)
    cloud.targets[green].clear()
    cloud.register(green, SERVER_1, 22, "a")
    row = judged(cloud, SERVER_1)
    assert told(row) == {"listener-forwards-elsewhere": "warn"}
    assert reached(row) == [(2, 2, 0, 0)] * 2


def test_instances_are_known_by_their_addresses() -> None:
    cloud = network()
    next(item for item in cloud.groups if item["TargetGroupArn"] == group(cloud, 10022))["TargetType"] = (
        "instance"
    )
    for address in (SERVER_1, SERVER_2):
        key = made_id("i", NAMES[address])
        cloud.register(group(cloud, 10022), key, 22, ZONES[address])
    assert told(judged(cloud, SERVER_1, SERVER_2)) == {}
    assert told(judged(cloud, SERVER_1)) == {"target-undeclared": "warn"}
    assert told(judged(cloud, SERVER_1, SERVER_4))["target-differs"] == "fail"
    cloud.objects["DescribeInstances"].clear()
    assert told(judged(cloud, SERVER_1, SERVER_2))["not-visible"] == "unknown"


def test_two_names_for_one_address_are_a_remark() -> None:
    cloud = network((SERVER_1, HEALTHY))
    address = ip_address(SERVER_1)
    named_twice = [
        replace(row, targets=(DeclaredTarget(name, address),))
        for row, name in zip(TABLE.rows, "AB", strict=False)
    ]
    report = diagnosed(cloud.recording(), None, (), replace(TABLE, rows=(*named_twice, *TABLE.rows[2:])))
    for row in report.by_row()[:2]:
        assert told(row) == {"target-differs": "warn"}
        assert "A in tg-10022 and B in tg-10080" in row.all_findings[0].summary


STATES = (HEALTHY, UNHEALTHY, INITIAL, DRAINING, "unused")


@pytest.mark.parametrize("declared", [[SERVER_1], [SERVER_1, SERVER_2], [SERVER_4], [SERVER_1, SERVER_4]])
def test_no_fix_takes_out_who_serves_comes_or_goes(declared: Sequence[str]) -> None:
    for states in product(STATES, repeat=2):
        cloud = network(*zip((SERVER_1, SERVER_2), states, strict=True))
        for line in commands(judged(cloud, *declared)):
            gone = [address for address in (SERVER_1, SERVER_2) if "deregister" in line and address in line]
            assert {dict(zip((SERVER_1, SERVER_2), states, strict=True))[item] for item in gone} <= {
                UNHEALTHY, "unused",
            }, (states, line)  # fmt: skip
            assert not set(gone) & set(declared)


def many(states: Sequence[str]) -> tuple[Cloud, list[str]]:
    cloud = article()
    found = group(cloud, 10022)
    cloud.targets[found].clear()
    servers = named(cloud, "DescribeSecurityGroups", "targets")["GroupId"]
    vpc = cloud.balancers[0]["VpcId"]
    subnet = cloud.subnet("pods", vpc, "172.31.64.0/22", "a")
    addresses = [f"172.31.{64 + number // 250}.{number % 250 + 4}" for number in range(len(states))]
    for number, (address, state) in enumerate(zip(addresses, states, strict=True)):
        cloud.instance(f"pod-{number}", subnet, address, servers)
        cloud.register(found, address, 22, "a", state)
    named(cloud, "DescribeRouteTables", "targets")["Associations"].append(
        {"Main": False, "RouteTableAssociationId": "rtbassoc-0pods", "SubnetId": subnet,
         "RouteTableId": named(cloud, "DescribeRouteTables", "targets")["RouteTableId"],
         "AssociationState": {"State": "associated"}}
    )  # fmt: skip
    return cloud, addresses


def text_of(report: Report) -> list[str]:
    return render(report, Style(width=80, color=False, verbose=False)).splitlines()


def test_five_hundred_targets_take_seconds_and_a_page() -> None:
    cloud, addresses = many([UNHEALTHY if number % 2 else HEALTHY for number in range(500)])
    started = time.process_time()
    report = diagnosed(cloud.recording(), None, [ROW], table(*addresses[:3]))
    spent = time.process_time() - started
    (row,) = report.by_row()
    assert told(row) == {"target-unhealthy": "warn", "target-undeclared": "warn"}
    assert reached(row) == [(250, 250, 250, 0)] * 2
    assert spent < 30
    assert len(text_of(report)) < 100


def test_a_trace_says_the_same() -> None:
    cloud, addresses = many([HEALTHY, UNHEALTHY] * 10 + [HEALTHY] * 2)
    close(cloud, addresses[0])
    found = trace(AwsState(cloud.recording()), CLIENT, ip_address(NODES["a"]), 10022)
    assert found.walk.reached == TargetsReached(12, 11, 10, (f"{addresses[0]}:22",), 1 / 12)
    said = connection.text(
        CLIENT, "node:10022", found.reach, found.paths, found.findings, Style(), found.walk.reached
    )
    told_in_one = " ".join(said.split())
    assert "is blocked for a share of the connections" in told_in_one
    assert "11 of 12 targets are reachable. Not reachable: " in told_in_one
    assert "Not in use: 10 more. Likely 8% of the connections fail." in told_in_one
    assert said.count("[target-unhealthy]") == 1
    assert "9 more are like it." in told_in_one
    document = json.loads(connection.document(found.reach, found.paths, found.findings, found.walk.reached))
    assert document["reached"]["failing_share"] == 0.083
