"""Several processes share a run, and nothing but the processors notices."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.model import Check
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage import local, processes
from tests.probes.probing import endpoint
from tests.servers import Handler, answers, black_hole, closed_port, says_nothing, serving

OK = answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")
Asked = Sequence[tuple[int, str, str]]


class Forking:
    """A run in a process of its own, by processes of its own."""

    def __init__(
        self, running: subprocess.Popen[str], flows: Asked, do: str | None, tell: int, **limits: float
    ) -> None:
        self.running = running
        assert running.stdin is not None
        assert running.stdout is not None
        asked = {"flows": flows, "processes": 3, "limits": limits, "do": do, "tell": tell}
        running.stdin.write(json.dumps(asked))
        running.stdin.close()
        self.forks: list[int] = json.loads(running.stdout.readline())

    def told(self) -> None:
        """Wait for so many results."""
        assert self.running.stdout is not None
        assert self.running.stdout.readline() == "so many\n"

    def result(self) -> dict[str, Any]:
        assert self.running.stdout is not None
        result: dict[str, Any] = json.loads(self.running.stdout.read())
        assert self.running.wait(10) == 0
        assert result["left"] == []
        return result


@contextlib.contextmanager
def forking(flows: Asked, do: str | None = None, tell: int = 0, **limits: float) -> Iterator[Forking]:
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.vantage.forking"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with running:
        try:
            yield Forking(running, flows, do, tell, **limits)
        finally:
            running.kill()


def ran(flows: Asked, do: str | None = None, **limits: float) -> dict[str, Any]:
    with forking(flows, do, 0, **limits) as run:
        return {**run.result(), "forks": len(run.forks)}


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_every_result_stands_in_its_endpoints_place() -> None:
    with serving(OK) as port:
        nobody = closed_port()
        ports = [port if index % 3 else nobody for index in range(60)]
        checks = ["http" if index % 2 else "tcp" for index in range(60)]
        asked = [
            (at, check, str(index % 20)) for index, (at, check) in enumerate(zip(ports, checks, strict=True))
        ]
        result = ran(asked)
    assert result["statuses"] == ["ok" if at == port else "refused" for at in ports]
    assert result["checks"] == checks
    assert (result["counted"], result["forks"], result["interrupted"]) == (60, 3, False)


def test_one_target_never_has_more_than_its_share_of_connections_of_all_processes() -> None:
    lock, now, most, together = threading.Lock(), Counter[str](), Counter[str](), [0]

    def handler(target: str) -> Handler:
        def handle(peer: socket.socket) -> None:
            with lock:
                now[target] += 1
                most[target] = max(most[target], now[target])
                together[0] = max(together[0], now.total())
            peer.recv(65536)
            time.sleep(0.02)
            with lock:
                now[target] -= 1
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        return handle

    with ExitStack() as stack:
        targets = {name: stack.enter_context(serving(handler(name))) for name in "abcd"}
        asked = [(targets[name], "http", name) for _ in range(20) for name in targets]
        result = ran(asked)
    assert set(result["statuses"]) == {"ok"}
    assert result["forks"] == 3
    assert set(most) == set("abcd")
    assert max(most.values()) <= 4 < together[0]


@pytest.mark.parametrize("whom", ["the parent", "all, as a terminal does"])
def test_an_interrupt_keeps_what_is_done(whom: str) -> None:
    with serving(OK) as port, serving(says_nothing) as silent, black_hole() as hole:
        asked = [(port, "http", f"a{n}") for n in range(6)]
        asked += [(silent, "ssh", f"b{n}") for n in range(6)] + [(hole, "tcp", f"c{n}") for n in range(6)]
        with forking(asked, tell=6, timeout=60) as run:
            run.told()
            for pid in [*run.forks, run.running.pid] if whom != "the parent" else [run.running.pid]:
                os.kill(pid, signal.SIGINT)
            result = run.result()
    assert result["interrupted"]
    assert result["statuses"] == ["ok"] * 6 + ["interrupted"] * 12
    assert all(map(is_gone, run.forks))


def test_a_process_that_dies_costs_its_own_results_alone() -> None:
    with serving(OK) as port, serving(says_nothing) as silent:
        asked = [(port, "tcp", f"a{n}") for n in range(9)] + [(silent, "http", f"b{n}") for n in range(9)]
        with forking(asked, do="kill a child", tell=9, timeout=4) as run:
            run.told()
            result = run.result()
    assert result["statuses"][:9] == ["ok"] * 9
    assert Counter(result["statuses"][9:]) == {"no-reply": 6, "crashed": 3}
    assert Counter(result["errors"])["its process was ended by SIGKILL"] == 3
    assert (result["counted"], result["interrupted"]) == (18, False)


def test_when_the_parent_is_killed_nobody_goes_on() -> None:
    with (
        serving(says_nothing) as silent,
        black_hole() as hole,
        forking([(silent, "ssh", "a"), (silent, "http", "b"), (hole, "tcp", "c")], timeout=60) as run,
    ):
        assert len(run.forks) == 3
        run.running.kill()
        wait_until(lambda: all(map(is_gone, run.forks)))


@pytest.mark.parametrize("do", ["fork", "second fork", "memfd_create", "thread"])
def test_where_there_can_be_no_more_processes_one_does_it(do: str) -> None:
    with serving(OK) as port:
        result = ran([(port, "http", str(index)) for index in range(12)], do=do)
    assert (result["statuses"], result["forks"], result["counted"]) == (["ok"] * 12, 0, 12)


def test_an_interrupt_between_two_forks_is_an_interrupt_as_any_other() -> None:
    result = ran([(closed_port(), "tcp", str(index)) for index in range(12)], do="interrupt")
    assert (result["statuses"], result["interrupted"]) == (["interrupted"] * 12, True)


def test_no_file_is_left_open() -> None:
    with serving(OK) as port:
        asked = [(port, "http", str(index)) for index in range(12)]
        assert (
            ran(asked)["files"] == ran(asked, do="thread")["files"] == ran(asked, do="second fork")["files"]
        )


@given(st.lists(st.sampled_from("abcdefg"), max_size=40), st.integers(1, 5))
def test_a_target_is_in_one_share_and_every_endpoint_in_one(targets: list[str], count: int) -> None:
    flows = [endpoint(1, Check.TCP, target=target) for target in targets]
    shares = processes.shares(flows, count)
    assert sorted(index for share in shares for index in share) == list(range(len(targets)))
    assert all(share == sorted(share) and share for share in shares)
    owners = [{targets[index] for index in share} for share in shares]
    assert sum(map(len, owners)) == len(set(targets))
    largest = max(Counter(targets).values(), default=0)
    assert not shares or max(map(len, shares)) - min(map(len, shares)) <= largest


@given(
    st.lists(st.sampled_from(["a", "b", "c", "ab", "bc", "de", "ef", "fgh"]), max_size=40), st.integers(1, 5)
)
def test_targets_that_one_connection_may_reach_are_in_one_share(targets: list[str], count: int) -> None:
    flows = [
        replace(endpoint(1, Check.TCP, target=target), any_of=tuple(target) if len(target) > 1 else ())
        for target in targets
    ]
    shares = processes.shares(flows, count)
    assert sorted(index for share in shares for index in share) == list(range(len(targets)))
    machines = [{machine for index in share for machine in flows[index].machines} for share in shares]
    assert sum(map(len, machines)) == len(set().union(*machines))


def test_small_runs_are_one_processes_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_processors", lambda: 8)
    assert local._worth(499, Limits()) == 1
    assert local._worth(500, Limits()) == 2
    assert local._worth(10_000, Limits()) == 8
    assert local._worth(10_000, Limits(concurrency=100)) == 0
