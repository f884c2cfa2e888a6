"""What did the probes see of which a stored report tells, and where and when were they made?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nlbcheck.model import Flow, Observation, Report

_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The probes of a report that was made some time ago, perhaps on another machine."""

    made_at: datetime
    address: str | None
    """Where all connections left from; None where it was not one and the same."""
    probes: Mapping[_Key, Sequence[Observation]]
    """What each connection saw, by row, and the node's address and port."""

    def of(self, flows: Sequence[Flow]) -> tuple[tuple[Flow, ...], tuple[Observation | None, ...]]:
        """Return the flows, each once for each connection, and what that saw; None where none was made."""
        seen = [(flow, one) for flow in flows for one in self.probes.get(_key(flow), (None,))]
        return tuple(flow for flow, _ in seen), tuple(one for _, one in seen)


def replayed(report: Report) -> Replayed:
    """Return the probes of the first vantage point that made any, without what they meant then."""
    seen = [result for result in report.results if result.observation]
    probers = {result.flow.vantage for result in seen}
    maker = next((item for item in report.vantages if item.source in probers), report.client)
    probes = {
        _key(result.flow): tuple(replace(probe, meaning=None) for probe in result.connections)
        for result in seen
        if result.flow.vantage == maker.source
    }
    return Replayed(report.started_at, maker.address, probes)


def _key(flow: Flow) -> _Key:
    return flow.row, str(flow.node.address), flow.port
