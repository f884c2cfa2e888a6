"""Ctrl-C at any moment of a run, once or twice, with quick and slow readers."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.attack import Attempt
from tests.servers import answers, serving

NAME = "Ctrl-C from the first probe to the last byte"

_LARGE = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 400) for n in range(60)) + b"\r\n"
_NODES = 12


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each run with its interrupts, and how it ended."""

    def handler(peer: socket.socket) -> None:
        time.sleep(random.random() / 5)
        answers(_LARGE)(peer)

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(handler, "0.0.0.0") as port,
    ):
        table = Path(folder, "table.json")
        row = {"listener": f"TCP:{port}", "target_group": "g", "target_port": "TCP:80", "target": "10.0.0.1"}
        addresses = [f"127.0.0.{number}" for number in range(1, _NODES + 1)]
        table.write_text(json.dumps({"static_ips": addresses, "mappings": [row]}))
        for number in range(tries):
            yield _interrupted(table, random.Random(f"interrupts {seed} {number}"), number)


def _interrupted(table: Path, chance: random.Random, number: int) -> Attempt:
    """Interrupt a run once or twice, read what it says at some pace, and judge it."""
    moment, times, slow = chance.uniform(0, 1.0), chance.choice((1, 1, 1, 2)), chance.random() < 0.5
    what = f"run {number}, {times} after {moment:.3f} s, {'slow' if slow else 'quick'} reader"
    running = subprocess.Popen(
        [sys.executable, "-m", "nlbcheck", "probe", "-v", "-f", "json", "-m", table],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert running.stdout
    assert running.stderr
    while running.stderr.read(1) not in (b"\n", b""):
        pass  # until the first probe is made
    threading.Thread(target=_signals, args=(running, moment, times), daemon=True).start()
    said = b""
    while part := running.stdout.read(4096):
        said += part
        time.sleep(0.02 * slow)
    _, wrong = running.communicate()
    return Attempt(what, _fault(said, wrong, running.wait(), times))


def _signals(running: subprocess.Popen[bytes], moment: float, times: int) -> None:
    for _ in range(times):
        time.sleep(moment)
        running.send_signal(signal.SIGINT)


def _fault(said: bytes, wrong: bytes, status: int, times: int) -> str | None:
    if wrong:
        return f"stderr: {wrong.decode()[-200:]}"
    if status == -signal.SIGINT and times > 1:
        return None  # the second ends all at once
    if status not in (0, 130):
        return f"status {status}"
    try:
        report = json.loads(said)
    except ValueError:
        return f"status {status}, half a report: {len(said)} bytes"
    if len(report["mappings"][0]["nodes"]) != _NODES:
        return f"results are lost: {len(report['mappings'][0]['nodes'])} are there, status {status}"
    return None if report["exit_status"] == status or status == 130 else "a report of another status"
