"""Which targets of a table could be held against nothing, because it has a name for them and no address?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.relays.table import Row


def names(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the names of targets that nothing resolves, each once."""
    found = (target.name for row in rows for target in row.targets if target.address is None)
    return tuple(dict.fromkeys(found))


def remark(rows: Iterable[Row]) -> str | None:
    """Return the sentence on what was not compared; None where everything was."""
    found = names(rows)
    if not found:
        return None
    told = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    has = "has no address" if len(found) == 1 else "have no address"
    return (
        f"{told} {has} in the table: whether AWS has the right server registered was not compared. "
        "Give addresses under targets, or with --target NAME=ADDRESS."
    )


_SHOWN = 8
"""Names that the sentence has; the rest are counted."""
