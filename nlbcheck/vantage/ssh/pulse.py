"""Does an SSH server still answer, and up to when is all heard that it had to say?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from nlbcheck.hosts.ssh.transport import SshTransport
from nlbcheck.interruption import OF_THIS_PROCESS

_BEAT = 1.0
"""Seconds between two questions whether the server is there."""
_STILL = 2.0
"""Seconds without an answer after which nothing is decided until there is one."""
_PATIENCE = 15.0
"""Seconds without an answer after which the connection is given up."""
_LOOK = 0.1


class Pulse:
    """Asks a server for signs of life: each comes after everything that it had to say before."""

    def __init__(self, transport: SshTransport, answered: Callable[[], None] = lambda: None) -> None:
        """``answered`` is called at each answer, by the connection's own thread."""
        self._transport = transport
        self._answered = answered
        self._answer = threading.Event()
        self._asked: float | None = None
        """When the question was asked that is not answered yet."""
        self._last = 0.0
        self.heard_until = 0.0
        """Up to when all is heard that the server had to say, on the clock of ``time.monotonic``."""

    def round_trip(self) -> float:
        """Ask, and return the seconds until the answer; 0 where the connection ends instead."""
        self._ask(started := time.monotonic())
        self._wait(started)
        return time.monotonic() - started if self._transport.is_active() else 0.0

    def beat(self, now: float, *, is_due: bool) -> None:
        """Ask if it is time, or if something ``is_due``; wait while an answer is long overdue."""
        if self._asked is None:
            if is_due or now >= self._last + _BEAT:
                self._ask(now)
        elif now >= self._asked + _STILL:
            self._wait(self._asked)

    def next_beat(self, now: float, due: float) -> float:
        """Return when to look again at the latest, where something is to be decided at ``due``."""
        if self._asked is not None:
            return self._asked + _STILL
        return max(min(self._last + _BEAT, due), now)

    def _ask(self, now: float) -> None:
        self._asked = self._last = now
        self._answer.clear()
        self._transport.ping(lambda: self._note(now))

    def _note(self, asked: float) -> None:
        self.heard_until = asked
        self._asked = None
        self._answer.set()
        self._answered()

    def _wait(self, asked: float) -> None:
        """Wait for the answer; give the connection up where none comes."""
        while not self._answer.wait(_LOOK) and self._transport.is_active():
            OF_THIS_PROCESS.check()
            if time.monotonic() >= asked + _PATIENCE:
                self._transport.close()
