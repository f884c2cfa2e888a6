"""Fixed reports that every renderer is tried on, put together as the probe command does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from nlbcheck.diagnosis.report import Run, assemble
from nlbcheck.errors import ExitStatus
from nlbcheck.model import (
    Call,
    Check,
    Client,
    Code,
    Confidence,
    DeclaredTarget,
    Direction,
    Finding,
    HostKey,
    Json,
    Leg,
    Node,
    Observation,
    Port,
    ProbeSpec,
    RelayReport,
    Remedy,
    Report,
    Resource,
    Status,
    Verdict,
)
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.joining import joined

ZONE_A = Node("ap-northeast-1a", ip_address("172.31.128.10"))
ZONE_C = Node("ap-northeast-1c", ip_address("172.31.136.10"))
ADDRESSES = {
    "TargetServer1": "172.31.129.10",
    "TargetServer2": "172.31.137.10",
    "TargetServer3": "10.0.0.10",
}
STARTED_AT = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC)
KEY_1 = "SHA256:1" + "a" * 42
KEY_2 = "SHA256:2" + "b" * 42
KEYS = {ADDRESSES["TargetServer1"]: KEY_1, ADDRESSES["TargetServer2"]: KEY_2}
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com "
    "\u202e\udcff\ufffe&amp;"
)


def row(port: int, number: int, target: str, check: Check) -> Row:
    return Row(
        name=f"tg-{port}",
        listener=Port("TCP", port),
        target_group=f"tg-{port}",
        target_port=Port("TCP", number),
        targets=(DeclaredTarget(target, ip_address(ADDRESSES[target]) if target in ADDRESSES else None),),
        spec=ProbeSpec(check),
        place="",
    )


def several(row: Row, *targets: str) -> Row:
    """Return a row with several targets."""
    return replace(row, targets=tuple(DeclaredTarget(name, ip_address(ADDRESSES[name])) for name in targets))


TABLE = Table(
    source="nlbcheck.yaml",
    rows=(
        row(10022, 22, "TargetServer1", Check.SSH),
        row(10080, 80, "TargetServer1", Check.HTTP),
        row(20022, 22, "TargetServer2", Check.SSH),
        row(20080, 80, "TargetServer2", Check.HTTP),
        row(30080, 80, "TargetServer3", Check.HTTP),
    ),
    static_ips=(ZONE_A, ZONE_C),
    region="ap-northeast-1",
)


def answer(row: Row) -> dict[str, Json]:
    if row.check is Check.SSH:
        return {
            "banner": "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
            "key_type": "ssh-ed25519",
            "fingerprint": KEYS[str(row.target.address)],
        }
    headers = {
        "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
        "Server": "Apache/2.4.62 (Debian)",
        "ETag": '"29cd-5e"',
    }
    return {"status": 200, "reason": "OK", "http_version": "1.1", "headers": headers}


def ok(row: Row, **detail: Json) -> Observation:
    return Observation(
        check=row.check,
        status=Status.OK,
        connect_ms=1.23456,
        total_ms=12.34567,
        local_address="192.168.1.214:40112",
        detail=answer(row) | detail,
    )


def failed(row: Row, status: Status, error: str, **detail: Json) -> Observation:
    return Observation(
        check=row.check, status=status, total_ms=3000.0, attempts=2, detail=detail, error=error
    )


Seen = Callable[[Row, Node], Observation]
Sampled = Callable[[Row, Node], Sequence[Observation]]


def report(seen: Seen, table: Table = TABLE, *, interrupted: bool = False) -> Report:
    return sampled(lambda row, node: [seen(row, node)], table, interrupted=interrupted)


def sampled(seen: Sampled, table: Table = TABLE, *, interrupted: bool = False) -> Report:
    """Return the report on rows of which some have several connections to a node."""
    rows = {row.name: row for row in table.rows}
    flows = table.flows(table.rows)
    made = [(flow, one) for flow in flows for one in seen(rows[flow.row], flow.node)]
    return assemble(
        table,
        table.rows,
        [flow for flow, _ in made],
        [one for _, one in made],
        Client("this machine"),
        Run("1.0", STARTED_AT, "probe", interrupted),
    )


def with_row(report: Report, number: int, **changes: Any) -> Report:
    """Return a report with one row changed."""
    rows = list(report.rows)
    rows[number] = replace(rows[number], **changes)
    return replace(report, rows=tuple(rows))


def with_result(report: Report, number: int, **changes: Any) -> Report:
    """Return a report with one result changed."""
    results = list(report.results)
    results[number] = replace(results[number], **changes)
    return replace(report, results=tuple(results))


def first_row(report: Report) -> Report:
    """Return what a report says of its first row alone."""
    name = report.rows[0].name
    of_row = (result for result in report.results if result.flow.row == name)
    return replace(report, rows=report.rows[:1], results=tuple(of_row))


def _all_ok(row: Row, node: Node) -> Observation:
    return ok(row)


def _one_refused(row: Row, node: Node) -> Observation:
    if row.name == "tg-10022":
        return failed(row, Status.REFUSED, "the connection was refused")
    return ok(row)


def _dead_zone(row: Row, node: Node) -> Observation:
    if node == ZONE_C:
        return failed(row, Status.TIMED_OUT, "no answer within 3.0 s")
    return ok(row)


def _hostile(row: Row, node: Node) -> Observation:
    if row.check is Check.SSH:
        return ok(row, banner="SSH-2.0-" + HOSTILE, key_type=HOSTILE)
    if node == ZONE_C:
        return failed(row, Status.BAD_REPLY, HOSTILE, heard=HOSTILE)
    return ok(row, reason=HOSTILE, headers={"Server": HOSTILE, HOSTILE: "x"})


def _other_key(row: Row, node: Node) -> Observation:
    if row.name == "tg-10022" and node == ZONE_C:
        shown = KEY_2
        error = f"shows the ssh-ed25519 host key {shown}, expected {KEY_1}"
        return replace(ok(row, fingerprint=shown), status=Status.UNEXPECTED, error=error)
    return ok(row)


def _interrupted(row: Row, node: Node) -> Observation:
    if row.name in ("tg-20080", "tg-30080"):
        return Observation(check=row.check, status=Status.INTERRUPTED, attempts=0)
    return ok(row)


def pinning(row: Row) -> Row:
    keys = (HostKey(KEYS[str(row.target.address)]),)
    return replace(row, spec=replace(row.spec, host_keys=keys))


_PINNED = replace(
    TABLE,
    rows=tuple(pinning(row) if row.check is Check.SSH else row for row in TABLE.rows),
)


def _hostile_table() -> Table:
    rows = (
        replace(
            row,
            target_group=f"tg|<i>{HOSTILE}",
            targets=(replace(row.target, name=f"踏み台サーバー{HOSTILE}"),),
        )
        for row in TABLE.rows
    )
    return replace(
        TABLE,
        source=HOSTILE,
        rows=tuple(rows),
        load_balancer=HOSTILE,
        region=HOSTILE,
        static_ips=(Node(HOSTILE, ZONE_A.address), ZONE_C),
    )


def _two_servers(row: Row, node: Node) -> Sequence[Observation]:
    """Answer as two servers do, of which one now and then does not at all, in the second zone."""
    if row.name == "tg-30080":
        return [ok(row)]
    if row.check is Check.HTTP:
        other = ok(row, headers={"Server": "nginx/1.26.2"})
        return [ok(row), other, other, ok(row)] if node == ZONE_A else [ok(row)] * 3 + [other]
    shown = [ok(row, fingerprint=KEY_1), ok(row, fingerprint=KEY_2)]
    silent = failed(row, Status.TIMED_OUT, "no answer within 3.0 s")
    refused = failed(row, Status.REFUSED, "the connection was refused")
    if row.name == "tg-20022":
        return [silent] * 4
    return shown * 2 if node == ZONE_A else [*shown, silent, *shown, refused]


_SEVERAL = replace(
    TABLE,
    rows=tuple(
        row if row.name == "tg-30080" else several(row, "TargetServer1", "TargetServer2")
        for row in TABLE.rows
    ),
)


def _relays() -> Report:
    """A run of three tables: a relay in order, one that fails, and a table with a mistake."""
    tables = [replace(TABLE, load_balancer=name) for name in ("tokyo", "osaka")]
    wrong = RelayReport(
        "relays/kyoto.yaml",
        "relays/kyoto.yaml",
        problems=("relays/kyoto.yaml:3: mappings[0].listener: 70000 is not a port (1-65535)",),
        ending=ExitStatus.USAGE,
    )
    broken = Report("1.0", STARTED_AT, "probe", (Client("this machine"),), (), (), relays=(wrong,))
    return joined([report(_all_ok, tables[0]), report(_one_refused, tables[1]), broken])


REPORTS: Mapping[str, Report] = {
    "all-ok": report(_all_ok),
    "one-refused": report(_one_refused),
    "dead-zone": report(_dead_zone),
    "hostile": report(_hostile),
    "hostile-table": report(_all_ok, _hostile_table()),
    "other-key": report(_other_key, _PINNED),
    "several-targets": sampled(_two_servers, _SEVERAL),
    "interrupted": report(_interrupted, interrupted=True),
    "several-relays": _relays(),
}

FULL_FINDING = Finding(
    code=Code.SG_DENIES,
    verdict=Verdict.FAIL,
    summary="No rule of sg-1 admits the node.",
    leg=Leg.BACK,
    direction=Direction.REQUEST,
    zone="ap-northeast-1a",
    resource=Resource("security-group", "sg-1", "web"),
    evidence={"rules": []},
    remedy=Remedy("Admit the node.", (Call("ec2", "AuthorizeSecurityGroupIngress", {}),), verified=True),
    confidence=Confidence.LIKELY,
)
"""A finding that uses every field, as later commands will make them."""
