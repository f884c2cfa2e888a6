"""``python -m tests.attack [KIND]... [--seed N] [--tries N]``: what was tried, and what survived."""

from __future__ import annotations

import argparse
import random
import sys
import time
from importlib import import_module

from tests.attack import KINDS


def main() -> int:
    """Run what the command line says; 1 where something did not survive."""
    parser = argparse.ArgumentParser(prog="attack", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--tries", type=int, help="of each kind; by default minutes in all")
    asked = parser.parse_args()
    return max([_attacked(kind, asked.tries, asked.seed) for kind in asked.kinds or KINDS], default=0)


def _attacked(kind: str, tries: int | None, seed: int) -> int:
    """Try one kind of attack, and print its figures and the first faults."""
    module = import_module(f"tests.attack.{kind}")
    begun, tried, faults = time.monotonic(), 0, []
    for attempt in module.attack(tries or KINDS[kind][0], seed):
        tried += 1
        if attempt.fault:
            faults.append(f"    {attempt.what}: {attempt.fault}\n")
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"{kind:12} {tried:7,} tried / {tried - len(faults):7,} survived, {seconds:4.0f} s, seed {seed}: "
        f"{module.NAME}\n"
    )
    sys.stdout.write("".join(faults[:20]))
    sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
