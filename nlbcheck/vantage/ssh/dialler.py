"""How are many connections opened over one SSH connection, and short exchanges held, waiting for none?"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import os
import queue
import time
from typing import Generic

from nlbcheck.errors import VantageError
from nlbcheck.hosts.ssh.transport import SshTransport
from nlbcheck.hosts.ssh.tunnel import SshTunnel
from nlbcheck.language import tell
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.dialling import Dialled, Key
from nlbcheck.probes.exchange import CHUNK, Exchange
from nlbcheck.vantage.ssh.pulse import Pulse
from nlbcheck.vantage.ssh.refusals import NoRoute, as_error

_AT_ONCE = 4096
"""Events that are looked at before deadlines are."""


class _Call(Generic[Key]):
    """One connection on its way: first until it stands, then to the end of its exchange, if it has one."""

    __slots__ = ("connected_in", "connection", "exchange", "key", "started", "to", "tunnel", "unsent")

    def __init__(
        self, key: Key, to: SocketAddress, tunnel: SshTunnel, timeout: float, exchange: Exchange | None
    ) -> None:
        self.key = key
        self.to = to
        self.tunnel = tunnel
        self.started = time.monotonic()
        self.connection = Connection(tunnel, self.started + timeout)
        self.exchange = exchange
        self.unsent = exchange.question if exchange else b""
        self.connected_in: float | None = None
        """Seconds; None until the connection stands."""

    def connected(self, at: float) -> None:
        """Note that the connection stands."""
        self.connection.opened = at
        self.connected_in = at - self.started
        if self.exchange:
            self.connection.memory = self.connection.budget = self.exchange.budget
        self.tunnel.settimeout(0.0)

    def ended(self, error: Exception | None = None) -> Dialled[Key]:
        """Return how it ended: with ``error``, or else with a connection that stands, its exchange held."""
        now = time.monotonic()
        if error or self.connected_in is None:
            self.tunnel.close()
            wrong = error or OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            return Dialled(self.key, wrong, self.connected_in or now - self.started)
        held = now - self.connection.opened if self.exchange else None
        return Dialled(self.key, self.connection, self.connected_in, held=held)


class TunnelDialler(Generic[Key]):
    """Opens connections from an SSH server's host, and holds exchanges on them.

    The time of a connect is until the server says that the connection stands, so one round trip to the
    server is in it. A connection has timed out once the server, asked after that time, still does not say
    how it ended: a slow way to the server is never taken for a silent target.
    """

    def __init__(self, transport: SshTransport, no_route: NoRoute) -> None:
        self._transport = transport
        self._no_route = no_route
        self._events: queue.SimpleQueue[SshTunnel | None] = queue.SimpleQueue()
        self._pulse = Pulse(transport, self.wake)
        self._calls: dict[SshTunnel, _Call[Key]] = {}
        self._deadlines: list[tuple[float, int, SshTunnel]] = []
        """A heap; connections that have come to an end are left in it until they surface."""
        self._order = itertools.count()

    def dial(self, key: Key, to: SocketAddress, timeout: float, exchange: Exchange | None) -> None:
        """Ask the server for a connection; ``timeout`` seconds later all has ended one way or the other."""
        tunnel = self._transport.tunnel(to.address, to.port, self._events.put)
        call = _Call(key, to, tunnel, timeout, exchange)
        self._calls[tunnel] = call
        heapq.heappush(self._deadlines, (call.connection.deadline, next(self._order), tunnel))
        if tunnel.lost:
            self._events.put(tunnel)

    def poll(self, timeout: float) -> list[Dialled[Key]]:
        """Return the diallings that have ended, waiting for the first at most ``timeout`` seconds.

        While the server gives no sign of life this waits, so that whoever counts the time sees that it stood
        still.
        """
        done: list[Dialled[Key]] = []
        now = time.monotonic()
        self._pulse.beat(now, is_due=bool(self._deadlines) and self._deadlines[0][0] <= now)
        until = min(now + timeout, self._pulse.next_beat(now, self._next_deadline()))
        with contextlib.suppress(queue.Empty):
            event = self._events.get(timeout=max(until - now, 0.0))
            for _ in range(_AT_ONCE):  # a server that talks without end does not keep others from ending
                if event:
                    self._advance(event, done)
                event = self._events.get_nowait()
        self._expire(done)
        if not self._transport.is_active() and self._events.empty():
            self._abandon(done)
        return done

    def wake(self) -> None:
        """End the current or the next ``poll`` at once; may be called from any thread."""
        self._events.put(None)

    def close(self) -> None:
        """Give up what is under way."""
        for tunnel in self._calls:
            tunnel.close()
        self._calls.clear()

    def _next_deadline(self) -> float:
        return self._deadlines[0][0] if self._deadlines else float("inf")

    def _advance(self, tunnel: SshTunnel, done: list[Dialled[Key]]) -> None:
        """Take a connection of which something has become as far as it gets without waiting."""
        call = self._calls.get(tunnel)
        if call is None:
            return
        if call.connected_in is None:
            if error := _not_made(call, self._no_route):
                self._end(call, done, error)
                return
            if tunnel.opened_at is None:
                return
            call.connected(tunnel.opened_at)
        try:
            if not call.exchange or _exchanged(call, call.exchange):
                self._end(call, done)
        except VantageError as lost:
            self._end(call, done, lost)
        except OSError as broken:
            call.connection.remember(broken)
            self._end(call, done)
        except Exception as fault:  # the exchange's fault costs one result, not the run
            self._end(call, done, fault)

    def _expire(self, done: list[Dialled[Key]]) -> None:
        while self._deadlines and (
            self._deadlines[0][0] <= self._pulse.heard_until or self._deadlines[0][2] not in self._calls
        ):
            _, _, tunnel = heapq.heappop(self._deadlines)
            if call := self._calls.get(tunnel):
                call.connection.expired = True
                self._end(call, done)

    def _abandon(self, done: list[Dialled[Key]]) -> None:
        """End what is under way with a connection to the server that is no more, told of or not."""
        for call in list(self._calls.values()):
            self._end(call, done, VantageError(tell("the SSH connection to it has ended")))

    def _end(self, call: _Call[Key], done: list[Dialled[Key]], error: Exception | None = None) -> None:
        del self._calls[call.tunnel]
        done.append(call.ended(error))


def _not_made(call: _Call[Key], no_route: NoRoute) -> OSError | None:
    """Return why there is no connection, if that is certain."""
    if call.tunnel.refusal:
        return as_error(call.tunnel.refusal, call.to, no_route)
    if call.tunnel.lost and call.tunnel.opened_at is None:
        return VantageError(tell("the SSH connection to it has ended"))
    return None


def _exchanged(call: _Call[Key], exchange: Exchange) -> bool:
    """Send what is unsent, hear what is there, and return whether that was all."""
    with contextlib.suppress(TimeoutError):  # until the server takes more
        while call.unsent:
            call.unsent = call.unsent[call.tunnel.send(call.unsent) :]
    while not exchange.complete(call.connection.transcript):
        data = call.tunnel.heard(CHUNK)
        if data is None:
            return False
        call.connection.keep(data)
        if not data:
            break
    return True
