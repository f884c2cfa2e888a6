"""Does AWS hold what the mapping table says?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import balancer, listeners, static_ips, targets
from nlbcheck.diagnosis.drift.finding import met
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Finding, Resource, Verdict, worst
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.outcome import unseen
from nlbcheck.path.refusals import without_refused
from nlbcheck.path.trail import Journal
from nlbcheck.relays.table import Row, Table


@dataclass(frozen=True, slots=True)
class RowDrift:
    """What differs between one row and AWS."""

    findings: tuple[Finding, ...] = ()
    group_is_empty: bool = False
    """Whether the row's target group is seen to hold no target."""


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
    about = without_refused(state, about)
    return Drift(found, about, tuple(of_row(state, found, row) for row in rows))


def of_row(state: AwsState, found: LoadBalancer, row: Row) -> RowDrift:
    """Return what differs between one row and its load balancer."""
    group, about = listeners.of_row(state, found, row)
    registered = None
    if isinstance(group, TargetGroup):
        registered = targets.registered(state, group)
        about += targets.of_row(state, row, group, registered)
    elif isinstance(group, NotVisible):
        about += met(Resource("target-group", row.target_group), unseen(group))
    about = without_refused(state, about)
    told = tuple(replace(item, evidence={"row": row.name, **item.evidence}) for item in about)
    return RowDrift(told, group_is_empty=registered == [])
