"""Do runs that go on together share calls and pauses, and cost each other nothing?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from nlbcheck.errors import ExitStatus, InputError, UnseenError
from nlbcheck.model import Check, Flow, Node, Observation, ProbeSpec, Report, Status
from nlbcheck.probes.sampling import Sampled
from nlbcheck.relays.table import Table
from nlbcheck.run.together import Due, Part, Pause, Steps, alone, probes, together
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage
from tests.formats.reports import REPORTS

HERE = ThisMachine()
REPORT = REPORTS["all-ok"]


def flow(relay: str, port: int = 1) -> Flow:
    return Flow("tg", Node(None, ip_address("127.0.0.1")), port, "t", ProbeSpec(Check.TCP), relay=relay)


class Made:
    """Makes no connections, and remembers what was wanted at once."""

    def __init__(self, *errors: BaseException) -> None:
        self.calls: list[list[str]] = []
        self._errors = list(errors)

    def __call__(self, flows: Sequence[Flow], _vantage: Vantage) -> Sampled:
        self.calls.append([flow.relay for flow in flows])
        if self._errors:
            raise self._errors.pop(0)
        seen = tuple(Observation(Check.TCP, Status.OK, error=flow.relay) for flow in flows)
        return Sampled(tuple(flows), seen, interrupted=False)


def probing(relay: str, rounds: int = 1) -> Steps[Report]:
    for _ in range(rounds):
        seen = yield from probes([flow(relay), flow(relay, 2)], HERE)
        assert [one.error for one in seen.results] == [relay, relay]
    return REPORT


def part(relay: str, steps: Steps[Report]) -> Part:
    return Part(Table(relay, ()), lambda: steps)


def test_what_is_wanted_at_once_is_made_at_once() -> None:
    make = Made()
    parts = [part("a", probing("a", 2)), part("b", probing("b"))]
    assert together(parts, make) is False
    assert make.calls == [["a", "a", "b", "b"], ["a", "a"]]
    assert [item.report for item in parts] == [REPORT, REPORT]


def failing(error: Exception) -> Steps[Report]:
    yield Due((), HERE)
    raise error


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (InputError("a", "b"), ExitStatus.USAGE),
        (UnseenError("gone"), ExitStatus.UNSEEN),
        (ZeroDivisionError(), ExitStatus.INTERNAL),
    ],
)
def test_what_one_raises_costs_it_alone(error: Exception, ending: ExitStatus) -> None:
    parts = [part("a", failing(error)), part("b", probing("b"))]
    assert together(parts, Made()) is False
    assert (parts[0].report, parts[0].relay.ending) == (None, ending)
    assert parts[0].relay.problems
    assert parts[1].report == REPORT


def test_connections_that_cannot_be_made_are_told_to_whoever_wanted_them() -> None:
    def patient() -> Steps[Report]:
        with pytest.raises(UnseenError, match="the tunnel is gone"):
            yield from probes([flow("a")], HERE)
        return REPORT

    parts = [part("a", patient()), part("b", probing("b"))]
    assert together(parts, Made(UnseenError("the tunnel is gone"))) is False
    assert parts[0].report == REPORT
    assert parts[1].relay.problems == ("the tunnel is gone",)
    assert alone(patient(), Made(UnseenError("the tunnel is gone"))) == REPORT


def test_an_interrupt_ends_all_with_what_they_know() -> None:
    def knowing() -> Steps[Report]:
        try:
            yield from probing("a")
        except KeyboardInterrupt:
            return REPORT
        raise AssertionError("was not interrupted")

    parts = [part("a", knowing()), part("b", probing("b"))]
    assert together(parts, Made(KeyboardInterrupt())) is True
    assert parts[0].report == REPORT
    assert parts[1].relay.ending is ExitStatus.INTERRUPTED
    with pytest.raises(KeyboardInterrupt):
        alone(probing("a"), Made(KeyboardInterrupt()))


def test_pauses_pass_together() -> None:
    said: list[str] = []

    def waiting(relay: str, seconds: float) -> Steps[Report]:
        yield Pause(time.monotonic() + seconds, lambda: said.append(relay))
        return (yield from probing(relay))

    make = Made()
    begun = time.monotonic()
    parts = [part("a", waiting("a", 0.5)), part("b", waiting("b", 0.3)), part("c", probing("c"))]
    assert together(parts, make) is False
    assert time.monotonic() - begun >= 0.5
    assert make.calls == [["c", "c"], ["b", "b"], ["a", "a"]]
    assert said[0] == "b"
    assert all(item.report for item in parts)
