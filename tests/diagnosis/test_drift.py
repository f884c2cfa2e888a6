"""Is every difference between table and AWS found, and what cannot be seen never called fine?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from itertools import combinations

import pytest

from nlbcheck import explain
from nlbcheck.aws import recording
from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import drift
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Leg, Verdict
from nlbcheck.model.facts import AccountRegion
from nlbcheck.relays import Table
from tests.aws.replay import Replay
from tests.diagnosis.drifting import (
    TABLE,
    Change,
    agreeing,
    apply,
    arn,
    checked,
    codes,
    forward,
    group,
    listener,
    remove_listener,
    targets,
    vpc,
    with_static_ips,
)
from tests.scenarios.article import SERVER_1, SNAPSHOT, article
from tests.scenarios.cloud import Cloud

UNNAMED = replace(
    TABLE,
    rows=tuple(
        replace(row, target_group=str(row.listener.number), name=str(row.listener.number), says_group=False)
        for row in TABLE.rows
    ),
)
"""The table without names of target groups."""


def test_a_row_without_a_group_means_the_one_that_its_listener_forwards_to() -> None:
    state = AwsState(agreeing().recording())
    found = drift.findings(state, UNNAMED, UNNAMED.rows)
    assert found.findings == ()
    assert [row.group.name for row in found.rows if row.group] == [
        f"example-tg-{row.listener.number}" for row in TABLE.rows
    ]


def test_a_row_without_a_group_still_has_its_targets() -> None:
    cloud = agreeing(lambda cloud: forward(cloud, 10022, example_tg_20022=1))
    found = drift.findings(AwsState(cloud.recording()), UNNAMED, UNNAMED.rows)
    told = [code for code, _ in codes(found)]
    assert "listener-forwards-elsewhere" not in told
    assert "target-differs" in told


def registered_port(cloud: Cloud) -> None:
    item = targets(cloud, "example-tg-10022")[0]
    item["Target"]["Port"], item["TargetHealth"] = 2222, {"State": "unhealthy"}


def registered_address(cloud: Cloud) -> None:
    item = targets(cloud, "example-tg-10080")[0]
    item["Target"]["Id"], item["TargetHealth"] = "172.31.129.99", {"State": "unhealthy"}


def one_more_target(cloud: Cloud) -> None:
    cloud.register(arn(cloud, "example-tg-20022"), SERVER_1, 22, "a")


def emptied(cloud: Cloud) -> None:
    targets(cloud, "example-tg-20080").clear()


def draining(cloud: Cloud) -> None:
    targets(cloud, "example-tg-30080")[0]["TargetHealth"] = {"State": "draining"}


def stray_listener(cloud: Cloud) -> None:
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 40022, arn(cloud, "example-tg-10022"))


FAULTS: dict[str, tuple[Change, str, str, bool]] = {
    # name: change, code, row or resource, whether the remedy's calls mend it
    "forwards elsewhere": (
        lambda c: forward(c, 10022, example_tg_20022=1), "listener-forwards-elsewhere", "tg-10022", True),
    "splits": (
        lambda c: forward(c, 10080, example_tg_10080=1, example_tg_20080=3),
        "listener-forwards-elsewhere", "tg-10080", False),
    "row's group without weight": (
        lambda c: forward(c, 20022, example_tg_20022=0, example_tg_10022=1),
        "listener-forwards-elsewhere", "tg-20022", True),
    "fixed response": (
        lambda c: listener(c, 30080).update(DefaultActions=[{"Type": "fixed-response"}]),
        "listener-has-no-target", "tg-30080", False),
    "target's port": (registered_port, "target-differs", "tg-10022", True),
    "target's address": (registered_address, "target-differs", "tg-10080", True),
    "one target more": (one_more_target, "target-undeclared", "tg-20022", False),
    "no target": (emptied, "target-differs", "tg-20080", True),
    "target draining": (draining, "target-differs", "tg-30080", True),
    "default port": (
        lambda c: group(c, "example-tg-20080").update(Port=8080),
        "target-group-port-differs", "tg-20080", False),
    "listener gone": (lambda c: remove_listener(c, 20080), "listener-missing", "tg-20080", True),
    "listener for UDP": (
        lambda c: listener(c, 10022).update(Protocol="UDP"), "listener-protocol-differs", "tg-10022", True),
    "listener undeclared": (stray_listener, "listener-undeclared", "example-nlb:40022", False),
}  # fmt: skip


def test_the_article_has_one_difference() -> None:
    found = checked(recording.read(SNAPSHOT))
    assert codes(found) == [("target-group-port-differs", "tg-30080")]
    (finding,) = found.findings
    assert (finding.verdict, finding.leg, found.exit_status) == (Verdict.WARN, Leg.TABLE, ExitStatus.OK)
    assert finding.resource
    assert finding.resource.name == "example-tg-30080"
    assert finding.evidence["table"] == {"port": 80}
    assert finding.evidence["aws"] == {"default_port": 22, "registered": ["10.0.0.10:80"]}


def test_nothing_differs_when_nothing_does() -> None:
    found = checked(agreeing())
    assert found.findings == ()
    assert found.balancer is not None
    assert len(found.rows) == len(TABLE.rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault(fault: str) -> None:
    change, code, about, _ = FAULTS[fault]
    found = checked(agreeing(change))
    assert codes(found) == [(code, about)]
    page = explain.page(code)
    (finding,) = found.findings
    assert finding.verdict in page.verdicts
    assert finding.leg in page.legs
    assert finding.resource
    assert finding.remedy
    expected = {Verdict.FAIL: ExitStatus.BROKEN, Verdict.WARN: ExitStatus.OK}
    assert found.exit_status is expected[finding.verdict]


@pytest.mark.parametrize("fault", [name for name, (*_, mends) in FAULTS.items() if mends])
def test_what_the_remedy_calls_mends_it(fault: str) -> None:
    cloud = agreeing(FAULTS[fault][0])
    (finding,) = checked(cloud).findings
    assert finding.remedy
    assert len(finding.remedy.commands) == len(finding.remedy.calls) > 0
    for call in finding.remedy.calls:
        apply(cloud, call)
    assert checked(cloud).findings == ()


@pytest.mark.parametrize("pair", list(combinations(FAULTS, 2)), ids=" + ".join)
def test_of_two_faults_both_are_found(pair: tuple[str, str]) -> None:
    first, second = (FAULTS[name] for name in pair)
    found = codes(checked(agreeing(first[0], second[0])))
    assert {(code, about) for _, code, about, _ in (first, second)} <= set(found)


def test_a_row_may_be_checked_alone() -> None:
    cloud = agreeing(registered_port, emptied)
    rows = TABLE.select(["tg-20080"])
    found = drift.findings(AwsState(cloud.recording()), TABLE, rows)
    assert codes(found) == [("target-differs", "tg-20080")]


@pytest.mark.parametrize(("count", "expected"), [(44, []), (45, [("listener-quota-near", "example-nlb")])])
def test_quota(count: int, expected: list[tuple[str, str]]) -> None:
    cloud = agreeing()
    for port in range(50000, 50000 + count - 5):
        cloud.listener(cloud.balancers[0]["LoadBalancerArn"], port, arn(cloud, "example-tg-10022"))
    found = [item for item in codes(checked(cloud)) if item[0] != "listener-undeclared"]
    assert found == expected


# --- static IPs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "differing"),
    [
        (with_static_ips(a="172.31.128.10"), []),
        (replace(TABLE, static_ips=()), []),
        (with_static_ips(a="172.31.128.11", c="172.31.136.10"), ["172.31.128.11"]),
        (with_static_ips(a="172.31.136.10", c="172.31.128.10"), ["172.31.136.10", "172.31.128.10"]),
    ],
)
def test_static_ips(table: Table, differing: list[str]) -> None:
    found = checked(agreeing(), table)
    assert {finding.code for finding in found.findings} <= {"static-ip-differs", "static-ip-undeclared"}
    said = [finding.evidence["table"] for finding in found.findings]
    assert [item["address"] for item in said if isinstance(item, dict)] == differing
    assert all(
        finding.remedy and "ap-northeast-1c: 172.31.136.10" in finding.remedy.text
        for finding in found.findings
    )


def test_a_node_that_the_table_does_not_list_is_a_remark() -> None:
    found = checked(agreeing(), with_static_ips(a="172.31.128.10"))
    assert codes(found) == [("static-ip-undeclared", "example-nlb")]
    assert found.exit_status is ExitStatus.OK
    assert "172.31.136.10" in found.findings[0].summary


def test_a_static_ip_that_aws_chose_is_at_the_interface() -> None:
    cloud = agreeing()
    for zone in cloud.balancers[0]["AvailabilityZones"]:
        zone["LoadBalancerAddresses"] = []
    assert checked(cloud).findings == ()
    cloud.objects["DescribeNetworkInterfaces"].clear()
    assert [finding.code for finding in checked(cloud).findings] == ["not-visible"]


def test_the_public_addresses_of_an_internet_facing_one_may_be_hidden() -> None:
    table = with_static_ips(a="198.51.100.7")
    cloud = agreeing(lambda c: c.balancers[0].update(Scheme="internet-facing"))
    assert [finding.code for finding in checked(cloud, table).findings] == ["static-ip-differs"]
    cloud.objects["DescribeNetworkInterfaces"].clear()
    assert [finding.code for finding in checked(cloud, table).findings] == ["not-visible"]
    zone = cloud.balancers[0]["AvailabilityZones"][0]
    zone["LoadBalancerAddresses"][0]["IpAddress"] = "198.51.100.7"
    assert checked(cloud, table).findings == ()


# --- names and targets ------------------------------------------------------------------------------------


def test_a_group_of_another_load_balancer_with_the_same_ending_does_not_confuse() -> None:
    cloud = agreeing(lambda c: c.target_group("staging-tg-10022", vpc(c), 22))
    assert checked(cloud).findings == ()


def test_a_group_behind_the_load_balancer_wins_over_one_that_is_not() -> None:
    cloud = agreeing(lambda c: c.target_group("tg-10022", vpc(c), 22))
    assert checked(cloud).findings == ()


def test_the_exact_name_wins_over_an_ending() -> None:
    def behind(cloud: Cloud) -> None:
        cloud.target_group("tg-10022", vpc(cloud), 22)
        group(cloud, "tg-10022")["LoadBalancerArns"] = [cloud.balancers[0]["LoadBalancerArn"]]

    cloud = agreeing(behind)
    found = checked(cloud)
    assert codes(found) == [("listener-forwards-elsewhere", "tg-10022"), ("target-differs", "tg-10022")]
    assert found.findings[0].remedy
    assert found.findings[0].remedy.calls[0].parameters["DefaultActions"] == [
        {"Type": "forward", "TargetGroupArn": arn(cloud, "tg-10022")}
    ]


def test_between_two_endings_nothing_is_guessed() -> None:
    cloud = agreeing(
        lambda c: c.target_group("staging-tg-10022", vpc(c), 22),
        lambda c: group(c, "example-tg-10022").update(LoadBalancerArns=[]),
        lambda c: remove_listener(c, 10022),
    )
    found = checked(cloud)
    assert codes(found) == [("listener-missing", "tg-10022"), ("not-visible", "tg-10022")]
    assert found.findings[0].remedy
    assert found.findings[0].remedy.calls == ()
    assert "example-tg-10022 or staging-tg-10022" in found.findings[1].summary


def test_no_group_of_the_name() -> None:
    table = replace(TABLE, rows=(replace(TABLE.rows[0], target_group="ssh-1"), *TABLE.rows[1:]))
    found = checked(agreeing(), table)
    assert [finding.code for finding in found.findings] == ["listener-forwards-elsewhere"]
    assert "no target group has that name" in found.findings[0].summary


def instances(cloud: Cloud) -> None:
    """Register target server 1 by its instance."""
    server = next(
        item["Instances"][0]
        for item in cloud.objects["DescribeInstances"]
        if item["Instances"][0]["PrivateIpAddress"] == SERVER_1
    )
    for name in ("example-tg-10022", "example-tg-10080"):
        group(cloud, name)["TargetType"] = "instance"
        targets(cloud, name)[0]["Target"]["Id"] = server["InstanceId"]


def test_instance_targets_have_their_instances_addresses() -> None:
    assert checked(agreeing(instances)).findings == ()
    elsewhere = replace(TABLE.rows[0].target, address=ip_address("172.31.129.11"))
    moved = (replace(TABLE.rows[0], targets=(elsewhere,)),)
    found = checked(agreeing(instances), replace(TABLE, rows=moved + TABLE.rows[1:]))
    assert codes(found) == [("target-differs", "tg-10022")]
    unseen = agreeing(instances)
    unseen.objects["DescribeInstances"].clear()
    assert codes(checked(unseen)) == [("not-visible", "tg-10022")]


def test_a_target_of_which_the_table_has_only_the_name_is_held_against_its_port() -> None:
    named = replace(
        TABLE, rows=tuple(replace(row, targets=(replace(row.target, address=None),)) for row in TABLE.rows)
    )
    assert codes(checked(agreeing(registered_address), named)) == [("target-differs", "tg-10022")]
    assert codes(checked(agreeing(registered_port), named)) == [("target-differs", "tg-10022")]
    assert codes(checked(agreeing(one_more_target), named)) == [("target-undeclared", "tg-20022")]
    unseen = agreeing(instances)
    unseen.objects["DescribeInstances"].clear()
    assert checked(unseen, named).findings == ()


def test_no_healthy_target_ever_has_to_go_for_the_table() -> None:
    cloud = agreeing(registered_port)
    for state in ("healthy", "initial", "draining", "unavailable"):
        targets(cloud, "example-tg-10022")[0]["TargetHealth"] = {"State": state}
        (finding,) = checked(cloud).findings
        assert finding.code == "target-differs"
        assert finding.remedy
        assert [call.operation for call in finding.remedy.calls] == ["RegisterTargets"]


def test_a_target_outside_the_vpc_is_registered_for_all_zones() -> None:
    cloud = agreeing(lambda c: targets(c, "example-tg-30080").clear())
    (finding,) = checked(cloud).findings
    assert finding.remedy
    assert finding.remedy.calls[0].parameters["Targets"] == [
        {"Id": "10.0.0.10", "Port": 80, "AvailabilityZone": "all"}
    ]


@pytest.mark.parametrize(("family", "moved"), [("ipv4", True), ("ipv6", False)])
def test_a_dualstack_listener_s_rule_for_ipv4_decides(family: str, moved: bool) -> None:
    cloud = agreeing(lambda c: c.balancers[0].update(IpAddressType="dualstack"))
    assert checked(cloud).findings == ()
    recorded = cloud.recording()
    elsewhere = {"Type": "forward", "TargetGroupArn": arn(cloud, "example-tg-20022")}
    rule = {
        "RuleArn": "arn:rule", "Priority": "1", "IsDefault": False, "Actions": [elsewhere],
        "Conditions": [{"Field": "source-ip", "SourceIpConfig": {"IpAddressType": family}}],
    }  # fmt: skip
    changed = [
        replace(answer, response={"Rules": [rule, *answer.response["Rules"]]})
        if answer.parameters == {"ListenerArn": listener(cloud, 10022)["ListenerArn"]}
        else answer
        for answer in recorded.answers
    ]
    expected = [("listener-forwards-elsewhere", "tg-10022")] if moved else []
    assert codes(checked(replace(recorded, answers=tuple(changed)))) == expected


# --- what the collector asks is enough ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_live_finds_the_same(fault: str) -> None:
    cloud = agreeing(FAULTS[fault][0])
    account_region = AccountRegion(cloud.account, cloud.region)
    collector = Collector({account_region: Replay(cloud.recording())})
    found = collector.ask(partial(drift.findings, table=TABLE, rows=TABLE.rows))
    assert found.findings == checked(cloud).findings
    assert checked(collector.recording).findings == found.findings


# --- three values -----------------------------------------------------------------------------------------


def without(recorded: Recording, number: int, *, gap: bool) -> Recording:
    """Take one answer away, as never asked or as refused."""
    answer = recorded.answers[number]
    rest = recorded.answers[:number] + recorded.answers[number + 1 :]
    call = (answer.account, answer.region, answer.service, answer.operation, answer.parameters)
    return replace(recorded, answers=rest, gaps=(RefusedCall(*call, error="AccessDenied"),) if gap else ())


def damaged(recorded: Recording, *, gap: bool) -> list[Recording]:
    return [without(recorded, number, gap=gap) for number in range(len(recorded.answers))]


@pytest.mark.parametrize("gap", [False, True])
def test_agreement_never_becomes_a_difference(gap: bool) -> None:
    unknown = 0
    for recorded in damaged(agreeing().recording(), gap=gap):
        found = checked(recorded)
        assert {finding.verdict for finding in found.findings} <= {Verdict.UNKNOWN}
        assert all(("AccessDenied" in finding.summary) is gap for finding in found.findings)
        assert all("permission" in finding.evidence for finding in found.findings)
        unknown += bool(found.findings)
    # the load balancer, its listeners, the groups, and each of five groups' targets
    assert unknown == 8


@pytest.mark.parametrize("fault", FAULTS)
def test_a_difference_never_becomes_agreement(fault: str) -> None:
    change, code, about, _ = FAULTS[fault]
    for recorded in damaged(agreeing(change).recording(), gap=False):
        found = checked(recorded)
        seen = (code, about) in codes(found)
        assert seen or any(finding.verdict is Verdict.UNKNOWN for finding in found.findings)


UNREADABLE: list[Change] = [
    lambda c: listener(c, 10022).update(Protocol="QUANTUM"),
    lambda c: listener(c, 10022).update(Port="first"),
    lambda c: listener(c, 10022).update(DefaultActions=[{"Type": "teleport"}]),
    lambda c: group(c, "example-tg-10022").pop("Port"),
    lambda c: targets(c, "example-tg-10022")[0]["Target"].pop("Port"),
    lambda c: targets(c, "example-tg-10022")[0].pop("Target"),
    lambda c: c.balancers[0].update(Type="quantum"),
    lambda c: c.balancers[0].pop("VpcId"),
]


@pytest.mark.parametrize("change", UNREADABLE)
def test_what_cannot_be_read_is_not_visible(change: Change) -> None:
    found = checked(agreeing(change))
    assert {finding.code for finding in found.findings} == {"not-visible"}
    assert found.exit_status is ExitStatus.UNSEEN


def test_every_fact_that_is_missing_is_told_once() -> None:
    recorded = article().recording()
    kept = tuple(answer for answer in recorded.answers if answer.operation != "DescribeListeners")
    found = checked(replace(recorded, answers=kept))
    assert [finding.code for finding in found.findings] == ["not-visible", "target-group-port-differs"]
    assert found.findings[0].evidence["permission"] == "elasticloadbalancing:DescribeListeners"


def test_changes_are_what_they_say() -> None:
    changes: list[Callable[[Cloud], object]] = [change for change, *_ in FAULTS.values()]
    assert len({str(agreeing(change).recording()) for change in changes}) == len(changes)


@pytest.mark.parametrize("actions", [[{"Type": "forward"}], [{}], "text", None])
def test_a_listener_that_cannot_be_read_hides_itself_alone(actions: object) -> None:
    found = checked(agreeing(lambda c: listener(c, 10022).update(DefaultActions=actions)))
    assert codes(found) == [("not-visible", "tg-10022")]
    assert "the action of the listener on port 10022" in found.findings[0].summary
    stray = checked(agreeing(stray_listener, lambda c: listener(c, 40022).update(DefaultActions=actions)))
    assert codes(stray) == [("listener-undeclared", "example-nlb:40022")]
    assert "forwarding" not in stray.findings[0].summary
