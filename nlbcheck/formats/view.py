"""Which rows, static IPs, vantage points and causes does a report have, grouped and counted once?

Every renderer makes one view of a report and asks it, so that no two of them group or count otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nlbcheck.formats import causes, overview, words
from nlbcheck.formats.causes import Told
from nlbcheck.language import listed, marked, plural, tell
from nlbcheck.model import Client, Finding, Node, Observation, Report, Result, RowResults, Status, Verdict
from nlbcheck.model.plan import Step, plan
from nlbcheck.model.smoked import Smoke


@dataclass(frozen=True, slots=True)
class Failure:
    """Connections of a row to a node that failed in one way."""

    row: RowResults
    result: Result
    probe: Observation
    """What the first of them saw."""
    share: str
    """Of how many connections that is, to follow a word; empty where it is the only one."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is known from one vantage point: rows times static IPs."""

    relay: str | None
    """Whose rows they are, where there are several relays."""
    vantage: Client
    nodes: tuple[Node, ...]
    rows: tuple[tuple[RowResults, Mapping[Node, Result]], ...]


class View:
    """A report as a renderer looks at it."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.rows = report.by_row()

    @property
    def is_plural(self) -> bool:
        """Whether there are several vantage points, and each result must say whose it is."""
        return len(self.report.vantages) > 1

    @cached_property
    def probers(self) -> frozenset[str]:
        """The names of the vantage points that have probed."""
        return frozenset(item.flow.vantage for item in self.report.results if item.observation)

    @cached_property
    def is_unread(self) -> bool:
        """Whether no packet could be walked for what AWS refused, or several permissions are missing."""
        gaps = self.report.gaps or ()
        walked = any(item.paths for item in self.report.results)
        return bool(gaps) and (not walked or len({gap.permission for gap in gaps}) > 1)

    @cached_property
    def matrices(self) -> Sequence[Matrix]:
        """The results of each vantage point by row and static IP; none is mixed with another's."""
        found = (
            self._matrix(relay, vantage, is_forbidden=closed)
            for relay in self._relays
            for vantage in self.report.vantages
            for closed in (False, True)
        )
        return [matrix for matrix in found if matrix.rows and self._says_something(matrix)]

    @property
    def _relays(self) -> Sequence[str | None]:
        """The relays that have tables of their own; None is the only one."""
        named = list(dict.fromkeys(row.row.relay for row in self.rows))
        return named if len(self.report.relays) > 1 else [None]

    def _says_something(self, matrix: Matrix) -> bool:
        """Whether a table is not that of rows from a client of addresses that nobody may reach alone."""
        names = {row.row.name for row in self.rows if row.row.is_forbidden}
        own = [item.flow.row for item in self.report.results if item.flow.vantage == matrix.vantage.source]
        if matrix.relay:
            return bool(matrix.nodes)
        return bool(matrix.nodes) or not own or not names.issuperset(own)

    def _matrix(self, relay: str | None, vantage: Client, *, is_forbidden: bool) -> Matrix:
        """Return a table; addresses that nobody may reach are no static IPs and have one of their own."""
        rows = [
            row
            for row in self.rows
            if row.row.is_forbidden is is_forbidden and relay in (None, row.row.relay)
        ]
        own = [
            (row, {item.flow.node: item for item in row.results if self._is_of(item, vantage)})
            for row in rows
        ]
        if is_forbidden:
            own = [(row, of_row) for row, of_row in own if of_row]
        return Matrix(
            relay, vantage, tuple(dict.fromkeys(node for _, of_row in own for node in of_row)), tuple(own)
        )

    def _is_of(self, result: Result, vantage: Client) -> bool:
        return not self.is_plural or result.flow.vantage == vantage.source

    def results_of(self, row: RowResults, vantage: Client) -> Sequence[Result]:
        """Return a row's results from a vantage point."""
        return [result for result in row.results if self._is_of(result, vantage)]

    @cached_property
    def causes(self) -> Sequence[causes.Cause]:
        """Each distinct cause with the rows that fail of it."""
        return causes.of_rows(self.rows)

    @cached_property
    def others(self) -> Sequence[Told]:
        """The findings that are no cause, each fault once with the names of the rows that have it."""
        told: dict[object, list[tuple[Finding, str]]] = {}
        known = {(gate, row.row.name) for cause in self.causes for gate in cause.gates for row in cause.rows}
        behind = {gate for cause in self.causes for gate in cause.gates}
        for row in self.rows:
            for finding in row.all_findings:
                is_told = finding.verdict is Verdict.FAIL and finding.gate in behind
                is_told |= finding.verdict is Verdict.PASS
                if not is_told and (finding.gate, row.row.name) not in known:
                    source = self.sources(row, finding)
                    name = from_there(row.row.name, source) if source else row.row.name
                    told.setdefault((finding.gate, finding.verdict), []).append((finding, name))
        for finding in self.report.table:
            told.setdefault((finding.gate, finding.verdict), []).append((finding, tell("the table")))
        return list(told.values())

    @cached_property
    def closed(self) -> Sequence[tuple[Finding, Sequence[str]]]:
        """What closes paths that the table wants closed, each gate once, with the names of the rows."""
        told: dict[object, tuple[Finding, list[str]]] = {}
        for row in self.rows:
            for finding in row.all_findings:
                if finding.verdict is Verdict.PASS:
                    told.setdefault(finding.gate, (finding, []))[1].append(row.row.name)
        return list(told.values())

    @cached_property
    def plan(self) -> Sequence[Step]:
        """All that is to be done, in order, where that is more than one step."""
        steps = plan(self.report)
        return steps if len(steps) > 1 else ()

    @cached_property
    def failures(self) -> Sequence[tuple[str | None, Sequence[Failure]]]:
        """The probes that did not succeed, those that mean the same together, first seen first.

        Of a run that was interrupted as a whole, those that were not tried are left out.
        """
        groups: dict[str | None, list[Failure]] = {}
        for row in self.rows:
            for result in row.results:
                for probe, count in result.outcomes:
                    fails = result.flow.spec.judged(probe.status) is not Verdict.PASS
                    if fails and not (probe.status is Status.INTERRUPTED and self.report.interrupted):
                        failure = Failure(row, result, probe, words.share(result, count))
                        groups.setdefault(probe.meaning, []).append(failure)
        return list(groups.items())

    @cached_property
    def connections(self) -> Mapping[Verdict, int]:
        """How many connections have come to each verdict."""
        return Counter(self.report.verdicts)

    @cached_property
    def verdicts(self) -> Mapping[Verdict, int]:
        """How many rows have come to each verdict."""
        return Counter(row.verdict for row in self.rows)

    @cached_property
    def warnings(self) -> int:
        """How many warnings there are; one that several rows or static IPs share is one."""
        found = self.report.findings
        return len({finding.identity for finding in found if finding.verdict is Verdict.WARN})

    def endpoint(self, row: RowResults, result: Result) -> str:
        """Return an endpoint's name; of several vantage points it says which one connects."""
        name = words.endpoint(row, result)
        return from_there(name, words.place(result.flow.vantage)) if self.is_plural else name

    def sources(self, row: RowResults, finding: Finding) -> str:
        """Return from which vantage points a row has a finding; nothing where that is from all."""
        if not self.is_plural:
            return ""
        having = {
            result.flow.vantage
            for result in row.results
            if any(item.gate == finding.gate for item in result.findings)
        }
        named = [words.place(item.source) for item in self.report.vantages if item.source in having]
        return listed(named) if 0 < len(named) < len(self.report.vantages) else ""

    @property
    def summary(self) -> str:
        """The counts of the run in one line: ``1 of 5 rows fails; 8 ok, 2 failed; 1 warning``."""
        failing = self.verdicts[Verdict.FAIL]
        standing = overview.standings(self.report)
        told = [overview.summary(standing)] if standing else []
        if failing and len(self.rows) > 1:
            told.append(tell(_FAIL if failing > 1 else _FAILS, count=failing, total=len(self.rows)))
        told.append(words.counted(self.connections) or tell("nothing was probed"))
        if self.warnings:
            told.append(plural(self.warnings, "{count} warning", "{count} warnings"))
        if self.report.smoke:
            told.append(_smoke(self.report.smoke))
        if self.report.interrupted:
            told.append(tell("interrupted"))
        return "; ".join(told)


_FAILS = marked("{count} of {total} rows fails")
_FAIL = marked("{count} of {total} rows fail")


def from_there(name: str, source: str) -> str:
    """Return the name of something that is so from a vantage point alone."""
    return tell("{name} from {vantage}", name=name, vantage=source)


_HEALTH = {
    "healthy": marked("all targets are healthy"),
    "unhealthy": marked("not all targets are healthy"),
}


def _smoke(test: Smoke) -> str:
    """Return in a few words how a smoke test ended."""
    health = tell(_HEALTH[test.health]) if test.health in _HEALTH else tell("target health is not visible")
    if test.waited_s >= 1:
        health = tell("{health} after {seconds} s", health=health, seconds=f"{test.waited_s:.0f}")
    rounds = tell(
        "{good} of {steady} good rounds in a row, {count} in all",
        good=test.good,
        steady=test.steady,
        count=test.rounds,
    )
    return f"{health}; {rounds}"
