"""What was made of a file that people keep for themselves: of each table in it, and of each column?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nlbcheck.model import Json
from nlbcheck.relays.tree import TreeNode


@dataclass(frozen=True, slots=True)
class Understood:
    """One table of a file, and what it was taken for."""

    place: str
    """Where it stands in the file: ``line 12`` or ``sheet 'ports'``."""
    columns: tuple[tuple[str, str], ...] = ()
    """Each heading with the key of a row that it stands for, ``remark`` for none."""
    why_not: str = ""
    """Why it is not read; empty where it is."""
    notes: tuple[str, ...] = ()
    """What else was read otherwise than it is written."""
    is_own: bool = False
    """Whether its headings are nlbcheck's own, so that nothing had to be taken for anything."""


@dataclass(frozen=True, slots=True)
class Unprobed:
    """A row of the file that no probe is made for."""

    listener: str
    """The listener as the file writes it; a dash where it names none."""
    place: str
    """Where the row stands in its file."""
    why: str
    said: Mapping[str, Json] | None = None
    """All that the row says, where a table that is written must say it again."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of a file."""

    tree: TreeNode
    understood: tuple[Understood, ...] = ()
    unprobed: tuple[Unprobed, ...] = ()

    def with_note(self, note: str) -> Content:
        """Return the same with something to tell of the file as a whole."""
        told = tuple(replace(table, notes=(note, *table.notes)) for table in self.understood)
        return replace(self, understood=told)
