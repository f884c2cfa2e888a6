"""One run tells every permission that is missing, and the policy that allows just them."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from nlbcheck.aws.collect import Collector
from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.aws.replay import Replay
from tests.aws.test_collect import ALL_ROWS, HOME, POLICY
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called, edited
from tests.cli.test_bad_aws import OPERATIONS, allowed
from tests.scenarios.article import article

ASKED = ("diagnose", "--all", "--no-probe", "-m", TABLE)

HIDING = [
    ("DescribeRouteTables", "DescribeVpnConnections"),
    ("DescribeLoadBalancers", "DescribeSubnets", "DescribeTargetHealth"),
    ("DescribeListeners", "DescribeTargetGroups", "DescribeTargetHealth", "DescribeTargetGroupAttributes"),
    ("DescribeVpcs", "DescribeVpnGateways", "DescribeVpnConnections", "GetManagedPrefixListEntries"),
    ("DescribeRouteTables", "SearchTransitGatewayRoutes", "DescribeNatGateways", "DescribeRules"),
    OPERATIONS,
]
"""Calls that are denied together; the first hides that the others are needed, or may be."""


def denied(*operations: str, arguments: tuple[Any, ...] = (*ASKED, "-f", "json")) -> CompletedProcess[str]:
    with aws() as (endpoint, env):
        for operation in operations:
            endpoint.inject(ApiFault(Trouble.DENIED, operation))
        return called(*arguments, env=env)


def actions(operations: tuple[str, ...]) -> list[str]:
    return sorted(action for action in allowed() if action.partition(":")[2] in operations)


@pytest.mark.parametrize("operations", HIDING, ids=lambda item: f"{item[0]} and {len(item) - 1}")
def test_one_run_tells_all(operations: tuple[str, ...]) -> None:
    done = denied(*operations)
    report = json.loads(done.stdout)
    assert sorted(gap["permission"] for gap in report["gaps"]) == actions(operations)
    [statement] = report["policy"]["Statement"]
    assert statement["Action"] == actions(operations)
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    assert statement["Sid"] == "NlbcheckReads123456789012"
    assert done.returncode == 3


def test_who_is_allowed_everything_is_not_tried_on() -> None:
    done = denied()
    assert done.returncode == 0
    assert "policy" not in json.loads(done.stdout)
    assert not any(map(is_trial, tried()))


def tried(**refused: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that are made for all rows, with those that try permissions."""
    aws = Replay(article().recording(), refused)
    collector = Collector({HOME: aws})
    collector.ask(ALL_ROWS)
    collector.try_permissions()
    return aws.calls


def is_trial(call: tuple[str, dict[str, Any]]) -> bool:
    return call[1].get("DryRun") is True or "/nobody/" in str(call[1])


def test_each_call_is_tried_once_and_none_is_read() -> None:
    made = tried(DescribeRouteTables="UnauthorizedOperation")
    trials = [name for name, _ in filter(is_trial, made)]
    assert len(trials) == len(set(trials)) > 5
    assert not set(trials) & {call[0] for call in made if not is_trial(call)}


def test_what_no_answer_hides_is_not_asked_for() -> None:
    """Security groups lead nowhere: only what is needed is named."""
    done = denied("DescribeSecurityGroups", "SearchTransitGatewayRoutes")
    [statement] = json.loads(done.stdout)["policy"]["Statement"]
    assert statement["Action"] == ["ec2:DescribeSecurityGroups"]


def test_with_the_policy_everything_is_told() -> None:
    refused = ("DescribeRouteTables", "DescribeVpnConnections", "DescribeTargetHealth")
    [statement] = json.loads(denied(*refused).stdout)["policy"]["Statement"]
    left = [
        name for name in refused if not any(action.endswith(f":{name}") for action in statement["Action"])
    ]
    done = denied(*left)
    assert done.returncode == 0
    assert json.loads(done.stdout)["gaps"] == []


@pytest.mark.parametrize("form", ["table", "markdown", "junit"])
def test_the_permissions_are_named_at_once(form: str) -> None:
    operations = ("DescribeRouteTables", "DescribeSubnets", "DescribeTargetHealth")
    done = denied(*operations, arguments=(*ASKED, "-f", form))
    names = "ec2:DescribeRouteTables, ec2:DescribeSubnets and elasticloadbalancing:DescribeTargetHealth"
    where = "in account 123456789012, ap-northeast-1: AccessDenied and UnauthorizedOperation."
    wanted = f"AWS refused {names} {where}"
    assert wanted in " ".join(done.stdout.replace("\\", "").split())
    assert wanted in done.stderr


def test_a_snapshot_ends_with_all_that_was_refused(tmp_path: Path) -> None:
    file = tmp_path / "made.json"
    done = denied("DescribeRouteTables", "DescribeVpnGateways", arguments=("snapshot", file, "-m", TABLE))
    assert done.returncode == 3
    assert "AWS refused ec2:DescribeRouteTables and ec2:DescribeVpnGateways in account" in done.stderr
    again = called(*ASKED, "-f", "json", "--snapshot", file, env=NO_AWS)
    [statement] = json.loads(again.stdout)["policy"]["Statement"]
    assert statement["Action"] == ["ec2:DescribeRouteTables", "ec2:DescribeVpnGateways"]


def test_a_policy_shows_what_a_snapshot_lacks(tmp_path: Path) -> None:
    def reduce(document: dict[str, Any]) -> None:
        gone = ("DescribeSecurityGroups", "DescribeTargetHealth")
        document["answers"] = [item for item in document["answers"] if item["operation"] not in gone]

    file = edited(tmp_path / "snapshot.json", reduce)
    done = called(*ASKED, "-f", "json", "--snapshot", file, env=NO_AWS)
    [statement] = json.loads(done.stdout)["policy"]["Statement"]
    assert statement["Action"] == ["ec2:DescribeSecurityGroups", "elasticloadbalancing:DescribeTargetHealth"]


def test_the_policy_of_a_table_is_printed_without_credentials(tmp_path: Path) -> None:
    done = called("snapshot", "--permissions", "-m", TABLE, env=NO_AWS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == POLICY.read_text()


def test_a_wrong_table_is_told_before_its_policy_is_printed(tmp_path: Path) -> None:
    table = tmp_path / "nlbcheck.yaml"
    table.write_text("mappings: []\n")
    done = called("snapshot", "--permissions", "-m", table, env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")


def test_without_a_file_there_is_nothing_to_record_into() -> None:
    done = called("snapshot", "-m", TABLE, "--region", "ap-northeast-1", env=NO_AWS)
    assert done.returncode == 2
    assert "no file is named: name the FILE to write, or - for stdout" in done.stderr
    assert SNAPSHOT.exists()


def test_a_trace_tells_all_at_once() -> None:
    to = ("trace", "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-m", TABLE)
    done = denied("DescribeRouteTables", "DescribeVpcPeeringConnections", arguments=to)
    assert done.returncode == 3
    assert "AWS refused ec2:DescribeRouteTables and ec2:DescribeVpcPeeringConnections in" in done.stderr


def test_what_a_comparison_does_not_need_is_not_tried() -> None:
    done = denied("DescribeTargetHealth", "DescribeRouteTables", arguments=("mapping", "check", "-m", TABLE))
    assert done.returncode == 3
    assert "RouteTables" not in done.stdout + done.stderr
