"""How much may a run ask of the network, and of this machine?"""

from __future__ import annotations

import math
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.errors import InputError
from nlbcheck.model import Check, Flow

_COMPUTING = {Check.SSH: 0.1, Check.HTTPS: 0.02, Check.TLS: 0.02}
"""Seconds for which a processor computes for one probe at most; one at a time, for Python has one lock."""
_SPARE_FILES = 64
"""File descriptors left for everything that is not a connection."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a run may ask of the network, and how long it waits.

    Raises InputError for what no run could keep to: less than one connection or attempt, or no time.
    """

    concurrency: int = 1024
    """Connections at once in all."""
    per_target: int = 4
    """Connections at once to one target; sshd drops some of more than ten (``MaxStartups``)."""
    rest: float = 0.04
    """Seconds that a connection counts at least; a server takes that long to notice that one is over."""
    timeout: float = 5.0
    """Seconds for one probe, from the first packet to the complete answer."""
    attempts: int = 1
    pause: float = 1.0
    """Seconds between two attempts."""
    until: float | None = None
    """When the run is over, on the clock of ``time.monotonic``; what is not done then has no result."""

    def __post_init__(self) -> None:
        least = {"concurrency": 1, "per_target": 1, "attempts": 1, "rest": 0, "pause": 0}
        problems = [
            f"the limit {name}: expected at least {bound}, found {getattr(self, name)}"
            for name, bound in least.items()
            if not bound <= getattr(self, name) < math.inf
        ]
        if not 0 < self.timeout < math.inf:
            problems.append(f"the limit timeout: expected more than 0 seconds, found {self.timeout}")
        if problems:
            raise InputError(*problems)

    def bound(self, flows: Sequence[Flow]) -> float:
        """Return the seconds after which a run of ``flows`` is over, whatever the network does."""
        targets = Counter(target for flow in flows for target in flow.machines)
        turns = {target: math.ceil(count / self.per_target) for target, count in targets.items()}
        rounds = math.ceil(len(flows) / min(self.concurrency, _most_connections()[0]))
        # A connection that may reach several targets waits for a place at each of them.
        rounds += max((sum(turns[target] for target in flow.machines) for flow in flows), default=0)
        if any(flow.samples > 1 for flow in flows):  # asked part by part, and the last of a part may be few
            rounds += 6
        waiting = rounds * (self.attempts * (self.timeout + self.rest) + (self.attempts - 1) * self.pause)
        return waiting + self.attempts * sum(_COMPUTING.get(flow.check, 0.0) for flow in flows)


def within_open_files(concurrency: int) -> int:
    """Return ``concurrency``, or as many connections as this process may have files open.

    The soft limit is raised as far as that takes and the hard limit allows.
    """
    most, soft, hard = _most_connections()
    wanted = min(concurrency, most) + _SPARE_FILES
    if soft < wanted <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(concurrency, most)


def _most_connections() -> tuple[int, int, int]:
    """Return how many connections this process may have open, and the limits of its open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(hard - _SPARE_FILES, 1), soft, hard
