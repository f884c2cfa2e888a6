"""Do the walk and real packets agree?"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.lab import machine
from tests.lab.agreement import cases
from tests.lab.agreement.__main__ import AGAIN

NETWORKS = 60


def agreement(*words: str) -> list[str]:
    machine.needs_lab()
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.agreement", *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout.splitlines()


def test_walk_and_kernel_agree_on_random_networks_of_all_kinds() -> None:
    shares, last = agreement(str(NETWORKS), "suite")
    found = re.fullmatch(r"agreement: (\d+) networks, (\d+) connections, 0 disagreements", last)
    assert found, last
    assert int(found[1]) == NETWORKS
    assert int(found[2]) > 19 * NETWORKS
    share = {kind: float(percent) for percent, kind in re.findall(r"([\d.]+)% ([a-z ]+)", shares)}
    assert 30 < share["answered"] < 70
    assert share["reply blocked"] > 0.5
    assert share["unknown"] < 8


def test_walk_and_kernel_agree_where_they_differed_once() -> None:
    kept = len(list(cases.FOUND.glob("*.json"))) * AGAIN
    last = agreement()[-1]
    assert last == f"agreement: {kept} networks, {kept} connections, 0 disagreements"
