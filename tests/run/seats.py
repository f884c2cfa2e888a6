"""Vantage points of tests: real connections from other addresses of this machine, and what breaks off."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from nlbcheck.errors import UnseenError
from nlbcheck.model import Client, Flow, Observation, Status
from nlbcheck.model.net import SocketAddress
from nlbcheck.model.where import Where
from nlbcheck.probes import outcome
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.vantage.places import Opening
from nlbcheck.vantage.port import Vantage
from nlbcheck.vantage.streams import StreamVantage


def seat(name: str, address: str) -> StreamVantage:
    """Return a vantage point whose connections leave from an address of this machine's loopback."""

    def opener(to: SocketAddress, seconds: float) -> socket.socket:
        return socket.create_connection(to, seconds, (address, 0))

    return StreamVantage(Client(name, address), opener)


class BreaksOff:
    """A vantage point that goes away once it has made some probes."""

    def __init__(self, inner: Vantage, after: int) -> None:
        self._inner, self._after = inner, after

    def identity(self, towards: str | None = None) -> Client:
        return self._inner.identity(towards)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        done = self._inner.probe(flows[: self._after], limits, watch).results
        gone = [
            Observation(flow.check, Status.INTERRUPTED, attempts=0, error="the vantage point went away")
            for flow in flows[self._after :]
        ]
        return Observations((*done, *gone), interrupted=False)


class Breaking:
    """A vantage point at which somebody presses Ctrl-C after some probes."""

    def __init__(self, inner: Vantage, after: int) -> None:
        self._inner, self._after = inner, after

    def identity(self, towards: str | None = None) -> Client:
        return self._inner.identity(towards)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        done = self._inner.probe(flows[: self._after], limits, watch).results
        left: list[Observation | None] = [None] * (len(flows) - self._after)
        return outcome.whole(flows, [*done, *left], interrupted=True)


SEATS: dict[str, Callable[[], Vantage]] = {}
"""What ``opened`` opens, by the host of the place."""


@contextmanager
def opened(where: Where, opening: Opening) -> Iterator[Sequence[Vantage]]:
    """Open one of the seats; for one that is not there, the place cannot be reached."""
    if where.address not in SEATS:
        raise UnseenError(f"{where.place}: the host cannot be reached")
    yield (Named(SEATS[where.address](), where.label),)


class Named:
    """A vantage point under the name that the user gave it."""

    def __init__(self, inner: Vantage, name: str) -> None:
        self._inner, self._name = inner, name

    def identity(self, towards: str | None = None) -> Client:
        return replace(self._inner.identity(towards), source=self._name)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        return self._inner.probe(flows, limits, watch)
