"""How is a report, a trace or a comparison told in one answer? All that may hold foreign words is marked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from nlbcheck import explain
from nlbcheck.agents.fitting import fitted
from nlbcheck.agents.marking import all_marked, marked
from nlbcheck.agents.tool_answer import ToolAnswer, ToolFinding, ToolRow, verdict_of
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.diagnosis.drift import Drift, uncompared
from nlbcheck.diagnosis.judge import gaps
from nlbcheck.errors import ExitStatus
from nlbcheck.escape import printable
from nlbcheck.formats import answers, causes, chain, words
from nlbcheck.formats.causes import Fix
from nlbcheck.formats.view import View
from nlbcheck.model import Finding, Json, Report, Result, RowResults
from nlbcheck.model.gap import refusals
from nlbcheck.path.reach import Trace
from nlbcheck.relays.table import Table

_EVIDENCE = 8
"""Facts of a finding that are told."""
_FACT = 160
"""Characters of one of them."""
_ROWS = 10
"""Rows of a finding that are named."""
_NAME = 80
"""Characters of one of their names."""
_SENTENCE = 500
"""Characters of what a finding says, and of its fix. With all these one finding always fits."""
_COMMANDS = 1500
"""Characters of the commands of a fix; they are told all or not at all."""
_CONNECTIONS = 12
"""Connections of a row that are told."""
_TOO_LONG = " (The commands are too long for this answer: nlbcheck diagnose --fix-script FILE writes them.)"


def of_report(report: Report, remarks: Sequence[str] = ()) -> ToolAnswer:
    """Return what a report says: the causes, what else was found, and the rows, failing ones first."""
    view = View(report)
    found = [_finding(item.finding, [row.row.name for row in item.rows], item.fixes) for item in view.causes]
    others = sorted(view.others, key=lambda told: -told[0][0].verdict.severity)
    found += [_finding(told[0][0], [name for _, name in told], causes.fixes(told)) for told in others]
    rows = sorted(view.rows, key=lambda row: -row.verdict.severity)
    status = report.exit_status
    return fitted(
        ToolAnswer(
            verdict_of(status),
            int(status),
            f"{words.ended(report)} {view.summary}",
            findings=found,
            unseen=all_marked(refusals(report.gaps or ())),
            rows=[_row(view, row) for row in rows],
            plan=all_marked(f"{n}. {words.step(item)}" for n, item in enumerate(view.plan, 1)),
            about=all_marked(f"{label}: {value}" for label, value in words.header(report, view.probers)),
            remarks=all_marked((*remarks, *report.remarks)),
        )
    )


def of_trace(found: Trace, remarks: Sequence[str] = ()) -> ToolAnswer:
    """Return what a trace says, with what the packets meet."""
    hops = (
        f"{path.leg.value} {path.direction.value}: {chain.label(hop)}: {hop.verdict.value}"
        for path in found.paths
        for hop in path.hops
    )
    return fitted(
        ToolAnswer(
            verdict_of(found.exit_status),
            int(found.exit_status),
            f"The connection is {found.reach.value}.",
            findings=_alone(found.findings),
            path=all_marked(hops),
            remarks=all_marked(remarks),
        )
    )


def of_drift(found: Drift, table: Table, remarks: Sequence[str] = ()) -> ToolAnswer:
    """Return what a comparison of the mapping table with AWS says."""
    counted = Counter(finding.verdict.value for finding in found.findings)
    told = ", ".join(f"{number} {verdict}" for verdict, number in counted.items())
    left_out = uncompared.remark(table.rows)
    about = found.balancer.name if found.balancer else "AWS"
    return fitted(
        ToolAnswer(
            verdict_of(found.exit_status),
            int(found.exit_status),
            f"The mapping table against AWS: {told or 'no difference'}.",
            findings=_alone(found.findings),
            about=all_marked([f"{table.source} against {about}"]),
            remarks=all_marked([*remarks, *([left_out] if left_out else [])]),
        )
    )


def of_snapshot(found: Snapshot, path: Path, remarks: Sequence[str] = ()) -> ToolAnswer:
    """Return what became of recording a snapshot into a file."""
    refused = refusals(gaps(found.recording))
    status = ExitStatus.UNSEEN if refused else ExitStatus.OK
    return fitted(
        ToolAnswer(
            verdict_of(status),
            int(status),
            f"{len(found.recording.answers)} answers of AWS are recorded. This says nothing of connections.",
            unseen=all_marked(refused),
            about=all_marked([str(path)]),
            remarks=all_marked(remarks),
        )
    )


def _alone(found: Iterable[Finding]) -> list[ToolFinding]:
    """Return findings that no rows go with, gravest first."""
    ordered = sorted(found, key=lambda finding: -finding.verdict.severity)
    return [_finding(item, (), causes.fixes([(item, "")])) for item in ordered]


def _finding(finding: Finding, rows: Iterable[str], fixes: Sequence[Fix]) -> ToolFinding:
    names = list(dict.fromkeys(rows))
    evidence = list(finding.evidence.items())[:_EVIDENCE]
    commands = [marked(command, _COMMANDS) for fix in fixes for command in fix.remedy.commands]
    is_long = sum(map(len, commands)) > _COMMANDS
    said = " ".join(fix.said for fix in fixes)
    rest = [f"…and {len(names) - _ROWS} more rows"] if len(names) > _ROWS else []
    return ToolFinding(
        finding.code.value,
        finding.verdict.value,
        finding.confidence.value,
        explain.page(finding.code).title,
        marked(finding.summary, _SENTENCE),
        [*(marked(name, _NAME) for name in names[:_ROWS]), *rest],
        {printable(key): marked(_fact(value), _FACT) for key, value in evidence},
        marked(said, _SENTENCE) + (_TOO_LONG if is_long else "") if fixes else None,
        [] if is_long else commands,
    )


def _fact(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(view: View, row: RowResults) -> ToolRow:
    ended = all_marked(_connection(view, result) for result in row.results[:_CONNECTIONS])
    more = len(row.results) - _CONNECTIONS
    rest = [f"…and {more} more connections"] if more > 0 else []
    answered = all_marked(answer for _, answer in answers.per_row(row)[:_CONNECTIONS])
    return ToolRow(marked(row.row.name), row.verdict.value, [*ended, *rest], answered)


def _connection(view: View, result: Result) -> str:
    """Return how the connection to a static IP ended, or what its walk says where none was made."""
    place = words.node(result.flow.node) + (f" from {result.flow.vantage}" if view.is_plural else "")
    if result.observation is None:
        return f"{place}: {result.verdict.value} (not probed)"
    errors = [seen.error for seen, _ in result.outcomes if seen.error]
    return ": ".join([place, words.ending(result, result.observation), *errors[:1]])
