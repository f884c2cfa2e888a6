"""What must a thing be able to do so that a probe can talk over it?"""

from __future__ import annotations

from typing import Protocol


class Stream(Protocol):
    """Bytes in order, both ways: a TCP socket, TLS inside one, a channel through an SSH server.

    Every method raises ``OSError`` where the other side or the way there fails: ``TimeoutError`` after the
    seconds of ``settimeout``, ``ConnectionResetError`` where the other side gave up the conversation.
    """

    def recv(self, size: int, /) -> bytes:
        """Return at least one byte and at most ``size``, or none once the other side has ended."""
        ...

    def send(self, data: bytes, /) -> int:
        """Send the beginning of ``data``, and return how many bytes that was."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound each ``recv`` and ``send`` that follows; None is no bound."""
        ...

    def shutdown(self, how: int, /) -> None:
        """End the conversation in both directions (``socket.SHUT_RDWR``), waking whoever waits in a read."""
        ...

    def close(self) -> None:
        """Give up whatever the stream holds; it is not used again."""
        ...
