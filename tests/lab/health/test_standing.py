"""Do checks in a row turn a target's health as AWS says?"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.lab.health.check import matches
from nlbcheck.lab.health.standing import Standing

THRESHOLDS = st.integers(2, 10)
INITIAL, HEALTHY, UNHEALTHY = HealthState.INITIAL, HealthState.HEALTHY, HealthState.UNHEALTHY


def states(checks: str, rise: int = 3, fall: int = 2, first: HealthState = INITIAL) -> list[HealthState]:
    standing, found = Standing(first), []
    for letter in checks:
        standing = standing.after(passed=letter == "+", to_rise=rise, to_fall=fall)
        found.append(standing.state)
    return found


def test_a_new_target_is_in_service_after_its_first_pass() -> None:
    assert states("+") == [HEALTHY]
    assert states("-+") == [INITIAL, HEALTHY]


def test_a_new_target_is_out_after_failures_in_a_row() -> None:
    assert states("--") == [INITIAL, UNHEALTHY]


def test_a_healthy_target_falls_and_rises_by_the_thresholds() -> None:
    assert states("-+---", first=HEALTHY) == [HEALTHY, HEALTHY, HEALTHY, UNHEALTHY, UNHEALTHY]
    assert states("++-+++", first=UNHEALTHY) == [UNHEALTHY] * 5 + [HEALTHY]


@given(st.text("+-", max_size=40), THRESHOLDS, THRESHOLDS)
def test_health_turns_only_at_the_end_of_a_full_run(checks: str, rise: int, fall: int) -> None:
    found = [INITIAL, *states(checks, rise, fall)]
    for place, (before, after) in enumerate(pairwise(found)):
        if before is after or (before is INITIAL and after is HEALTHY):
            continue
        wanted = "-" * fall if after is UNHEALTHY else "+" * rise
        assert checks[: place + 1].endswith(wanted)


@given(st.text("+-", max_size=40), THRESHOLDS, THRESHOLDS)
def test_a_full_run_leaves_no_doubt(checks: str, rise: int, fall: int) -> None:
    assert states(checks + "-" * fall, rise, fall)[-1] is UNHEALTHY
    assert states(checks + "+" * rise, rise, fall)[-1] is HEALTHY


@pytest.mark.parametrize(
    ("matcher", "fitting", "others"),
    [
        ("200", (200,), (199, 201)),
        ("200-399", (200, 302, 399), (199, 400)),
        ("200,301-302", (200, 301, 302), (201, 300, 303)),
        ("", (), (200,)),
        ("any", (), (200,)),
    ],
)
def test_a_matcher_names_statuses_and_ranges(
    matcher: str, fitting: tuple[int, ...], others: tuple[int, ...]
) -> None:
    assert [status for status in (*fitting, *others) if matches(status, matcher)] == list(fitting)
