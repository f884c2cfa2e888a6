"""Is every code of the vocabulary what some fault leads to?"""

from __future__ import annotations

import pytest

from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.faults.catalogue import NO_FAULT
from nlbcheck.model import Code
from tests.scenarios.faulty import report_on
from tests.scenarios.truth import CASES

REACHED = {Code(FAULTS[name].finding): name for name in CASES}
"""A fault of the lab for each code."""


def test_no_code_is_left_out() -> None:
    assert set(REACHED) | set(NO_FAULT) == set(Code)
    assert not set(REACHED) & set(NO_FAULT)


@pytest.mark.parametrize("code", REACHED)
def test_a_network_leads_to_the_code(code: Code) -> None:
    report = report_on(CASES[REACHED[code]].network, REACHED[code])
    assert code in {finding.code for finding in (*report.findings, *report.table)}
