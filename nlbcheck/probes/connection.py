"""What does a conversation with a stranger look like when it must end by itself?"""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import time

from nlbcheck.probes.stream import Stream

Buffer = bytes | bytearray | memoryview

_TRANSCRIPT = 4096


class Expired(ConnectionAbortedError):  # noqa: N818 (an end, not an accident)
    """The time allowed for the conversation is over."""


class Flooded(ConnectionAbortedError):  # noqa: N818
    """The other side has sent more than anyone may."""


class Connection:
    """A stream whose conversation ends at its deadline, and after as many bytes as anyone may send.

    Libraries that time out per read would wait for ever on one byte a second; this ends every
    conversation in the same way, and keeps its first bytes for the report.
    It is a stream itself: TLS runs over one connection, and what is said inside is another.
    """

    __slots__ = (
        *("_ahead", "_before", "_patience", "begins_at", "broken_by", "budget", "deadline", "expired"),
        *("flooded", "memory", "opened", "received", "stream", "transcript", "was_reset"),
    )

    def __init__(self, stream: Stream, deadline: float) -> None:
        self.stream = stream
        """What the conversation is held over."""
        self.deadline = deadline
        """When the conversation ends, on the clock of ``time.monotonic``."""
        self.opened = time.monotonic()
        """When the conversation began, on the same clock."""
        self.budget = 1 << 20
        """Bytes that the other side may send before it is cut off."""
        self.received = 0
        """Bytes that the other side has sent."""
        self.memory = _TRANSCRIPT
        """Bytes of what was said that are kept."""
        self.transcript = bytearray()
        """The first bytes of what the other side said."""
        self.expired = False
        """Whether the time was over before the conversation was."""
        self.flooded = False
        """Whether the other side sent more than its budget."""
        self.was_reset = False
        """Whether the other side broke the conversation off."""
        self.broken_by: OSError | None = None
        """How the last read or write failed, if one did."""
        self.begins_at: re.Pattern[bytes] | None = None
        """Where the part of what is said begins that is handed on; None where all of it is."""
        self._before = b""
        self._ahead = b""
        self._patience: float | None = None

    def inside(self, stream: Stream) -> Connection:
        """Return the conversation over ``stream``, which runs inside this one: it ends when this one does."""
        inner = Connection(stream, self.deadline)
        inner.opened = self.opened
        return inner

    def settimeout(self, seconds: float | None) -> None:
        """Bound each read and write; the deadline bounds all of them together."""
        self._patience = seconds

    def recv(self, size: int) -> bytes:
        """Receive as a stream does, within the deadline and the budget."""
        while self.begins_at:
            data = self._receive(size)
            if not data:
                return data
            self._before += data
            if found := self.begins_at.search(self._before):
                self._ahead, self.begins_at = self._before[found.start() :], None
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._receive(size)

    def send(self, data: Buffer) -> int:
        """Send as a stream does, within the deadline."""
        self._bound()
        try:
            return self.stream.send(bytes(data))
        except OSError as error:
            self.remember(error)
            raise

    def sendall(self, data: Buffer) -> None:
        """Send all of ``data``, within the deadline."""
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def shutdown(self, how: int = socket.SHUT_RDWR) -> None:
        """End the conversation in both directions; whoever waits in a read wakes up."""
        with contextlib.suppress(OSError):  # the other side may have ended it already
            self.stream.shutdown(how)

    def close(self) -> None:
        """Give up the stream."""
        self.stream.close()

    def keep(self, data: bytes) -> None:
        """Take note of what the other side said; raises `Flooded` where that is more than anyone may say."""
        self.received += len(data)
        room = self.memory - len(self.transcript)
        if room > 0:
            self.transcript += data[:room]
        if self.received > self.budget:
            self.flooded = True
            raise Flooded(errno.ECONNABORTED, "more bytes than anyone may send")

    def remember(self, error: OSError) -> None:
        """Take note of how a read or a write failed."""
        self.broken_by = error
        if isinstance(error, ConnectionResetError):
            self.was_reset = True
        elif isinstance(error, Flooded):
            self.flooded = True
        elif isinstance(error, Expired) or (
            isinstance(error, TimeoutError) and time.monotonic() >= self.deadline
        ):
            self.expired = True

    def _receive(self, size: int) -> bytes:
        self._bound()
        try:
            data = self.stream.recv(size)
        except OSError as error:
            self.remember(error)
            raise
        self.keep(data)
        return data

    def _bound(self) -> None:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            self.expired = True
            raise Expired(errno.ECONNABORTED, "the time allowed is over")
        self.stream.settimeout(remaining if self._patience is None else min(self._patience, remaining))
