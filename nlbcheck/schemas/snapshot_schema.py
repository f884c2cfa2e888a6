"""What may stand in a snapshot file: ``nlbcheck.snapshot/1``?

A file may be written by hand, from what the AWS CLI prints. So more keys than these are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.aws.recording import SCHEMA
from nlbcheck.model import Json
from nlbcheck.schemas.parts import ANYTHING, TEXT, TIME, SchemaPart, listed, maybe, record, ref, said, whole

_CALL: Mapping[str, SchemaPart] = {
    "account": TEXT,
    "region": TEXT,
    "service": said(TEXT, "ec2, elbv2 …"),
    "operation": said(TEXT, "DescribeSubnets …"),
    "parameters": said(ANYTHING, "As boto3 takes them; {} where everything was asked for."),
}
_ANSWER = record(
    {**_CALL, "response": said(ANYTHING, "As boto3 returns it: pages merged, times in RFC 3339.")},
    meaning="A call that AWS answered.",
)
_REFUSED = record({**_CALL, "error": said(TEXT, "AWS's error code.")}, meaning="A call that AWS refused.")
_CLIENT = said(
    {
        "type": "object",
        "required": ["source"],
        "properties": {
            "source": TEXT,
            "address": maybe(TEXT),
            "interface": maybe(TEXT),
            "subnet": maybe(TEXT),
            "vpc": maybe(TEXT),
        },
    },
    "Where connections start.",
)
_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "taken_at": TIME,
        "version": said(TEXT, "The nlbcheck that wrote it."),
        "answers": listed(ref("answer")),
        "gaps": listed(ref("refused")),
    },
    {
        "table": said(ANYTHING, "The mapping table; its schema is that of tables."),
        "client": _CLIENT,
        "report": said(ANYTHING, "A report of the moment; its schema is nlbcheck.report/1."),
        "redacted": said({"const": True}, "Names, account IDs and public addresses in it are replaced."),
    },
    "A recording of AWS's answers. What was not asked is unknown, not absent.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    part = {key: value for key, value in _DOCUMENT.items() if key != "additionalProperties"}
    return whole(SCHEMA, part, {"answer": _ANSWER, "refused": _REFUSED})
