"""In which steps is all of it mended? The fixes in the order of the path, and each command once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from nlbcheck.model.finding import Code, Finding, Leg, position
from nlbcheck.model.remedy import Call
from nlbcheck.model.report import Report, RowResults
from nlbcheck.model.verdict import Verdict

_AFTER_PATH = position(Leg.TABLE, None)
_AT_TARGET = (Code.TARGET_NOT_LISTENING, Code.TARGET_SILENT)
"""What a probe has heard of a target, where health checks fail of the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    text: str
    calls: tuple[Call, ...]
    """Those that no step before has; none where it is to be done by hand."""
    findings: tuple[Finding, ...]
    """What it mends, each once."""
    rows: tuple[str, ...]
    """The names of the rows that it mends; none where it is for the table as a whole."""

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes of what it mends, each once."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines of the calls."""
        return tuple(call.command for call in self.calls)


def plan(report: Report) -> tuple[Step, ...]:
    """Return what to do about all that fails, and about what likely does where connections fail.

    A fix whose calls are all in steps before it is no step of its own: the last of those mends it, too.
    """
    steps: list[Step] = []
    given: dict[Hashable, int] = {}
    for step in _fixes(report):
        calls = {call.identity: call for call in step.calls}
        if calls and calls.keys() <= given.keys():
            number = max(given[identity] for identity in calls)
            steps[number] = _joined(steps[number], step)
            continue
        left = tuple(call for identity, call in calls.items() if identity not in given)
        given |= {call.identity: len(steps) for call in left}
        steps.append(replace(step, calls=left))
    return tuple(steps)


def _fixes(report: Report) -> list[Step]:
    """Return each distinct fix with what it mends, in the order in which packets meet that."""
    steps: dict[Hashable, Step] = {}
    for finding, name in sorted(_to_mend(report), key=lambda told: _when(told[0])):
        if finding.remedy:
            rows = (name,) if name else ()
            step = Step(finding.remedy.text, finding.remedy.calls, (finding,), rows)
            known = steps.get(finding.remedy.identity)
            steps[finding.remedy.identity] = _joined(known, step) if known else step
    return list(steps.values())


def _when(finding: Finding) -> int:
    """Return when a fix is due: the path's order, but no target leaves before the new one can be reached."""
    calls = finding.remedy.calls if finding.remedy else ()
    is_swap = any(call.operation == "DeregisterTargets" for call in calls)
    return _AFTER_PATH if is_swap else finding.order


def _to_mend(report: Report) -> Iterator[tuple[Finding, str | None]]:
    """Yield what fails, with the name of its row."""
    for row in report.by_row():
        found = [finding for finding in row.all_findings if _is_to_mend(finding, row)]
        for finding in found:
            if not any(_follows(finding, other) for other in found if other is not finding):
                yield finding, row.row.name
    for finding in report.table:
        if finding.verdict is Verdict.FAIL:
            yield finding, None


def _is_to_mend(finding: Finding, row: RowResults) -> bool:
    """Whether a finding fails and can be mended, or warns where a row fails and its fix was tried."""
    if finding.remedy is None:
        return False
    tried = finding.verdict is Verdict.WARN and bool(finding.remedy.calls)
    of_path = finding.leg in (Leg.FRONT, Leg.BALANCER, Leg.BACK) and finding.remedy.verified is not None
    is_cause = row.row.cause is not None and row.row.cause.gate == finding.gate
    return finding.verdict is Verdict.FAIL or (
        tried and row.verdict is Verdict.FAIL and (of_path or is_cause)
    )


def _follows(finding: Finding, other: Finding) -> bool:
    """Whether what a load balancer says of a target ends by itself once something else is mended."""
    if finding.remedy and finding.remedy.calls:
        return False
    if finding.code is Code.TARGET_UNHEALTHY:
        return other.code in _AT_TARGET
    return finding.code is Code.TARGET_UNUSED and other.code is not Code.TARGET_UNUSED


def _joined(step: Step, other: Step) -> Step:
    """Return a step that mends what another one would, too."""
    findings = {finding.identity: finding for finding in (*other.findings, *step.findings)}
    ordered = dict.fromkeys(finding.identity for finding in (*step.findings, *other.findings))
    rows = dict.fromkeys((*step.rows, *other.rows))
    return replace(step, findings=tuple(findings[identity] for identity in ordered), rows=tuple(rows))
