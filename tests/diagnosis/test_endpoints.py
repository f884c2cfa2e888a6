"""What is said of a table whose clients dial an interface endpoint?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.model import Node, Report, Verdict
from tests.diagnosis.diagnosing import TABLE, diagnosed
from tests.path import front_doors
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import Mutation, named

ZONE = "ap-northeast-1a"


def report_on(cloud: Cloud, address: str = front_doors.ENDPOINT, zone: str = ZONE) -> Report:
    table = replace(TABLE, static_ips=(Node(zone, ip_address(address)),), client=front_doors.CONSUMER)
    return diagnosed(cloud.recording(), None, ["tg-10022"], table, front_doors.CONSUMER)


def codes(report: Report, *verdicts: Verdict) -> set[str]:
    return {item.code for item in (*report.findings, *report.table) if item.verdict in verdicts}


def test_its_addresses_are_no_difference_and_its_path_is_walked() -> None:
    report = report_on(front_doors.consumed())
    assert set(report.verdicts) == {Verdict.PASS}
    assert codes(report, *Verdict) == set()


def rejected(cloud: Cloud) -> None:
    cloud.endpoints["DescribeVpcEndpoints"][0]["State"] = "rejected"


def not_admitted(cloud: Cloud) -> None:
    named(cloud, "DescribeSecurityGroups", "front")["IpPermissions"].clear()


def no_listener(cloud: Cloud) -> None:
    cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]].clear()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (rejected, "endpoint-not-available"),
        (not_admitted, "sg-denies"),
        (no_listener, "listener-missing"),
    ],
)
def test_what_closes_it_is_certain(change: Mutation, code: str) -> None:
    cloud = front_doors.consumed()
    change(cloud)
    report = report_on(cloud)
    (cause,) = [item.row.cause for item in report.by_row() if item.row.cause]
    assert (cause.code, cause.confidence) == (code, "certain")
    assert "static-ip-differs" not in codes(report, *Verdict)


def test_an_endpoint_of_another_service_is_none_of_its_addresses() -> None:
    cloud = front_doors.consumed()
    cloud.endpoints["DescribeVpcEndpoints"][0]["ServiceName"] = "com.amazonaws.ap-northeast-1.ssm"
    assert "static-ip-differs" in codes(report_on(cloud), Verdict.FAIL)


def test_the_nodes_own_addresses_are_dialled_by_other_clients() -> None:
    report = report_on(front_doors.consumed(), front_doors.OUTER)
    assert set(report.verdicts) == {Verdict.UNKNOWN}
    assert codes(report, Verdict.FAIL) == set()
