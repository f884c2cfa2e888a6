"""What may stand in a report: ``nlbcheck.report/1``, of probe, diagnose, smoke and ``report``?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.formats.json import SCHEMA
from nlbcheck.model import Check, FailOn, Json, Status, Verdict
from nlbcheck.schemas import shared
from nlbcheck.schemas.parts import (
    ADDRESS,
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    PORT,
    TEXT,
    TIME,
    SchemaPart,
    by_name,
    listed,
    maybe,
    one_of,
    record,
    ref,
    said,
    whole,
)

_COUNTS = record({verdict.value: COUNT for verdict in Verdict}, meaning="How many there are of each verdict.")
_CLIENT = record(
    {"source": said(TEXT, "An instance id, interface id or address; `this machine` by default; or a name.")},
    {
        "address": TEXT,
        "interface": TEXT,
        "subnet": TEXT,
        "vpc": TEXT,
        "instance": TEXT,
        "addresses": said(by_name(TEXT), "By static IP: the address that connections to it start from."),
        "stands_for": said(listed(TEXT), "Other instances in the same place."),
        "error": said(TEXT, "Why nothing is seen from it."),
    },
    "Where connections start.",
)
_RELAY = record(
    {
        "name": TEXT,
        "load_balancer": maybe(TEXT),
        "table": said(TEXT, "The table's file."),
        "account": maybe(TEXT),
        "region": maybe(TEXT),
    },
    {
        "dual_stack": said({"const": True}, "Clients can dial it by IPv6, too; those paths are not walked."),
        "problems": said(listed(TEXT), "Why nothing is told of it."),
        "exit_status": said(shared.EXIT_STATUS, "How these end the command."),
    },
    "A load balancer and its table.",
)
_STANDING = record(
    {"name": TEXT, "verdict": shared.VERDICT, "rows": said(_COUNTS, "Its rows by verdict.")},
    meaning="How a relay stands.",
)
_BASELINE = record(
    {
        "file": said(TEXT, "The earlier report."),
        "newly_broken": COUNT,
        "changes": said(listed(TEXT), "Each change in a sentence."),
        "exit_status": shared.EXIT_STATUS,
    },
    meaning="What is new since an earlier report.",
)
_SMOKE = record(
    {
        "waited_s": said(NUMBER, "Seconds until all targets were healthy, or the wait ended."),
        "health": said(one_of(("healthy", "unhealthy", "unseen")), "The targets' health then."),
        "rounds": said(COUNT, "How often everything was probed."),
        "steady": said(COUNT, "Good rounds in a row that were wanted."),
        "good": said(COUNT, "Good rounds in a row at the end."),
    },
    {"baseline": _BASELINE},
    "What a smoke test waited for.",
)
_PROBE = record(
    {
        "check": one_of(Check),
        "status": said(one_of(Status), "How the probe ended."),
        "connect_ms": said(maybe(NUMBER), "Milliseconds until the connection stood."),
        "total_ms": said(maybe(NUMBER), "Milliseconds in all."),
        "attempts": COUNT,
        "local_address": said(maybe(TEXT), "The source, as 192.168.1.214:40112."),
        "detail": said(ANYTHING, "What was heard: headers, host key, certificate; by the check."),
        "error": said(maybe(TEXT), "What went wrong, in words."),
        "meaning": said(maybe(TEXT), "What that means at a Network Load Balancer."),
    },
    meaning="What one connection saw.",
)
_NODE = record(
    {
        "zone": maybe(TEXT),
        "address": said(ADDRESS, "The static IP."),
        "port": PORT,
        "verdict": shared.VERDICT,
        "findings": listed(ref("finding")),
    },
    {
        "vantage": said(TEXT, "From where, if there are several vantage points."),
        "reachable": said({"const": False}, "Nobody may get through."),
        "probe": said(ref("probe"), "Of several connections the gravest."),
        "samples": said(listed(ref("probe")), "Each connection, where there were several."),
        "paths": listed(ref("path")),
        "reached": ref("reached"),
        "cause": ref("finding"),
    },
    "A row at one static IP.",
)
_SERVER = record({"name": TEXT, "address": maybe(ADDRESS)}, meaning="A server that the table names.")
_TARGET = record(
    {
        "address": said(TEXT, "An address, an instance id, or an ARN."),
        "port": maybe(PORT),
        "zone": maybe(TEXT),
        "health": record(
            {"state": maybe(TEXT), "reason": maybe(TEXT), "description": maybe(TEXT)},
            {"check": said(ANYTHING, "What its health check asks.")},
            "What AWS says of its health; null where that could not be seen.",
        ),
        "declared": said(maybe(FLAG), "Whether the row declares it; null where that is not known."),
    },
    meaning="A registered target.",
)
_MAPPING = record(
    {
        "name": said(TEXT, "The row's name: its target group, as the table writes it."),
        "relay": maybe(record({"name": TEXT, "table": TEXT, "load_balancer": maybe(TEXT)})),
        "listener": record({"protocol": TEXT, "port": PORT}),
        "target_group": TEXT,
        "target": said(
            record({"name": TEXT, "address": maybe(ADDRESS), "protocol": TEXT, "port": PORT}),
            "The server that it must reach; of several the first.",
        ),
        "verdict": shared.VERDICT,
        "findings": said(listed(ref("finding")), "All, also those that a first fix would uncover."),
        "nodes": listed(ref("node")),
    },
    {
        "forbidden": said({"const": True}, "It is an entry of the table's `forbidden`."),
        "declared": said(listed(ref("server")), "All its servers, where there are several."),
        "verdicts": said(by_name(shared.VERDICT), "By vantage point, where there are several."),
        "cause": said(maybe(ref("finding")), "The finding that explains the failure best."),
        "targets": said(listed(ref("target")), "The registered targets, where AWS was read."),
    },
    "A row of the table.",
)
_STEP = record(
    {
        "text": TEXT,
        "commands": listed(TEXT),
        "codes": said(listed(TEXT), "The findings that it mends."),
        "rows": said(listed(TEXT), "The rows that it mends."),
    },
    meaning="One step of the plan that mends all of it.",
)
_GAP = record(
    {
        "service": TEXT,
        "operation": TEXT,
        "account": TEXT,
        "region": TEXT,
        "error": said(TEXT, "AWS's error code."),
        "permission": said(TEXT, "The IAM action that allows the call."),
    },
    meaning="A question that AWS did not answer.",
)
DEFS: Mapping[str, SchemaPart] = {
    "mapping": _MAPPING,
    "node": _NODE,
    "probe": _PROBE,
    "target": _TARGET,
    "server": _SERVER,
    "client": _CLIENT,
    "relay": _RELAY,
    "standing": _STANDING,
    "smoke": _SMOKE,
    "step": _STEP,
    "gap": _GAP,
    "reached": shared.REACHED,
    **shared.DEFS,
}
_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "version": said(TEXT, "The nlbcheck that wrote it."),
        "started_at": TIME,
        "command": said(TEXT, "probe, diagnose, smoke …"),
        "relays": listed(ref("relay")),
        "client": ref("client"),
        "vantages": said(listed(ref("client")), "From where rows were asked about; first `client`."),
        "summary": said(_COUNTS, "Connections by verdict."),
        "counts": record({"rows": said(_COUNTS, "Rows by verdict."), "warnings": COUNT}),
        "mappings": listed(ref("mapping")),
        "exit_status": shared.EXIT_STATUS,
    },
    {
        "overview": said(listed(ref("standing")), "Each of several relays, gravest first."),
        "smoke": ref("smoke"),
        "fail_on": said(one_of(FailOn), "What ends the run in exit status 1; absent: failures alone."),
        "findings": said(listed(ref("finding")), "Those of the table as a whole."),
        "plan": said(listed(ref("step")), "The fixes in the order of the path, each command once."),
        "gaps": listed(ref("gap")),
        "policy": said(ANYTHING, "The IAM policy that allows what was refused."),
        "recorded_at": said(TIME, "When the snapshot recorded the state of AWS that is judged."),
        "probed_at": said(TIME, "When the probes were made that the snapshot holds."),
        "uninspected": said(listed(TEXT), "Why targets could not be inspected; also among `remarks`."),
        "remarks": said(listed(TEXT), "What a reader should know besides."),
    },
    "What a run found. What the command did not do is absent.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    return whole(SCHEMA, _DOCUMENT, DEFS)
