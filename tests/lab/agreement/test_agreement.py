"""Do the walk and real packets agree on random networks?"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.lab import machine

NETWORKS = 40


def test_walk_and_kernel_agree_on_random_networks() -> None:
    machine.needs_lab()
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.agreement", str(NETWORKS), "suite"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *_, told, last = done.stdout.splitlines()
    assert last == f"agreement: {NETWORKS} networks, {NETWORKS * 20} connections, 0 disagreements"
    certain, answered = _numbers(told)
    assert certain > NETWORKS * 20 * 0.9
    assert NETWORKS * 20 * 0.3 < answered < NETWORKS * 20 * 0.9


def _numbers(told: str) -> tuple[int, int]:
    certain, answered, *_ = (int(word.strip(",")) for word in told.split() if word.strip(",").isdigit())
    return certain, answered
