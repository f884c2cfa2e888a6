"""What may stand in what ``mapping check -f json`` prints: ``nlbcheck.drift/1``?"""

from __future__ import annotations

from nlbcheck.formats.drift import SCHEMA
from nlbcheck.model import Json
from nlbcheck.schemas import shared
from nlbcheck.schemas.parts import TEXT, listed, maybe, record, ref, said, whole

_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "version": TEXT,
        "command": {"const": "mapping check"},
        "exit_status": shared.EXIT_STATUS,
        "load_balancer": said(
            maybe(record({"id": TEXT, "name": maybe(TEXT)})), "null where it was not found, or could not be."
        ),
        "findings": listed(ref("finding")),
        "not_compared": said(listed(TEXT), "Targets of the table that have no address."),
    },
    meaning="What differs between a table and AWS.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    defs = {name: part for name, part in shared.DEFS.items() if name not in ("path", "hop")}
    return whole(SCHEMA, _DOCUMENT, defs)
