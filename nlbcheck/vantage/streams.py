"""How is a place probed from which streams can be had, one at a time, by asking and waiting?"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import os
import queue
import time
from collections.abc import Callable, Sequence
from typing import Generic

from nlbcheck.model import Client, Flow
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes import schedule
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.dialling import Dialled, Key
from nlbcheck.probes.exchange import Exchange
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.probes.stream import Stream
from nlbcheck.probes.workers import Workers

Opener = Callable[[SocketAddress, float], Stream]
"""Returns a stream to an address, opened within so many seconds; raises ``OSError`` as a connect does."""

_TICK = 0.02
"""Seconds between two looks at whether more threads are needed."""


class StreamVantage:
    """A place that gives streams: what is said over them is said by the same probes as on this machine."""

    def __init__(self, client: Client, opener: Opener) -> None:
        self._client = client
        self._opener = opener

    def identity(self, towards: str | None = None) -> Client:
        """Return who one is there, as it was said when the place was made."""
        return self._client

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        """Probe every flow over a stream of its own."""
        return schedule.run(flows, limits, StreamDialler(self._opener, limits.concurrency), watch)


class StreamDialler(Generic[Key]):
    """Opens streams by functions that wait, each on a thread."""

    def __init__(self, opener: Opener, most: int) -> None:
        self._opener = opener
        self._workers = Workers(most)
        self._opened: queue.SimpleQueue[tuple[int, Connection | Exception] | None] = queue.SimpleQueue()
        self._calls: dict[int, tuple[Key, float]] = {}
        """The keys and the starts of those under way, by their number."""
        self._deadlines: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._closed = False

    def dial(self, key: Key, to: SocketAddress, timeout: float, exchange: Exchange | None) -> None:
        """Start opening a stream; its exchange is left to whoever can wait for it."""
        started, number = time.monotonic(), next(self._numbers)
        self._calls[number] = key, started
        heapq.heappush(self._deadlines, (started + timeout, number))
        self._workers.submit(lambda: self._open(number, to, started + timeout))

    def poll(self, timeout: float) -> list[Dialled[Key]]:
        """Return the diallings that have ended, waiting for the first at most ``timeout`` seconds."""
        self._workers.tick()
        if self._deadlines:
            timeout = min(timeout, _TICK, self._deadlines[0][0] - time.monotonic())
        done: list[Dialled[Key]] = []
        with contextlib.suppress(queue.Empty):
            if opened := self._opened.get(timeout=max(timeout, 0.0)):
                self._end(done, *opened)
        self._collect(done)
        while self._deadlines and self._deadlines[0][0] <= time.monotonic():
            _, number = heapq.heappop(self._deadlines)
            self._end(done, number, OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))
        return done

    def wake(self) -> None:
        """End the current or the next ``poll`` at once; may be called from any thread."""
        self._opened.put(None)

    def close(self) -> None:
        """Give up what is under way: a stream that still opens is closed by the thread that opens it."""
        self._calls.clear()
        self._closed = True
        self._workers.close(patience=0.0)
        self._collect([])

    def _open(self, number: int, to: SocketAddress, deadline: float) -> None:
        """Open a stream; this is what the workers do."""
        outcome: Connection | Exception
        try:
            outcome = Connection(self._opener(to, max(deadline - time.monotonic(), 0.0)), deadline)
        except Exception as error:  # a fault of the opener costs one result
            outcome = error
        self._opened.put((number, outcome))
        if self._closed:
            self._collect([])

    def _collect(self, done: list[Dialled[Key]]) -> None:
        """Take what has been opened, without waiting for more."""
        with contextlib.suppress(queue.Empty):
            while True:
                if opened := self._opened.get_nowait():
                    self._end(done, *opened)

    def _end(self, done: list[Dialled[Key]], number: int, outcome: Connection | Exception) -> None:
        """Say how a call ended, unless that has been said already."""
        if number in self._calls:
            key, started = self._calls.pop(number)
            done.append(Dialled(key, outcome, time.monotonic() - started))
        elif isinstance(outcome, Connection):
            outcome.close()
