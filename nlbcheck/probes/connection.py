"""What does a conversation with a stranger look like when it must end by itself?"""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import time
from dataclasses import dataclass, field

from nlbcheck.escape import printable, shortened
from nlbcheck.model import Json, Status

Buffer = bytes | bytearray | memoryview

_TRANSCRIPT = 4096
_EXCERPT = 160


class Connection(socket.socket):
    """A TCP socket that ends at its deadline, and after as many bytes as anyone may send.

    Libraries that time out per read would wait for ever on one byte a second; this ends every
    conversation in the same way, and keeps its first bytes for the report.
    """

    def __init__(self, deadline: float) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
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
        """The first bytes of what it said; inside TLS, of what it said there."""
        self.encrypted = False
        """Whether TLS is spoken, so that bytes as such say nothing."""
        self.expired = False
        self.was_reset = False
        self.begins_at: re.Pattern[bytes] | None = None
        """Where the part of what is said begins that is handed on; None where all of it is."""
        self._before = b""
        self._ahead = b""
        self._patience: float | None = None

    @property
    def flooded(self) -> bool:
        """Whether the other side sent more than its budget."""
        return self.received > self.budget

    def settimeout(self, value: float | None) -> None:
        """Bound each read and write; the deadline bounds all of them together."""
        self._patience = value

    def gettimeout(self) -> float | None:
        """Return what ``settimeout`` was given."""
        return self._patience

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive as a socket does, within the deadline and the budget."""
        while self.begins_at:
            data = self._receive(bufsize, flags)
            if not data:
                return data
            self._before += data
            if found := self.begins_at.search(self._before):
                self._ahead, self.begins_at = self._before[found.start() :], None
        if self._ahead:
            data, self._ahead = self._ahead[:bufsize], self._ahead[bufsize:]
            return data
        return self._receive(bufsize, flags)

    def recv_into(self, buffer: bytearray | memoryview, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[override]
        """Receive as a socket does, within the deadline and the budget."""
        self._bound()
        try:
            count = super().recv_into(buffer, nbytes, flags)
        except OSError as error:
            self._remember(error)
            raise
        self._keep(memoryview(buffer)[:count])
        return count

    def send(self, data: Buffer, flags: int = 0) -> int:  # type: ignore[override]
        """Send as a socket does, within the deadline."""
        self._bound()
        try:
            return super().send(data, flags)
        except OSError as error:
            self._remember(error)
            raise

    def sendall(self, data: Buffer, flags: int = 0) -> None:  # type: ignore[override]
        """Send all of ``data``, within the deadline."""
        view = memoryview(data)
        while view:
            view = view[self.send(view, flags) :]

    def shutdown_quietly(self) -> None:
        """End the conversation in both directions; whoever waits in a read wakes up."""
        with contextlib.suppress(OSError):  # the other side may have ended it already
            self.shutdown(socket.SHUT_RDWR)

    def _receive(self, bufsize: int, flags: int) -> bytes:
        self._bound()
        try:
            data = super().recv(bufsize, flags)
        except OSError as error:
            self._remember(error)
            raise
        self._keep(data)
        return data

    def _bound(self) -> None:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            self.expired = True
            raise ConnectionAbortedError(errno.ECONNABORTED, "the time allowed is over")
        super().settimeout(remaining if self._patience is None else min(self._patience, remaining))

    def _remember(self, error: OSError) -> None:
        if isinstance(error, ConnectionResetError):
            self.was_reset = True
        elif isinstance(error, TimeoutError) and time.monotonic() >= self.deadline:
            self.expired = True

    def note(self, data: Buffer) -> None:
        """Keep what the other side said for the report, as far as there is room for it."""
        self.transcript += data[: max(self.memory - len(self.transcript), 0)]

    def _keep(self, data: Buffer) -> None:
        self.received += len(data)
        if not self.encrypted:
            self.note(data)
        if self.flooded:
            raise ConnectionAbortedError(errno.ECONNABORTED, "more bytes than anyone may send")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe makes of one conversation."""

    status: Status
    detail: dict[str, Json] = field(default_factory=dict)
    error: str | None = None
    ask_next: tuple[str, ...] = ()
    """SSH host key types worth a connection of their own, because this one showed no pinned key."""


def failed(connection: Connection, wanted: str, fault: str | None = None) -> Answer:
    """Say how a conversation that brought no answer ended; ``wanted`` is what would have been one.

    Only what was seen on the wire decides: silence, a reset, too much, too slow, or another protocol.
    ``fault`` is the sentence on what is wrong with an answer in the right protocol.
    """
    heard = bytes(connection.transcript)
    seconds = time.monotonic() - connection.opened
    detail: dict[str, Json] = {"heard": first_line(heard)} if heard else {}
    if connection.was_reset:
        after = f' after {connection.received} bytes: "{first_line(heard)}"' if heard else ""
        return Answer(Status.RESET, detail, f"connected, then reset by the other side{after}")
    if not heard and not fault:
        silence = f"said nothing for {seconds:.1f} s" if connection.expired else "was closed without a word"
        return Answer(Status.NO_REPLY, error=f"connected, but the connection {silence}")
    spoken = protocol(heard)
    if connection.flooded:
        error = f"sent more than {connection.budget:,} bytes that are not {wanted}"
    elif connection.expired:
        error = f"did not finish {wanted} in {seconds:.1f} s"
    elif fault:
        error = fault
    elif spoken and spoken in wanted:
        error = f"closed the connection in the middle of {wanted}"
    else:
        error = f"sent something else than {wanted}"
        error += f"; it speaks {spoken}" if spoken else f': "{first_line(heard)}"'
    return Answer(Status.BAD_REPLY, detail, error)


def protocol(heard: bytes | bytearray) -> str | None:
    """Name the protocol that the first bytes from a server belong to, where they give it away."""
    if heard.startswith(b"SSH-") or b"\nSSH-" in heard:
        return "SSH"
    if heard.startswith(b"HTTP/"):
        return "HTTP"
    if heard[:2] in (b"\x15\x03", b"\x16\x03"):
        return "TLS"
    # A SETTINGS or GOAWAY frame of the whole connection (RFC 9113, sections 4.1, 6.5 and 6.8).
    if heard[3:4] in (b"\x04", b"\x07") and heard[5:9] == bytes(4):
        return "HTTP/2"
    return None


def first_line(heard: bytes | bytearray) -> str:
    """Return the first line of what a server said, as a report quotes it."""
    return shortened(printable(decoded(heard.strip().partition(b"\n")[0].rstrip())), _EXCERPT)


def decoded(data: bytes | bytearray) -> str:
    r"""Return bytes from the network as text; what is not UTF-8 is written out as ``\xff``."""
    return data.decode("utf-8", "backslashreplace")
