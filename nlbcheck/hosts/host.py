"""What must a machine be able to do so that a look at it is possible?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a command."""

    status: int | None
    """Its exit status; None where it did not end by itself: stopped by a signal, or by the time allowed."""
    output: str
    """What it wrote to its standard output, as far as it was kept; hostile until it is escaped."""
    errors: str = ""
    """What it wrote to its standard error."""
    is_cut: bool = False
    """Whether there was more output than is kept."""


class Host(Protocol):
    """A machine that runs commands: this one, one behind SSH, an instance of Systems Manager."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    def run(self, script: str, timeout: float) -> Ran:
        """Run a script of a POSIX shell on it, whatever the login shell is, and return what came of it.

        The script reads nothing from its standard input. Raises UnseenError where the host cannot be
        reached, or does not let anybody in who would run commands; after ``timeout`` seconds the script
        is left to itself and what it had written is returned.
        """
        ...
