"""What does a change that has not been made yet break, and which part of it does?

Each connection is walked as AWS is and as it will be. What is wrong then and is not now, some of the changes
bring.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import Survey, survey
from nlbcheck.language import listed, marked, plural, tell
from nlbcheck.model import Client, Code, Finding, Report, Result, RowReport, Verdict
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.ahead import Ahead
from nlbcheck.run.culprits import (
    ADDS,
    BREAKS,
    LEAVES_MORE_UNKNOWN,
    LEAVES_UNKNOWN,
    culprits,
    in_short,
    retold,
)
from nlbcheck.run.settled import CheckedPaths, checked, settled

_BAD = (Verdict.FAIL, Verdict.UNKNOWN)
_AFTER_APPLY = marked("Known only after the apply: {names}.")
_SENSITIVE = marked("Marked sensitive, and not read: {names}.")

_Where = tuple[str, str]
"""A row's name and the zone or address of a static IP; no address for the row as a whole."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: rows of a table, from a client."""

    table: Table
    rows: Sequence[Row]
    client: Client
    run: Run

    def surveyed(self, state: AwsState) -> Survey:
        """Return what a state says of the rows."""
        return survey(state, table=self.table, rows=self.rows, client=self.client)

    def report(self, state: AwsState) -> Report:
        """Return the report on a state."""
        return judge(state, self.table, [Sight(self.surveyed(state))], self.run)

    def report_after(self, state: AwsState, now: CheckedPaths) -> Report:
        """Return the report on a state that is not there yet, once health checks have found it out.

        Nothing contradicts it: of what will be, there are neither probes nor checks.
        """
        then = settled(state.recording, now, checked(self.surveyed(state)))
        return _changed(self.report(state.changed(then)), _of_the_path)


def told(report: Report, ahead: Ahead, question: Question) -> Report:
    """Return the report on the state as it will be, its findings naming the changes that bring them."""
    now = ahead.before.ask(question.report)
    paths = checked(ahead.before.ask(question.surveyed))
    then = ahead.ask(partial(question.report_after, now=paths))
    places = _new(now, then)
    fails = {_where(item) for item in now.results if item.verdict is Verdict.FAIL}
    tellings = {
        identity: _told(finding, where, ahead, question, paths, fails)
        for identity, (finding, where) in places.items()
    }
    named = _changed(then, lambda found: tuple(tellings.get(item.identity, item) for item in found))
    remarks = (*report.remarks, *_mended(fails, then, ahead), *_beside(ahead, anything=bool(tellings)))
    return replace(
        report,
        rows=named.rows,
        results=named.results,
        table=named.table,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _told(
    finding: Finding,
    where: Sequence[_Where],
    ahead: Ahead,
    question: Question,
    paths: CheckedPaths,
    fails: set[_Where],
) -> Finding:
    """Return a finding that is new, with the changes that bring it."""
    rows = [row for row in question.rows if row.name == where[0][0]]
    asked = replace(question, rows=rows)
    steps = culprits(ahead, finding.identity, lambda state: asked.report_after(state, paths).findings)
    broken = [item for item in where if item not in fails]
    told = _rows(broken, len(question.table.static_ips))
    return retold(finding, ahead, steps, _does(finding, broken), told)


def _does(finding: Finding, broken: Sequence[_Where]) -> str:
    """Return the sentence on what becomes of connections by a finding that is new."""
    if finding.verdict is Verdict.FAIL:
        return BREAKS if broken else ADDS
    return LEAVES_UNKNOWN if broken else LEAVES_MORE_UNKNOWN


def _new(now: Report, then: Report) -> Mapping[Hashable, tuple[Finding, list[_Where]]]:
    """Return the findings that are told of a place then and are not now, with the places."""
    known = {(where, finding.identity) for where, finding in _places(now)}
    found: dict[Hashable, tuple[Finding, list[_Where]]] = {}
    for where, finding in _places(then):
        if finding.verdict in _BAD and (where, finding.identity) not in known:
            found.setdefault(finding.identity, (finding, []))[1].append(where)
    return found


def _places(report: Report) -> Iterator[tuple[_Where, Finding]]:
    for result in report.results:
        for finding in result.findings:
            yield _where(result), finding
    for row in report.rows:
        for finding in row.findings:
            yield (row.name, ""), finding


def _where(result: Result) -> _Where:
    return result.flow.row, result.flow.node.label


_Item = TypeVar("_Item", Result, RowReport)
_Findings = Callable[[Sequence[Finding]], tuple[Finding, ...]]


def _changed(report: Report, change: _Findings) -> Report:
    """Return a report with other findings, and causes as they are told among them."""

    def cause(found: Finding | None, among: Sequence[Finding]) -> Finding | None:
        one = change((found,)) if found else ()
        return next(
            (item for item in among if found and item.identity == found.identity), next(iter(one), None)
        )

    def of(item: _Item) -> _Item:
        findings = change(item.findings)
        return replace(item, findings=findings, cause=cause(item.cause, findings))

    return replace(report, results=tuple(map(of, report.results)), rows=tuple(map(of, report.rows)))


def _of_the_path(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings without what only probes and checks can say."""
    return tuple(item for item in findings if item.code is not Code.WIRE_CONTRADICTS_MODEL)


def _rows(broken: Sequence[_Where], nodes: int) -> str:
    """Return the rows that break, each with the zones where it does if that is not everywhere."""
    by_row: dict[str, list[str]] = {}
    for row, zone in broken:
        by_row.setdefault(row, []).extend([zone] if zone else [])
    return in_short(
        [
            tell("{row} at {zones}", row=row, zones=listed(zones)) if 0 < len(zones) < nodes else row
            for row, zones in by_row.items()
        ]
    )


def _mended(fails: set[_Where], then: Report, ahead: Ahead) -> Iterator[str]:
    """Say which connections fail as AWS is, and will not."""
    fine = [_where(item) for item in then.results if item.verdict in (Verdict.PASS, Verdict.WARN)]
    if mended := [item for item in fine if item in fails]:
        nodes = len({_where(item)[1] for item in then.results})
        yield tell("{change} repairs {rows}.", change=tell(ahead.foreseen.what), rows=_rows(mended, nodes))


def _beside(ahead: Ahead, *, anything: bool) -> Iterator[str]:
    """Say what the report is on, and what of the change is not in it."""
    foreseen = ahead.foreseen
    yield plural(
        len(foreseen.steps),
        "This is the state after {file}: {count} change is applied to the recorded state. Nothing was "
        "probed. Target health is what health checks find after the change, where their path shows it.",
        "This is the state after {file}: {count} changes are applied to the recorded state. Nothing was "
        "probed. Target health is what health checks find after the change, where their path shows it.",
        file=foreseen.source,
    )
    for refused in ahead.laid.refused:
        yield tell("This part of the change is refused, or does not fit the state: {reason}.", reason=refused)
    if foreseen.unseen:
        yield tell(
            "What these changes do to packets is not visible: it {steps}.", steps=in_short(foreseen.unseen)
        )
    for sentence, sensitive in ((_AFTER_APPLY, False), (_SENSITIVE, True)):
        names = dict.fromkeys(item.name for item in foreseen.unknown if item.is_sensitive is sensitive)
        if anything and names:
            yield tell(sentence, names=in_short(list(names)))
