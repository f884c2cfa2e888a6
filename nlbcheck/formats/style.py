"""How much room and which means does a renderer have?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """What the command line knows of the place that the text is for."""

    width: int = 80
    """Columns of the terminal."""
    color: bool = False
    verbose: bool = False
