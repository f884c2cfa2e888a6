"""How does each of several relays stand, and which of them have to be told at length?

Where a report has one relay, nothing here changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import words
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import RelayReport, Report, RowResults, Verdict, worst

_SAID = {
    Verdict.PASS: marked("in order"),
    Verdict.WARN: marked("in order, with a warning"),
    Verdict.UNKNOWN: marked("cannot be judged"),
    Verdict.FAIL: marked("fails"),
    Verdict.ERROR: marked("could not be checked"),
}
_MOST_PROBLEMS = 3
"""Mistakes of a table that an overview tells; the rest are counted."""


@dataclass(frozen=True, slots=True)
class RelayStanding:
    """How a relay stands."""

    relay: RelayReport
    verdict: Verdict
    rows: Mapping[Verdict, int]
    """How many of its rows have come to each verdict."""

    @property
    def place(self) -> str:
        """Its account and Region, as far as they are known."""
        return ", ".join(words.account_and_region(self.relay))

    @property
    def said(self) -> str:
        """What there is to say of it: ``fails: 2 of 50 rows``."""
        problems = self.relay.problems
        if problems:
            more = len(problems) - _MOST_PROBLEMS
            told = "; ".join(problems[:_MOST_PROBLEMS])
            if more > 0:
                told = tell("{names} and {more} more", names=told, more=more)
            return f"{self._unchecked}: {told}"
        total = sum(self.rows.values())
        part = self.rows.get(self.verdict, 0)
        count = plural(total, "{count} row", "{count} rows")
        if part != total:
            count = plural(total, "{part} of {count} row", "{part} of {count} rows", part=part)
        return f"{tell(_SAID[self.verdict])}: {count}"

    @property
    def _unchecked(self) -> str:
        is_wrong = self.relay.ending is ExitStatus.USAGE
        return tell("the table is wrong") if is_wrong else tell(_SAID[self.verdict])


def standings(report: Report) -> Sequence[RelayStanding]:
    """Return how each relay stands, gravest first; nothing where there is only one."""
    rows: dict[str, list[RowResults]] = {relay.name: [] for relay in report.relays}
    for row in report.by_row():
        rows.setdefault(row.row.relay, []).append(row)
    if len(rows) < 2:
        return ()
    known = {relay.name: relay for relay in report.relays}
    found = [_standing(known.get(name, RelayReport(name, name)), own) for name, own in rows.items()]
    return sorted(found, key=lambda standing: -standing.verdict.severity)


def _standing(relay: RelayReport, rows: Sequence[RowResults]) -> RelayStanding:
    verdicts = Counter(row.verdict for row in rows)
    return RelayStanding(relay, worst([*verdicts, relay.verdict]), verdicts)


def shown(report: Report, found: Sequence[RelayStanding], *, whole: bool) -> Report:
    """Return a report in the order of ``found``, in which rows are named with their relay.

    Only relays stand in it that are not in order, or with ``whole`` all. ``found`` is nothing of one relay.
    """
    if not found:
        return report
    told = (item.relay.name for item in found if whole or item.verdict is not Verdict.PASS)
    order = {name: number for number, name in enumerate(told)}
    named = qualified(report)
    rows = [row for row in named.rows if row.relay in order]
    return replace(
        named,
        rows=tuple(sorted(rows, key=lambda row: order[row.relay])),
        results=tuple(item for item in named.results if item.flow.relay in order),
    )


def qualified(report: Report) -> Report:
    """Return a report whose rows are named as on a command line: with their relay, where there are several.

    Names of rows are one relay's own; those of several may be the same.
    """
    if len({row.relay for row in report.rows}) < 2:
        return report
    return replace(
        report,
        rows=tuple(replace(row, name=f"{row.relay}/{row.name}") for row in report.rows),
        results=tuple(
            replace(item, flow=replace(item.flow, row=f"{item.flow.relay}/{item.flow.row}"))
            for item in report.results
        ),
    )


def summary(found: Sequence[RelayStanding]) -> str:
    """Return how many relays there are, and how many of them are not in order."""
    counts = Counter(item.verdict for item in found)
    wrong = sum(item.relay.ending is ExitStatus.USAGE for item in found)
    failing = counts[Verdict.FAIL]
    sentence = marked("{count} of {total} relays fails")
    if failing != 1:
        sentence = marked("{count} of {total} relays fail")
    told = [tell(sentence, count=failing, total=len(found))]
    if wrong:
        told.append(plural(wrong, "{count} table is wrong", "{count} tables are wrong"))
    return "; ".join(told)
