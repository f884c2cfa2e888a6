"""How does a test end, by what the probes saw? All that is wanted is probed in one run, and once.

A test passes where a probe's verdict is pass or warn, and fails where it is fail, unknown or error: what
cannot be judged is not in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nlbcheck.model import Finding, Node, Report, Result, RowResults, Verdict, worst
from nlbcheck.relays import Forbidden, Row, Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.probe import probe
from nlbcheck.run.vantage_points import opened
from nlbcheck.testing.explaining import Explanations

_GOOD = (Verdict.PASS, Verdict.WARN)
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row of a table at a static IP, or what nobody may reach."""

    table: Table
    row: Row | Forbidden
    node: Node
    selector: str
    """The name that means this row and no other: its listener, or the entry's name."""

    @property
    def key(self) -> _Key:
        """What makes two of them the same."""
        return self.table.source, self.row.name, str(self.node.address)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a test ends."""

    failure: str | None
    """What is wrong and why, as ``nlbcheck diagnose`` tells it; None where nothing is."""
    warnings: Sequence[str]


class Outcomes:
    """What the probes saw of everything that was wanted."""

    def __init__(self, config: pytest.Config) -> None:
        snapshot = config.getoption("nlbcheck_snapshot")
        aws = Aws(Path(config.invocation_params.dir, snapshot)) if snapshot else Aws()
        self._explanations = Explanations(None if config.getoption("nlbcheck_no_diagnose") else aws)
        self._seen: dict[_Key, Report] = {}
        self._is_first = True

    def of(self, wanted: Wanted, together: Sequence[Wanted]) -> Judgement:
        """Return how a test ends.

        The first one probes all that is wanted ``together``; one that is run again is probed by itself.
        """
        if wanted.key not in self._seen:
            self._probe(together if self._is_first else [wanted])
            self._is_first = False
        report = self._seen.pop(wanted.key)
        (group,) = (item for item in report.by_row() if item.row.name == wanted.row.name)
        results = [item for item in group.results if item.flow.node.address == wanted.node.address]
        result = max(results, key=lambda item: item.verdict.severity)  # of several vantage points
        found = [*_own(group, result), *(finding for item in results for finding in item.findings)]
        verdict = worst([result.verdict, *(finding.verdict for finding in found)])
        warnings = [f"{item.summary} [{item.code}]" for item in found if item.verdict is Verdict.WARN]
        failure = None if verdict in _GOOD else self._explanations.of(wanted.table, report, group.row, result)
        return Judgement(failure, warnings)

    def _probe(self, wanted: Sequence[Wanted]) -> None:
        """Probe each row at the static IPs that are wanted of it, those of one table in one run."""
        tables = {item.table.source: item.table for item in wanted}
        selectors = {(item.table.source, item.row.name): item.selector for item in wanted}
        nodes: defaultdict[tuple[str, str], list[Node]] = defaultdict(list)
        for item in wanted:
            nodes[item.table.source, item.row.name].append(item.node)
        runs: defaultdict[tuple[str, tuple[Node, ...]], list[str]] = defaultdict(list)
        for (source, name), of_row in nodes.items():
            runs[source, tuple(of_row)].append(selectors[source, name])
        for (source, static_ips), of_run in runs.items():
            table = replace(tables[source], static_ips=static_ips)
            with opened(table) as points:
                report = probe(table, of_run, vantage=points)
            if report.interrupted:
                raise KeyboardInterrupt
            for result in report.results:
                self._seen[source, result.flow.row, str(result.flow.node.address)] = report


def _own(group: RowResults, result: Result) -> Sequence[Finding]:
    """Return what is said of a row as a whole, as far as that is so at a static IP."""
    return [item for item in group.row.findings if item.zone in (None, result.flow.node.zone)]
