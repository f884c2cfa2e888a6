"""Which failures are new, where an earlier report says what is known to fail?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import words
from nlbcheck.model import Report, Verdict
from nlbcheck.reports.comparing import compare
from nlbcheck.reports.diff import TITLES, unlike
from nlbcheck.reports.difference import Difference, Effect, ended
from nlbcheck.reports.loading import load_report
from nlbcheck.reports.pairing import paired


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier report, against which later ones are held."""

    source: str
    report: Report

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Return the report of a file, or the one that a snapshot holds; InputError where there is none."""
        return cls(str(path), load_report(path)[0])

    def judged(self, report: Report, *, warnings_fail: bool = False) -> Judgement:
        """Return what is new in a later report, and how its run ends by that alone.

        ``warnings_fail`` is whether a new warning is a failure. Rows that only one of the reports has are
        told; what fails in a row that the baseline does not have is new.
        """
        changes = compare(self.report, report)
        status = ended(changes)
        if warnings_fail and any(change.warns for change in changes):
            status = ExitStatus.BROKEN
        if report.interrupted:
            status = ExitStatus.INTERRUPTED
        return Judgement(tuple(changes), tuple(self._sentences(report, changes)), status)

    def _sentences(self, report: Report, changes: Sequence[Difference]) -> list[str]:
        made = words.time(self.report.started_at)
        known = sum(
            one.before.verdict is one.after.verdict is Verdict.FAIL
            for pair in paired(self.report, report)
            for one in pair.endpoints
            if one.before and one.after
        )
        fails = f", {known} connection{' fails' if known == 1 else 's fail'} as before" if known else ""
        new = sum(change.effect is Effect.BROKEN for change in changes)
        told = f"Against {self.source}, of {made}: {new or 'nothing'} newly broken{fails}."
        each = [f"{TITLES[change.effect][0]}: {change}" for change in changes]
        return [told, *each, *unlike(self.report, report)]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a later report is, held against a baseline."""

    changes: tuple[Difference, ...]
    sentences: tuple[str, ...]
    """For people: the sum, each change, and what to keep in mind; not yet escaped."""
    exit_status: ExitStatus
    """1 for what is newly broken, 3 where something cannot be seen any more, 130 for an interrupted run."""
