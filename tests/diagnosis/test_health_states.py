"""What does a target's health prove of its connections, where nobody has probed?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nlbcheck.aws.recording import RefusedCall
from nlbcheck.model import Check, Code, Confidence, Finding, HttpExpectation, Report, Verdict
from nlbcheck.relays import Table
from tests.diagnosis.diagnosing import TABLE, diagnosed, mutated, row_of
from tests.path.telling import walked
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, acl_entry, permission
from tests.scenarios.mutations import (
    ALL_IN,
    attribute,
    group,
    health,
    own_acl,
    rules_of,
    without_route,
)

SSH, WEB = "tg-10022", "tg-10080"
FAILED = ("unhealthy", "Target.FailedHealthChecks")
NODES = ["172.31.128.10", "172.31.136.10"]
Change = Callable[[Cloud], object]


def check(port: int, **fields: object) -> Change:
    def mutate(cloud: Cloud) -> None:
        arn = group(cloud, port)
        next(item for item in cloud.groups if item["TargetGroupArn"] == arn).update(fields)

    return mutate


def web(**fields: object) -> Change:
    return check(10080, **{"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", **fields})


def asking(name: str, **fields: object) -> Table:
    """Return the article's table with a row that is probed otherwise."""
    rows = (
        replace(row, spec=replace(row.spec, **fields)) if row.name == name else row  # type: ignore[arg-type]
        for row in TABLE.rows
    )
    return replace(TABLE, rows=tuple(rows))


def unhealthy(report: Report, name: str) -> list[Finding]:
    found = row_of(report, name).all_findings
    return [item for item in found if item.code is Code.TARGET_UNHEALTHY]


