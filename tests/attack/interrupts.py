"""Ctrl-C at any moment of a run, once or twice, with quick and slow readers."""

from __future__ import annotations

import json
import os
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
from tests.cli.relay import NO_AWS
from tests.servers import answers, serving

NAME = "Ctrl-C from the first probe to the last byte"

_LARGE = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 400) for n in range(60)) + b"\r\n"
_NODES = 12
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("probe", "-f", "json"),
    ("smoke", "-f", "json", "--interval", "0.1", "--steady", "3"),
    ("probe", "--watch", "1", "-f", "table", "-f", "json:{file}"),
)


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each run with its interrupts, and how it ended."""
    probing = threading.Event()

    def handler(peer: socket.socket) -> None:
        probing.set()
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
            probing.clear()
            yield _interrupted(table, random.Random(f"interrupts {seed} {number}"), number, probing)


def _interrupted(table: Path, chance: random.Random, number: int, probing: threading.Event) -> Attempt:
    """Interrupt a run once or twice, read what it says at some pace, and judge it."""
    moment, times, slow = chance.uniform(0, 1.0), chance.choice((1, 1, 1, 2)), chance.random() < 0.5
    words = _COMMANDS[number % len(_COMMANDS)]
    what = f"run {number}, {' '.join(words[:2])}, {times} after {moment:.3f} s, {'slow' if slow else 'quick'}"
    file = table.with_name(f"{number}.json")
    running = subprocess.Popen(
        [sys.executable, "-m", "nlbcheck", *(word.format(file=file) for word in words), "-q", "-m", table],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **NO_AWS},
    )
    assert running.stdout
    probing.wait(60)
    threading.Thread(target=_signals, args=(running, moment, times), daemon=True).start()
    said = b""
    while part := running.stdout.read(4096):
        said += part
        time.sleep(0.02 * slow)
    _, wrong = running.communicate()
    time.sleep(0.1)  # the last connections of a run that was killed are of no other
    if "--watch" in words:
        said = file.read_bytes() if file.exists() else b""
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
    if status not in (0, 3, 130):
        return f"status {status}"
    try:
        report = json.loads(said)
    except ValueError:
        return f"status {status}, half a report: {len(said)} bytes"
    if len(report["mappings"][0]["nodes"]) != _NODES:
        return f"results are lost: {len(report['mappings'][0]['nodes'])} are there, status {status}"
    return (
        None if report["exit_status"] == status else f"a report of {report['exit_status']}, status {status}"
    )
