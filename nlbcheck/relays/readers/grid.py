"""Lines of cells, as every reader of printed tables finds them in its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class GridLine:
    """One line of a table."""

    number: int
    """Where it stands in the file, for messages."""
    cells: list[str]
    struck: frozenset[int] = frozenset()
    """The columns whose text is struck out."""
    is_piped: bool = False
    """Whether it begins as a row of a table does."""


@dataclass(slots=True)
class Grid:
    """Cells that stand together, headings among them."""

    place: str
    lines: list[GridLine] | Iterator[GridLine]
    is_delimited: bool = True
    """Whether the file marks it as a table of its own."""
    is_loose: bool = False
    """Whether cells without a heading are remarks rather than mistakes."""
    notes: list[str] = field(default_factory=list)
    sheet: str = ""
    """The sheet that it stands in, where a file has several."""
