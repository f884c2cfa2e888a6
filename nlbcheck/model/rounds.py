"""What do repeated looks at the same flows have to say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlbcheck.model.report import Report, Result, RowResults

FlowKey = tuple[str, str, str, str]
"""What a flow is known by from look to look: vantage point, relay, row, static IP."""


def flow_key(result: Result) -> FlowKey:
    """Return what a result's flow is known by from look to look."""
    flow = result.flow
    return flow.vantage, flow.relay, flow.row, str(flow.node.address)


@dataclass(frozen=True, slots=True)
class Transition:
    """A flow that does otherwise than in the round before."""

    row: RowResults
    result: Result
    before: str | None
    """How it was, in words; None in the first round, which tells what does not succeed."""
    after: str


@dataclass(frozen=True, slots=True)
class Round:
    """One look at every flow, and what is different from the look before."""

    number: int
    """Counted from 1."""
    report: Report
    changes: tuple[Transition, ...]
    failed: Mapping[FlowKey, int]
    """In how many rounds so far each flow has failed; those that never did are absent."""
