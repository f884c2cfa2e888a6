"""``nlbcheck probe`` of so many endpoints that several processes share them."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.running import nlbcheck
from tests.servers import black_hole

ROWS = 260


@pytest.fixture(scope="module")
def ports() -> Iterator[list[int]]:
    """So many ports, on every address of this machine, whose kernel accepts connections."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("0.0.0.0", 0))) for _ in range(ROWS)]
        yield [listener.getsockname()[1] for listener in listeners]


def options(folder: Path, *ports: int) -> list[str | Path]:
    """Write a table of TCP checks, each row with a target of its own; return the options to probe it."""
    path = folder / "table.csv"
    rows = (f"{port},tg-{port},TCP:99,10.0.{n >> 8}.{n & 255}\n" for n, port in enumerate(ports))
    path.write_text("Listener,Target group,Target port,Target\n" + "".join(rows))
    return ["-m", path, "--static-ip", "a=127.0.0.1", "--static-ip", "b=127.0.0.2"]


def test_many_endpoints_are_one_report(ports: list[int], tmp_path: Path) -> None:
    done = nlbcheck("probe", *options(tmp_path, *ports), "-f", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert report["summary"]["pass"] == 2 * ROWS
    assert [mapping["listener"]["port"] for mapping in report["mappings"]] == ports
    for mapping in report["mappings"]:
        assert [node["address"] for node in mapping["nodes"]] == ["127.0.0.1", "127.0.0.2"]


@pytest.mark.parametrize("whole_group", [False, True])
def test_an_interrupt_costs_no_report(ports: list[int], tmp_path: Path, *, whole_group: bool) -> None:
    with black_hole() as hole:
        arguments = options(tmp_path, *ports, hole)
        running = subprocess.Popen(
            [sys.executable, "-m", "nlbcheck", "probe", "-v", "-f", "json", *arguments, "--timeout", "60"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert running.stderr is not None
        running.stderr.readline()
        time.sleep(1.0)
        os.killpg(running.pid, signal.SIGINT) if whole_group else running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=20)
    report = json.loads(stdout)
    statuses = Counter(node["probe"]["status"] for row in report["mappings"] for node in row["nodes"])
    assert (running.returncode, stderr) == (130, "")
    assert statuses.total() == 2 * ROWS + 2
    assert set(statuses) <= {"ok", "interrupted", "refused"}
    assert statuses["interrupted"] >= 1


def test_a_person_at_a_terminal_sees_a_bar(ports: list[int], tmp_path: Path) -> None:
    with black_hole() as hole:
        main, terminal = pty.openpty()
        subprocess.run(
            [sys.executable, "-W", "error", "-m", "nlbcheck", "probe",
             *options(tmp_path, *ports, hole), "--timeout", "2"],
            stdout=subprocess.DEVNULL,
            stderr=terminal,
            check=False,
        )  # fmt: skip
        os.close(terminal)
        shown = os.read(main, 65536).decode()
        os.close(main)
    assert "Probing" in shown
    assert "Traceback" not in shown
