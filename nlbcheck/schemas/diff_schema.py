"""What may stand in what ``report diff -f json`` prints: ``nlbcheck.diff/1``?"""

from __future__ import annotations

from nlbcheck.model import Json
from nlbcheck.schemas import shared
from nlbcheck.schemas.parts import (
    ADDRESS,
    COUNT,
    PORT,
    TEXT,
    TIME,
    listed,
    maybe,
    one_of,
    record,
    ref,
    said,
    whole,
)

SCHEMA = "nlbcheck.diff/1"
EFFECTS = ("broken", "unseen", "fixed", "changed", "added", "removed")
"""What a change comes to, gravest first."""

_SIDE = record(
    {"file": TEXT},
    {
        "started_at": said(TIME, "When the run of the report began."),
        "taken_at": said(TIME, "When the state of AWS was recorded."),
    },
    "One of the two files.",
)
_NODE = record(
    {"zone": maybe(TEXT), "address": ADDRESS, "port": PORT, "vantage": TEXT},
    meaning="Where the connection goes, and from where.",
)
_WAS = said(maybe(TEXT), "null where it was not there.")
_IS = said(maybe(TEXT), "null where it is not there.")
_CHANGE = record(
    {
        "effect": one_of(EFFECTS),
        "subject": said(TEXT, "endpoint, row, cause, finding, target, host-key, certificate …"),
        "name": said(TEXT, "Its name: tg-10022[ap-northeast-1a]."),
        "rows": said(listed(TEXT), "The rows that it is about; none for the table as a whole."),
        "before": _WAS,
        "after": _IS,
        "summary": said(TEXT, "The sentence for people."),
    },
    {"node": said(ref("node"), "Of an endpoint.")},
    "One thing that changed in the reports.",
)
_STATE_CHANGE = record(
    {
        "type": said(TEXT, "route table, security group …"),
        "id": TEXT,
        "part": said(maybe(TEXT), "What of it, as route 10.0.0.0/16; null for all of it."),
        "before": _WAS,
        "after": _IS,
        "summary": said(TEXT, "The sentence for people."),
    },
    meaning="One thing that changed in AWS.",
)
_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "version": TEXT,
        "exit_status": shared.EXIT_STATUS,
        "before": ref("side"),
        "after": ref("side"),
        "remarks": said(listed(TEXT), "What a reader should know about the comparison."),
    },
    {
        "summary": said(record(dict.fromkeys(EFFECTS, COUNT)), "How many changes come to what."),
        "changes": said(listed(ref("change")), "Absent where not both files hold a report."),
        "state": said(listed(ref("state_change")), "Absent where not both files hold a recording."),
    },
    "What changed between two reports or snapshots.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    defs = {"side": _SIDE, "change": _CHANGE, "node": _NODE, "state_change": _STATE_CHANGE}
    return whole(SCHEMA, _DOCUMENT, defs)
