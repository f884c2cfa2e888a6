"""How long until a lab is up, and until a fault is in it?"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.timing import nlbcheck, once
from nlbcheck.aws import recording
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage
from tests.lab.stage import play
from tests.lab.test_emulation import large
from tests.lab.test_faults import WIRE

_ROUNDS = 5


def main() -> None:
    """Time the article's network, a large one, and every fault that the article's network can have."""
    with tempfile.TemporaryDirectory() as name:
        snapshot = Path(name) / "large.json.gz"
        recording.write(snapshot, large())
        _time("the article's network, up and down", 3)
        _time(
            "3 VPCs, 12 subnets and 60 targets, up and down",
            15,
            "--snapshot",
            snapshot,
            "--client",
            "10.2.0.5",
        )
    spent = play(every_fault)
    slowest = max(spent, key=lambda fault: spent[fault])
    print(
        f"{len(spent)} faults, each injected into a running lab\n  median {median(spent.values()):.0f} ms, ",
        end="",
    )
    print(f"at most {spent[slowest]:.0f} ms: {slowest} (aim: under 200 ms)")


def _time(title: str, aim: float, *options: str | Path) -> None:
    runs = [once(nlbcheck("lab", "run", *options, "--", "true")) for _ in range(_ROUNDS)]
    if any(run.status for run in runs):
        sys.exit(f"{title}: exit status {max(run.status for run in runs)}")
    seconds, cpu = median(run.seconds for run in runs), median(run.cpu_seconds for run in runs)
    print(f"{title}\n  {seconds:.2f} s, {cpu:.2f} s of CPU (aim: under {aim} s)")


def every_fault(stage: Stage) -> dict[str, float]:
    """Return how many milliseconds each fault takes."""
    spent = {}
    for name in WIRE:
        begun = time.monotonic()
        stage.inject(FAULTS[name])
        spent[name] = (time.monotonic() - begun) * 1000
        stage.heal()
    return spent
