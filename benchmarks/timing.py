"""How long do two commands take when they are run in turn, and what is their ratio?"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    """Of the largest process; `peak_of_all` has that of all together."""
    status: int


def nlbcheck(*arguments: str | Path) -> list[str | Path]:
    """Return the command line that runs this checkout's nlbcheck."""
    return [sys.executable, "-m", "nlbcheck", *arguments]


def once(*commands: Command) -> Run:
    """Run commands one after the other and add up what they took; their output is thrown away."""
    seconds = cpu = peak = 0.0
    status = 0
    for command in commands:
        started = time.perf_counter()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, code, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(code)
        seconds += time.perf_counter() - started
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
        status = status or running.returncode
    return Run(seconds, cpu, peak, status)


def peak_of_all(command: Command) -> float:
    """Run a command and return the most memory, in MB, that it and its children held at one time.

    What several processes share counts once (PSS, as the kernel divides it among them).
    """
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, sum(map(_share_mb, [running.pid, *_children(running.pid)])))
        time.sleep(0.01)
    return peak


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _share_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def compare(
    title: str, ours: Sequence[Command], theirs: Sequence[Command], *, rounds: int, aim: float
) -> None:
    """Run both in turn ``rounds`` times after a warm-up, and print the medians and their ratio."""
    once(*ours), once(*theirs)
    pairs = [(once(*ours), once(*theirs)) for _ in range(rounds)]
    if any(run.status for pair in pairs for run in pair):
        sys.exit(f"{title}: a command failed: {[[run.status for run in pair] for pair in pairs]}")
    ratio = statistics.median(mine.seconds / other.seconds for mine, other in pairs)
    mine = statistics.median(mine.seconds for mine, _ in pairs)
    other = statistics.median(other.seconds for _, other in pairs)
    cpu = statistics.median(mine.cpu_seconds for mine, _ in pairs)
    peak = max(mine.peak_mb for mine, _ in pairs)
    print(f"{title}\n  ratio {ratio:.2f} (aim: at most {aim:g})")
    print(f"  nlbcheck {mine:.2f} s ({cpu:.2f} s of CPU, {peak:.0f} MB), the others {other:.2f} s")
