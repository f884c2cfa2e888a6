"""What would be diagnosed of a network that has faults?

The state is the recorded one with the faults in it; wire and health are those of the table in truth.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes.edited import EditedState
from nlbcheck.lab.emulation import draw, running
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.faults.scene import Scene
from nlbcheck.model import Code, Node, Observation, Report, Status
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import diagnosed, result
from tests.scenarios.truth import ANSWERS, BEFORE_TARGET, CASES, LEADS_TO, STATUSES
from tests.scenarios.truth_networks import NETWORKS

_GRAVEST = "HTRBX."
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
    scene = Scene(draw(AwsState(healthy), wanted.wishes, wanted.client), healthy)
    state = EditedState(healthy)
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

    def wire(row: Row, node: Node) -> Status | Observation:
        static_ip, place = table.static_ips.index(node), table.rows.index(row)
        letters = {name: letter_of(name, set(names), static_ip, place) for name in names}
        letter = min(letters.values(), key=_GRAVEST.index)
        shown = [ANSWERS.get(name, {}).get(place, {}) for name, own in letters.items() if own == letter]
        if detail := {key: value for answer in shown for key, value in answer.items()}:
            return replace(result(row.check, STATUSES[letter]), detail=detail)
        return STATUSES[letter]

    opened = any(FAULTS[name].finding is Code.REACHABLE_UNWANTED for name in names)
    forbidden = Status.REFUSED if opened else Status.TIMED_OUT
    state = broken(network, names)
    return diagnosed(state, wire, table=table, client=table.client, forbidden=forbidden)


def letter_of(name: str, names: set[str], static_ip: int, row: int) -> str:
    """Return how a fault shows at one row and static IP, where others may lead the first row elsewhere."""
    led = [place for other, place in LEADS_TO.items() if other in names and other != name]
    seen_at = led[0] if led and row == 0 and name not in BEFORE_TARGET else row
    return CASES[name].wire.split()[static_ip][seen_at]
