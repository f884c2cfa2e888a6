"""Does ``nlbcheck demo`` show what it promises?"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from subprocess import PIPE

from tests.lab.machine import NLBCHECK, needs_lab, nothing_left, ordinary_nlbcheck


def test_a_story_that_nobody_can_read_ends_in_one_sentence() -> None:
    needs_lab()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*NLBCHECK, "demo"], stdout=full, stderr=PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "nlbcheck: stdout: the story was not written: No space left on device\n"


def test_a_reader_who_leaves_early_is_no_error() -> None:
    needs_lab()
    with subprocess.Popen([*NLBCHECK, "demo"], stdout=PIPE, stderr=PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def verdicts(act: str) -> list[list[str]]:
    """Return both nodes' verdicts, row by row."""
    rows = [line.split() for line in act.splitlines() if line.startswith("TCP:")]
    return [[word for word in row if word in {"ok", "refused", "timed-out"}] for row in rows]


def test_the_demo_shows_a_refusal_and_a_timeout_between_two_healthy_networks() -> None:
    needs_lab()
    with nothing_left():
        begun = time.monotonic()
        command = [*ordinary_nlbcheck(), "demo"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert time.monotonic() - begun < 15
    assert (done.returncode, done.stderr) == (0, "")
    acts = done.stdout.split("$ nlbcheck probe --timeout 2\n")[1:]
    fine = ["ok", "ok"]
    assert [verdicts(act) for act in acts] == [
        [fine] * 5,
        [["refused"] * 2, *[fine] * 4],
        [*[fine] * 4, ["timed-out"] * 2],
        [fine] * 5,
    ]
