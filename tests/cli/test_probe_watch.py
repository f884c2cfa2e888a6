"""``nlbcheck probe --watch``: servers come and go, and a pipe and a terminal show it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fcntl import ioctl
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.cli.running import nlbcheck
from tests.servers import serving

TABLE = """\
static_ips: {{a: 127.0.0.1}}
mappings:
  - {{listener: "TCP:{up}", target_group: tg-up, target_port: 1, target: 127.0.0.1, check: tcp}}
  - {{listener: "TCP:{port}", target_group: tg-flaps, target_port: 2, target: 127.0.0.1, check: tcp}}
"""
HEIGHT = 24


@pytest.fixture
def up() -> Iterator[int]:
    """The port of a server that stays."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def port() -> int:
    """A port that nobody has yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def table(tmp_path: Path, up: int, port: int) -> Path:
    path = tmp_path / "nlbcheck.yaml"
    path.write_text(TABLE.format(up=up, port=port))
    return path


def command(table: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "nlbcheck", "probe", "-m", str(table), "--watch", "1", *options]


@contextmanager
def watching(table: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        command(table, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def read(running: subprocess.Popen[str]) -> str:
    assert running.stdout
    return running.stdout.readline()


def test_a_pipe_gets_a_line_for_each_change(table: Path, port: int) -> None:
    flapping = f"tg-flaps[a] 127.0.0.1:{port}"
    with watching(table) as running:
        assert read(running).endswith(f" {flapping} refused\n")
        assert read(running).endswith(" 1 of 2 rows fails; 1 ok, 1 failed\n")
        with socket.create_server(("127.0.0.1", port)):
            assert read(running).endswith(f" {flapping} refused -> ok\n")
        assert read(running).endswith(f" {flapping} ok -> refused\n")
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=20)
        assert (running.returncode, stdout, stderr) == (130, "", "")


def test_reports_with_a_file_are_written_anew_each_time(table: Path, port: int, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with watching(table, "-f", "table", "-f", f"json:{file}") as running:
        read(running), read(running)
        before = json.loads(file.read_text())
        with socket.create_server(("127.0.0.1", port)):
            read(running)
            after = json.loads(file.read_text())
    assert (before["exit_status"], after["exit_status"]) == (1, 0)
    assert before["started_at"] < after["started_at"]


def test_nothing_is_said_where_every_report_has_a_file(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with watching(table, "-f", f"json:{file}") as running:
        end = time.monotonic() + 30
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=20)
    assert (running.returncode, stdout, stderr) == (130, "", "")
    assert json.loads(file.read_text())["command"] == "probe"


def test_it_ends_when_nobody_reads(table: Path, port: int) -> None:
    with watching(table) as running:
        read(running), read(running)
        assert running.stdout
        running.stdout.close()
        with socket.create_server(("127.0.0.1", port)):
            assert running.wait(timeout=20) == 130


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-f", "json"), "-f json: with --watch, stdout shows the changes: give the report a file"),
        (("--pin",), "--pin: cannot be combined with --watch: pin first, then watch"),
        (("--watch", "0"), "0 is not in the range 1<=x<=3600"),
        (("--watch", "often"), "'often': expected a whole number of seconds, such as 5"),
    ],
)
def test_what_does_not_go_together_is_refused(table: Path, options: tuple[str, ...], told: str) -> None:
    done = nlbcheck("probe", "-m", table, "--watch", "1", *options)
    assert done.returncode == 2
    assert told in done.stderr


class Terminal:
    """A terminal of some size, with what a person sees on it."""

    def __init__(self, words: list[str], height: int = HEIGHT) -> None:
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", height, 100, 0, 0))
            os.environ["TERM"] = "xterm"
            os.execv(words[0], words)
        self.seen = ""

    def until(self, wanted: str) -> str:
        """Return the latest screen once it shows what is wanted."""
        end = time.monotonic() + 30
        while wanted not in self.screen() and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.seen += os.read(self.terminal, 65536).decode()
        return self.screen()

    def screen(self) -> str:
        """Return the last screen that has been drawn to its end."""
        drawn = self.seen.split("\x1b[H")
        whole = [text for text in drawn[1:] if text.endswith("\x1b[J")]
        return whole[-1].replace("\x1b[K", "").replace("\x1b[J", "").replace("\r", "") if whole else ""

    def end(self) -> int:
        """Press Ctrl-C and return the exit status."""
        os.write(self.terminal, b"\x03")
        status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        os.close(self.terminal)
        return status


def test_a_terminal_shows_the_matrix_with_its_changes(table: Path, port: int) -> None:
    terminal = Terminal(command(table, "--no-color"))
    screen = terminal.until("Round 1,")
    assert "Round 1, every 1 s, " in screen
    assert "refused (1 of 1 failed)\n" in screen
    with socket.create_server(("127.0.0.1", port)):
        screen = terminal.until(" failed) *")
    assert "refused -> ok\n" in screen
    cells = [line for line in screen.splitlines() if line.startswith(f"TCP:{port}")]
    assert " ok " in cells[0]
    assert " failed) *" in cells[0]
    assert terminal.end() == 130


def rows(folder: Path, ports: list[int]) -> Path:
    """Write a table with a row for each port."""
    path = folder / "nlbcheck.yaml"
    listed = "".join(
        f'  - {{listener: "TCP:{port}", target_group: tg-{port}, target_port: 1, target: 127.0.0.1, '
        "check: tcp}\n"
        for port in ports
    )
    path.write_text(f"static_ips: {{a: 127.0.0.1}}\nmappings:\n{listed}")
    return path


def test_a_low_terminal_leaves_out_what_is_in_order(tmp_path: Path, port: int) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(HEIGHT)]
        path = rows(tmp_path, [*(server.getsockname()[1] for server in servers), port])
        terminal = Terminal(command(path, "--no-color"))
        screen = terminal.until(f"{HEIGHT} more rows are in order.")
    assert len(screen.splitlines()) < HEIGHT
    assert f"TCP:{port}" in screen
    assert terminal.end() == 130


def test_a_low_terminal_says_what_does_not_fit(tmp_path: Path) -> None:
    terminal = Terminal(command(rows(tmp_path, list(range(1, HEIGHT + 1))), "--no-color"))
    screen = terminal.until(" more lines")
    assert len(screen.splitlines()) < HEIGHT
    assert "Round 1, every 1 s, " in screen
    assert terminal.end() == 130


def interrupted_at(connection: int, folder: Path) -> tuple[int, dict[str, Any], str]:
    """Interrupt a watch of an SSH server while its so many-th connection is open, and nobody says a word."""
    heard: SimpleQueue[int] = SimpleQueue()
    done = threading.Event()

    def handler(peer: socket.socket) -> None:
        heard.put(1)
        if heard.qsize() == connection:
            done.wait(20)
        else:
            peer.sendall(b"SSH-2.0-somebody\r\n")

    with serving(handler) as first, serving(handler) as second:
        table, file = folder / "table.yaml", folder / "report.json"
        table.write_text(TABLE.format(up=first, port=second).replace("tcp}", "ssh}"))
        words = command(table, "--ssh-banner-only", "--concurrency", "1", "-f", "table", "-f", f"json:{file}")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            end = time.monotonic() + 30
            while heard.qsize() < connection and time.monotonic() < end:
                time.sleep(0.01)
            running.send_signal(signal.SIGINT)
            said = running.communicate(timeout=20)[0]
            done.set()
        return running.returncode, json.loads(file.read_text()), said


def statuses(report: dict[str, Any]) -> list[str]:
    return [row["nodes"][0]["probe"]["status"] for row in report["mappings"]]


def test_interrupted_in_its_first_round_it_reports_what_is_known(tmp_path: Path) -> None:
    status, report, said = interrupted_at(2, tmp_path)
    assert (status, report["exit_status"]) == (130, 130)
    assert statuses(report) == ["ok", "interrupted"]
    assert "Traceback" not in said


def test_interrupted_in_a_later_round_the_last_whole_one_is_reported(tmp_path: Path) -> None:
    status, report, said = interrupted_at(4, tmp_path)
    assert (status, report["exit_status"]) == (130, 130)
    assert statuses(report) == ["ok", "ok"]
    assert said.count("\n") == 1


def test_interrupted_between_rounds_the_files_say_so(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with watching(table, "-f", "table", "-f", f"json:{file}") as running:
        read(running), read(running)
        assert json.loads(file.read_text())["exit_status"] == 1
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=20) == ("", "")
    assert (running.returncode, json.loads(file.read_text())["exit_status"]) == (130, 130)
