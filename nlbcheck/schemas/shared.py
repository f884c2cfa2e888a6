"""What do several documents hold? Findings, paths, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.errors import ExitStatus
from nlbcheck.model import Code, Confidence, Direction, Leg, Verdict
from nlbcheck.schemas.parts import (
    ANYTHING,
    COUNT,
    FLAG,
    TEXT,
    SchemaPart,
    listed,
    maybe,
    one_of,
    record,
    ref,
    said,
)

VERDICT = said(one_of(Verdict), "pass, warn, unknown, fail or error, mildest first.")
EXIT_STATUS = said(one_of(int(status) for status in ExitStatus), "The exit status of the command.")
REACHED = record(
    {
        "used": said(COUNT, "Targets that the node sends connections to."),
        "open": said(COUNT, "Those for which the path is open."),
        "spare": said(COUNT, "Targets that get no connections now."),
        "closed": said(listed(TEXT), "Those that are in use and not reached, as 172.31.129.10:22."),
        "failing_share": {
            **said({"type": "number"}, "The share of the node's connections that fails."),
            "minimum": 0,
            "maximum": 1,
        },
    },
    meaning="For which of several targets the path is open, by AWS's state.",
)

_RESOURCE = record(
    {
        "type": said(TEXT, "security-group, route-table, listener …"),
        "id": said(TEXT, "Its id, name or ARN in AWS."),
        "name": said(maybe(TEXT), "Its name; null where it has none."),
    },
    meaning="A thing in AWS, or on a host.",
)
_CALL = record(
    {
        "service": said(TEXT, "ec2, elbv2 …"),
        "operation": said(TEXT, "AuthorizeSecurityGroupIngress …"),
        "parameters": said(ANYTHING, "As boto3 takes them."),
    },
    {"region": said(TEXT, "Where it has to be made, if not in the load balancer's Region.")},
    "An AWS call that changes something.",
)
_REMEDY = record(
    {
        "text": said(TEXT, "What to do, in words."),
        "commands": said(listed(TEXT), "The calls as command lines of the AWS CLI."),
        "verified": said(
            maybe(FLAG),
            "true: tried on the recorded state, it opens the path, by itself or with `together_with`; "
            "false: it does not; null: nothing was tried.",
        ),
    },
    {
        "together_with": said(listed(one_of(Code)), "Findings whose fixes it needs besides, in order."),
        "calls": said(listed(ref("call")), "The calls as data."),
    },
    "The fix of a finding.",
)
_MISSING = record(
    {
        "fact": said(TEXT, "What is not known: the routes of rtb-0…"),
        "service": TEXT,
        "operation": said(TEXT, "The call that would tell it; empty where none would."),
        "account": maybe(TEXT),
        "region": maybe(TEXT),
        "error": said(maybe(TEXT), "AWS's error code; null where the call was not made."),
        "unreadable": said(maybe(TEXT), "What of AWS's answer this version does not read."),
    },
    meaning="A fact that could not be seen.",
)
_FINDING = record(
    {
        "code": said(one_of(Code), "`nlbcheck explain CODE` tells what it means."),
        "verdict": VERDICT,
        "leg": said(one_of(Leg), "The part of the path, or of the set-up."),
        "direction": maybe(one_of(Direction)),
        "zone": said(maybe(TEXT), "The zone, where it concerns one."),
        "resource": maybe(ref("resource")),
        "summary": said(TEXT, "The sentence for people."),
        "evidence": said(ANYTHING, "What proves it, for readers; its keys may change."),
        "remedy": maybe(ref("remedy")),
        "confidence": one_of(Confidence),
    },
    {
        "subject": said(TEXT, "The packet, target or fact that it is about at its resource."),
        "missing": ref("missing"),
        "of_row": said({"const": True}, "It belongs to the row as a whole, and to none of its nodes."),
    },
    "One thing that is wrong, or cannot be seen.",
)
_HOP = record(
    {
        "kind": said(TEXT, "security-group, network-acl, route-table, listener …"),
        "resource": ref("resource"),
        "verdict": VERDICT,
        "evidence": said(ANYTHING, "Empty where it is passed, unless -v is given."),
    },
    meaning="One thing that a packet meets, and what it does with the packet.",
)
_PATH = record(
    {
        "leg": one_of(Leg),
        "direction": one_of(Direction),
        "target": said(maybe(TEXT), "Where the leg ends at a target, as 172.31.129.10:22."),
        "verdict": VERDICT,
        "hops": listed(ref("hop")),
    },
    meaning="What the packets of one leg and direction meet, in order.",
)
DEFS: Mapping[str, SchemaPart] = {
    "finding": _FINDING,
    "remedy": _REMEDY,
    "call": _CALL,
    "missing": _MISSING,
    "path": _PATH,
    "hop": _HOP,
    "resource": _RESOURCE,
}
