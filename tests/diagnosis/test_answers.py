"""Which answers are not in order although nothing was expected, and which refusals are not the target's?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.diagnosis.report import Run, assemble
from nlbcheck.model import (
    Check,
    Client,
    Code,
    Confidence,
    HttpExpectation,
    Leg,
    Node,
    Observation,
    Status,
    Verdict,
)
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import STARTED_AT, TABLE, cause_of, diagnosed, mutated, result, row_of
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import attribute, named, rules_of

WEB, FAR = "tg-10080", "tg-30080"
PROXY = attribute(10080, "proxy_protocol_v2.enabled", "true")


def expecting(*statuses: int) -> Table:
    http = HttpExpectation(tuple(range(status, status + 1) for status in statuses))
    return replace(TABLE, rows=tuple(replace(row, spec=replace(row.spec, http=http)) for row in TABLE.rows))


def answering(status: int, ended: Status = Status.OK) -> Observation:
    return replace(result(Check.HTTP, ended), detail={"status": status, "reason": "so"})


PLAIN = expecting()
CASES = [
    (200, PLAIN, Verdict.PASS),
    (301, PLAIN, Verdict.PASS),
    (404, PLAIN, Verdict.PASS),
    (400, PLAIN, Verdict.WARN),
    (500, PLAIN, Verdict.WARN),
    (503, PLAIN, Verdict.WARN),
    (503, expecting(503), Verdict.PASS),
    (400, expecting(400), Verdict.PASS),
]


@pytest.mark.parametrize(("status", "table", "verdict"), CASES)
def test_an_error_that_is_not_expected_is_a_warning(status: int, table: Table, verdict: Verdict) -> None:
    report = diagnosed(mutated(), lambda _row, _node: answering(status), [WEB], table)
    assert row_of(report, WEB).verdict is verdict
    rows = table.select([WEB])
    flows = table.flows(rows)
    probed = assemble(
        table,
        rows,
        flows,
        [answering(status)] * len(flows),
        Client("this machine"),
        Run("1", STARTED_AT, "probe"),
    )
    assert probed.by_row()[0].verdict is verdict


@pytest.mark.parametrize(
    ("status", "ended", "cause"),
    [
        (400, Status.OK, "proxy-protocol-on"),
        (400, Status.UNEXPECTED, "proxy-protocol-on"),
        (404, Status.UNEXPECTED, "wrong-server-answers"),
        (200, Status.OK, None),
    ],
)
def test_a_400_behind_proxy_protocol_is_its_fault(status: int, ended: Status, cause: str | None) -> None:
    table = PLAIN if ended is Status.OK else expecting(200)
    report = diagnosed(mutated(PROXY), lambda _row, _node: answering(status, ended), [WEB], table)
    assert cause_of(report, WEB) == cause
    assert row_of(report, WEB).verdict is (Verdict.FAIL if cause else Verdict.WARN)


def refused(_row: Row, _node: Node) -> Status:
    return Status.REFUSED


def test_a_refusal_on_premises_may_be_a_firewalls_there() -> None:
    cause = row_of(diagnosed(mutated(), refused, [FAR]), FAR).row.cause
    assert cause is not None
    assert (cause.code, cause.confidence) == (Code.TARGET_NOT_LISTENING, Confidence.LIKELY)
    assert "on-premises firewall" in cause.summary


def by_appliance(table: str, destination: str) -> Cloud:
    """Return the article's network with the path of a table's packets through a machine that forwards."""
    cloud = article()
    vpc = named(cloud, "DescribeSubnets", "client-1a" if table == "client" else "target-1c")
    address = "192.168.1.77" if table == "client" else "172.31.137.77"
    group = named(cloud, "DescribeSecurityGroups", "client" if table == "client" else "targets")
    cloud.instance("appliance", vpc["SubnetId"], address, group["GroupId"])
    interface = next(
        item for item in cloud.objects["DescribeNetworkInterfaces"] if item["PrivateIpAddress"] == address
    )
    interface["SourceDestCheck"] = False
    for route in named(cloud, "DescribeRouteTables", table)["Routes"]:
        if route.get("DestinationCidrBlock") == destination:
            for key in ("VpcPeeringConnectionId", "GatewayId", "TransitGatewayId"):
                route.pop(key, None)
            route["NetworkInterfaceId"] = interface["NetworkInterfaceId"]
    return cloud


def test_a_refusal_may_come_from_an_appliance_on_the_path_and_proves_nothing_behind_it() -> None:
    cloud = by_appliance("client", "172.31.0.0/16")
    rules_of("targets")(cloud)
    report = diagnosed(cloud.recording(), refused, ["tg-10022"])
    cause = row_of(report, "tg-10022").row.cause
    assert cause is not None
    assert (cause.code, cause.confidence) == (Code.TARGET_NOT_LISTENING, Confidence.LIKELY)
    codes = [item.code for item in row_of(report, "tg-10022").all_findings]
    assert Code.SG_DENIES in codes
    assert "eni-" in cause.summary
    told = [item for item in row_of(report, "tg-10022").all_findings if item.leg is not Leg.HEALTH]
    assert Code.WIRE_CONTRADICTS_MODEL not in {item.code for item in told}


def test_where_nothing_may_refuse_but_the_host_it_is_certain() -> None:
    cause = row_of(diagnosed(mutated(), refused, ["tg-10022"]), "tg-10022").row.cause
    assert cause is not None
    assert cause.confidence is Confidence.CERTAIN


def test_a_refusal_behind_a_firewall_endpoint_is_likely_and_proves_the_part_before_it_alone() -> None:
    cloud = article()
    table = named(cloud, "DescribeRouteTables", "private-1a-1")
    for route in table["Routes"]:
        if route.get("GatewayId", "").startswith("vgw-"):
            route.pop("GatewayId")
            route.update(GatewayId="vpce-0123456789abcdef0", Origin="CreateRoute")
    report = diagnosed(cloud.recording(), refused, [FAR])
    first = row_of(report, FAR).results[0]
    cause = first.cause
    assert cause is not None
    assert (cause.code, cause.confidence) == (Code.TARGET_NOT_LISTENING, Confidence.LIKELY)
    assert "vpce-0123456789abcdef0" in cause.summary
