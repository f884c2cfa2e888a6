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