CASES: list[tuple[str, str, list[Change], Table, Verdict, bool]] = [
    # name, row, what is changed, table, its verdict, whether the check differs
    ("TCP on the same port", SSH, [], TABLE, Verdict.FAIL, False),
    ("TCP of a TLS group", SSH, [check(10022, Protocol="TLS")], TABLE, Verdict.FAIL, False),
    ("HTTP of SSH", SSH, [check(10022, HealthCheckProtocol="HTTP")], TABLE, Verdict.WARN, True),
    ("HTTPS of SSH", SSH, [check(10022, HealthCheckProtocol="HTTPS")], TABLE, Verdict.WARN, True),
    ("HTTP of what is plain TCP", SSH, [check(10022, HealthCheckProtocol="HTTP")],
     asking(SSH, check=Check.TCP), Verdict.WARN, True),
    ("HTTP of a web server", WEB, [web()], TABLE, Verdict.FAIL, False),
    ("HTTP of another path", WEB, [web(HealthCheckPath="/health")], TABLE, Verdict.WARN, True),
    ("HTTPS of a web server", WEB, [web(), check(10080, HealthCheckProtocol="HTTPS")], TABLE, Verdict.WARN,
     True),
    ("HTTP for a status that is not expected", WEB, [web(Matcher={"HttpCode": "204"})],
     asking(WEB, http=HttpExpectation((range(200, 201),))), Verdict.WARN, True),
    ("TCP on another port that is admitted", SSH, [check(10022, HealthCheckPort="80")], TABLE, Verdict.WARN,
     True),
    ("a port of its own, both protocols", SSH,
     [check(10022, Protocol="TCP_UDP", HealthCheckPort="80")], TABLE, Verdict.WARN, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "table", "verdict", "differs"), [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)  # fmt: skip
def test_only_a_check_of_what_connections_do_proves_that_they_fail(
    name: str, changes: list[Change], table: Table, verdict: Verdict, differs: bool
) -> None:
    port = int(name.removeprefix("tg-"))
    report = diagnosed(mutated(*changes, health(port, *FAILED)), None, [name], table)
    row = row_of(report, name)
    assert row.verdict is verdict
    assert (Code.HEALTH_CHECK_DIFFERS in {item.code for item in row.all_findings}) is differs
    for found in unhealthy(report, name):
        assert "on port" in found.summary
        asked = found.evidence["health_check"]
        assert isinstance(asked, dict)
        assert asked["unhealthy_threshold"] is not None


def test_a_web_server_that_fails_its_own_check_is_likely_what_fails() -> None:
    (found,) = unhealthy(diagnosed(mutated(web(), health(10080, *FAILED)), None, [WEB]), WEB)
    assert found.confidence is Confidence.LIKELY


def test_what_a_healthy_target_is_asked_is_no_finding() -> None:
    report = diagnosed(mutated(check(10022, HealthCheckProtocol="HTTP")), None, [SSH])
    assert row_of(report, SSH).verdict is Verdict.PASS


def no_replies(zone: str) -> Change:
    """Let a node's subnet drop what comes back to it from targets."""
    deny = {**acl_entry(50, False, "deny"), "CidrBlock": "172.31.129.0/24"}
    return own_acl(f"private-1{zone}-1", deny, ALL_IN, acl_entry(100, True, "allow"))


def only_from(zone: str) -> Change:
    """Let the targets admit one node."""
    node = dict(zip("ac", NODES, strict=True))[zone]
    return rules_of("targets", permission("tcp", f"{node}/32", port=22))


@pytest.mark.parametrize(
    ("change", "name", "open_zone"),
    [
        (only_from("a"), SSH, 0),
        (only_from("c"), SSH, 1),
        (no_replies("c"), SSH, 0),
        (no_replies("a"), SSH, 1),
        (without_route("private-1a-1", "10.0.0.0/16"), "tg-30080", 1),
    ],
    ids=["group a", "group c", "replies to c", "replies to a", "route from a"],
)
def test_a_check_that_is_closed_at_one_node_explains_the_state_at_the_other(
    change: Change, name: str, open_zone: int
) -> None:
    port = int(name.removeprefix("tg-"))
    report = diagnosed(mutated(change, health(port, *FAILED)), None, [name])
    results = row_of(report, name).results
    assert results[open_zone].verdict is Verdict.WARN
    assert results[1 - open_zone].verdict is Verdict.FAIL
    (here,) = [item for item in results[open_zone].findings if item.code is Code.TARGET_UNHEALTHY]
    assert NODES[1 - open_zone] in here.summary
    assert here.remedy is None


def test_a_node_that_does_not_use_the_target_explains_nothing() -> None:
    alone = attribute(10022, "load_balancing.cross_zone.enabled", "false")
    report = diagnosed(mutated(alone, only_from("a"), health(10022, *FAILED)), None, [SSH])
    (first, _) = row_of(report, SSH).results
    assert first.verdict is Verdict.FAIL
    assert "process" in str(first.findings[0].remedy)


def test_it_is_unknown_while_the_other_nodes_path_is_not_visible() -> None:
    recording = mutated(
        health(10022, *FAILED), own_acl("private-1c-1", ALL_IN, acl_entry(100, True, "allow"))
    )
    bare = [
        replace(
            answer,
            response={
                "NetworkAcls": [
                    item
                    for item in answer.response["NetworkAcls"]
                    if not any(tag["Value"] == "acl-of-private-1c-1" for tag in item.get("Tags", ()))
                ]
            },
        )
        if answer.operation == "DescribeNetworkAcls"
        else answer
        for answer in recording.answers
    ]
    gap = RefusedCall(bare[0].account, bare[0].region, "ec2", "DescribeNetworkAcls", {}, "AccessDenied")
    hidden = replace(recording, answers=tuple(bare), gaps=(gap,))
    report = diagnosed(hidden, None, [SSH])
    assert Verdict.FAIL not in {item.verdict for item in row_of(report, SSH).all_findings}


def test_a_target_that_gets_no_connections_is_not_asked_about() -> None:
    def second(cloud: Cloud) -> None:
        cloud.register(group(cloud, 10022), "172.31.137.10", 22, "c")
        cloud.targets[group(cloud, 10022)][1]["TargetHealth"] = {"State": "healthy"}

    cloud = article()
    for change in (check(10022, HealthCheckProtocol="HTTP"), health(10022, *FAILED), second):
        change(cloud)
    codes = {item.code: item.verdict for item in walked(cloud).findings}
    assert codes == {Code.TARGET_UNHEALTHY: Verdict.WARN}
