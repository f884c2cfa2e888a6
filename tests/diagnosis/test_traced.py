"""Does a traced connection end as the diagnosis of the same connection does, whatever is wrong?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Leg, Verdict
from tests.diagnosis.diagnosing import TABLE, diagnosed, mutated
from tests.scenarios.article_faults import CASES

BROKEN = {title: (mutation, port) for title, mutation, port, _ in CASES}


@pytest.mark.parametrize("title", BROKEN)
def test_the_status_is_the_same(title: str) -> None:
    mutation, port = BROKEN[title]
    assert isinstance(port, int)
    recording = mutated(mutation)
    for node in TABLE.static_ips:
        report = diagnosed(recording, None, [str(port)], table=replace(TABLE, static_ips=(node,)))
        if any(it.leg is Leg.TABLE and it.verdict is not Verdict.WARN for it in report.findings):
            continue  # a trace knows no table
        walk = traced(AwsState(recording), TABLE.client or "", node.address, port)
        assert walk.exit_status is report.exit_status
