"""What does a target's health mean for connections?"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.model import Remedy, Verdict
from nlbcheck.path.gates import target_health as gate
from nlbcheck.path.outcome import Outcome, Stopped
from nlbcheck.path.remedy import ec2
from tests.path.gates.building import ZONE_A, passed, remarked, stopped, target, target_group, unseen


def check(
    state: HealthState | None, blocked: tuple[str, ...] = (), passing: bool = False, **fields: Any
) -> Outcome:
    group = target_group(balancer_arns=fields.pop("arns", ("arn:nlb",)))
    return gate.check(group, target(state=state, **fields), [ZONE_A], blocked, passing=passing)


def test_a_healthy_target_is_in_order_and_an_initial_one_remarked() -> None:
    assert passed(check(HealthState.HEALTHY))["state"] == "healthy"
    assert remarked(check(HealthState.INITIAL)) == ("target-initial",)


def test_an_unhealthy_one_fails_unless_connections_pass_all_the_same() -> None:
    assert stopped(check(HealthState.UNHEALTHY, ("sg-denies",))) == ("target-unhealthy",)
    assert remarked(check(HealthState.UNHEALTHY, passing=True)) == ("target-unhealthy",)


def test_one_that_leaves_is_registered_again_by_a_call() -> None:
    assert stopped(check(HealthState.DRAINING)) == ("target-draining", "RegisterTargets")


@pytest.mark.parametrize(
    ("fields", "word", "calls"),
    [
        ({"reason": "Target.InvalidState"}, "stopped or terminated", ()),
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
    node = IPv4Address("10.1.2.20")
    assert passed(gate.check_port("10.1.2.3:22", node, 8080, [], []))["health_check_port"] == 8080
    open_port = Remedy("Admit it.", (ec2("AuthorizeSecurityGroupIngress"),))
    outcome = gate.check_port("10.1.2.3:22", node, 8080, ["sg-denies"], [open_port])
    assert stopped(outcome) == ("health-check-port-blocked", "AuthorizeSecurityGroupIngress")
