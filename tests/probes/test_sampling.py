"""Are there as many connections as a row is to have, and no more where they tell nothing or are too many?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.model import Check, Flow, Observation, Status
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations
from nlbcheck.probes.sampling import Sampled, sampled
from tests.probes.probing import endpoint, run
from tests.servers import Crowd, answers, closes, serving, shared_by

WEB = [answers(b"HTTP/1.1 200 OK\r\nServer: %d\r\n\r\n" % number) for number in range(3)]


def flow(samples: int, port: int = 1, check: Check = Check.TCP) -> Flow:
    return replace(endpoint(port, check), samples=samples)


class Wire:
    """Answers connections with statuses in turn, and keeps what was asked of it."""

    def __init__(self, *statuses: Status, cut_at: int | None = None) -> None:
        self._statuses = statuses
        self._cut_at = cut_at
        self.asked: list[tuple[int, int]] = []
        """How many connections at once, and how many attempts each had."""

    def __call__(self, flows: Sequence[Flow], limits: Limits) -> Observations:
        self.asked.append((len(flows), limits.attempts))
        interrupted = len(self.asked) == self._cut_at
        made = sum(count for count, _ in self.asked[:-1])
        seen = [self._statuses[(made + number) % len(self._statuses)] for number in range(len(flows))]
        results = [Observation(one.check, status) for one, status in zip(flows, seen, strict=True)]
        if interrupted:
            results[1:] = [Observation(one.check, Status.INTERRUPTED, attempts=0) for one in flows[1:]]
        return Observations(tuple(results), interrupted)


def statuses(done: Sampled) -> list[Status]:
    return [result.status for result in done.results]


@given(samples=st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_what_answers_has_all_its_connections(samples: list[int]) -> None:
    flows = [flow(number) for number in samples]
    done = sampled(flows, Limits(), Wire(Status.OK))
    assert [sum(one is item for one in done.flows) for item in flows] == samples
    assert len(done.results) == len(done.flows) == sum(samples)


@pytest.mark.parametrize("status", [Status.TIMED_OUT, Status.UNREACHABLE, Status.CRASHED])
def test_where_nothing_comes_back_four_are_enough(status: Status) -> None:
    wire = Wire(status)
    done = sampled([flow(50), flow(2)], Limits(), wire)
    assert [one.samples for one in done.flows] == [50] * 4 + [2] * 2
    assert [count for count, _ in wire.asked] == [2, 4]


@pytest.mark.parametrize("heard", [Status.OK, Status.REFUSED, Status.RESET, Status.UNEXPECTED])
@pytest.mark.parametrize("place", range(4))
def test_one_that_was_heard_among_the_first_brings_the_rest(heard: Status, place: int) -> None:
    seen = [Status.TIMED_OUT] * 50
    seen[place] = heard
    done = sampled([flow(50)], Limits(), Wire(*seen))
    assert len(done.results) == 50
    assert statuses(done).count(heard) == 1


def test_several_connections_are_not_tried_again_and_one_alone_is() -> None:
    wire = Wire(Status.OK)
    sampled([flow(1), flow(3)], Limits(attempts=5), wire)
    assert wire.asked == [(1, 5), (1, 1), (2, 1)]


def test_without_several_all_is_one_run() -> None:
    wire = Wire(Status.OK)
    done = sampled([flow(1)] * 5, Limits(attempts=5), wire)
    assert (wire.asked, len(done.results)) == ([(5, 5)], 5)


@pytest.mark.parametrize(
    ("cut_at", "expected"),
    [
        (1, [Status.OK, Status.INTERRUPTED, Status.INTERRUPTED]),
        (2, [Status.OK, Status.OK, Status.OK, Status.INTERRUPTED]),
        (3, [Status.OK] * 4),
    ],
)
def test_an_interrupt_keeps_what_was_seen(cut_at: int, expected: list[Status]) -> None:
    flows = [flow(1), flow(1), flow(9), flow(9)] if cut_at == 2 else [flow(1), flow(9), flow(9)]
    done = sampled(flows, Limits(), Wire(Status.OK, cut_at=cut_at))
    assert done.interrupted
    assert statuses(done) == expected
    assert {one.samples for one in done.flows} == {1, 9}


def test_connections_leave_from_ports_of_their_own_and_reach_each_server() -> None:
    with serving(shared_by(*WEB)) as port:
        done = sampled([flow(40, port, Check.HTTP)], Limits(), run)
    assert set(statuses(done)) == {Status.OK}
    assert len({result.local_address for result in done.results}) == 40
    headers = [result.detail["headers"] for result in done.results]
    assert len({str(found) for found in headers}) == 3


@pytest.mark.parametrize("any_of", [("a", "b"), ("b", "a", "c")])
def test_no_target_has_more_at_once_than_one_target_may_have(any_of: tuple[str, ...]) -> None:
    crowd = Crowd()
    with serving(crowd.answer) as port:
        flows = [
            replace(endpoint(port, Check.HTTP, target="x"), samples=6, any_of=("a", "d")),
            replace(endpoint(port, Check.HTTP, target="y"), samples=6, any_of=any_of),
            *[endpoint(port, Check.HTTP, target="a") for _ in range(12)],
        ]
        done = sampled(flows, Limits(rest=0.0), run)
    assert set(statuses(done)) == {Status.OK}
    assert 1 <= crowd.most <= 4


@given(
    plan=st.lists(
        st.tuples(st.sampled_from(["a", "ab", "bc", "abc"]), st.integers(1, 9)), min_size=1, max_size=5
    )
)
def test_a_run_is_over_within_its_bound(plan: list[tuple[str, int]]) -> None:
    limits = Limits(concurrency=4, per_target=2, rest=0.0, timeout=1.0)
    flows = [
        replace(endpoint(1, Check.TCP, target=name), samples=samples, any_of=tuple(name) * (len(name) > 1))
        for name, samples in plan
    ]
    each = [one for one in flows for _ in range(one.samples)]
    parts: list[float] = []

    def ask(due: Sequence[Flow], own: Limits) -> Observations:
        parts.append(replace(own).bound([replace(one, samples=1) for one in due]))
        return Observations(tuple(Observation(one.check, Status.OK) for one in due), interrupted=False)

    sampled(flows, limits, ask)
    assert sum(parts) <= limits.bound(each)


def test_a_server_that_closes_at_once_is_heard() -> None:
    with serving(closes) as port:
        done = sampled([flow(5, port)], Limits(), run)
    assert statuses(done) == [Status.OK] * 5
