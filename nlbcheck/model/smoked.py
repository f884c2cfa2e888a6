"""What did a smoke test wait for, and how often did it probe?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.errors import ExitStatus


@dataclass(frozen=True, slots=True)
class Held:
    """What is new in a report, held against an earlier one; in JSON the object ``smoke.baseline``."""

    file: str
    """The earlier report."""
    newly_broken: int
    changes: tuple[str, ...]
    """Each change in a sentence; what is newly broken first."""
    exit_status: ExitStatus
    """How the command ends, as only what is new fails."""


@dataclass(frozen=True, slots=True)
class Smoke:
    """How a smoke test came to its results; in JSON the object ``smoke``, with these keys.

    Beside it, ``fail_on`` is ``warn`` where warnings end the command as failures do; each of ``nodes[]`` has
    ``reachable: false`` where nobody may get through.
    """

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
    baseline: Held | None = None
    """What is new since an earlier report, where one was given."""
