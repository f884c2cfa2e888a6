"""Is the right cause named for every fault, are both of any two listed, and is a healthy network found so?

Nothing runs here: the state is the recorded one with the fault in it, wire and target health are those of the
table in truth.py, which tests/lab/test_closed_loop.py holds against packets.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from nlbcheck.aws.edit.state import State
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.world import World
from nlbcheck.errors import ExitStatus
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.faults.scene import Scene
from nlbcheck.lab.twin import draw, running
from nlbcheck.mapping import Row, Table
from nlbcheck.model import Node, Report, Status, Verdict
from tests.diagnosis.diagnosing import Wire, diagnosed, ok
from tests.scenarios.truth import BEFORE_TARGET, CASES, LEADS_TO, STATUSES, is_told_beside
from tests.scenarios.truth_networks import NETWORKS

OWN = {"article": {("tg-30080", "target-group-port-differs")}}
"""What is to be said of a healthy network: the article's second trap."""
_GRAVEST = "TRBX."
"""When two faults meet, silence hides a refusal, and that hides a wrong answer."""
_GIVEN_UP = {
    "State": "unhealthy",
    "Reason": "Target.FailedHealthChecks",
    "Description": "Health checks failed",
}


@cache
def table_of(network: str) -> Table:
    return NETWORKS[network]().table


@cache
def recording_of(network: str) -> Recording:
    return NETWORKS[network]().cloud.recording()


def broken(network: str, names: Iterable[str]) -> Recording:
    """Return the state with faults in it, each at what it happens to alone, and the health they lead to."""
    healthy = recording_of(network)
    wanted = running.settings(healthy, table_of(network))
    scene = Scene(draw(World(healthy), wanted.wishes, wanted.client), healthy)
    state = State(healthy)
    for name in names:
        if change := FAULTS[name].on_state:
            change(state, scene)
    recording = state.recording
    ports = {port for name in names for port in CASES[name].unhealthy.split()}
    given_up = [
        replace(answer, response=_given_up(answer.response))
        if any(f"-{port}/" in str(answer.parameters.get("TargetGroupArn")) for port in ports)
        and answer.operation == "DescribeTargetHealth"
        else answer
        for answer in recording.answers
    ]
    return replace(recording, answers=tuple(given_up))


def _given_up(response: Mapping[str, Any]) -> Mapping[str, Any]:
    targets = [
        {**item, "TargetHealth": _GIVEN_UP} if item["TargetHealth"]["State"] == "healthy" else item
        for item in response["TargetHealthDescriptions"]
    ]
    return {**response, "TargetHealthDescriptions": targets}


def report_on(network: str, *names: str) -> Report:
    """Diagnose a network that has faults, with the wire as it is then."""
    table = table_of(network)

    def wire(row: Row, node: Node) -> Status:
        static_ip, place = table.static_ips.index(node), table.rows.index(row)
        letters = [letter_of(name, set(names), static_ip, place) for name in names]
        return STATUSES[min(letters, key=_GRAVEST.index)]

    return diagnosed(broken(network, names), wire, table=table, client=table.client)


def letter_of(name: str, names: set[str], static_ip: int, row: int) -> str:
    """Return how a fault shows at one row and static IP, where others may lead the first row elsewhere."""
    led = [place for other, place in LEADS_TO.items() if other in names and other != name]
    seen_at = led[0] if led and row == 0 and name not in BEFORE_TARGET else row
    return CASES[name].wire.split()[static_ip][seen_at]


def told(report: Report, code: str) -> set[object]:
    """Return what tells a report's findings of a code apart."""
    return {(found.code, found.leg, found.resource) for found in report.findings if found.code == code}


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named(name: str) -> None:
    case, code = CASES[name], FAULTS[name].finding
    report = report_on(case.network, name)
    assert told(report, code)
    down = [row for row in report.mappings if row.verdict is Verdict.FAIL]
    causes = {row.diagnosis.cause.code for row in down if row.diagnosis and row.diagnosis.cause}
    assert causes <= {case.cause or code, *filter(None, [case.elsewhere])}
    assert len(down) >= sum(
        any(letter != "." for letter in column) for column in zip(*case.wire.split(), strict=True)
    )
    assert all(row.diagnosis and row.diagnosis.cause for row in down)


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
    assert found["zone-shifted"] is Verdict.WARN
    assert "wire-contradicts-model" not in found


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("wire", [None, ok], ids=["not probed", "probed"])
def test_a_healthy_network_is_found_so(network: str, wire: Wire | None) -> None:
    table = table_of(network)
    report = diagnosed(recording_of(network), wire, table=table, client=table.client)
    assert {(row.name, found.code) for row in report.mappings for found in row.all_findings} == OWN.get(
        network, set()
    )
    assert set(report.verdicts) == {Verdict.PASS}
    assert report.table == ()
    assert report.exit_status is ExitStatus.OK
