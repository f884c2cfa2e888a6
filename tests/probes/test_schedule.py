from __future__ import annotations

import _thread
import contextlib
import re
import socket
import threading
import time
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.model import Check, Flow, HttpExpectation, Node, Status
from nlbcheck.probes import tcp
from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange
from nlbcheck.probes.limits import Limits
from tests.certificates import Authority
from tests.probes.probing import SOON, endpoint, probe, run
from tests.servers import (
    Crowd,
    answers,
    black_hole,
    closed_port,
    closes,
    resets,
    says,
    says_nothing,
    serving,
    speaks_tls,
)

TALKING = [Check.HTTP, Check.HTTPS, Check.SSH]
OK = answers(b"HTTP/1.1 200 OK\r\n\r\n")


def seconds_in(words: str, error: str | None) -> float:
    """The seconds that an error names after ``words``; a busy machine makes them a little more."""
    found = re.search(rf"{words} (\d+\.\d) s$", str(error))
    assert found is not None, error
    return float(found[1])


@pytest.mark.parametrize("check", Check)
def test_nobody_listens(check: Check) -> None:
    result = probe(closed_port(), check)
    assert (result.status, result.connect_ms, result.error) == (
        Status.REFUSED,
        None,
        "the connection was refused",
    )


@pytest.mark.parametrize("check", Check)
def test_nobody_answers(check: Check) -> None:
    with black_hole() as port:
        result = probe(port, check, SOON)
    assert (result.status, result.connect_ms) == (Status.TIMED_OUT, None)
    assert seconds_in("no answer within", result.error) >= 0.6


@pytest.mark.parametrize("check", TALKING)
def test_accepted_and_then_silence(check: Check) -> None:
    with serving(says_nothing) as port:
        result = probe(port, check, SOON)
    assert result.status is Status.NO_REPLY
    assert seconds_in("no data came within", result.error) >= 0.6


@pytest.mark.parametrize("check", TALKING)
def test_closed_without_a_word(check: Check) -> None:
    with serving(closes) as port:
        result = probe(port, check)
    assert result.status in (Status.NO_REPLY, Status.RESET)  # a reset when our bytes came too late


@pytest.mark.parametrize("check", TALKING)
def test_reset(check: Check) -> None:
    with serving(resets) as port:
        result = probe(port, check)
    assert result.status is Status.RESET
    assert "reset by the other side" in str(result.error)


@pytest.mark.parametrize("handler", [says_nothing, OK])
def test_a_tcp_probe_asks_for_the_connection_alone(handler) -> None:
    with serving(handler) as port:
        result = probe(port, Check.TCP)
    assert (result.status, result.error, result.detail) == (Status.OK, None, {})
    assert result.connect_ms is not None
    assert result.total_ms is not None
    assert 0 < result.connect_ms <= result.total_ms
    assert str(result.local_address).startswith("127.0.0.1:")


def test_an_address_without_a_way_there_is_unreachable() -> None:
    # 255.255.255.255 is refused by this machine's own kernel; nothing leaves it.
    nowhere = Flow("row", Node("zone", ip_address("255.255.255.255")), 9, "t")
    result = run([nowhere], SOON).results[0]
    assert (result.status, result.error) == (
        Status.UNREACHABLE,
        "this machine reports: Network is unreachable",
    )


def test_every_result_stands_in_its_endpoints_place() -> None:
    with serving(OK) as port:
        checks = [Check.HTTP, Check.TCP] * 30
        ports = [port if index % 3 else closed_port() for index in range(60)]
        endpoints = [
            endpoint(port, check, target=str(index))
            for index, (check, port) in enumerate(zip(checks, ports, strict=True))
        ]
        outcome = run(endpoints, Limits())
    assert [result.check for result in outcome.results] == checks
    assert [result.status is Status.OK for result in outcome.results] == [
        index % 3 != 0 for index in range(60)
    ]


def test_one_target_never_has_more_than_its_share_of_connections() -> None:
    crowd = Crowd()
    with serving(crowd.answer) as port:
        outcome = run([endpoint(port, Check.HTTP, target="one") for _ in range(50)], Limits())
    assert {result.status for result in outcome.results} == {Status.OK}
    assert 2 <= crowd.most <= 4


def test_failures_are_tried_again_and_the_attempts_are_counted() -> None:
    calls = 0

    def handler(peer: socket.socket) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            OK(peer)

    limits = Limits(attempts=5, pause=0.01)
    with serving(handler) as port:
        result = probe(port, Check.HTTP, limits)
    assert (result.status, result.attempts, calls) == (Status.OK, 3, 3)
    refused = probe(closed_port(), Check.HTTP, limits)
    assert (refused.status, refused.attempts) == (Status.REFUSED, 5)


def test_a_wrong_answer_is_an_answer_and_not_tried_again() -> None:
    with serving(OK) as port:
        expected = HttpExpectation(statuses=(range(301, 302),))
        result = probe(port, Check.HTTP, Limits(attempts=3, pause=0.01), http=expected)
    assert (result.status, result.attempts) == (Status.UNEXPECTED, 1)


