"""What has been seen of each row: on the wire, and in the recorded state?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.model import Finding, Flow, Leg, Node, Observation, Path, Status
from nlbcheck.model.observation import NOT_TRIED
from nlbcheck.path.walk import Walk
from nlbcheck.relays.table import Row

CONNECTED = frozenset({Status.OK, Status.RESET, Status.NO_REPLY, Status.BAD_REPLY, Status.UNEXPECTED})
"""How a probe ends whose connection was made."""


@dataclass(frozen=True, slots=True)
class AtNode:
    """One row at one static IP."""

    flow: Flow
    probe: Observation | None = None
    """What the vantage point's probe saw, of several connections the gravest; None when it made none."""
    walk: Walk | None = None
    """None when there is no node of the load balancer to walk to."""
    ahead: tuple[Finding, ...] = ()
    """What is wrong with the path to the target that the table means: the walk's findings, or those that
    come up once listener and target group hold what the table says."""
    instead: tuple[Finding, ...] = ()
    """What is wrong with where connections go now, where that is elsewhere."""
    outcomes: Sequence[tuple[Observation, int]] = ()
    """Each way in which its connections ended, with how many did; gravest first."""
    answered_from: tuple[str, ...] = ()
    """The other vantage points whose probes of this row are answered here."""

    @property
    def node(self) -> Node:
        """The static IP."""
        return self.flow.node

    @property
    def status(self) -> Status | None:
        """How the probe ended; None where nothing was learned from one."""
        if self.probe is None or self.probe.status in NOT_TRIED:
            return None
        return self.probe.status

    @property
    def ends(self) -> Sequence[AtNode]:
        """The same for each way in which its connections ended, gravest first; itself where that is one."""
        if len(self.outcomes) < 2:
            return (self,)
        return [replace(self, probe=probe) for probe, _ in self.outcomes]

    @property
    def is_mixed(self) -> bool:
        """Whether its connections ended in different ways."""
        return len(self.outcomes) > 1

    @property
    def furthest(self) -> AtNode:
        """The same for those of its connections that came furthest."""
        tried = [end for end in self.ends if end.status]
        return tried[-1] if tried else self

    @property
    def is_tls(self) -> bool:
        """Whether a TLS listener takes the connection, and makes it by itself, whatever the target does."""
        return self.walk is not None and self.walk.listener is Protocol.TLS

    @property
    def paths(self) -> tuple[Path, ...]:
        """What the packets meet."""
        return self.walk.paths if self.walk else ()

    def of_leg(self, leg: Leg) -> Iterator[Path]:
        """Yield the paths of one leg."""
        return (path for path in self.paths if path.leg is leg)


@dataclass(frozen=True, slots=True)
class Observed:
    """One row, everywhere."""

    row: Row
    nodes: tuple[AtNode, ...]
    table: tuple[Finding, ...] = ()
    """What differs between the row and AWS, and who answers that should not."""
    is_deserted: bool = False
    """Whether the row's target group is seen to hold no target, or the row's are leaving."""

    @property
    def target(self) -> str:
        """Whom the row is for, so that rows with the same target are known."""
        return self.row.target_key
