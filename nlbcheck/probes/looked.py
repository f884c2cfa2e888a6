"""Did this process stand still, by Ctrl-Z, SIGSTOP or for want of a processor, while others answered?"""

from __future__ import annotations

import time

PATIENCE = 0.1
"""Seconds between two looks at the network at most."""


class Looked:
    """When the network was looked at last, by the clock and by the processor's."""

    def __init__(self) -> None:
        self._clock, self._processor = time.monotonic(), time.process_time()

    def again(self) -> float:
        """Return the seconds since, beyond `PATIENCE`, in which this process did not even compute."""
        before, computed = self._clock, self._processor
        self._clock, self._processor = time.monotonic(), time.process_time()
        return self._clock - before - PATIENCE - (self._processor - computed)
