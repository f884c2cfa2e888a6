"""``python -m tests.lab.agreement [NETWORKS [SEED]]``: do the walk and the kernel agree on random networks?

Without NETWORKS, the networks are those of the folder ``found``, on which they differed once. Several
processes share the work; the last line is the sum.
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
AGAIN = 3
"""How often kept networks are tried: chance may choose a target that makes no difference."""
_AT_LEAST = 20
"""Networks that are worth a process of their own."""


def main() -> int:
    """Run what the command line says; 1 when walk and kernel differ."""
    parser = argparse.ArgumentParser(prog="agreement", description=__doc__)
    parser.add_argument("networks", type=int, nargs="?", default=0)
    parser.add_argument("seed", nargs="?", default="1")
    parser.add_argument("--part", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part is None:
        return _shared(asked.networks, asked.seed)
    start, end = asked.part
    if start == end:
        kept = [cases.read(path) for path in sorted(cases.FOUND.glob("*.json"))]
        return run.run(kept * AGAIN)
    return run.run(cases.draw(asked.seed, number, CONNECTIONS) for number in range(start, end))


def _shared(networks: int, seed: str) -> int:
    """Let several processes compare, one a processor, and tell what they found."""
    started = time.monotonic()
    workers = max(1, min(len(os.sched_getaffinity(0)), networks // _AT_LEAST))
    edges = [networks * place // workers for place in range(workers + 1)]
    command = [sys.executable, "-m", "tests.lab.agreement", str(networks), seed, "--part"]
    running = [
        subprocess.Popen([*command, str(start), str(end)], stdout=subprocess.PIPE, text=True)
        for start, end in pairwise(edges)
    ]
    counts: Counter[str] = Counter()
    for worker in running:
        written, _ = worker.communicate()
        if worker.returncode:
            sys.exit(f"a worker ended with status {worker.returncode}")
        found = json.loads(written)
        counts.update(found["counts"])
        sys.stdout.writelines(f"{sentence}\n" for sentence in found["told"])
    sys.stdout.write(f"{time.monotonic() - started:.0f} seconds, seed {seed}; {_shares(counts)}\n")
    sys.stdout.write(
        f"agreement: {counts['networks']} networks, {counts['connections']} connections, "
        f"{counts['disagreements']} disagreements\n"
    )
    return 1 if counts["disagreements"] else 0


def _shares(counts: Counter[str]) -> str:
    kinds = ("answered", "reply blocked", "by chance", "unknown")
    return ", ".join(f"{counts[kind] / max(1, counts['connections']):.1%} {kind}" for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
