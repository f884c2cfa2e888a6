"""Is every code of the vocabulary what some network leads to?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Code, Finding
from nlbcheck.path.reach import trace
from tests.path import front_doors
from tests.scenarios.faulty import report_on
from tests.scenarios.truth import CASES

Findings = Callable[[], Iterable[Finding]]


def of_fault(name: str) -> Findings:
    """Diagnose a network with one of the lab's faults."""

    def findings() -> Iterable[Finding]:
        report = report_on(CASES[name].network, name)
        return (*report.findings, *report.table)

    return findings


def rejected_endpoint() -> Iterable[Finding]:
    """Reject the interface endpoint that the client dials."""
    state = AwsState(front_doors.consumed(state="rejected").recording())
    return trace(state, front_doors.CONSUMER, ip_address(front_doors.ENDPOINT), 10022).findings


REACHED: Mapping[Code, Findings] = {
    **{Code(FAULTS[name].finding): of_fault(name) for name in CASES},
    Code.ENDPOINT_NOT_AVAILABLE: rejected_endpoint,
}
"""How each code is reached: by a fault of the lab, or by a network of its own."""


def test_no_code_is_left_out() -> None:
    assert set(REACHED) == set(Code)


@pytest.mark.parametrize("code", REACHED)
def test_a_network_leads_to_the_code(code: Code) -> None:
    assert code in {finding.code for finding in REACHED[code]()}
