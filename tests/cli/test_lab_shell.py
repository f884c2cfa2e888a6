"""Does ``nlbcheck lab shell`` do what is typed, and end as it should?"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nlbcheck.lab.article import TABLE
from tests.lab import machine
from tests.lab.machine import NLBCHECK, nothing_left

SHELL = (*NLBCHECK, "lab", "shell")
DIAL = "timeout 1 bash -c 'exec 3<>/dev/tcp/172.31.128.10/{0}' 2>/dev/null && echo up {0} || echo down {0}"


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


def typed(*lines: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    done = subprocess.run(
        [*SHELL, *options], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_faults_come_and_go_and_commands_see_them() -> None:
    dial = DIAL.format(10022)
    with nothing_left():
        status, output, errors = typed(
            dial, "fault target-sg vpn-down", dial, DIAL.format(30080), "heal target-sg", dial,
            DIAL.format(30080), "heal", DIAL.format(30080), 'echo "$NLBCHECK_MAPPING"; exit 7',
        )  # fmt: skip
    assert (status, errors) == (7, "")
    assert output.splitlines() == [
        "up 10022", "down 10022", "down 30080", "up 10022", "down 30080", "up 30080", str(TABLE),
    ]  # fmt: skip


def test_status_tells_client_faults_and_targets() -> None:
    status, output, _ = typed("status", "fault process-stopped", "status")
    assert status == 0
    before, after = output.splitlines()[:3], output.splitlines()[3:5]
    assert before == ["client   192.168.1.214", "faults   none", "targets  5 healthy"]
    assert after == ["client   192.168.1.214", "faults   process-stopped"]  # its health turns a little later


def test_status_names_the_targets_that_are_not_healthy() -> None:
    status, output, _ = typed("fault target-initial", "status", "exit 9")
    assert status == 9
    assert output.splitlines()[-2:] == [
        "targets  4 healthy, 1 initial",
        "         example-tg-10022 172.31.129.10:22 is initial",
    ]


def test_what_cannot_be_done_is_one_sentence_and_the_prompt_goes_on() -> None:
    status, output, errors = typed(
        "fault flood", "heal vpn-down", "fault vpn-down", "fault vpn-down", "cd /no/such", "",
        "cd /var/tmp", "pwd", "help",
    )  # fmt: skip
    assert (status, errors) == (0, "")
    said = output.splitlines()
    assert said[:5] == [
        "'flood' is not a fault: 'nlbcheck lab faults' lists them",
        "vpn-down is not injected",
        "vpn-down is injected already",
        "cd: /no/such: No such file or directory",
        "/var/tmp",
    ]
    assert said[5].startswith("fault NAME")


def test_a_services_file_says_who_answers_otherwise(tmp_path: Path) -> None:
    services = tmp_path / "services.yaml"
    services.write_text(
        "services:\n  172.31.129.10:22: drop\n  172.31.129.10:80: ssh\n  10.0.0.10:80: closed\n"
    )
    banner = "exec 3<>/dev/tcp/172.31.128.10/10080; head -c 7 <&3; echo"
    _, output, _ = typed(
        DIAL.format(10022), DIAL.format(30080), f"bash -c '{banner}'", options=("--services", str(services))
    )
    assert output.splitlines() == ["down 10022", "down 30080", "SSH-2.0"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("services: [1]", "one key was expected, services:, with lines ADDRESS:PORT: WORD under it"),
        ("a: {\n", "not YAML: .*"),
        ("services: {'10.0.0.10': closed}", "'10.0.0.10' is not ADDRESS:PORT"),
        ("services: {'10.0.0.10:80': shut}", "10.0.0.10:80: 'shut' is not closed, drop, .* or tls"),
    ],
)
def test_a_services_file_that_is_wrong_is_one_sentence(tmp_path: Path, text: str, problem: str) -> None:
    services = tmp_path / "services.yaml"
    services.write_text(text)
    status, output, errors = typed("true", options=("--services", str(services)))
    assert (status, output) == (2, "")
    assert re.fullmatch(f"nlbcheck: {services}: {problem}\n", errors)


def at_a_terminal(play: Callable[[int, subprocess.Popen[bytes]], None]) -> tuple[int, str]:
    """Open a shell at a terminal of its own, let ``play`` act on it, return its status and all it showed."""
    ours, theirs = os.openpty()
    with nothing_left(), subprocess.Popen(SHELL, preexec_fn=lambda: os.login_tty(theirs)) as running:
        os.close(theirs)
        try:
            shown = until(ours, "lab> ")
            play(ours, running)
            with suppress(OSError):  # the terminal's other end is closed
                while more := os.read(ours, 1000):
                    shown += more.decode()
        finally:
            running.kill()
    os.close(ours)
    return running.returncode, shown


def until(terminal: int, words: str) -> str:
    """Return what a terminal shows, up to some words that it must show."""
    shown, deadline = "", time.monotonic() + 20
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"{words!r} is missing in {shown!r}"
        shown += os.read(terminal, 1).decode()
    return shown


def test_ctrl_c_ends_a_line_and_a_command_but_not_the_shell() -> None:
    def play(terminal: int, _running: subprocess.Popen[bytes]) -> None:
        os.write(terminal, b"half a li\x03")
        until(terminal, "lab> ")
        # awk itself says that it runs: a shell about to start something can lose a Ctrl-C, as dash does
        os.write(terminal, b"""awk 'BEGIN { print "st" "arted"; fflush(); getline }'\n""")
        until(terminal, "started")
        os.write(terminal, b"\x03")
        until(terminal, "lab> ")
        os.write(terminal, b"echo go''on\n")
        until(terminal, "goon\r\nlab> ")  # the end of input is for the prompt, not for the command
        os.write(terminal, b"\x04")

    assert at_a_terminal(play)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_shell_at_its_prompt(number: signal.Signals) -> None:
    def play(_terminal: int, running: subprocess.Popen[bytes]) -> None:
        running.send_signal(number)

    assert at_a_terminal(play)[0] == 128 + number
