"""Ctrl-C, from the first probe to the last byte: one yields a whole report, a second one ends all at once."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE
from tests.servers import Handler, answers, serving

ROWS = 12
LARGE = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 400) for n in range(60)) + b"\r\n"
"""Of 12 such answers the report is four times what a pipe holds."""


def slowly(reply: bytes) -> Handler:
    def handler(peer: socket.socket) -> None:
        time.sleep(random.random() / 5)
        answers(reply)(peer)

    return handler


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Path]:
    with serving(slowly(LARGE), "0.0.0.0") as port:
        row = {"listener": f"TCP:{port}", "target_group": "g", "target_port": "TCP:80", "target": "10.0.0.1"}
        addresses = [f"127.0.0.{number}" for number in range(1, ROWS + 1)]
        file = tmp_path / "nlbcheck.json"
        file.write_text(json.dumps({"static_ips": addresses, "mappings": [row]}))
        yield file


def started(*words: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "nlbcheck", *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env={**os.environ, **NO_AWS}
    )


def begun(running: subprocess.Popen[bytes]) -> None:
    """Wait until the first probe is made."""
    assert running.stderr
    line = b""
    while not line.endswith(b"\n"):
        line += running.stderr.read(1)
    assert b"at most" in line, line


def drained(running: subprocess.Popen[bytes], already: bytes = b"") -> tuple[bytes, bytes]:
    """Return all that is said, read at once."""
    stdout, stderr = running.communicate(timeout=60)
    return already + stdout, stderr


@pytest.mark.parametrize("seed", range(5))
def test_at_any_moment_the_report_is_whole(table: Path, seed: int) -> None:
    running = started("probe", "-v", "-f", "json", "-m", table)
    begun(running)
    threading.Timer(random.Random(seed).uniform(0, 0.8), running.send_signal, [signal.SIGINT]).start()
    stdout, stderr = drained(running)
    report = json.loads(stdout)
    assert stderr == b""
    assert running.returncode in (0, 130)
    assert report["exit_status"] == running.returncode or running.returncode == 130
    assert len(report["mappings"][0]["nodes"]) == ROWS


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_slow_reader_gets_all_of_it(table: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    running = started("probe", "-v", "-f", "json", "-m", table)
    begun(running)
    assert running.stdout
    first = running.stdout.read(1)
    time.sleep(0.3)  # the rest does not fit into the pipe
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)
    stdout, stderr = drained(running, first)
    assert (running.returncode, stderr) == (130, b"")
    report = json.loads(stdout)
    assert report["exit_status"] == 130
    assert report["summary"]["pass"] == ROWS
    answered = [node["probe"]["detail"]["headers"] for node in report["mappings"][0]["nodes"]]
    assert [list(map(len, headers.values())) for headers in answered] == [[400] * 60] * ROWS


def test_a_second_one_ends_at_once_while_nobody_reads(table: Path) -> None:
    running = started("probe", "-v", "-f", "json", "-m", table)
    begun(running)
    assert running.stdout
    running.stdout.read(1)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert running.poll() is None
    running.send_signal(signal.SIGINT)
    assert running.wait(5) == -signal.SIGINT
    running.communicate()


def test_what_comes_twice_at_once_is_one(table: Path) -> None:
    """As where `kill` or timeout(1) sends it to a process group, and a program hands on its own."""
    for _ in range(10):
        running = started("probe", "-v", "-f", "json", "-m", table)
        begun(running)
        time.sleep(0.1)
        began = time.monotonic()
        for _ in range(3):
            running.send_signal(signal.SIGINT)
            time.sleep(0.02)
        took = time.monotonic() - began
        stdout, stderr = drained(running)
        if took < 0.09:
            break
    else:
        pytest.fail("this machine is too slow to send three signals at once")
    assert (running.returncode, stderr) == (130, b"")
    assert json.loads(stdout)["exit_status"] == 130


SWALLOWED = """
import os, signal, sys
from nlbcheck import cli
from nlbcheck.probes.task import Task
def dies(_task, once=[1]):
    if once:
        once.clear()
        os.kill(os.getpid(), signal.SIGINT)
Task.__del__ = dies
sys.argv[0] = "nlbcheck"
cli.main()
"""


def test_none_is_lost_where_python_swallows_exceptions(table: Path) -> None:
    words: list[str | Path] = [sys.executable, "-c", SWALLOWED, "probe", "-f", "json", "-m", table]
    done = subprocess.run(words, capture_output=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["exit_status"], done.stderr) == (130, 130, b"")


def test_all_files_say_that_the_run_was_interrupted(table: Path, tmp_path: Path) -> None:
    """Also those that were written before the interrupt came, which is while stdout is written."""
    running = started("probe", "-v", "-f", f"json:{tmp_path}/a.json", "-f", "json", "-m", table)
    begun(running)
    assert running.stdout
    first = running.stdout.read(1)
    assert json.loads((tmp_path / "a.json").read_text())["exit_status"] == 0
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)
    stdout, _ = drained(running, first)
    assert (json.loads(stdout)["exit_status"], running.returncode) == (130, 130)
    assert json.loads((tmp_path / "a.json").read_text())["exit_status"] == 130


@pytest.mark.parametrize(
    "words",
    [
        ("diagnose", "--all", "-v", "-q", "-f", "json", "-m", TABLE, "--snapshot", SNAPSHOT),
        ("trace", "-v", "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-f", "json",
         "--snapshot", SNAPSHOT),
    ],
)  # fmt: skip
def test_what_is_written_to_a_slow_reader_gets_whole(words: Sequence[str | Path]) -> None:
    running = started(*words)
    assert running.stdout
    first = running.stdout.read(1)
    running.send_signal(signal.SIGINT)
    time.sleep(0.5)
    stdout, stderr = drained(running, first)
    assert isinstance(json.loads(stdout), dict)
    assert b"Traceback" not in stderr
