"""How does a sentence name some of many things?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.language import tell


def and_more(names: Iterable[str], count: int) -> str:
    """Return names, and how many more there are, if any."""
    named = ", ".join(names)
    return tell("{names} and {count} more", names=named, count=count) if count > 0 else named
