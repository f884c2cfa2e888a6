"""Which targets of a table could be held against nothing, because it has a name for them and no address?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.diagnosis.drift.finding import some_of
from nlbcheck.language import paragraph, plural, tell
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
    told = plural(
        len(found),
        "{names} has no address in the table.",
        "{names} have no address in the table.",
        names=some_of(found),
    )
    return paragraph(
        told,
        tell("Whether AWS has the right server registered was not compared."),
        tell("Give addresses under targets, or with --target NAME=ADDRESS."),
    )
