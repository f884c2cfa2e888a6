"""How do the runs of several tables go on together, so that the limits of probing hold over all of them?

What a run does is a generator: it yields the connections that it wants to be made, and is sent what they saw;
or it yields a pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from nlbcheck.errors import ExitStatus, NlbcheckError, OwnFaultError, place
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import tell
from nlbcheck.model import Flow, RelayReport, Report
from nlbcheck.probes.sampling import Sampled
from nlbcheck.relays.table import Table
from nlbcheck.vantage.port import Vantage

_End = TypeVar("_End")
_BEAT = 1.0
"""Seconds between two words of what is waited for."""


@dataclass(frozen=True, slots=True)
class Due:
    """Connections that a run wants to be made, and from where."""

    flows: tuple[Flow, ...]
    vantage: Vantage


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a run wants nothing."""

    until: float
    """On the clock of ``time.monotonic``."""
    say: Callable[[], None]
    """Says for what it waits."""


Steps = Generator[Due | Pause, Sampled | None, _End]
"""A run: it wants connections, is sent what was seen, and ends in what has come of it."""
Maker = Callable[[Sequence[Flow], Vantage], Sampled]
"""Makes connections from a vantage point."""


def probes(flows: Sequence[Flow], vantage: Vantage) -> Steps[Sampled]:
    """Want connections, and return what they saw."""
    seen = yield Due(tuple(flows), vantage)
    if seen is None:
        raise AssertionError("connections were wanted, and nothing was seen of them")
    return seen


def alone(steps: Steps[_End], make: Maker) -> _End:
    """Return what comes of one run; what it raises is raised."""
    try:
        wanted = next(steps)
        while True:
            try:
                seen = _served(wanted, make)
            except (KeyboardInterrupt, NlbcheckError) as error:  # a run may have more to say than that
                wanted = steps.throw(error)
            else:
                wanted = steps.send(seen)
    except StopIteration as end:
        result: _End = end.value
        return result


def _served(wanted: Due | Pause, make: Maker) -> Sampled | None:
    if isinstance(wanted, Due):
        return make(wanted.flows, wanted.vantage)
    _rest(wanted)
    return None


def _rest(pause: Pause) -> None:
    pause.say()
    while (left := pause.until - time.monotonic()) > 0:
        OF_THIS_PROCESS.wait(min(_BEAT, left))
        pause.say()


class Part:
    """The run of one table among others."""

    def __init__(self, table: Table, start: Callable[[], Steps[Report]]) -> None:
        self.wanted: Due | Pause | None = None
        """What it wants next; None where it is over, or has not begun."""
        self.report: Report | None = None
        self.relay = RelayReport(table.relay, table.source, table.load_balancer, None, table.region)
        """What is known of its relay; where the run has failed, why."""
        self._start = start

    def begin(self) -> None:
        """Go on until something is wanted, or to the end."""
        self._on(self._first)

    def _first(self) -> Due | Pause:
        self._steps = self._start()
        return next(self._steps)

    def go_on(self, seen: Sampled | None = None) -> None:
        """Go on with what the connections saw that were wanted."""
        self._on(lambda: self._steps.send(seen))

    def go_wrong(self, error: NlbcheckError) -> None:
        """Go on without the connections that were wanted, which could not be made."""
        self._on(lambda: self._steps.throw(error))

    def interrupt(self) -> None:
        """Let it end with what it knows; where that is nothing, say so."""
        if self.wanted:
            with suppress(KeyboardInterrupt):
                self._on(lambda: self._steps.throw(KeyboardInterrupt))
        if self.report is None and not self.relay.problems:
            self._fail(tell("was interrupted before it was done"), ExitStatus.INTERRUPTED)

    def _on(self, step: Callable[[], Due | Pause]) -> None:
        self.wanted = None
        try:
            self.wanted = step()
        except StopIteration as end:
            self.report = end.value
        except NlbcheckError as error:
            self._fail(str(error), error.exit_status)
        except Exception as error:  # a fault of ours costs this one
            self._fail(str(OwnFaultError(place(error))), ExitStatus.INTERNAL)

    def _fail(self, told: str, ending: ExitStatus) -> None:
        self.wanted = None
        self.relay = replace(self.relay, problems=tuple(told.splitlines()), ending=ending)


def together(parts: Sequence[Part], make: Maker) -> bool:
    """Bring all parts to their end; return whether that was interrupted.

    Connections that several of them want at once, from one vantage point, are made by one call of ``make``.
    """
    try:
        for part in parts:
            part.begin()
            _stop_if_interrupted(part)
        while any(part.wanted for part in parts):
            for group in _by_vantage(parts):
                _make_for(group, make)
            _rest_for(parts)
            for part in parts:
                _stop_if_interrupted(part)
    except KeyboardInterrupt:
        for part in parts:
            part.interrupt()
        return True
    return False


def _stop_if_interrupted(part: Part) -> None:
    """Raise KeyboardInterrupt where one has ended a part, so that it ends all."""
    if part.report and part.report.interrupted:
        raise KeyboardInterrupt


def _by_vantage(parts: Sequence[Part]) -> Iterable[Sequence[tuple[Part, Due]]]:
    """Return which connections are wanted from each vantage point."""
    groups: dict[int, list[tuple[Part, Due]]] = {}
    for part in parts:
        if isinstance(part.wanted, Due):
            groups.setdefault(id(part.wanted.vantage), []).append((part, part.wanted))
    return groups.values()


def _make_for(group: Sequence[tuple[Part, Due]], make: Maker) -> None:
    """Make what several parts want from one vantage point, and let them go on."""
    try:
        done = make(tuple(flow for _, due in group for flow in due.flows), group[0][1].vantage)
    except NlbcheckError as error:
        for part, _ in group:
            part.go_wrong(error)
        return
    seen: dict[str, list[int]] = {}
    for index, flow in enumerate(done.flows):
        seen.setdefault(flow.relay, []).append(index)
    for part, due in group:
        own = [index for relay in dict.fromkeys(flow.relay for flow in due.flows) for index in seen[relay]]
        flows = tuple(done.flows[index] for index in own)
        part.go_on(Sampled(flows, tuple(done.results[index] for index in own), done.interrupted))


def _rest_for(parts: Sequence[Part]) -> None:
    """Where all that is wanted is time, wait until the first part goes on; let those go on that may."""
    pauses = [part.wanted for part in parts if isinstance(part.wanted, Pause)]
    if pauses and not any(isinstance(part.wanted, Due) for part in parts):
        _rest(min(pauses, key=lambda pause: pause.until))
    for part in parts:
        if isinstance(part.wanted, Pause) and part.wanted.until <= time.monotonic():
            part.go_on()
