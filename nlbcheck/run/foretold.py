"""What does a change that has not been made yet break, and which part of it does?

Each connection is walked as AWS is and as it will be. What is wrong then and is not now, some of the changes
bring: the fewest that do are looked for by walking again with fewer of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import Survey, survey
from nlbcheck.errors import NlbcheckError
from nlbcheck.model import Client, Code, Finding, Remedy, Report, Result, Verdict
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.ahead import Ahead, ChangeStep
from nlbcheck.run.settled import CheckedPaths, checked, settled

_MOST = 4
"""Changes that a finding names; one that takes more is told of these."""
_SHOWN = 8
_BAD = (Verdict.FAIL, Verdict.UNKNOWN)

Where = tuple[str, str]
"""A row's name and the address that is dialled."""


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
        report = self.report(state.changed(then))
        return replace(
            report,
            results=tuple(replace(item, findings=_told_of(item.findings)) for item in report.results),
            rows=tuple(replace(item, findings=_told_of(item.findings)) for item in report.rows),
        )


def _told_of(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(item for item in findings if item.code is not Code.WIRE_CONTRADICTS_MODEL)


def told(report: Report, ahead: Ahead, question: Question) -> Report:
    """Return the report on the state as it will be, its findings naming the changes that bring them."""
    now = ahead.before.ask(question.report)
    paths = checked(ahead.before.ask(question.surveyed))
    then = ahead.ask(partial(question.report_after, now=paths))
    report = replace(report, rows=then.rows, results=then.results, table=then.table)
    known = {identity for result in now.results for identity in _identities(result)}
    known |= {finding.identity for finding in now.findings}
    fine = {_where(result) for result in now.results if result.verdict is not Verdict.FAIL}
    places: dict[Hashable, tuple[Finding, list[Where]]] = {}
    for result in report.results:
        for finding in result.findings:
            if finding.verdict in _BAD and finding.identity not in known:
                places.setdefault(finding.identity, (finding, []))[1].append(_where(result))
    for row in report.rows:
        for finding in row.findings:
            if finding.verdict in _BAD and finding.identity not in known:
                places.setdefault(finding.identity, (finding, []))
    tellings = {
        identity: _Telling(finding, where, _culprits(ahead, question, paths, finding, where), ahead)
        for identity, (finding, where) in places.items()
    }
    changed = partial(_retold, tellings=tellings, fine=fine, labels=_labels(report), nodes=_nodes(report))
    results = tuple(
        replace(
            item,
            findings=tuple(map(changed, item.findings)),
            cause=changed(item.cause) if item.cause else None,
        )
        for item in report.results
    )
    rows = tuple(
        replace(
            item,
            findings=tuple(map(changed, item.findings)),
            cause=changed(item.cause) if item.cause else None,
        )
        for item in report.rows
    )
    remarks = (*report.remarks, *_mended(now, report, ahead), *_unseen(ahead, bool(tellings)))
    return replace(report, rows=rows, results=results, remarks=tuple(dict.fromkeys(remarks)))


def _where(result: Result) -> Where:
    return result.flow.row, str(result.flow.node.address)


def _identities(result: Result) -> Iterator[Hashable]:
    yield from (finding.identity for finding in result.findings)


def _labels(report: Report) -> Mapping[str, str]:
    return {str(result.flow.node.address): result.flow.node.label for result in report.results}


def _nodes(report: Report) -> Mapping[str, int]:
    """Return at how many static IPs each row is looked at."""
    return {row.name: sum(result.flow.row == row.name for result in report.results) for row in report.rows}


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is new, where, and which steps of the change bring it."""

    finding: Finding
    where: Sequence[Where]
    steps: Sequence[Any]
    ahead: Ahead


def _culprits(
    ahead: Ahead, question: Question, now: CheckedPaths, finding: Finding, where: Sequence[Where]
) -> list[Any]:
    """Return the fewest steps, in their order, with which alone a finding is there."""
    row = next((name for name, _ in where), None)
    rows = [item for item in question.rows if row in (None, item.name)]
    asked = replace(question, rows=rows)
    steps: list[ChangeStep] = list(ahead.foreseen.steps)

    def shows(chosen: Sequence[int]) -> bool:
        some = [steps[number] for number in sorted(chosen)]
        try:
            found = ahead.ask_after(some, partial(asked.report_after, now=now))
        except NlbcheckError:
            return False
        return any(item.identity == finding.identity for item in found.findings)

    chosen: list[int] = []
    while not shows(chosen) and len(chosen) < _MOST:
        number = _first(len(steps), lambda count: shows([*chosen, *range(count)]))
        if number is None or number in chosen:
            break
        chosen.append(number)
    return [steps[number] for number in sorted(chosen)]


def _first(steps: int, shows: Callable[[int], bool]) -> int | None:
    """Return the number of the first step with which, after all before it, something shows."""
    if not shows(steps):
        return None
    low, high = 0, steps
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high - 1


def _retold(
    finding: Finding,
    *,
    tellings: Mapping[Hashable, _Telling],
    fine: set[Where],
    labels: Mapping[str, str],
    nodes: Mapping[str, int],
) -> Finding:
    """Return a finding that says which change brings it, and what that breaks."""
    telling = tellings.get(finding.identity)
    if telling is None or not telling.steps:
        return finding
    foreseen = telling.ahead.foreseen
    does = _listed([foreseen.told(step) for step in telling.steps])
    broken = [item for item in telling.where if item in fine]
    fails = finding.verdict is Verdict.FAIL
    verb = "breaks" if fails else "leaves unknown"
    what = (
        f"{verb} {_rows(broken, labels, nodes)}" if broken else "adds to what is wrong" if fails else "hides"
    )
    if not broken and not fails:
        what = "leaves something unknown"
    summary = f"{foreseen.what[0].upper()}{foreseen.what[1:]} {what}: it {does}. {finding.summary}"
    evidence = {
        **finding.evidence,
        "changes": [str(getattr(step, "address", step)) for step in telling.steps],
    }
    return replace(finding, summary=summary, evidence=evidence, remedy=_remedy(finding.remedy, does))


def _remedy(fix: Remedy | None, does: str) -> Remedy | None:
    """Return a fix that says when it is to be made: nothing is wrong yet."""
    if fix is None:
        return None
    return replace(fix, text=f"Take it out of the change (it {does}); or make good for it after. {fix.text}")


def _rows(broken: Sequence[Where], labels: Mapping[str, str], nodes: Mapping[str, int]) -> str:
    """Return the rows that break, each with the zones where it does if that is not everywhere."""
    by_row: dict[str, list[str]] = {}
    for row, address in broken:
        by_row.setdefault(row, []).append(labels.get(address, address))
    told_ = [
        row if len(zones) == nodes.get(row) else f"{row} at {' and '.join(zones)}"
        for row, zones in by_row.items()
    ]
    return _listed(told_)


def _listed(things: Sequence[str]) -> str:
    shown = list(things[:_SHOWN])
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    if len(shown) > 1 and not more:
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return ", ".join(shown) + more


def _mended(now: Report, then: Report, ahead: Ahead) -> Iterator[str]:
    """Say which connections fail as AWS is, and will not."""
    fails = {_where(item) for item in now.results if item.verdict is Verdict.FAIL}
    mended = [item for item in map(_where, then.results) if item in fails]
    still = {_where(item) for item in then.results if item.verdict is Verdict.FAIL}
    if gone := [item for item in mended if item not in still]:
        what = ahead.foreseen.what
        yield f"{what[0].upper()}{what[1:]} mends {_rows(gone, _labels(then), _nodes(then))}."


def _unseen(ahead: Ahead, anything: bool) -> Iterator[str]:
    """Say what of the change is not in the report."""
    foreseen = ahead.foreseen
    steps = len(foreseen.steps)
    yield (
        f"The state is as after {foreseen.source}: {steps} change{'s'[: steps != 1]} laid over it. "
        "Nothing was probed; target health is what checks find after it, where their path tells."
    )
    for refused in ahead.laid.refused:
        yield f"This part of the change is refused, or does not fit the state: {refused}."
    if foreseen.unseen:
        yield f"What these changes do to packets is not seen: {_listed(foreseen.unseen)}."
    if anything and foreseen.unknown:
        names = list(dict.fromkeys(value.name for value in foreseen.unknown))
        yield f"Known only after the apply: {_listed(names)}."
