"""How are thousands of TCP connections opened, and short exchanges held on them, without waiting for any?"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import os
import selectors
import socket
import time
from typing import Generic

from nlbcheck.model.net import SocketAddress
from nlbcheck.probes.address import family, local
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.dialling import Dialled, Key
from nlbcheck.probes.exchange import CHUNK, Exchange


class _Call(Generic[Key]):
    """One socket on its way: first to a connection, then to the end of its exchange, if it has one."""

    __slots__ = (
        "connected_in",
        "connection",
        "exchange",
        "key",
        "local_address",
        "socket",
        "started",
        "unsent",
    )

    def __init__(self, key: Key, made: socket.socket, timeout: float, exchange: Exchange | None) -> None:
        self.key = key
        self.socket = made
        self.started = time.monotonic()
        self.connection = Connection(made, self.started + timeout)
        self.exchange = exchange
        self.unsent = exchange.question if exchange else b""
        self.connected_in: float | None = None
        """Seconds; None until the connection stands."""
        self.local_address: str | None = None

    def connected(self) -> None:
        """Note that the connection stands."""
        self.connection.opened = time.monotonic()
        self.connected_in = self.connection.opened - self.started
        self.local_address = str(local(self.socket))
        if self.exchange:
            self.connection.memory = self.connection.budget = self.exchange.budget

    def ended(self, error: Exception | None = None) -> Dialled[Key]:
        """Return how it ended: with ``error``, or else with a connection that stands, its exchange held."""
        now = time.monotonic()
        if error or self.connected_in is None:
            self.socket.close()
            wrong = error or OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            return Dialled(self.key, wrong, self.connected_in or now - self.started)
        held = now - self.connection.opened if self.exchange else None
        return Dialled(self.key, self.connection, self.connected_in, self.local_address, held)


class SocketDialler(Generic[Key]):
    """Opens TCP connections from this machine, of either address family, and holds exchanges on them."""

    def __init__(self, until: int | None = None) -> None:
        """``until`` is a file that ends it all: where there is something to read, `poll` is interrupted."""
        self._selector = selectors.DefaultSelector()
        self._calls: dict[_Call[Key], None] = {}
        """The sockets under way."""
        self._deadlines: list[tuple[float, int, _Call[Key]]] = []
        """A heap; calls that have come to an end are left in it until they surface."""
        self._order = itertools.count()
        self._done: list[Dialled[Key]] = []
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, self._ear)
        if until is not None:
            self._selector.register(until, selectors.EVENT_READ, None)

    def dial(self, key: Key, to: SocketAddress, timeout: float, exchange: Exchange | None) -> None:
        """Start a connection to an address; ``timeout`` seconds later all has ended one way or the other."""
        try:
            made = socket.socket(family(to), socket.SOCK_STREAM)
        except OSError as error:  # no more file descriptors
            self._done.append(Dialled(key, error, 0.0))
            return
        made.setblocking(False)
        call = _Call(key, made, timeout, exchange)
        result = made.connect_ex(to)
        if result and result != errno.EINPROGRESS:
            self._done.append(call.ended(OSError(result, os.strerror(result))))
            return
        self._calls[call] = None
        # One that stands at once is writable at once.
        self._selector.register(made, selectors.EVENT_WRITE, call)
        heapq.heappush(self._deadlines, (call.connection.deadline, next(self._order), call))

    def poll(self, timeout: float) -> list[Dialled[Key]]:
        """Return the diallings that have ended, waiting for the first at most ``timeout`` seconds."""
        if self._done:
            timeout = 0.0
        elif self._deadlines:
            timeout = max(min(timeout, self._deadlines[0][0] - time.monotonic()), 0.0)
        for ready, _ in self._selector.select(timeout):
            if isinstance(ready.data, _Call):
                self._advance(ready.data)
            elif ready.data is self._ear:
                self._silence()
            else:
                raise KeyboardInterrupt
        self._expire()
        done, self._done = self._done, []
        return done

    def wake(self) -> None:
        """End the current or the next ``poll`` at once; may be called from any thread."""
        with contextlib.suppress(BlockingIOError):  # it rings already
            self._bell.send(b"!")

    def close(self) -> None:
        """Give up what is under way, and what nobody has collected."""
        for call in self._calls:
            call.socket.close()
        for dialled in self._done:
            if isinstance(dialled.outcome, Connection):
                dialled.outcome.close()
        self._selector.close()
        self._bell.close()
        self._ear.close()

    def _advance(self, call: _Call[Key]) -> None:
        """Take a socket that is ready as far as it gets without waiting."""
        if call.connected_in is None:
            if error := call.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._end(call, OSError(error, os.strerror(error)))
                return
            call.connected()
        try:
            if not call.exchange or self._exchanged(call, call.exchange):
                self._end(call)
        except BlockingIOError:
            pass
        except OSError as error:
            call.connection.remember(error)
            self._end(call)
        except Exception as error:  # the exchange's fault costs one result, not the run
            self._end(call, error)

    def _exchanged(self, call: _Call[Key], exchange: Exchange) -> bool:
        """Send what is unsent, hear what is there, and return whether that was all."""
        connection = call.connection
        if call.unsent:
            call.unsent = call.unsent[call.socket.send(call.unsent) :]
            if not call.unsent:
                self._selector.modify(call.socket, selectors.EVENT_READ, call)
            return False
        if exchange.complete(connection.transcript):
            return True
        data = call.socket.recv(CHUNK)
        connection.keep(data)
        return not data or exchange.complete(connection.transcript)

    def _expire(self) -> None:
        now = time.monotonic()
        while self._deadlines and (self._deadlines[0][0] <= now or self._deadlines[0][2] not in self._calls):
            _, _, call = heapq.heappop(self._deadlines)
            if call in self._calls:
                call.connection.expired = True
                self._end(call)

    def _end(self, call: _Call[Key], error: Exception | None = None) -> None:
        del self._calls[call]
        self._selector.unregister(call.socket)
        self._done.append(call.ended(error))

    def _silence(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass
