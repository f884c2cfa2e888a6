"""Which probes has a vantage point made, and what did they see?"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from nlbcheck.model import Client, Finding, Flow, Observation
from nlbcheck.model.net import SocketAddress


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
    faults: Mapping[SocketAddress, tuple[Finding, ...]] = field(default_factory=dict)
    """What their own host does with those that failed, by what they dialled."""

    def of_rows(self, names: Container[str]) -> Made:
        """Return those of rows, or entries of ``forbidden``, of these names."""
        pairs = zip(self.flows, self.observations, strict=True)
        kept = [pair for pair in pairs if pair[0].row in names]
        return replace(
            self, flows=tuple(flow for flow, _ in kept), observations=tuple(seen for _, seen in kept)
        )
