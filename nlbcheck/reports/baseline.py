"""Which failures are new, where an earlier report says what is known to fail?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import words
from nlbcheck.language import plural, tell
from nlbcheck.model import FailOn, Report, Verdict
from nlbcheck.model.smoked import Held
from nlbcheck.reports.comparing import compare
from nlbcheck.reports.diff import TITLES, unlike
from nlbcheck.reports.difference import Effect, ended
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

    def of_rows(self, names: Collection[str]) -> Baseline:
        """Return what it knows of rows of these names: of a test of some rows, the others are not gone."""
        rows = tuple(row for row in self.report.rows if row.name in names)
        results = tuple(result for result in self.report.results if result.flow.row in names)
        return replace(self, report=replace(self.report, rows=rows, results=results))

    def judged(self, report: Report) -> Report:
        """Return a smoke test's report that ends as only what is new in it says, with remarks that tell it.

        Rows that only one of the reports has are told; what fails in a row that the baseline does not have is
        new. Where warnings fail, new ones do.
        """
        assert report.smoke is not None  # noqa: S101 (a smoke test's)
        changes = compare(self.report, report)
        status = ended(changes)
        if report.fail_on is FailOn.WARN and any(change.warns for change in changes):
            status = ExitStatus.BROKEN
        new = sum(change.effect is Effect.BROKEN for change in changes)
        told = tuple(f"{tell(TITLES[change.effect][0])}: {change}" for change in changes)
        smoke = replace(report.smoke, baseline=Held(self.source, new, told, status))
        remarks = (*report.remarks, self._sum(report, new), *told, *unlike(self.report, report))
        return replace(report, smoke=smoke, remarks=remarks)

    def _sum(self, report: Report, new: int) -> str:
        """Say how much is new, and what is not."""
        known = sum(
            one.before.verdict is one.after.verdict is Verdict.FAIL
            for pair in paired(self.report, report)
            for one in pair.endpoints
            if one.before and one.after
        )
        parts = {"file": self.source, "time": words.time(self.report.started_at), "count": new}
        told = [
            tell("Compared with {file} of {time}: {count} newly broken.", **parts)
            if new
            else tell("Compared with {file} of {time}: nothing newly broken.", **parts)
        ]
        if known:
            told.append(
                plural(known, "{count} connection fails as before.", "{count} connections fail as before.")
            )
        return words.joined(told)
