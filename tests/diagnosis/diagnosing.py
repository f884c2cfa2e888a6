"""Diagnoses of the article's network with one thing or another wrong, and the wire as it would be then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nlbcheck import explain
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.diagnose import Sight, diagnose
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import survey
from nlbcheck.model import Check, Client, Confidence, Json, Node, Observation, Report, RowResults, Status
from nlbcheck.relays import Row, Table, load
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud

TABLE = replace(load(Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"), source="nlbcheck.yaml")
PAGES = {page.code: page for page in explain.pages()}
RUN = Run("1", datetime(2026, 11, 22, tzinfo=UTC), "diagnose")

Mutation = Callable[[Cloud], object]
Wire = Callable[[Row, Node], Status | Observation]

ERRORS = {
    Status.OK: None,
    Status.REFUSED: "the connection was refused",
    Status.TIMED_OUT: "no answer within 3.0 s",
    Status.RESET: "the connection was reset",
    Status.NO_REPLY: "no answer within 3.0 s after the connection was made",
    Status.BAD_REPLY: "not an SSH server",
    Status.UNREACHABLE: "no route to host",
    Status.UNEXPECTED: "shows another host key",
}


def ok(_row: Row, _node: Node) -> Status:
    """Answer as it should be."""
    return Status.OK


def everywhere(status: Status) -> Wire:
    """Answer alike on every row and node."""
    return lambda _row, _node: status


def result(check: Check, status: Status, **detail: Json) -> Observation:
    return Observation(
        check,
        status,
        connect_ms=None if status in (Status.TIMED_OUT, Status.REFUSED) else 1.0,
        local_address="192.168.1.214:40000",
        detail=detail,
        error=ERRORS[status],
    )


def mutated(*mutations: Mutation) -> Recording:
    cloud = article()
    for mutate in mutations:
        mutate(cloud)
    return cloud.recording()


def diagnosed(
    recording: Recording,
    wire: Wire | None = None,
    names: Sequence[str] = (),
    table: Table = TABLE,
    client: str | None = TABLE.client,
) -> Report:
    """Diagnose rows of the article's table; without a ``wire`` nothing was probed."""
    state = AwsState(recording)
    rows = table.select(names)
    source = Client(client) if client else Client("this machine")
    surveyed = survey(state, table, rows, source)
    results = None
    if wire is not None:
        results = tuple(_probed(row, wire(row, node)) for row in rows for node in surveyed.nodes)
    report = diagnose(state, table, [Sight(surveyed, results)], RUN)
    assert off_page(report) == set()
    assert unsaid(report) == set()
    return report


def from_two(
    recording: Recording, wire: Wire, names: Sequence[str] = (), prober: str = "172.31.129.10"
) -> Report:
    """Diagnose rows for the table's client, who did not probe, and for another machine, which did."""
    state = AwsState(recording)
    rows = TABLE.select(names)
    client, other = (survey(state, TABLE, rows, Client(source)) for source in (TABLE.client or "", prober))
    seen = tuple(
        replace(_probed(row, wire(row, node)), local_address=f"{prober}:40000")
        for row in rows
        for node in other.nodes
    )
    return diagnose(state, TABLE, [Sight(client), Sight(other, seen)], RUN)


def off_page(report: Report) -> set[tuple[str, ...]]:
    """Return the legs and verdicts of findings that their pages do not know."""
    return {
        (item.code, item.leg, item.verdict)
        for item in (*report.findings, *report.table)
        if item.leg not in PAGES[item.code].legs or item.verdict not in PAGES[item.code].verdicts
    }


def unsaid(report: Report) -> set[str]:
    """Return what is only likely, and is not worded so."""
    return {
        item.summary
        for item in (*report.findings, *report.table)
        if item.confidence is Confidence.LIKELY and "likely" not in item.summary.lower()
    }


def _probed(row: Row, said: Status | Observation) -> Observation:
    return said if isinstance(said, Observation) else result(row.check, said)


def row_of(report: Report, name: str) -> RowResults:
    return next(group for group in report.by_row() if group.row.name == name)


def cause_of(report: Report, name: str) -> str | None:
    cause = row_of(report, name).row.cause
    return cause.code if cause else None


def codes(report: Report, name: str) -> list[str]:
    return [finding.code for finding in row_of(report, name).all_findings]


def pinned(*pins: tuple[str, str]) -> Table:
    """Return the article's table with host keys pinned, by row."""
    from nlbcheck.model import HostKey

    keys = dict(pins)
    rows = (
        replace(row, spec=replace(row.spec, host_keys=(HostKey(keys[row.name]),)))
        if row.name in keys
        else row
        for row in TABLE.rows
    )
    return replace(TABLE, rows=tuple(rows))
