"""What a question asks of AWS is enough, and little: on every network of the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.aws.collect import Collector
from nlbcheck.aws.state import AwsState
from nlbcheck.formats import FORMATS, Style, connection
from nlbcheck.model import Report
from nlbcheck.path.reach import Trace
from tests.aws.every_network import RELAYS, TRACES, Known
from tests.schemas.valid import wrong_in

PLANNED: dict[str, int] = json.loads(Path(__file__).with_name("planned_calls.json").read_text())
"""How many calls a planner made for each relay, which guessed what the diagnosis would need."""


def asked(known: Known) -> tuple[object, int, Collector]:
    """Return what is said of a network by asking, and in how many calls."""
    sources = known.sources()
    collector = Collector(sources)
    answer = told(collector.ask(known.ask))
    return answer, sum(len(source.calls) for source in sources.values()), collector


def told(answer: object) -> object:
    """Return all that is said of the network: of a report what is not about the run."""
    if isinstance(answer, Report):
        return answer.rows, answer.results, answer.table, answer.client, answer.gaps
    return answer


@pytest.mark.parametrize("name", [*RELAYS, *TRACES])
def test_what_was_asked_says_the_same_as_everything(name: str) -> None:
    known = {**RELAYS, **TRACES}[name]()
    answer, _, collector = asked(known)
    whole = known.ask(AwsState(known.whole))
    assert answer == told(whole)
    assert answer == told(known.ask(AwsState(collector.recording)))
    assert wrong_in(*printed(whole)) == []  # no run of its own: diagnosing them all takes long
    assert wrong_in("snapshot", recording.document(collector.recording)) == []


def printed(answer: Report | Trace) -> tuple[str, Any]:
    """Return the JSON document that a command prints, after the name of its schema."""
    if isinstance(answer, Report):
        return "report", json.loads(FORMATS["json"](answer, Style()))
    paths, findings, reached = answer.paths, answer.findings, answer.walk.reached
    return "trace", json.loads(connection.document(answer.reach, paths, findings, reached))


@pytest.mark.timeout(600)  # it diagnoses every relay
def test_few_calls() -> None:
    counts = {name: asked(RELAYS[name]())[1] for name in PLANNED}
    assert counts["tg-10022"] <= 30
    assert sum(counts.values()) <= 1.05 * sum(PLANNED.values())
    assert max(counts[name] - calls for name, calls in PLANNED.items()) <= 6


def test_nothing_is_asked_twice() -> None:
    for name in ("article", "transit", "behind peered hub"):
        sources = RELAYS[name]().sources()
        Collector(sources).ask(RELAYS[name]().ask)
        for source in sources.values():
            made = [json.dumps(call, sort_keys=True) for call in source.calls]
            assert len(made) == len(set(made))
