"""Why does a row fail, in the words of ``nlbcheck diagnose``?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlbcheck.errors import NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Client, Flow, Observation, Report, Result, RowReport, Verdict
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose

_STYLE = Style(width=100)


class Explanations:
    """Diagnoses of what failed, each made once for all rows of a run that fail."""

    def __init__(self, aws: Aws | None) -> None:
        """``aws`` is where the state of AWS comes from; None: nothing is diagnosed."""
        self._aws = aws
        self._made: dict[int, tuple[Report, Report | None, str | None]] = {}

    def of(self, table: Table, probed: Report, row: RowReport, result: Result) -> str:
        """Return what is wrong with a row at a static IP, why, and what mends it."""
        diagnosed, problem = self._diagnosed(table, probed)
        shown = _only(diagnosed or probed, row, result)
        parts = [_headline(shown, result), FORMATS["table"](shown, _STYLE), problem]
        return "\n\n".join(part.rstrip("\n") for part in parts if part)

    def _diagnosed(self, table: Table, probed: Report) -> tuple[Report | None, str | None]:
        """Return the diagnosis of all rows that fail in a report of probes; else why there is none."""
        if self._aws is None:
            return None, None
        known = self._made.get(id(probed))
        if known is None:
            known = (probed, *self._diagnose(table, probed))
            self._made[id(probed)] = known  # with the report, so that no other one gets its number
        return known[1:]

    def _diagnose(self, table: Table, probed: Report) -> tuple[Report | None, str | None]:
        failing = {group.row.listener: None for group in probed.by_row() if group.verdict is not Verdict.PASS}
        nodes = dict.fromkeys(result.flow.node for result in probed.results)
        assert self._aws is not None  # noqa: S101
        try:
            return diagnose(
                replace(table, static_ips=tuple(nodes)),
                [str(listener) for listener in failing],
                aws=self._aws,
                probing=True,
                vantage=_Remembered(probed),
            ), None
        except NlbcheckError as error:
            return None, f"It was not diagnosed: {error}"


def _headline(shown: Report, result: Result) -> str:
    """Return what is wrong in one line: the cause, how the connection ended, or the gravest finding."""
    for row in shown.rows:
        if row.cause:
            return printable(f"{row.cause.summary} [{row.cause.code}]")
    seen = result.observation
    if seen and seen.status.verdict is result.verdict:
        return printable(f"{result.flow.dialled} {seen.status}: {seen.error}")
    gravest = max(shown.findings, key=lambda finding: finding.verdict.severity)
    return printable(f"{gravest.summary} [{gravest.code}]")


def _only(report: Report, row: RowReport, result: Result) -> Report:
    """Return what a report says of a row at a static IP."""
    address = result.flow.node.address
    return replace(
        report,
        rows=tuple(item for item in report.rows if (item.relay, item.name) == (row.relay, row.name)),
        results=tuple(
            item for item in report.results if (item.flow.row, item.flow.node.address) == (row.name, address)
        ),
    )


class _Remembered:
    """Where probes were made, of which each is told again as it was: nothing is probed twice."""

    def __init__(self, probed: Report) -> None:
        self._client = probed.client
        self._seen: defaultdict[tuple[str, str], Iterator[Observation]] = defaultdict(lambda: iter(()))
        for result in probed.results:
            self._seen[_key(result.flow)] = _again(result.connections)

    def identity(self, towards: str | None = None) -> Client:
        """See `Vantage.identity`."""
        return self._client

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch) -> Observations:
        """See `Vantage.probe`."""
        return Observations(tuple(next(self._seen[_key(flow)]) for flow in flows), interrupted=False)


def _key(flow: Flow) -> tuple[str, str]:
    return flow.row, str(flow.node.address)


def _again(connections: Sequence[Observation]) -> Iterator[Observation]:
    """Yield what connections saw, in their order; what the last one saw, of any further one."""
    yield from (replace(seen, meaning=None) for seen in connections)
    while True:
        yield replace(connections[-1], meaning=None)