def test_silent_servers_cost_one_timeout_however_many_they_are() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def handler(peer: socket.socket) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        says_nothing(peer)
        with lock:
            now -= 1

    with serving(handler) as silent, serving(OK) as port, black_hole() as hole:
        endpoints = [endpoint(silent, Check.HTTP, target=f"s{index}") for index in range(60)]
        endpoints += [endpoint(hole, Check.TCP, target=f"h{index}") for index in range(60)]
        endpoints += [endpoint(port, Check.HTTP, target=f"o{index}") for index in range(60)]
        outcome = run(endpoints, Limits(timeout=1.5))
    statuses = [result.status for result in outcome.results]
    assert statuses == [Status.NO_REPLY] * 60 + [Status.TIMED_OUT] * 60 + [Status.OK] * 60
    assert most == 60  # all of them wait at the same time


def test_a_fault_of_ours_costs_one_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("our fault")

    monkeypatch.setattr(tcp, "exchange", broken)
    with serving(OK) as port:
        outcome = run([endpoint(port, Check.TCP), endpoint(port, Check.HTTP)], Limits())
    assert [result.status for result in outcome.results] == [Status.CRASHED, Status.OK]
    assert outcome.results[0].error == "ZeroDivisionError: our fault"


def test_an_exchange_without_a_question_waits_for_what_the_server_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = 0

    class Greeting(Exchange):
        def complete(self, heard: bytearray) -> bool:
            nonlocal looked
            looked += 1
            return heard.endswith(b"\n")

        def judge(self, connection: Connection) -> Answer:
            return Answer(Status.OK, {"greeting": connection.transcript.decode()})

    monkeypatch.setattr(tcp, "exchange", lambda _: Greeting())
    with serving(says(b"220 ", b"ready\n", every=0.2)) as port:
        result = probe(port, Check.TCP)
    assert (result.status, result.detail) == (Status.OK, {"greeting": "220 ready\n"})
    assert looked <= 3  # it slept in between


@pytest.mark.parametrize("step", ["complete", "judge"])
def test_a_fault_in_an_exchange_costs_one_result(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("our fault")

    class Faulty(Exchange):
        def judge(self, connection: Connection) -> Answer:
            return Answer(Status.OK)

    faulty = Faulty()
    setattr(faulty, step, broken)
    monkeypatch.setattr(tcp, "exchange", lambda _: faulty)
    with serving(OK) as port:
        outcome = run([endpoint(port, Check.TCP), endpoint(port, Check.HTTP)], Limits())
    assert [result.status for result in outcome.results] == [Status.CRASHED, Status.OK]
    assert outcome.results[0].error == "ZeroDivisionError: our fault"


def test_an_interrupt_keeps_what_is_done() -> None:
    with serving(OK) as port, serving(says_nothing) as silent, black_hole() as hole:
        endpoints = [
            endpoint(port, Check.HTTP, target="a"),
            endpoint(silent, Check.SSH, target="b"),
            endpoint(hole, Check.TCP, target="c"),
        ]
        outcome = run(
            endpoints, Limits(timeout=30), lambda count: _thread.interrupt_main() if count else None
        )
    assert outcome.interrupted
    assert [result.status for result in outcome.results] == [
        Status.OK,
        Status.INTERRUPTED,
        Status.INTERRUPTED,
    ]


def test_no_thread_and_no_socket_is_left_behind() -> None:
    before = threading.active_count()
    with serving(OK) as port:
        run([endpoint(port, Check.HTTP, target=str(index)) for index in range(30)], Limits())
    assert threading.active_count() == before


def test_a_tls_server_on_the_http_row(tmp_path) -> None:
    def handler(peer: socket.socket) -> None:
        with contextlib.suppress(Exception):
            speaks_tls(Authority(tmp_path).context("127.0.0.1"), OK)(peer)

    with serving(handler) as port:
        result = probe(port, Check.HTTP)
    assert result.status in (Status.BAD_REPLY, Status.RESET, Status.NO_REPLY)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["open", "closed"]), st.sampled_from(["a", "b", "ab", "bc", "abc"])),
        max_size=12,
    ),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_whatever_the_limits_every_endpoint_gets_one_result(
    plan: list[tuple[str, str]], concurrency: int, per_target: int
) -> None:
    done: list[int] = []
    with serving(closes) as port:
        ports = {"open": port, "closed": closed_port()}
        endpoints = [
            replace(endpoint(ports[kind], Check.TCP, target=target), any_of=tuple(target))
            for kind, target in plan
        ]
        limits = Limits(concurrency=concurrency, per_target=per_target, rest=0.001, attempts=2, pause=0.001)
        outcome = run(endpoints, limits, done.append)
    wanted = [Status.OK if kind == "open" else Status.REFUSED for kind, _ in plan]
    assert [result.status for result in outcome.results] == wanted
    assert sum(done) == len(plan)


def test_the_bound_of_a_run_follows_from_its_limits() -> None:
    limits = Limits(concurrency=10, per_target=4, rest=0, timeout=2, attempts=3, pause=1)
    assert limits.bound([]) == 0
    assert limits.bound([endpoint(1, Check.TCP, target="one")] * 8) == (1 + 2) * (3 * 2 + 2 * 1)


def test_connections_that_end_at_once_still_count_for_a_while() -> None:
    with serving(closes) as port:
        started = time.monotonic()
        run([endpoint(port, Check.TCP, target="one")] * 12, Limits(per_target=4, rest=0.2))
        assert time.monotonic() - started >= 0.4
