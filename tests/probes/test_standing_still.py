"""A process that stood still, and was let go on, invents nothing; a run is over when it said it would be."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from nlbcheck.model import Check, Status
from nlbcheck.probes import registry
from nlbcheck.probes.limits import Limits
from tests.certificates import Authority
from tests.probes.probing import endpoint, run
from tests.servers import Handler, answers, says_nothing, serving, speaks_ssh, speaks_tls

SLOW = 1.2
OK = b"HTTP/1.1 200 OK\r\n\r\n"
KEY = paramiko.ECDSAKey.generate()


def slowly(handler: Handler) -> Handler:
    """Answer, but not at once."""

    def slow(peer: socket.socket) -> None:
        time.sleep(SLOW)
        handler(peer)

    return slow


@contextlib.contextmanager
def slow_servers(folder: Path) -> Iterator[list[tuple[str, int]]]:
    """Yield the check and port of a slow server of each kind."""
    tls = speaks_tls(Authority(folder).context("127.0.0.1"), answers(OK))
    with (
        serving(slowly(answers(OK))) as http,
        serving(slowly(tls)) as https,
        serving(slowly(speaks_ssh(KEY))) as ssh,
    ):
        yield [("http", http), ("https", https), ("ssh", ssh)]


PROBING = """
import json, sys
from nlbcheck.model import Check, HostKey
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage.local import ThisMachine
from tests.probes.probing import endpoint
asked = json.loads(sys.argv[1])
flows = [
    endpoint(port, Check(check), target=f"{check}{number}", verify=False)
    for check, port in asked["servers"] for number in range(4)
]
here = ThisMachine(processes=asked["processes"])
seen = here.probe(flows, Limits(timeout=3), lambda count: print("begun", flush=True))
print(json.dumps([f"{result.check}: {result.status} {result.error}" for result in seen.results]))
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_after_a_stop_no_silence_is_invented(tmp_path: Path, processes: int) -> None:
    with slow_servers(tmp_path) as servers:
        asked = json.dumps({"servers": servers, "processes": processes})
        with subprocess.Popen(
            [sys.executable, "-c", PROBING, asked], stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as running:
            assert running.stdout
            running.stdout.readline()
            time.sleep(SLOW / 2)
            os.killpg(running.pid, signal.SIGSTOP)
            time.sleep(4)
            os.killpg(running.pid, signal.SIGCONT)
            said = running.stdout.read().splitlines()[-1]
    assert json.loads(said) == [f"{check}: ok None" for check, _ in servers for _ in range(4)]


def test_a_run_is_over_in_time_and_what_is_not_done_has_no_result() -> None:
    with serving(says_nothing) as port:
        started = time.monotonic()
        limits = Limits(timeout=30, until=started + 0.5)
        outcome = run(
            [endpoint(port, check, target=check) for check in Check if check is not Check.TCP], limits
        )
        assert time.monotonic() - started < 5
    assert not outcome.interrupted
    assert {result.status for result in outcome.results} == {Status.INTERRUPTED}
    assert {result.error for result in outcome.results} == {
        "the time limit of the run was over before it was done"
    }


def test_a_busy_machine_that_imports_slowly_takes_nothing_from_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = registry.find

    def slow(check: Check) -> registry.Probe:
        time.sleep(SLOW)
        return find(check)

    monkeypatch.setattr(registry, "find", slow)
    with serving(answers(OK)) as port:
        limits = Limits(until=time.monotonic() + SLOW / 2)
        outcome = run([endpoint(port, Check.HTTP)], limits)
    assert [result.status for result in outcome.results] == [Status.OK]


@pytest.mark.parametrize("check", ["http", "ssh"])
def test_the_seconds_that_are_told_hold_for_few_open_files_too(tmp_path: Path, check: str) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (66, 66))

    with serving(says_nothing, "0.0.0.0") as port:
        row = {"listener": f"TCP:{port}", "target_group": "g", "target_port": "TCP:22", "target": "10.0.0.1"}
        addresses = [f"127.0.0.{number}" for number in range(1, 13)]
        table = {"static_ips": addresses, "mappings": [{**row, "check": check}]}
        file = tmp_path / "table.json"
        file.write_text(json.dumps(table))
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "nlbcheck", "probe", "-v", "--timeout", "0.5", "-m", file, "-f", "json"],
            capture_output=True,
            text=True,
            preexec_fn=few,
            check=False,
        )
        took = time.monotonic() - started
    told = re.search(r"at most (\d+) s", done.stderr)
    assert told, done.stderr
    assert 3 <= took < int(told[1]) + 6  # what it takes to start is on top
    assert json.loads(done.stdout)["summary"]["fail"] == 12
