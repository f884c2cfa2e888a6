"""Has somebody asked this process to end early? Who handles the signal notes it; who waits for long looks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK = 0.1
"""Seconds between two looks at whether somebody has asked."""


class Interruption:
    """Whether to end early, for what must not be broken off at any place whatever."""

    def __init__(self) -> None:
        self.asked = False
        self.breaks_off = False
        """Whether who handles the signal is to break off what happens to be going on."""

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        """Let KeyboardInterrupt come at any place in here, which may wait for others and holds nothing.

        Where somebody has asked before, it comes at once.
        """
        before, self.breaks_off = self.breaks_off, True
        try:
            self.check()
            yield
        finally:
            self.breaks_off = before

    def check(self) -> None:
        """Raise KeyboardInterrupt where somebody has asked."""
        if self.asked:
            raise KeyboardInterrupt

    def wait(self, seconds: float) -> None:
        """Wait so long, if at all; raise KeyboardInterrupt once somebody asks."""
        until = time.monotonic() + seconds
        self.check()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK))
            self.check()


OF_THIS_PROCESS = Interruption()
"""Signals are for a process as a whole."""
