"""How much room and which means does a renderer have?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_IN_ASCII = {"✓": "+", "✗": "x", "→": "->", "←": "<-", "…": "...", "“": '"', "”": '"'}
"""The signs of the texts for people, and what stands for them where they cannot be shown."""
SIGNS = "".join(_IN_ASCII)


@dataclass(frozen=True, slots=True)
class Style:
    """What the command line knows of the place that the text is for."""

    width: int = 80
    """Columns of the terminal."""
    color: bool = False
    verbose: bool = False
    ascii: bool = False
    """Whether one of `SIGNS` cannot be shown there."""
    again: Callable[[str], str] | None = None
    """Returns the options of this run that a command takes, too, to follow its name; None where no command
    follows."""

    @property
    def arrow(self) -> str:
        """What leads from one thing to the next."""
        return self.shown("→")

    def shown(self, text: str) -> str:
        """Return a text with the signs that can be shown."""
        return text.translate(_TABLE) if self.ascii else text


_TABLE = str.maketrans(_IN_ASCII)
