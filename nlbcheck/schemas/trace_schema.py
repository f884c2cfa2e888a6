"""What may stand in what ``trace -f json`` prints: ``nlbcheck.trace/1``?"""

from __future__ import annotations

from nlbcheck.formats.connection import SCHEMA
from nlbcheck.model import Json
from nlbcheck.schemas import shared
from nlbcheck.schemas.parts import listed, one_of, record, ref, said, whole

_VERDICTS = ("reachable", "blocked", "reply-blocked", "unknown")
_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "verdict": said(one_of(_VERDICTS), "What becomes of the connection."),
        "paths": listed(ref("path")),
        "findings": listed(ref("finding")),
    },
    {"reached": ref("reached")},
    "One TCP connection, walked through what AWS says.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    return whole(SCHEMA, _DOCUMENT, {"reached": shared.REACHED, **shared.DEFS})
