"""How many connections are made where one does not show every target, and when do more tell nothing?

A load balancer chooses a target for each connection. Each of them counts as it ends, so none is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.model import Flow, Observation, Status
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, whole

_NOTHING_HEARD = frozenset({Status.TIMED_OUT, Status.UNREACHABLE, Status.CRASHED})
_MOST_UNHEARD = 4
"""Connections of one row to one node after which no more are made where nothing at all came back."""

Ask = Callable[[Sequence[Flow], Limits], Observations]
"""Probes each of some flows on one connection."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the connections of flows saw."""

    flows: tuple[Flow, ...]
    """In order; one of which several connections were made stands there once for each."""
    results: tuple[Observation, ...]
    interrupted: bool


def sampled(flows: Sequence[Flow], limits: Limits, ask: Ask) -> Sampled:
    """Probe every flow, on as many connections as it is to have and as tell something."""
    if all(flow.samples == 1 for flow in flows):
        done = ask(flows, limits)
        return Sampled(tuple(flows), done.results, done.interrupted)
    run = _Sampling(flows, ask)
    run.connect([index for index, flow in enumerate(flows) if flow.samples == 1], limits)
    while due := run.due():
        run.connect(due, replace(limits, attempts=1))
    return run.sampled()


class _Sampling:
    """What has been seen of each flow so far."""

    def __init__(self, flows: Sequence[Flow], ask: Ask) -> None:
        self._flows = flows
        self._ask = ask
        self._seen: list[list[Observation]] = [[] for _ in flows]
        self._interrupted = False

    def connect(self, due: Sequence[int], limits: Limits) -> None:
        """Make a connection for each of some flows, given by their indices."""
        if due:
            done = self._ask([self._flows[index] for index in due], limits)
            for index, result in zip(due, done.results, strict=True):
                self._seen[index].append(result)
            self._interrupted = done.interrupted

    def due(self) -> Sequence[int]:
        """Return the flows that are to have more connections, as often as there are to be some at once."""
        if self._interrupted:
            return ()
        return [index for index, flow in enumerate(self._flows) for _ in range(self._more(flow, index))]

    def _more(self, flow: Flow, index: int) -> int:
        """Return how many connections a flow is to have next: one, a few, then the rest if one was heard."""
        seen = self._seen[index]
        heard = any(result.status not in _NOTHING_HEARD for result in seen)
        most = flow.samples if heard else min(flow.samples, _MOST_UNHEARD if seen else 1)
        return most - len(seen)

    def sampled(self) -> Sampled:
        """Return what was seen, flow by flow; what was interrupted counts where nothing else was seen."""
        flows: list[Flow] = []
        results: list[Observation] = []
        for flow, seen in zip(self._flows, self._seen, strict=True):
            done = [result for result in seen if result.status is not Status.INTERRUPTED]
            kept = done or whole([flow], seen[:1] or [None], interrupted=True).results
            flows += [flow] * len(kept)
            results += kept
        return Sampled(tuple(flows), tuple(results), self._interrupted)
