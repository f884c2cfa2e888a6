"""Which probes has a vantage point made, and what did they see?"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nlbcheck.model import Client, Finding, Flow, Observation, Result, Status
from nlbcheck.model.net import SocketAddress

_MAY_NOT_LEAVE = frozenset({Status.TIMED_OUT, Status.UNREACHABLE, Status.REFUSED})
"""How probes end whose packets may never have left the client: its firewall refuses for others."""


@dataclass(frozen=True, slots=True)
class Made:
    """Probes, and who made them."""

    client: Client
    flows: tuple[Flow, ...] = ()
    """One of which several connections were made stands there once for each."""
    observations: tuple[Observation | None, ...] = ()
    interrupted: bool = False
    remark: str | None = None
    """What else to say of them."""
    made_at: datetime | None = None
    """When, where a snapshot holds them; None for those of this run."""
    faults: Mapping[SocketAddress, tuple[Finding, ...]] = field(default_factory=dict)
    """What their own host does with those that failed, by what they dialled."""

    def of_rows(self, names: Container[str]) -> Made:
        """Return those of rows, or entries of ``forbidden``, of these names."""
        pairs = zip(self.flows, self.observations, strict=True)
        kept = [pair for pair in pairs if pair[0].row in names]
        return replace(
            self, flows=tuple(flow for flow, _ in kept), observations=tuple(seen for _, seen in kept)
        )

    @property
    def failed(self) -> dict[SocketAddress, Status]:
        """How probes ended that may never have left the client, by what they dialled."""
        pairs = zip(self.flows, self.observations, strict=True)
        return {
            flow.dialled: seen.status
            for flow, seen in pairs
            if seen and flow.spec.reachable and seen.status in _MAY_NOT_LEAVE
        }

    def with_faults(self, results: Sequence[Result]) -> tuple[Result, ...]:
        """Return results of these probes with what their own host does with those that failed."""
        return tuple(
            replace(result, findings=(*self._of(result), *result.findings)) if self.faults else result
            for result in results
        )

    def _of(self, result: Result) -> Sequence[Finding]:
        found = self.faults.get(result.flow.dialled, ())
        return [replace(item, zone=result.flow.node.zone) for item in found]
