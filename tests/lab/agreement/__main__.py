"""``python -m tests.lab.agreement [NETWORKS [SEED]]``: do the walk and the kernel agree on random networks?

Without NETWORKS, the networks are those of the folder ``found``, on which they differed once. Several
processes share the work; the last line is the sum. Networks on which they differ are made small and kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

from tests.lab.agreement import cases, run

CONNECTIONS = 20
_AT_LEAST = 20
"""Networks that are worth a process of their own."""


def main() -> int:
    """Run what the command line says; 1 when walk and kernel differ."""
    parser = argparse.ArgumentParser(prog="agreement", description=__doc__)
    parser.add_argument("networks", type=int, nargs="?", default=0)
    parser.add_argument("seed", nargs="?", default="1")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes")
    parser.add_argument("--keep", type=int, default=5, help="networks that each makes small and keeps")
    parser.add_argument("--part", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part is None:
        return _shared(asked)
    start, end = asked.part
    if start == end:
        return run.run((cases.read(path) for path in sorted(cases.FOUND.glob("*.json"))), 0)
    return run.run((cases.draw(asked.seed, number, CONNECTIONS) for number in range(start, end)), asked.keep)


def _shared(asked: argparse.Namespace) -> int:
    """Let several processes compare, and tell the sum of what they found."""
    started = time.monotonic()
    workers = max(1, min(asked.workers, asked.networks // _AT_LEAST))
    edges = [asked.networks * place // workers for place in range(workers + 1)]
    command = [sys.executable, "-m", "tests.lab.agreement", str(asked.networks), asked.seed]
    command += ["--keep", str(asked.keep), "--part"]
    running = [
        subprocess.Popen([*command, str(start), str(end)], stdout=subprocess.PIPE, text=True)
        for start, end in pairwise(edges)
    ]
    counts: Counter[str] = Counter()
    for worker in running:
        written, _ = worker.communicate()
        if worker.returncode:
            sys.exit(f"a worker ended with status {worker.returncode}")
        counts.update(json.loads(written))
    sys.stdout.write(f"{time.monotonic() - started:.0f} seconds, seed {asked.seed}; {_shares(counts)}\n")
    sys.stdout.write(
        f"agreement: {counts['networks']} networks, {counts['connections']} connections, "
        f"{counts['disagreements']} disagreements\n"
    )
    return 1 if counts["disagreements"] else 0


def _shares(counts: Counter[str]) -> str:
    kinds = ("answered", "reply blocked", "by chance", "unknown", "again")
    return ", ".join(f"{counts[kind] / max(1, counts['connections']):.1%} {kind}" for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
