"""What is said of a target that gets no connections while others do?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.model import Remedy, Verdict
from nlbcheck.path.gates import spare_target as gate
from nlbcheck.path.gates import target_health
from nlbcheck.path.gates.target_health import CheckPaths
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Outcome, Passed
from nlbcheck.path.remedy import ec2
from tests.path.gates.building import ZONE_A, passed, remarked, stopped, target, target_group, unseen


def beside(state: HealthState | None, *opening: Remedy) -> Outcome:
    group = target_group(balancer_arns=("arn:nlb",))
    paths = CheckPaths(["sg-denies"][: len(opening)])
    health = target_health.check(Asked(group, target(state=state)), [ZONE_A], paths, passing=True)
    return gate.beside_others(health, opening)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (HealthState.UNHEALTHY, "target-unhealthy"),
        (HealthState.DRAINING, "target-draining"),
        (HealthState.UNUSED, "target-unused"),
        (HealthState.UNAVAILABLE, "target-health-unavailable"),
        (HealthState.INITIAL, "target-initial"),
    ],
)
def test_it_is_a_remark_and_nothing_is_registered_again(state: HealthState, code: str) -> None:
    outcome = beside(state)
    assert remarked(outcome) == (code,)
    assert isinstance(outcome, Passed)
    assert outcome.remark
    assert outcome.remark.verdict is Verdict.WARN


def test_what_would_open_the_path_of_its_checks_is_told() -> None:
    opening = Remedy("Admit it.", (ec2("AuthorizeSecurityGroupIngress", GroupId="sg-1"),))
    assert remarked(beside(HealthState.UNHEALTHY, opening, opening)) == (
        "target-unhealthy",
        "AuthorizeSecurityGroupIngress",
    )


def test_one_that_is_replaced_by_what_the_table_lacks_is_not_registered_again_by_a_command() -> None:
    group = target_group(balancer_arns=("arn:nlb",))
    asked = Asked(group, target(state=HealthState.DRAINING))
    health = target_health.check(asked, [ZONE_A], CheckPaths([]), passing=False)
    assert stopped(health) == ("target-draining", "RegisterTargets")
    assert stopped(gate.beside_strangers(health)) == ("target-draining",)


def test_a_healthy_one_is_in_order_and_what_is_not_known_stays_so() -> None:
    assert passed(beside(HealthState.HEALTHY))["state"] == "healthy"
    assert unseen(beside(None)) == "DescribeTargetHealth"
