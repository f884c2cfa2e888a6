"""Is the right cause named for every fault, are both of any two listed, and is a healthy network found so?

Nothing runs here: the state is the recorded one with the fault in it, wire and target health are those of the
table in truth.py, which tests/lab/test_closed_loop.py holds against packets.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from nlbcheck.errors import ExitStatus
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Code, Confidence, Report, Verdict
from tests.diagnosis.diagnosing import Wire, diagnosed, ok
from tests.scenarios.faulty import recording_of, report_on, table_of
from tests.scenarios.truth import CASES, is_told_beside
from tests.scenarios.truth_networks import NETWORKS

OWN = {
    "article": {("tg-30080", "target-group-port-differs")},
    "inspected": {("tg-30080", "target-group-port-differs")},
    "guarded": {("forbidden-10.2.1.30:3306", "sg-denies")},
    "preserving": {("tg-3022", "connections-collide"), ("tg-3080", "connections-collide")},
}
"""What is to be said of a healthy network: the article's second trap, and what comes with preservation."""
INFERRED = frozenset(
    {
        "cross-zone-off", "preserved-outside",
        "proxy-protocol", "vpn-selector-narrow", "target-sg-names-client", "target-acl-narrow",
        "firewall-drops", "appliance-mode-off", "on-premises-drops", "expects-proxy", "client-firewall-drops",
        "client-firewall-rejects", "container-range", "reverse-path-filter",
    }
)  # fmt: skip
"""Faults whose cause is inferred from what AWS documents, and so only likely."""


def told(report: Report, code: str) -> set[object]:
    """Return what tells a report's findings of a code apart."""
    return {(found.code, found.leg, found.resource) for found in report.findings if found.code == code}


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named(name: str) -> None:
    case, code = CASES[name], FAULTS[name].finding
    report = report_on(case.network, name)
    assert told(report, code)
    down = [row for row in report.by_row() if row.verdict is Verdict.FAIL]
    causes = {row.row.cause.code for row in down if row.row.cause}
    assert causes <= {case.cause or code, *filter(None, [case.elsewhere])}
    assert len(down) >= sum(
        any(letter != "." for letter in column) for column in zip(*case.wire.split(), strict=True)
    )
    assert all(row.row.cause for row in down)
    inferred = {
        row.row.cause.code for row in down if row.row.cause and row.row.cause.confidence is Confidence.LIKELY
    }
    assert bool(inferred) is (name in INFERRED)


@cache
def told_alone(name: str) -> frozenset[object]:
    return frozenset(told(report_on(CASES[name].network, name), FAULTS[name].finding))


def beside(name: str) -> list[str]:
    """Return the faults to try together with one: a third of those that come later, or all of them."""
    later = list(CASES)[list(CASES).index(name) + 1 :]
    pairs = [other for other in later if CASES[other].network == CASES[name].network]
    return pairs if os.environ.get("NLBCHECK_ALL_PAIRS") else pairs[len(name) % 3 :: 3]


def missing(one: str, other: str) -> list[str]:
    """Return which of two faults a diagnosis of both does not tell of, though it must."""
    wanted = [name for name, its in ((one, other), (other, one)) if is_told_beside(name, its)]
    if len(wanted) < 2 and FAULTS[one].on_state and FAULTS[other].on_state:
        return []  # they replace each other: what is left is a single fault
    report = report_on(CASES[one].network, one, other)
    alike = FAULTS[one].finding == FAULTS[other].finding
    return [
        name
        for name in wanted
        if not (found := told(report, FAULTS[name].finding)) or (alike and not found & told_alone(name))
    ]


@pytest.mark.parametrize("name", CASES)
def test_both_of_two_faults_are_told(name: str) -> None:
    untold = {other: lost for other in beside(name) if (lost := missing(name, other))}
    assert untold == {}


def test_a_likely_gate_that_an_answer_has_passed_is_a_warning_whatever_the_answer() -> None:
    report = report_on("article", "zone-shifted", "process-stopped")
    found = {item.code: item.verdict for item in report.findings}
    assert found[Code.ZONE_SHIFTED] is Verdict.WARN
    assert "wire-contradicts-model" not in found


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("wire", [None, ok], ids=["not probed", "probed"])
def test_a_healthy_network_is_found_so(network: str, wire: Wire | None) -> None:
    table = table_of(network)
    report = diagnosed(recording_of(network), wire, table=table, client=table.client)
    hidden = network == "inspected" and wire is None  # what its firewalls do
    found = {(row.row.name, item.code) for row in report.by_row() for item in row.all_findings}
    assert {item for item in found if item[1] != "not-visible" or not hidden} == OWN.get(network, set())
    assert set(report.verdicts) == {Verdict.UNKNOWN if hidden else Verdict.PASS}
    assert report.table == ()
    assert report.exit_status is (ExitStatus.UNSEEN if hidden else ExitStatus.OK)
