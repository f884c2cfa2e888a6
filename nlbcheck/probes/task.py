"""What is one flow on its way to a result?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.model import Flow, Observation
from nlbcheck.probes.exchange import Exchange


@dataclass(eq=False, slots=True)
class Task:
    """One flow on its way to a result."""

    index: int
    flow: Flow
    """What is asked; an answer may ask for it to be asked again, changed."""
    exchange: Exchange | None = None
    """This conversation as one question and one answer, where it is no more than that."""
    attempts: int = 0
    spent: float = 0.0
    """Seconds that this attempt has used so far."""
    ask_next: tuple[Flow, ...] = ()
    """The question changed, each for a connection of its own, until one is answered as wanted."""
    stands: Observation | None = None
    """The result that stands if none of these connections brings a better one."""
    disturbed: bool = False
    """Whether this process stood still while it was under way, so that its time says nothing."""
