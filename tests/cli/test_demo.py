"""Does ``nlbcheck demo`` show what it promises?"""

from __future__ import annotations

import subprocess
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


def test_the_demo_tells_the_whole_story() -> None:
    needs_lab()
    with nothing_left():
        command = [*ordinary_nlbcheck(), "demo"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    acts = done.stdout.split("$ nlbcheck probe --timeout 2\n")[1:]
    fine, refused, one_zone = ["ok", "ok"], ["refused", "refused"], ["timed-out", "ok"]
    assert [verdicts(act) for act in acts] == [
        [fine] * 5,
        [refused, *[fine] * 4],
        [one_zone] * 5,
        [fine] * 5,
    ]
    told = acts[2].partition("$ nlbcheck diagnose tg-10022")[2]
    assert "[route-missing]" in told
    assert "This alone restores the connection" in told
    fix = next(line.strip() for line in told.splitlines() if line.strip().startswith("aws ec2 create-route"))
    assert f"$ {fix}\n" in told.partition("4. The fix")[2]
