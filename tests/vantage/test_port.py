"""A vantage point is whatever answers the port: one run works with a machine, streams, or results alone."""

from __future__ import annotations

import _thread
import contextlib
import errno
import socket
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlbcheck.diagnosis.report import Run, assemble
from nlbcheck.model import Check, Client, Flow, Observation, Report, Status
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes import outcome
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch
from nlbcheck.probes.stream import Stream
from nlbcheck.relays import load
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage
from nlbcheck.vantage.streams import Opener, StreamVantage
from tests.probes.probing import SOON, endpoint
from tests.servers import Crowd, Handler, answers, closes, says, says_nothing, serving

OK = answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")
ELSEWHERE = Client("bastion", "192.168.1.10")


def in_memory(servers: Mapping[int, Handler]) -> Opener:
    """Return an opener of streams to servers that stand on no network at all."""

    def opener(to: SocketAddress, _seconds: float) -> socket.socket:
        if to.port not in servers:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        ours, theirs = socket.socketpair()

        def serve() -> None:
            with contextlib.suppress(OSError), theirs:
                servers[to.port](theirs)

        threading.Thread(target=serve, daemon=True).start()
        return ours

    return opener


class Recorded:
    """A vantage point that gives results and no streams, as one behind a command runner does."""

    def __init__(self, results: Mapping[int, Status]) -> None:
        self._results = results

    def identity(self, towards: str | None = None) -> Client:
        return ELSEWHERE

    def probe(self, endpoints: Sequence[Flow], limits: Limits, watch: Watch) -> Observations:
        results: list[Observation | None] = [None] * len(endpoints)
        interrupted = False
        try:
            watch(0)
            for index, item in enumerate(endpoints):
                status = self._results.get(item.port, Status.REFUSED)
                results[index] = Observation(item.check, status, error=None if status is Status.OK else "no")
                watch(1)
        except KeyboardInterrupt:
            interrupted = True
        return outcome.whole(endpoints, results, interrupted=interrupted)


def report(vantage: Vantage, table_file: Path) -> Report:
    """Do what ``nlbcheck probe`` does, from any vantage point."""
    table = load(table_file)
    endpoints = table.flows(table.rows)
    done = vantage.probe(endpoints, Limits(), outcome.unwatched)
    run = Run("1", datetime.now(UTC), "probe", done.interrupted)
    return assemble(table, table.rows, endpoints, done.results, vantage.identity("127.0.0.1"), run)


def test_one_run_works_from_every_vantage_point(tmp_path: Path) -> None:
    with serving(OK) as web, serving(says_nothing) as plain:
        table = tmp_path / "nlbcheck.yaml"
        table.write_text(
            "static_ips: {zone-a: 127.0.0.1}\n"
            "mappings:\n"
            f"  - {{listener: {web}, target_group: tg-web, target_port: 80, target: 10.0.0.1}}\n"
            f"  - {{listener: {plain}, target_group: tg-tcp, target_port: 99, target: 10.0.0.2}}\n"
            "  - {listener: 9, target_group: tg-nobody, target_port: 9, target: 10.0.0.3}\n"
        )
        vantages: list[tuple[Vantage, str]] = [
            (ThisMachine(), "this machine"),
            (StreamVantage(ELSEWHERE, in_memory({web: OK, plain: says_nothing})), "bastion"),
            (Recorded({web: Status.OK, plain: Status.OK}), "bastion"),
        ]
        for vantage, source in vantages:
            made = report(vantage, table)
            seen = [result.observation for result in made.results]
            assert [item and item.status for item in seen] == [Status.OK, Status.OK, Status.REFUSED]
            assert made.client.source == source


def test_this_machine_knows_its_address_towards_another() -> None:
    assert ThisMachine().identity("127.0.0.1") == Client("this machine", "127.0.0.1")
    assert ThisMachine().identity("::1").address == "::1"
    assert ThisMachine().identity() == Client("this machine")
    assert ThisMachine("here").identity("255.255.255.255").address is None


class TestStreams:
    def test_results_stand_in_the_order_of_the_endpoints(self) -> None:
        vantage = StreamVantage(ELSEWHERE, in_memory({1: OK, 2: closes, 3: says(b"SSH-2.0-x\r\n")}))
        checks = [(1, Check.HTTP), (3, Check.SSH), (9, Check.TCP), (2, Check.TCP)] * 5
        endpoints = [endpoint(port, check, target=str(n), ssh_banner_only=True)
                     for n, (port, check) in enumerate(checks)]  # fmt: skip
        counted: list[int] = []
        done = vantage.probe(endpoints, Limits(), counted.append)
        wanted = [Status.OK, Status.OK, Status.REFUSED, Status.OK] * 5
        assert [result.status for result in done.results] == wanted
        assert sum(counted) == len(endpoints)

    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (OSError(errno.EHOSTUNREACH, "No route to host"), Status.UNREACHABLE, "No route to host"),
            (TimeoutError(errno.ETIMEDOUT, "late"), Status.TIMED_OUT, "no answer within"),
            (OSError("the channel was not opened"), Status.CRASHED, "the channel was not opened"),
            (ZeroDivisionError("our fault"), Status.CRASHED, "ZeroDivisionError: our fault"),
        ],
    )
    def test_an_opener_that_fails_costs_one_result(
        self, error: Exception, status: Status, words: str
    ) -> None:
        def opener(to: SocketAddress, seconds: float) -> Stream:
            if to.port == 1:
                raise error
            return in_memory({2: closes})(to, seconds)

        endpoints = [endpoint(1, Check.TCP), endpoint(2, Check.TCP)]
        failed, fine = StreamVantage(ELSEWHERE, opener).probe(endpoints, Limits()).results
        assert (failed.status, fine.status) == (status, Status.OK)
        assert words in str(failed.error)

    def test_an_opener_that_never_returns_is_a_time_out(self) -> None:
        until = threading.Event()

        def opener(to: SocketAddress, seconds: float) -> Stream:
            until.wait()
            return in_memory({1: closes})(to, seconds)

        result = StreamVantage(ELSEWHERE, opener).probe([endpoint(1, Check.TCP)], SOON).results[0]
        until.set()
        assert result.status is Status.TIMED_OUT

    def test_an_interrupt_keeps_what_is_done(self) -> None:
        vantage = StreamVantage(ELSEWHERE, in_memory({1: OK, 2: says_nothing}))
        endpoints = [endpoint(1, Check.HTTP, target="a"), endpoint(2, Check.SSH, target="b")]
        done = vantage.probe(
            endpoints, Limits(timeout=30), lambda count: _thread.interrupt_main() if count else None
        )
        assert done.interrupted
        assert [result.status for result in done.results] == [Status.OK, Status.INTERRUPTED]

    def test_one_target_never_has_more_than_its_share_of_streams(self) -> None:
        crowd = Crowd()
        endpoints = [endpoint(1, Check.HTTP, target="one") for _ in range(24)]
        done = StreamVantage(ELSEWHERE, in_memory({1: crowd.answer})).probe(endpoints, Limits(rest=0))
        assert {result.status for result in done.results} == {Status.OK}
        assert 2 <= crowd.most <= 4
