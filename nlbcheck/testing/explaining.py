"""Why does a row fail, in the words of ``nlbcheck diagnose``?"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from nlbcheck.errors import NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.formats import FORMATS, Style, words
from nlbcheck.model import Client, Report, Result, RowReport, RowResults, Verdict
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from nlbcheck.run.made import Made

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
        rows = [group.row for group in probed.by_row() if _fails(group)]
        failing = {row.name: row.name if row.is_forbidden else str(row.listener) for row in rows}
        nodes = dict.fromkeys(result.flow.node for result in probed.results)
        table = replace(table, static_ips=tuple(nodes))
        assert self._aws is not None  # noqa: S101
        try:
            return diagnose(table, [*failing.values()], aws=self._aws, seen=_made(probed, failing)), None
        except NlbcheckError as error:
            return None, f"It was not diagnosed: {error}"


def _headline(shown: Report, result: Result) -> str:
    """Return what is wrong in one line: the cause, how the connection ended, or the gravest finding."""
    for row in shown.rows:
        if row.cause:
            return printable(f"{row.cause.summary} [{row.cause.code}]")
    seen = result.observation
    if seen and result.probed is result.verdict:
        told = f": {seen.error}" if seen.error else ""
        return printable(f"{result.flow.dialled} {words.ending(result, seen)}{told}")
    gravest = max(shown.findings, key=lambda finding: finding.verdict.severity)
    return printable(f"{gravest.summary} [{gravest.code}]")


def _fails(group: RowResults) -> bool:
    return group.verdict not in (Verdict.PASS, Verdict.WARN)


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


def _made(probed: Report, names: Container[str]) -> list[Made]:
    """Return the probes of some rows, as a diagnosis takes them: none is made twice."""
    return [_made_from(client, probed, names) for client in probed.vantages if client.error is None]


def _made_from(client: Client, probed: Report, names: Container[str]) -> Made:
    seen = [
        (result.flow, replace(connection, meaning=None))
        for result in probed.results
        if result.flow.row in names and result.flow.vantage == client.source
        for connection in result.connections
    ]
    return Made(client, tuple(flow for flow, _ in seen), tuple(one for _, one in seen))
