"""Is nothing left of a lab, however it ends, and of ten labs side by side?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.labs import READ_SSH, is_up, starting
from tests.lab import machine
from tests.lab.machine import NLBCHECK, nothing_left

RUN = (*NLBCHECK, "lab", "run")


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


def ended_by(kill: Callable[[subprocess.Popen[str], dict[int, str]], object], script: str) -> int:
    """Start a lab, end it with ``kill``, see that nothing is left, and return its exit status."""
    with nothing_left() as trace:
        running = starting(trace, script)
        is_up(running)
        deadline = time.monotonic() + 10
        while len(processes := trace.processes()) < 4:  # the command, the first process, bash and sleep
            assert time.monotonic() < deadline, processes
        kill(running, processes)
        with running:
            status = running.wait(10)
        deadline = time.monotonic() + 10
        while trace.processes() and time.monotonic() < deadline:
            pass
    return status


def first_process(running: subprocess.Popen[str], processes: dict[int, str]) -> int:
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(children) == 1
    assert int(children[0]) in processes
    return int(children[0])


STAY = "(setsid sleep 300 &); echo up; sleep 300"


def test_a_command_that_ends_takes_its_children_along() -> None:
    assert (
        ended_by(
            lambda running, _: running.communicate("\n"), "setsid sleep 300 & echo up; read line; exit 4"
        )
        == 4
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_are_handed_on_to_the_command(number: signal.Signals) -> None:
    def kill(running: subprocess.Popen[str], _processes: dict[int, str]) -> None:
        running.send_signal(number)

    assert ended_by(kill, STAY) == 128 + number


def test_kill_9_of_the_command_that_started_it_leaves_nothing() -> None:
    assert ended_by(lambda running, _: running.kill(), STAY) == -signal.SIGKILL


def test_kill_9_of_the_first_process_leaves_nothing() -> None:
    def kill(running: subprocess.Popen[str], processes: dict[int, str]) -> None:
        os.kill(first_process(running, processes), signal.SIGKILL)

    assert ended_by(kill, STAY) == 3  # what the command would have said, nobody knows


@pytest.mark.parametrize("moment", range(0, 600, 60))
def test_kill_9_at_any_moment_leaves_nothing(moment: int) -> None:
    with nothing_left() as trace:
        running = subprocess.Popen([*RUN, "--", "sleep", "300"], env=trace.environment)
        time.sleep(moment / 1000)  # the moment is what is tested, nothing waits for it
        running.kill()
        running.wait(10)
        deadline = time.monotonic() + 10
        while trace.processes() and time.monotonic() < deadline:
            pass


def at_a_terminal(*command: str) -> tuple[int, str]:
    """Run a command in a lab at a terminal of its own, press Ctrl-C when it is up; return status, output."""
    ours, theirs = os.openpty()
    with nothing_left() as trace:
        running = subprocess.Popen(
            [*RUN, "--", *command],
            env=trace.environment,
            preexec_fn=lambda: os.login_tty(theirs),
        )
        os.close(theirs)
        output = ""
        while "up\r\n" not in output:
            output += os.read(ours, 1000).decode()
        os.write(ours, b"\x03")
        status = running.wait(10)
        while True:
            try:
                more = os.read(ours, 1000)
            except OSError:  # the terminal's other end is closed
                break
            output += more.decode()
    os.close(ours)
    return status, output


def test_ctrl_c_ends_the_command_and_the_lab() -> None:
    assert at_a_terminal("bash", "-c", "echo up; sleep 300") == (130, "up\r\n^C")


def test_ctrl_c_reaches_the_command_once_and_the_command_decides() -> None:
    script = (
        "import signal, sys; interrupt = {signal.SIGINT};"
        "signal.pthread_sigmask(signal.SIG_BLOCK, interrupt); print('up', flush=True);"
        "signal.sigwait(interrupt); print('caught', flush=True);"
        "sys.exit(5 if signal.sigtimedwait(interrupt, 0.3) is None else 6)"
    )
    assert at_a_terminal(sys.executable, "-c", script) == (5, "up\r\n^Ccaught\r\n")


@pytest.mark.parametrize("kill", [os.killpg, os.kill])
def test_one_interrupt_yields_a_whole_report_whomever_kill_sends_it_to(
    kill: Callable[[int, int], object],
) -> None:
    """Of a whole process group the command gets it, and the lab hands it on besides."""
    command = (*RUN, "--fault", "target-sg", "--", *NLBCHECK, "probe", "tg-10022", "-f", "json")
    with nothing_left() as trace:
        running = subprocess.Popen(
            [*command, "-v", "--timeout", "30"],
            env=trace.environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert running.stderr
        while "at most" not in running.stderr.readline():
            pass
        time.sleep(0.5)  # the first connections are being made
        kill(running.pid, signal.SIGINT)
        stdout, stderr = running.communicate(timeout=20)
    assert (running.returncode, json.loads(stdout)["exit_status"]) == (130, 130), stderr


def test_ten_labs_run_side_by_side() -> None:
    with nothing_left() as trace:
        labs = [starting(trace, f"echo up; read line; {READ_SSH}") for _ in range(10)]
        for each in labs:
            is_up(each)
        assert [each.communicate("\n", 30)[0] for each in labs] == ["SSH-2.0-nlbcheck_lab"] * 10
        assert [each.returncode for each in labs] == [0] * 10
