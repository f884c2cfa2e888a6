"""What does a diagnosis say of the address that clients dial?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.aws.recording import Recording
from nlbcheck.model import Code, Direction, Leg, Report, Status, Verdict
from nlbcheck.relays.table import Table
from tests.diagnosis.diagnosing import TABLE, diagnosed, result
from tests.path.test_dialled import Change, admits, behind_nat, facing
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud

PUBLIC = tuple(
    replace(node, address=ip_address(f"203.0.113.{number}"))
    for number, node in enumerate(TABLE.static_ips, 1)
)


def told(recording: Recording, table: Table, status: Status = Status.OK) -> Report:
    """Diagnose the first row; all probes end alike."""
    return diagnosed(recording, lambda row, _node: result(row.check, status), [table.rows[0].name], table)


def faced(change: Change) -> Recording:
    cloud = facing()
    change(cloud)
    return cloud.recording()


def front(report: Report, number: int) -> tuple[Verdict, ...]:
    """Return the verdicts of a node's request to the load balancer, hop by hop from that on."""
    (path,) = [
        path
        for path in report.results[number].paths or ()
        if (path.leg, path.direction) == (Leg.FRONT, Direction.REQUEST)
    ]
    met = [hop.kind for hop in path.hops]
    return tuple(hop.verdict for hop in path.hops[: met.index("load-balancer") + 1])


def kinds(report: Report) -> set[str]:
    """Return the kinds of things that packets to the first node meet."""
    return {hop.kind for path in report.results[0].paths or () for hop in path.hops}


def test_an_address_that_no_node_has_is_closed_there() -> None:
    first, *others = TABLE.static_ips
    moved = replace(TABLE, static_ips=(replace(first, address=ip_address("172.31.128.99")), *others))
    report = told(article().recording(), moved, Status.TIMED_OUT)
    assert front(report, 0)[-1] is Verdict.FAIL
    assert Verdict.FAIL not in front(report, 1)
    cause = report.results[0].cause
    assert cause
    assert cause.code is Code.STATIC_IP_DIFFERS
    codes = {item.code for item in report.results[0].findings}
    assert Code.WIRE_CONTRADICTS_MODEL not in codes
    assert Code.TARGET_SILENT not in codes


def test_a_table_with_public_addresses_is_walked_to_these() -> None:
    table = replace(TABLE, static_ips=PUBLIC)
    report = told(faced(behind_nat), table)
    assert {item.code for item in report.results[0].findings} == set()
    assert "nat-gateway" in kinds(report)


def test_one_with_private_addresses_to_those() -> None:
    def narrow(cloud: Cloud) -> None:
        behind_nat(cloud)
        admits(cloud, "192.168.0.0/16")

    report = told(faced(narrow), TABLE)
    assert "nat-gateway" not in kinds(report)
    assert Verdict.FAIL not in {item.verdict for item in report.results[0].findings}
    public = told(faced(narrow), replace(TABLE, static_ips=PUBLIC), Status.TIMED_OUT)
    assert public.results[0].cause
    assert public.results[0].cause.code is Code.SG_REFERENCE_NOT_SEEN
