"""What is a TCP connection that an SSH server makes for its client, a channel called ``direct-tcpip``?"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from typing import Protocol

from nlbcheck.errors import VantageError
from nlbcheck.lean_paramiko import paramiko

WINDOW = (1 << 20) + (1 << 16)
"""Bytes that may be sent to us on one connection, more than any probe listens to; there are never more."""
_DATA, _EOF, _CLOSE = b"\x5e", b"\x60", b"\x61"


class Carrier(Protocol):
    """The SSH connection that carries the channel."""

    def say(self, message: paramiko.Message) -> None:
        """Send a message."""
        ...

    def forget(self, tunnel: SshTunnel) -> None:
        """Take note that both sides have closed the channel."""
        ...


class ChannelRefusal(Exception):  # noqa: N818 (an answer)
    """Why the server opened no connection: RFC 4254, section 5.1."""

    def __init__(self, reason: int, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        """1 administratively prohibited, 2 connect failed, 3 unknown channel type, 4 resource shortage."""
        self.words = words


class SshTunnel:
    """A stream to an address, as the SSH server's host reaches that.

    What the server says comes from the SSH connection's own thread; `changed` is called there, each time.
    """

    __slots__ = (
        *("__weakref__", "_carrier", "_changed", "_condition", "_heard", "_largest", "_patience", "_remote"),
        *("_room", "_told", "_we_closed", "eof", "lost", "number", "opened_at", "refusal", "they_closed"),
    )

    def __init__(self, number: int, carrier: Carrier, changed: Callable[[SshTunnel], None]) -> None:
        self.number = number
        self.opened_at: float | None = None
        """When the connection stood, on the clock of ``time.monotonic``; None before that."""
        self.refusal: ChannelRefusal | None = None
        """Why there is none."""
        self.eof = False
        """Whether the other side has ended what it says."""
        self.they_closed = False
        self.lost = False
        """Whether the SSH connection ended first, so that nothing is known of this one."""
        self._carrier = carrier
        self._changed = changed
        self._condition = threading.Condition(threading.Lock())
        self._heard = bytearray()
        self._remote = self._room = self._largest = 0
        self._patience: float | None = None
        self._we_closed = self._told = False

    def recv(self, size: int) -> bytes:
        """Receive as a stream does; raises `VantageError` where the SSH connection has ended."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._heard or self._over, self._patience):
                raise TimeoutError(errno.ETIMEDOUT, "nothing was said")
            return self._taken(size)

    def heard(self, size: int) -> bytes | None:
        """Return what is there without waiting: None where nothing is, no bytes at the end."""
        with self._condition:
            return self._taken(size) if self._heard or self._over else None

    def send(self, data: bytes) -> int:
        """Send as a stream does; raises `VantageError` where the SSH connection has ended."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._room or self._over, self._patience):
                raise TimeoutError(errno.ETIMEDOUT, "nothing more was taken")
            if self.lost:
                raise _lost()
            if self.they_closed or self._we_closed:
                raise BrokenPipeError(errno.EPIPE, "the connection is closed")
            size = min(len(data), self._room, self._largest)
            self._room -= size
        message = self._message(_DATA)
        message.add_string(data[:size])
        self._carrier.say(message)
        return size

    def settimeout(self, seconds: float | None) -> None:
        """Bound each ``recv`` and ``send`` that follows; None is no bound."""
        self._patience = seconds

    def shutdown(self, _how: int) -> None:
        """End the conversation; whoever waits in a read wakes up."""
        with self._condition:
            self.eof = True
            self._condition.notify_all()

    def close(self) -> None:
        """Give the connection up; one that is not open yet is closed once it is."""
        with self._condition:
            self._we_closed = True
            self._heard.clear()
            self._condition.notify_all()
            if self._told or self.opened_at is None or self.lost:
                return
            self._told = True
        self._carrier.say(self._message(_CLOSE))
        if self.they_closed:
            self._carrier.forget(self)

    @property
    def is_to_be_closed(self) -> bool:
        """Whether it was given up, and the server has not been told yet."""
        return self._we_closed and not self._told and self.opened_at is not None and not self.lost

    def on_open(self, remote: int, room: int, largest: int) -> None:
        """Take note that the connection stands."""
        with self._condition:
            self.opened_at = time.monotonic()
            self._remote, self._room, self._largest = remote, room, max(largest, 1)
        self._note()

    def on_refusal(self, refusal: ChannelRefusal) -> None:
        """Take note that there is none."""
        self.refusal = refusal
        self._note()

    def on_data(self, message: paramiko.Message) -> None:
        """Keep what the other side said; a server that sends more than it may is not listened to."""
        data = message.get_binary()
        with self._condition:
            if not self._we_closed and len(self._heard) + len(data) <= WINDOW:
                self._heard += data
        self._note()

    def on_window(self, message: paramiko.Message) -> None:
        """Take note that more may be sent."""
        with self._condition:
            self._room += message.get_int()
        self._note()

    def on_eof(self, _message: paramiko.Message) -> None:
        """Take note that the other side says no more."""
        self.eof = True
        self._note()

    def on_close(self, _message: paramiko.Message) -> None:
        """Take note that the connection is over."""
        self.they_closed = True
        if self._told:
            self._carrier.forget(self)
        self._note()

    def _unlink(self) -> None:
        """Take note that the SSH connection is over; paramiko calls it."""
        self.lost = True
        self._note()

    @property
    def _over(self) -> bool:
        return self.eof or self.they_closed or self._we_closed or self.lost

    def _taken(self, size: int) -> bytes:
        data = bytes(self._heard[:size])
        del self._heard[:size]
        if not data and self.lost and not (self.eof or self.they_closed or self._we_closed):
            raise _lost()
        return data

    def _message(self, kind: bytes) -> paramiko.Message:
        message = paramiko.Message()
        message.add_byte(kind)
        message.add_int(self._remote)
        return message

    def _note(self) -> None:
        with self._condition:
            self._condition.notify_all()
        self._changed(self)


def _lost() -> VantageError:
    return VantageError("the SSH connection that it went through has ended")
