"""AWS refuses a call: what is said of the facts that are missing then?"""

from __future__ import annotations

from functools import partial

import pytest

from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording
from nlbcheck.model import Verdict
from nlbcheck.model.facts import AccountRegion
from tests.aws.every_network import diagnosis
from tests.aws.replay import Replay
from tests.diagnosis.diagnosing import TABLE, diagnosed
from tests.scenarios.article import article

HOME = AccountRegion("123456789012", "ap-northeast-1")
ROWS = ("tg-10022", "tg-30080")


def recorded_without(operation: str, error: str) -> Recording:
    collector = Collector({HOME: Replay(article().recording(), {operation: error})})
    collector.ask(partial(diagnosis, table=TABLE, rows=TABLE.select(ROWS)))
    return collector.recording


def remedies(operation: str, error: str) -> set[str]:
    """Return what is advised where facts are not visible."""
    report = diagnosed(recorded_without(operation, error), None, ROWS)
    hidden = [item for item in report.findings if item.verdict is Verdict.UNKNOWN]
    assert hidden
    return {item.remedy.text for item in hidden if item.remedy}


OPERATIONS = (
    "DescribeInstances", "DescribeListeners", "DescribeLoadBalancerAttributes", "DescribeLoadBalancers",
    "DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeSecurityGroups",
    "DescribeSubnets", "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth",
    "DescribeVpcPeeringConnections", "DescribeVpcs", "DescribeVpnConnections", "DescribeVpnGateways",
)  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_what_was_refused_suggests_a_permission(operation: str) -> None:
    allowing = {text for text in remedies(operation, "UnauthorizedOperation") if "Grant" in text}
    assert {text.split()[1].partition(":")[2] for text in allowing} == {operation}


@pytest.mark.parametrize("error", ["InternalError", "RequestLimitExceeded", "UnreadableAnswer", "500"])
def test_what_failed_otherwise_is_no_matter_of_permissions(error: str) -> None:
    texts = remedies("DescribeRouteTables", error)
    assert f"Try again: AWS answered ec2:DescribeRouteTables in {HOME} with {error}." in texts
    assert not [text for text in texts if "Grant" in text]
