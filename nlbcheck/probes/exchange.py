"""How is one question asked and one answer heard, with or without a thread that waits for it?"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod

from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection

CHUNK = 1 << 16


class Exchange(ABC):
    """A conversation of one question and one answer.

    Whoever has a thousand sockets holds a thousand of these in one loop; over any other stream, `over` does
    the same and waits. An exchange belongs to one conversation and may remember how far it has read.
    """

    question: bytes = b""
    budget: int = 1 << 18
    """Bytes that the other side may send; all of them are kept until the answer is judged."""

    def complete(self, heard: bytearray) -> bool:
        """Return whether enough was heard to judge; ``heard`` only grows, from call to call."""
        return True

    @abstractmethod
    def judge(self, connection: Connection) -> Answer:
        """Return what the answer, or the end without one, comes to; all that was heard is the transcript."""

    def over(self, connection: Connection) -> Answer:
        """Hold the exchange over any stream, and wait for its end."""
        connection.memory = connection.budget = self.budget
        with contextlib.suppress(OSError):  # the connection remembers how it ended, and judge() says so
            connection.sendall(self.question)
            while not self.complete(connection.transcript):
                if not connection.recv(CHUNK):
                    break
        return self.judge(connection)
