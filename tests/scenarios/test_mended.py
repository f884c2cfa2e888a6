"""Does a plan mend what it is for: for every fault of the lab, and for any of them beside another one?"""

from __future__ import annotations

from collections import Counter

import pytest

from nlbcheck.aws.apply import after
from nlbcheck.aws.state import AwsState
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Code, Report, Verdict
from nlbcheck.model.plan import plan
from tests.diagnosis.diagnosing import diagnosed
from tests.scenarios.faulty import broken, report_on, table_of
from tests.scenarios.truth import CASES, By

RECORDED_HEALTH = {Code.TARGET_UNHEALTHY, Code.TARGET_UNUSED}
"""What the load balancer has said of targets: only its next checks will say something else."""
BESIDE = {"article": "return-route-missing", "transit": "balancer-sg-ingress"}
REMARKS = {"zone-not-all"}
"""Faults that stop no connection: they have calls, and no plan has steps for them."""
MENDED = [
    name
    for name, case in CASES.items()
    if case.mended is By.CALLS and case.network != "inspected" and name not in REMARKS
]
"""A plan has no step that is not proven, and what firewalls decide is not visible."""
PAIRED = [name for name in MENDED if name not in BESIDE.values() and CASES[name].network in BESIDE]
"""Other networks have but one fault that calls mend."""


def failing(report: Report) -> set[tuple[str, str]]:
    return {
        (row.row.name, finding.code)
        for row in report.by_row()
        for finding in row.all_findings
        if finding.verdict is Verdict.FAIL and finding.code not in RECORDED_HEALTH
    }


def mended(network: str, *names: str) -> Report:
    """Diagnose a network that has faults after the calls of its plan."""
    table = table_of(network)
    calls = [call for step in plan(report_on(network, *names)) for call in step.calls]
    assert calls
    state = after(AwsState(broken(network, names)), calls)
    assert state is not None
    return diagnosed(state.recording, table=table, client=table.client)


@pytest.mark.parametrize("name", MENDED)
def test_the_plan_mends_it(name: str) -> None:
    assert failing(mended(CASES[name].network, name)) == set()


@pytest.mark.parametrize("name", PAIRED)
def test_the_plan_mends_two_at_once(name: str) -> None:
    network = CASES[name].network
    assert failing(mended(network, name, BESIDE[network])) == set()


@pytest.mark.parametrize("name", CASES)
def test_each_command_is_given_once_and_by_the_steps_alone(name: str) -> None:
    report = report_on(CASES[name].network, name)
    steps = plan(report)
    counts = Counter(command for step in steps for command in step.commands)
    assert set(counts.values()) <= {1}
    text = FORMATS["table"](report, Style(width=100))
    assert [text.count(command) for command in counts] == [1] * len(counts)
    assert ("Plan, in the order" in text) is (len(steps) > 1)


@pytest.mark.parametrize("name", CASES)
def test_what_is_called_verified_is_so_by_what_it_names(name: str) -> None:
    network = CASES[name].network
    report, table = report_on(network, name), table_of(network)
    for row in report.by_row():
        proven = [item for item in row.all_findings if item.remedy and item.remedy.verified]
        for finding in proven:
            others = [
                item
                for item in row.all_findings
                if finding.remedy and item.remedy and item.code in finding.remedy.together_with
            ]
            calls = [call for item in (finding, *others) if item.remedy for call in item.remedy.calls]
            state = after(AwsState(broken(network, [name])), calls)
            assert state is not None
            then = diagnosed(state.recording, names=[row.row.name], table=table, client=table.client)
            (again,) = then.by_row()
            assert not any(
                item.identity == finding.identity and item.zone in (None, finding.zone)
                for item in again.all_findings
            )


def test_every_row_is_named_with_all_that_keeps_it_down() -> None:
    report = report_on("article", "return-route-missing", "target-sg")
    told = FORMATS["table"](report, Style(width=1000))
    blocks = told.split("\n\n")
    by_group = next(block for block in blocks if "[sg-denies]" in block)
    by_route = next(block for block in blocks if "[route-missing]" in block)
    assert by_group.startswith("✗ tg-10022, tg-20022 fail on every static IP")
    assert by_route.startswith("✗ tg-10080, tg-20080, tg-30080 fail at ap-northeast-1a")
    also = "Also: tg-10022, tg-20022 fail for another reason first, then for this one. Needed together: "
    assert f"{also}route-missing, sg-denies." in by_route
    markdown = FORMATS["markdown"](report, Style())
    assert "Also: tg-10022, tg-20022 fail for another reason first" in markdown
