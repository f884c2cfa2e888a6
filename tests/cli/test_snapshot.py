from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called
from tests.cli.running import nlbcheck


def test_what_was_recorded_diagnoses_as_live_aws_does(tmp_path: Path) -> None:
    made = tmp_path / "made.json.gz"
    with aws() as (endpoint, env):
        done = nlbcheck("snapshot", made, "-m", TABLE, env=env)
        live = called("diagnose", "--all", "--no-probe", "-q", "-m", TABLE, "-f", "json", env=env)
        assert all(call.operation.startswith(("Describe", "Get", "Search")) for call in endpoint.calls)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{made}: recorded {len(recording.read(made).answers)} AWS responses.\n"
    options = ("--all", "--no-probe", "-q", "-m", TABLE, "-f", "json", "--snapshot", made)
    replayed = called("diagnose", *options, env=NO_AWS)
    assert replayed.returncode == 0
    assert json.loads(replayed.stdout)["mappings"] == json.loads(live.stdout)["mappings"]


def test_named_rows_are_recorded_alone_and_no_secret_is(tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    with aws() as (_, env):
        assert called("snapshot", made, "tg-30080", "-q", "-m", TABLE, env=env).returncode == 0
    about = {
        answer.parameters["TargetGroupArn"].split("/")[1]
        for answer in recording.read(made).answers
        if answer.operation == "DescribeTargetHealth"
    }
    assert about == {"example-tg-30080"}
    text = made.read_text()
    assert "DescribeVpnConnections" in text
    assert "PreSharedKey" not in text
    assert "CustomerGatewayConfiguration" not in text


def test_refused_calls_are_gaps_in_the_file_and_remarks(tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    with aws() as (endpoint, env):
        endpoint.inject(ApiFault(Trouble.DENIED, "DescribeNetworkAcls"))
        done = called("snapshot", made, "-m", TABLE, env=env)
    assert done.returncode == 3
    assert "AWS refused ec2:DescribeNetworkAcls in account 123456789012, ap-northeast-1" in done.stderr
    assert {gap.operation for gap in recording.read(made).gaps} == {"DescribeNetworkAcls"}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--load-balancer", "other"], "There is no load balancer other in account 123456789012"),
        (["--region", "us-east-1"], "There is one in account 123456789012, ap-northeast-1"),
        (["tg-1"], "'tg-1' fits no row"),
    ],
)
def test_nothing_is_written_where_nothing_is_to_be_found(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    made = tmp_path / "made.json"
    with aws() as (_, env):
        done = called("snapshot", made, *arguments, "-m", TABLE, env=env)
    assert done.returncode == 2
    assert problem in done.stderr
    assert not made.exists()


def test_a_folder_that_is_not_there_is_said_before_aws_is_asked(tmp_path: Path) -> None:
    done = called("snapshot", tmp_path / "none" / "made.json", "-m", TABLE, env=NO_AWS)
    assert done.returncode == 2
    assert "there is no folder" in done.stderr


def test_the_table_is_never_replaced(tmp_path: Path) -> None:
    table = tmp_path / "nlbcheck.yaml"
    table.write_text(TABLE.read_text())
    done = called("snapshot", table, "-m", table, env=NO_AWS)
    assert done.returncode == 2
    assert "would replace the mapping table" in done.stderr
    assert table.read_text() == TABLE.read_text()


def test_there_is_no_snapshot_of_a_snapshot(tmp_path: Path) -> None:
    done = called("snapshot", tmp_path / "made.json", "-m", TABLE, "--snapshot", SNAPSHOT)
    assert done.returncode == 2
