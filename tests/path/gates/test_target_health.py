"""What does a target's health mean for connections?"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import HealthCheck, HealthState, TrafficPort
from nlbcheck.model import Check, Confidence, ProbeSpec, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.gates import target_health as gate
from nlbcheck.path.gates.target_health import CheckPaths
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Outcome, Passed, Stopped
from nlbcheck.path.remedy import ec2
from tests.path.gates.building import ZONE_A, passed, remarked, stopped, target, target_group, unseen

NODE = IPv4Address("10.1.2.20")


def check(
    state: HealthState | None, blocked: tuple[str, ...] = (), passing: bool = False, **fields: Any
) -> Outcome:
    checked = HealthCheck(
        fields.pop("protocol", Protocol.TCP), TrafficPort.TRAFFIC_PORT, 30, 10, 5, 2, "/", "200-399"
    )
    group = target_group(balancer_arns=fields.pop("arns", ("arn:nlb",)), health_check=checked)
    paths = fields.pop("paths", CheckPaths(blocked))
    service = fields.pop("service", None)
    asked = Asked(group, target(state=state, **fields), service)
    return gate.check(asked, [ZONE_A], paths, passing=passing)


def test_a_healthy_target_is_in_order_and_an_initial_one_remarked() -> None:
    assert passed(check(HealthState.HEALTHY))["state"] == "healthy"
    outcome = check(HealthState.INITIAL)
    assert remarked(outcome) == ("target-initial",)
    assert isinstance(outcome, Passed)
    assert outcome.remark
    assert outcome.remark.remedy
    assert "5 health checks must pass (TCP on port 22, every 30 s)" in outcome.remark.remedy.text


def test_an_unhealthy_one_fails_unless_connections_pass_all_the_same() -> None:
    assert stopped(check(HealthState.UNHEALTHY, ("sg-denies",))) == ("target-unhealthy",)
    assert remarked(check(HealthState.UNHEALTHY, passing=True)) == ("target-unhealthy",)


def test_a_check_that_asks_more_than_a_connection_proves_nothing_of_connections() -> None:
    outcome = check(HealthState.UNHEALTHY, protocol=Protocol.HTTP, service=ProbeSpec(Check.TCP))
    assert remarked(outcome) == ("target-unhealthy",)
    assert isinstance(outcome, Passed)
    assert outcome.remark
    assert "HTTP / on port 22 for 200-399" in outcome.remark.summary
    assert "proves nothing about connections" in outcome.remark.summary


def test_a_web_service_that_fails_its_own_check_likely_fails() -> None:
    outcome = check(HealthState.UNHEALTHY, protocol=Protocol.HTTP, service=ProbeSpec(Check.HTTP))
    assert stopped(outcome) == ("target-unhealthy",)
    assert isinstance(outcome, Stopped)
    assert outcome.problem.confidence is Confidence.LIKELY


def test_another_nodes_closed_check_explains_it_for_a_target_has_one_state() -> None:
    outcome = check(HealthState.UNHEALTHY, paths=CheckPaths(elsewhere={NODE: ["sg-denies"]}))
    assert remarked(outcome) == ("target-unhealthy",)
    assert isinstance(outcome, Passed)
    assert outcome.remark
    assert "from node 10.1.2.20 (sg-denies)" in outcome.remark.summary
    assert "process" not in str(outcome.remark)


def test_it_is_not_visible_while_another_nodes_check_is_not_or_what_is_asked() -> None:
    paths = CheckPaths(hidden=NotVisible("a route table", "ec2", "DescribeRouteTables", None))
    assert unseen(check(HealthState.UNHEALTHY, paths=paths)) == "DescribeRouteTables"
    assert unseen(check(HealthState.UNHEALTHY, protocol=None)) == "DescribeTargetGroups"


def test_one_that_leaves_is_registered_again_by_a_call() -> None:
    assert stopped(check(HealthState.DRAINING)) == ("target-draining", "RegisterTargets")


@pytest.mark.parametrize(
    ("fields", "word", "calls"),
    [
        ({"reason": "Target.InvalidState"}, "stopped, terminated or in another", ()),
        ({"reason": "Target.NotRegistered"}, "not registered", ("RegisterTargets",)),
        ({"arns": ()}, "no listener forwards", ()),
        ({"zone": "ap-northeast-1d"}, "is not enabled", ()),
    ],
)
def test_why_one_is_unused(fields: dict[str, Any], word: str, calls: tuple[str, ...]) -> None:
    outcome = check(HealthState.UNUSED, **fields)
    assert stopped(outcome) == ("target-unused", *calls)
    assert isinstance(outcome, Stopped)
    assert word in outcome.problem.summary


def test_what_aws_does_not_know_is_unknown() -> None:
    outcome = check(HealthState.UNAVAILABLE)
    assert stopped(outcome) == ("target-health-unavailable",)
    assert isinstance(outcome, Stopped)
    assert outcome.problem.verdict is Verdict.UNKNOWN
    assert unseen(check(None)) == "DescribeTargetHealth"


def test_a_health_check_that_is_stopped_where_connections_pass_has_its_findings_remedies() -> None:
    assert passed(gate.check_port("10.1.2.3:22", NODE, 8080, [], []))["health_check_port"] == 8080
    open_port = Remedy("Admit it.", (ec2("AuthorizeSecurityGroupIngress"),))
    outcome = gate.check_port("10.1.2.3:22", NODE, 8080, ["sg-denies"], [open_port])
    assert stopped(outcome) == ("health-check-port-blocked", "AuthorizeSecurityGroupIngress")


def test_the_reason_that_aws_gives_is_told_after_ours() -> None:
    outcome = check(HealthState.UNHEALTHY, ("sg-denies",), description="Health checks failed.")
    assert isinstance(outcome, Stopped)
    assert outcome.problem.summary.endswith("blocked by sg-denies. AWS reports: Health checks failed.")
