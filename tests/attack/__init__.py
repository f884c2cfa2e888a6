"""Attacks on nlbcheck, each a kind: what was tried, and what survived. ``make attack`` runs all of them.

A module of an attack has ``NAME``, what is tried in plain words, and ``attack(tries, seed)``, which yields an
`Attempt` for each try. To add one: a file here, and its line in ``KINDS``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, and whether nlbcheck survived it."""

    what: str
    """What was tried, precise enough to try it again."""
    fault: str | None = None
    """What went wrong; None where all went well."""


KINDS = {
    "servers": (2_000, 100),
    "ssh": (3_000, 60),
    "tls": (3_000, 60),
    "outputs": (300, 12),
    "interrupts": (500, 5),
    "recordings": (100_000, 200),
    "tables": (20_000, 1_000),
    "endpoints": (300, 20),
}
"""Each module with how many tries ``make attack`` and ``make test`` make of it."""
