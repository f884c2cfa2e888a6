"""Is the load balancer active, and is there room for more listeners?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.load_balancer import BalancerState
from nlbcheck.path.gates import balancer as gate
from nlbcheck.path.outcome import Stopped
from tests.path.gates.building import balancer, passed, remarked, stopped, unseen


def test_an_active_one_works() -> None:
    assert passed(gate.check_state(balancer())) == {"state": "active", "reason": None}


@pytest.mark.parametrize("state", [BalancerState.PROVISIONING, BalancerState.FAILED])
def test_one_that_is_not_active_stops_everything_and_says_why(state: BalancerState) -> None:
    outcome = gate.check_state(balancer(state=state, state_reason="no free address"))
    assert stopped(outcome) == ("balancer-not-active",)
    assert isinstance(outcome, Stopped)
    assert "no free address" in outcome.problem.summary


def test_an_impaired_one_works_with_a_warning() -> None:
    assert remarked(gate.check_state(balancer(state=BalancerState.ACTIVE_IMPAIRED))) == (
        "balancer-not-active",
    )


def test_a_state_that_is_not_known_here_is_unknown() -> None:
    assert unseen(gate.check_state(balancer(state=None))) == "DescribeLoadBalancers"


def test_the_quota_is_near_from_45_listeners_on() -> None:
    assert passed(gate.check_quota(balancer(), 44)) == {"listeners": 44, "quota": 50}
    assert remarked(gate.check_quota(balancer(), 45)) == ("listener-quota-near",)
