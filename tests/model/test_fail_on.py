"""How does a run end that is to fail on more than failures, or on nothing?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import words
from nlbcheck.model import FailOn, Verdict
from tests.formats.reports import REPORTS

PASS, WARN, UNKNOWN, FAIL, ERROR = Verdict


@pytest.mark.parametrize(
    ("fail_on", "found", "status"),
    [
        (FailOn.FAIL, {PASS, WARN}, ExitStatus.OK),
        (FailOn.FAIL, {UNKNOWN}, ExitStatus.UNSEEN),
        (FailOn.FAIL, {UNKNOWN, FAIL}, ExitStatus.BROKEN),
        (FailOn.WARN, {WARN}, ExitStatus.BROKEN),
        (FailOn.WARN, {UNKNOWN}, ExitStatus.UNSEEN),
        (FailOn.UNKNOWN, {UNKNOWN}, ExitStatus.BROKEN),
        (FailOn.UNKNOWN, {WARN}, ExitStatus.OK),
        (FailOn.UNKNOWN, {FAIL}, ExitStatus.BROKEN),
        (FailOn.NEVER, {FAIL, UNKNOWN, WARN}, ExitStatus.OK),
        (FailOn.NEVER, {FAIL, ERROR}, ExitStatus.INTERNAL),
    ],
)
def test_what_ends_a_run(fail_on: FailOn, found: set[Verdict], status: ExitStatus) -> None:
    assert fail_on.ending(found) is status


@pytest.mark.parametrize(
    ("several", "strictest"),
    [
        ([], FailOn.FAIL),
        ([FailOn.NEVER], FailOn.NEVER),
        ([FailOn.NEVER, FailOn.FAIL], FailOn.FAIL),
        ([FailOn.FAIL, FailOn.UNKNOWN, FailOn.WARN], FailOn.WARN),
    ],
)
def test_of_several_runs_the_strictest_counts(several: list[FailOn], strictest: FailOn) -> None:
    assert FailOn.strictest(several) is strictest


def test_a_run_that_is_not_to_fail_is_not_said_to_be_fine() -> None:
    broken = replace(REPORTS["dead-zone"], fail_on=FailOn.NEVER)
    assert (broken.exit_status, broken.outcome) == (ExitStatus.OK, ExitStatus.BROKEN)
    assert words.ended(broken) == words.ended(REPORTS["dead-zone"])
    interrupted = replace(broken, interrupted=True)
    assert interrupted.exit_status is ExitStatus.INTERRUPTED
