"""Does a recording that holds less say the same, or that it does not know?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.model import Report, Verdict
from nlbcheck.model.facts import AccountRegion
from nlbcheck.relays import Table
from tests.aws.every_network import diagnosis
from tests.aws.replay import Replay
from tests.diagnosis.diagnosing import diagnosed
from tests.scenarios.faulty import broken, recording_of, table_of
from tests.scenarios.truth import CASES

HOME = AccountRegion("123456789012", "ap-northeast-1")


def collected(recording: Recording, table: Table) -> Recording:
    """Return what a command records that asks AWS only for what the table's rows need."""
    collector = Collector({HOME: Replay(recording)})
    collector.ask(partial(diagnosis, table=table, rows=table.rows))
    return collector.recording


def told(report: Report) -> list[object]:
    """Return of each row its verdict, its cause, and whether that's remedy is proven."""
    causes = [row.row.cause for row in report.by_row()]
    return [
        (row.row.name, row.verdict, cause and cause.code, cause and cause.remedy and cause.remedy.verified)
        for row, cause in zip(report.by_row(), causes, strict=True)
    ]


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_of_aws_is_enough(name: str) -> None:
    table, whole = table_of(CASES[name].network), broken(CASES[name].network, [name])
    part = collected(whole, table)
    assert told(diagnosed(part, table=table, client=table.client)) == told(
        diagnosed(whole, table=table, client=table.client)
    )


FAR = [("article", "192.168.0.0/16"), ("transit", "10.1.0.0/16")]
"""Networks whose clients may be in a VPC of somebody else."""


def without_vpc(recording: Recording, cidr: str) -> Recording:
    """Return what is left of a recording where one VPC belongs to an account that was not recorded.

    What joins it with the others is shown to both sides.
    """
    vpcs = next(answer for answer in recording.answers if answer.operation == "DescribeVpcs")
    (gone,) = [item["VpcId"] for item in vpcs.response["Vpcs"] if item["CidrBlock"] == cidr]
    shared = ("DescribeVpcPeeringConnections", "DescribeTransitGatewayAttachments")

    def left(answer: AnsweredCall) -> AnsweredCall:
        if answer.operation in (*shared, "SearchTransitGatewayRoutes") or answer.service != "ec2":
            return answer
        response = {
            listed: [item for item in found if gone not in json.dumps(item)]
            for listed, found in answer.response.items()
        }
        return replace(answer, response=response)

    return replace(recording, answers=tuple(map(left, recording.answers)))


@pytest.mark.parametrize(("network", "cidr"), FAR)
def test_clients_in_an_account_that_was_not_recorded(network: str, cidr: str) -> None:
    table = table_of(network)
    report = diagnosed(without_vpc(recording_of(network), cidr), table=table, client=table.client)
    assert {row.verdict for row in report.by_row()} == {Verdict.UNKNOWN}
    assert {item.code for item in report.findings if item.verdict is not Verdict.WARN} == {"not-visible"}
