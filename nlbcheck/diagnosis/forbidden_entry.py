"""What is to be said of connections that nobody may open and no row is about?

An entry of the table's ``forbidden`` is judged as a row that nobody may reach, at the address that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from nlbcheck.diagnosis import unwanted
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import not_visible
from nlbcheck.language import tell
from nlbcheck.model import (
    DeclaredTarget,
    Finding,
    Flow,
    Observation,
    Port,
    Remedy,
    Result,
    RowReport,
    Verdict,
)
from nlbcheck.path.reach import Trace
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.table import Row


def judged(entry: Forbidden, flow: Flow, probe: Observation | None, trace: Trace | None) -> Result:
    """Return what a vantage point's probe and walk say of an entry; None where it has made none."""
    walk = trace.walk if trace else None
    seen = AtNode(flow, probe, walk)
    row = Observed(_row(entry), (seen,))
    found = tuple(unwanted.at_node(row, seen)) if probe or walk else (_unplaced(row, seen),)
    paths = walk.paths if walk else None
    return Result(flow, probe, paths, found, _cause(found), walk.reached if walk else None)


def reported(entry: Forbidden, relay: str, results: Sequence[Result], *, explained: bool) -> RowReport:
    """Return the row of a report that an entry is; it has no target group."""
    row = _row(entry)
    cause = next((result.cause for result in results if result.cause), None)
    known = RowReport(
        relay, row.name, row.listener, row.target_group, row.targets, row.target_port, is_forbidden=True
    )
    return replace(known, cause=cause, targets=()) if explained else known


def _cause(found: Iterable[Finding]) -> Finding | None:
    """Return the failing finding that a packet meets first."""
    failing = (item for item in found if item.verdict is Verdict.FAIL)
    return min(failing, key=attrgetter("order"), default=None)


def _unplaced(row: Observed, seen: AtNode) -> Finding:
    summary = tell(
        "Not visible: whether {row} is closed. It is not known where the client is.", row=row.row.name
    )
    remedy = Remedy(tell("Name the client's instance, network interface or address."))
    return not_visible(row, seen, summary, remedy)


def _row(entry: Forbidden) -> Row:
    port, target = Port("TCP", entry.port), DeclaredTarget(str(entry.address), entry.address)
    return Row(entry.name, port, "", port, (target,), entry.spec, entry.name)
