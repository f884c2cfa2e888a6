"""Diagnoses of the article's network with one thing or another wrong, and the wire as it would be then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nlbcheck import explain
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.model import (
    THIS_MACHINE,
    Check,
    Client,
    Confidence,
    Flow,
    Json,
    Node,
    Observation,
    Report,
    RowResults,
    Status,
    Verdict,
)
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch
from nlbcheck.relays import Row, Table, load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud

TABLE = replace(load(Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"), source="nlbcheck.yaml")
PAGES = {page.code: page for page in explain.pages()}
STARTED_AT = datetime(2026, 11, 22, tzinfo=UTC)

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
    forbidden: Status = Status.TIMED_OUT,
) -> Report:
    """Diagnose rows of the article's table; without a ``wire`` nothing was probed.

    ``forbidden`` is how the probes end of what nobody may reach.
    """
    report = diagnose(
        replace(table, client=None),
        names,
        aws=Aws(held=Snapshot(recording)),
        probing=wire is not None,
        vantage=InMemory(Client(client or THIS_MACHINE), table, wire or ok, forbidden),
    )
    report = replace(report, version="1", started_at=STARTED_AT)
    assert off_page(report) == set()
    assert unsaid(report) == set()
    return report


def from_two(
    recording: Recording, wire: Wire, names: Sequence[str] = (), prober: str = "172.31.129.10"
) -> Report:
    """Diagnose rows for the table's client, who did not probe, and for another machine, which did."""
    vantage = InMemory(Client(prober, prober), TABLE, wire)
    held = Aws(held=Snapshot(recording))
    report = diagnose(TABLE, names, aws=held, probing=True, vantage=vantage)
    return replace(report, version="1", started_at=STARTED_AT)


def off_page(report: Report) -> set[tuple[str, ...]]:
    """Return the legs and verdicts of findings that their pages do not know.

    What closes a path as the table wants it passes.
    """
    return {
        (item.code, item.leg, item.verdict)
        for item in (*report.findings, *report.table)
        if item.leg not in PAGES[item.code].legs
        or item.verdict not in {*PAGES[item.code].verdicts, Verdict.PASS}
    }


def unsaid(report: Report) -> set[str]:
    """Return what is only likely, and is not worded so, in whatever language."""
    return {
        item.summary
        for item in (*report.findings, *report.table)
        if item.confidence is Confidence.LIKELY
        and not any(word in item.summary.lower() for word in ("likely", "可能性"))
    }


class InMemory:
    """A vantage point on whose wire ``wire`` says what there is."""

    def __init__(
        self, client: Client, table: Table, wire: Wire, forbidden: Status = Status.TIMED_OUT
    ) -> None:
        self._client = client
        self._rows = {row.name: row for row in table.rows}
        self._wire = wire
        self._forbidden = forbidden

    def identity(self, towards: str | None = None) -> Client:
        return self._client

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch) -> Observations:
        said = [(flow, self._said(flow)) for flow in flows]
        seen = [item if isinstance(item, Observation) else result(flow.check, item) for flow, item in said]
        if self._client.address:
            seen = [replace(item, local_address=f"{self._client.address}:40000") for item in seen]
        return Observations(tuple(seen), interrupted=False)

    def _said(self, flow: Flow) -> Status | Observation:
        row = self._rows.get(flow.row)
        return self._wire(row, flow.node) if row else self._forbidden


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
