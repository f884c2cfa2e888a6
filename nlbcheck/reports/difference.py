"""What changed, and is it for the worse?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.errors import ExitStatus
from nlbcheck.language import tell
from nlbcheck.model import Result


class Effect(StrEnum):
    """What a change comes to. Declared gravest first."""

    BROKEN = "broken"
    """It fails, and did not before, or was not there."""
    UNSEEN = "unseen"
    """Nobody can say any more whether it fails."""
    FIXED = "fixed"
    """It failed before, and does not now."""
    CHANGED = "changed"
    """It is another way, and by that alone neither better nor worse."""
    ADDED = "added"
    """The later report alone has it."""
    REMOVED = "removed"
    """The earlier report alone has it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another way."""

    effect: Effect
    subject: str
    """``endpoint``, ``row``, ``cause``, ``finding``, ``target``, ``host-key``, ``certificate`` …"""
    what: str
    """Its name: ``tg-10022[ap-northeast-1a]``."""
    before: str | None
    """How it was; None where it was not there."""
    after: str | None
    """How it is; None where it is not there."""
    rows: tuple[str, ...]
    """The names of its rows; none for what is of the table as a whole."""
    result: Result | None = None
    """What is known of it, where it is an endpoint."""
    warns: bool = False
    """Whether it is a warning that was not there before."""

    def __str__(self) -> str:
        if self.before is None:
            return tell("{what} is new: {after}", what=self.what, after=self.after)
        if self.after is None:
            return tell("{what} is gone. Before: {before}", what=self.what, before=self.before)
        return f"{self.what}: {self.before} -> {self.after}"


def ended(changes: Collection[Difference]) -> ExitStatus:
    """Return how a comparison ends: something is newly broken, cannot be seen any more, or neither."""
    effects = {change.effect for change in changes}
    if Effect.BROKEN in effects:
        return ExitStatus.BROKEN
    return ExitStatus.UNSEEN if Effect.UNSEEN in effects else ExitStatus.OK
