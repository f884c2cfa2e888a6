"""Has somebody asked this process to end early? Who handles the signal notes it; who waits for long looks."""

from __future__ import annotations


class Interruption:
    """Whether to end early, for what must not be broken off at any place whatever."""

    def __init__(self) -> None:
        self.asked = False

    def check(self) -> None:
        """Raise KeyboardInterrupt where somebody has asked."""
        if self.asked:
            raise KeyboardInterrupt


OF_THIS_PROCESS = Interruption()
"""Signals are for a process as a whole."""
