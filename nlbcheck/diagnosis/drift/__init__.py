"""Does AWS hold what the mapping table says?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import (
    balancer,
    comparison,
    default_ports,
    listeners,
    names,
    registration,
    static_ips,
    targets,
)
from nlbcheck.diagnosis.drift.comparison import Registered
from nlbcheck.diagnosis.drift.finding import met, of_group
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Call, Code, Finding, Resource, Verdict, worst
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.finished import finished
from nlbcheck.path.outcome import unseen
from nlbcheck.path.trail import Journal
from nlbcheck.relays.table import Row, Table


@dataclass(frozen=True, slots=True)
class RowDrift:
    """What differs between one row and AWS."""

    findings: tuple[Finding, ...] = ()
    group: TargetGroup | None = None
    """The row's target group; None where it is not seen."""
    registered: tuple[Registered, ...] | None = None
    """The targets of the group that stay there; None where they are not seen."""
    instead: Call | None = None
    """What would leave the group to the row's own targets, where it holds others instead: never advised."""

    leave: bool = False
    """Whether all of the row's own targets are on their way out."""

    @property
    def is_deserted(self) -> bool:
        """Whether the group is seen to hold no target, or the row's are leaving: walks say that."""
        return self.leave or (self.group is not None and self.registered == ())


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between a table and AWS, or cannot be seen."""

    balancer: LoadBalancer | None
    """The table's load balancer; None where there is none to hold the rows against."""
    table: tuple[Finding, ...]
    """About the table as a whole."""
    rows: tuple[RowDrift, ...]
    """About each of the rows, in their order."""

    @property
    def exit_status(self) -> ExitStatus:
        """How a command ends that asked for this alone."""
        gravest = worst(finding.verdict for finding in self.findings)
        return {Verdict.FAIL: ExitStatus.BROKEN, Verdict.UNKNOWN: ExitStatus.UNSEEN}.get(
            gravest, ExitStatus.OK
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once."""
        journal = Journal(None)
        for finding in (*self.table, *chain.from_iterable(row.findings for row in self.rows)):
            journal.add(finding)
        return tuple(journal.findings)


def findings(state: AwsState, table: Table, rows: Sequence[Row]) -> Drift:
    """Return what differs between ``rows`` of a ``table`` and a recorded state of AWS.

    Raises InputError where the table names neither its load balancer nor a static IP.
    """
    found, about = balancer.of_table(state, table)
    if found is None:
        return Drift(None, about, tuple(RowDrift() for _ in rows))
    about += static_ips.of_table(state, found, table.static_ips)
    about += listeners.of_table(state, found, {row.listener.number for row in table.rows})
    about = finished(state, about)
    of_rows = [of_row(state, found, row) for row in rows]
    about, of_rows = _ports_together(about, rows, of_rows)
    named = names.compared([(row, item.registered or ()) for row, item in zip(rows, of_rows, strict=True)])
    return Drift(
        found,
        about,
        tuple(
            replace(item, findings=(*item.findings, *_in_row(row, more)))
            for row, item, more in zip(rows, of_rows, named, strict=True)
        ),
    )


def _ports_together(
    about: tuple[Finding, ...], rows: Sequence[Row], of_rows: Sequence[RowDrift]
) -> tuple[tuple[Finding, ...], list[RowDrift]]:
    """Return the findings of table and rows, with one remark on a default port that several groups have."""
    shared = default_ports.shared([(row, item.group) for row, item in zip(rows, of_rows, strict=True)])
    apart = [
        replace(
            item,
            findings=tuple(
                finding
                for finding in item.findings
                if not (
                    finding.code is Code.TARGET_GROUP_PORT_DIFFERS
                    and item.group
                    and item.group.port in shared
                )
            ),
        )
        for item in of_rows
    ]
    return (*about, *shared.values()), apart


def of_row(state: AwsState, found: LoadBalancer, row: Row) -> RowDrift:
    """Return what differs between one row and its load balancer."""
    group, about = listeners.of_row(state, found, row)
    if isinstance(group, NotVisible):
        about += met(Resource("target-group", row.target_group), unseen(group))
    if not isinstance(group, TargetGroup):
        return RowDrift(_in_row(row, about))
    every = comparison.every(state, group)
    if isinstance(every, NotVisible):
        about += (*met(of_group(group), unseen(every)), *default_ports.of_row(row, group, ()))
        return RowDrift(_in_row(row, about), group)
    staying = tuple(item for item in every if not item.is_leaving)
    held = comparison.compare(row, group, every)
    about += (*targets.findings(state, held), *default_ports.of_row(row, group, staying))
    about = finished(state, about)
    instead = registration.without(group, held.instead) if held.instead else None
    return RowDrift(_in_row(row, about), group, staying, instead, held.all_leave)


def _in_row(row: Row, about: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings whose evidence names the row."""
    return tuple(replace(item, evidence={"row": row.name, **item.evidence}) for item in about)
