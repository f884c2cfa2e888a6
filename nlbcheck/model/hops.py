"""What do the packets of a connection meet, and which targets do they come to?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlbcheck.model.finding import Direction, Leg, Resource
from nlbcheck.model.json import Json
from nlbcheck.model.verdict import Verdict, worst


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that a packet meets on its path, and what it does with the packet."""

    kind: str
    """``security-group``, ``network-acl``, ``route-table``, ``listener`` …"""
    resource: Resource
    verdict: Verdict
    evidence: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """What the packets of one leg and direction meet, in order."""

    leg: Leg
    direction: Direction
    hops: tuple[Hop, ...]
    target: str | None = None
    """Of a leg that ends at a target: which, as ``172.31.129.10:22``."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of the hops' verdicts."""
        return worst(hop.verdict for hop in self.hops)


@dataclass(frozen=True, slots=True)
class TargetsReached:
    """For which of the targets that a node uses the path is open, by the recorded state."""

    used: int
    open: int
    spare: int
    """Targets that get no connections now."""
    closed: tuple[str, ...]
    """Those that are in use and not reached, as ``172.31.129.10:22``."""
    failing: float
    """The share of the node's connections that fails."""

    @property
    def several(self) -> bool:
        """Whether this says more than the verdict: of more than one target, or of a share that fails."""
        return self.used + self.spare > 1 or 0 < self.failing < 1
