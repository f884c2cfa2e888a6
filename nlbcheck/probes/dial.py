"""How are thousands of TCP connections opened at once without waiting for any of them?"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import os
import selectors
import socket
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from nlbcheck.probes.connection import Connection

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Dialled(Generic[Key]):
    """How one dialling ended: with a connection that stands, or with the error that came instead."""

    key: Key
    outcome: Connection | OSError
    seconds: float
    """From the first packet to the end."""


class Dialler(Generic[Key]):
    """Opens connections without blocking; a key says whose each one is. To be closed after use."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._calls: dict[Connection, tuple[Key, float]] = {}
        """The connections under way, each with its key and its start."""
        self._deadlines: list[tuple[float, int, Connection]] = []
        """A heap; connections that have come to an end are left in it until they surface."""
        self._order = itertools.count()
        self._done: list[Dialled[Key]] = []
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)

    def dial(self, key: Key, address: str, port: int, timeout: float) -> None:
        """Start a connection to ``address``; after ``timeout`` seconds it has ended one way or the other."""
        started = time.monotonic()
        try:
            connection = Connection(deadline=started + timeout)
        except OSError as error:  # no more file descriptors
            self._done.append(Dialled(key, error, 0.0))
            return
        connection.setblocking(False)
        self._calls[connection] = (key, started)
        result = connection.connect_ex((address, port))
        if result == errno.EINPROGRESS:
            self._selector.register(connection, selectors.EVENT_WRITE)
            heapq.heappush(self._deadlines, (connection.deadline, next(self._order), connection))
        else:
            self._finish(connection, result)

    def poll(self, timeout: float) -> list[Dialled[Key]]:
        """Return the diallings that have ended, waiting for the first at most ``timeout`` seconds."""
        if self._done:
            timeout = 0.0
        elif self._deadlines:
            timeout = max(min(timeout, self._deadlines[0][0] - time.monotonic()), 0.0)
        for ready, _ in self._selector.select(timeout):
            if isinstance(ready.fileobj, Connection):
                self._selector.unregister(ready.fileobj)
                error = ready.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._finish(ready.fileobj, error)
            else:
                self._silence()
        self._expire()
        done, self._done = self._done, []
        return done

    def wake(self) -> None:
        """End the current or the next ``poll`` at once; may be called from any thread."""
        with contextlib.suppress(BlockingIOError):  # it rings already
            self._bell.send(b"!")

    def close(self) -> None:
        """Give up what is under way, and what nobody has collected."""
        for connection in [*self._calls, *(dialled.outcome for dialled in self._done)]:
            if isinstance(connection, Connection):
                connection.close()
        self._selector.close()
        self._bell.close()
        self._ear.close()

    def _expire(self) -> None:
        now = time.monotonic()
        while self._deadlines and (self._deadlines[0][0] <= now or self._deadlines[0][2] not in self._calls):
            _, _, connection = heapq.heappop(self._deadlines)
            if connection in self._calls:
                self._selector.unregister(connection)
                self._finish(connection, errno.ETIMEDOUT)

    def _finish(self, connection: Connection, result: int) -> None:
        key, started = self._calls.pop(connection)
        seconds = time.monotonic() - started
        if result:
            connection.close()
            self._done.append(Dialled(key, OSError(result, os.strerror(result)), seconds))
        else:
            self._done.append(Dialled(key, connection, seconds))

    def _silence(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass
