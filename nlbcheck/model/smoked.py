"""What did a smoke test wait for, and how often did it probe?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Smoke:
    """How a smoke test came to its results; in JSON the object ``smoke``, with these keys."""

    waited_s: float
    """Seconds until every target was healthy, or until the wait ended."""
    health: str
    """``healthy``, ``unhealthy`` (of a row at least), or ``unseen`` where AWS did not show all of it."""
    rounds: int
    """How often everything was probed."""
    steady: int
    """How many good rounds in a row were wanted."""
    good: int
    """How many rounds in a row were good at the end."""
