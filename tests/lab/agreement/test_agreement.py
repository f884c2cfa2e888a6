"""Do the walk and real packets agree?"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.lab import machine
from tests.lab.agreement import cases

NETWORKS, SEEDS = 100, 5


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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [f"suite-{number}" for number in range(SEEDS)])
def test_walk_and_kernel_agree_on_random_networks_of_all_kinds(seed: str) -> None:
    shares, last = agreement(str(NETWORKS), seed, "--workers", "1", "--keep", "0")
    found = re.fullmatch(r"agreement: (\d+) networks, (\d+) connections, 0 disagreements", last)
    assert found, last
    assert int(found[1]) == NETWORKS
    assert int(found[2]) > 19.5 * NETWORKS
    share = {kind: float(percent) for percent, kind in re.findall(r"([\d.]+)% ([a-z ]+)", shares)}
    assert 30 < share["answered"] < 70
    assert share["reply blocked"] > 1
    assert share["unknown"] < 5


def test_walk_and_kernel_agree_where_they_differed_once() -> None:
    kept = len(list(cases.FOUND.glob("*.json")))
    last = agreement()[-1]
    assert last == f"agreement: {kept} networks, {kept} connections, 0 disagreements"
