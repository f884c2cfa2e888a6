"""How grave is what was found, and how sure?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from nlbcheck.errors import ExitStatus


class Verdict(StrEnum):
    """What became of a check. Declared mildest first, and ordered that way."""

    PASS = "pass"  # noqa: S105 (no password)
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """The verdict's place in the order, mildest first."""
        return _SEVERITY[self]


_SEVERITY = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of ``verdicts``; nothing at all is a pass."""
    return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.PASS)


class FailOn(StrEnum):
    """Which verdicts of a run end it as a failure does. Declared strictest first."""

    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"
    """Failures alone."""
    NEVER = "never"
    """None, not even a failure."""

    @classmethod
    def strictest(cls, several: Iterable[FailOn]) -> FailOn:
        """Return the strictest of several; failures alone where there is none."""
        return min(several, key=list(cls).index, default=cls.FAIL)

    def ending(self, found: Collection[Verdict]) -> ExitStatus:
        """Return how a command ends that has come to some verdicts."""
        if self is FailOn.NEVER:
            return ending(set(found) - {Verdict.FAIL, Verdict.UNKNOWN})
        fails = self.value in found
        return ExitStatus.BROKEN if fails else ending(found)


def ending(found: Collection[Verdict]) -> ExitStatus:
    """Return how a command ends that has come to some verdicts."""
    if Verdict.FAIL in found:
        return ExitStatus.BROKEN
    if Verdict.ERROR in found:
        return ExitStatus.INTERNAL
    if Verdict.UNKNOWN in found:
        return ExitStatus.UNSEEN
    return ExitStatus.OK


class Confidence(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"
