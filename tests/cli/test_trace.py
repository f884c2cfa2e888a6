from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called, edited, written
from tests.cli.running import nlbcheck
from tests.scenarios.cloud import Cloud, permission
from tests.scenarios.mutations import many_listeners, peering_is, rules_of, without_route

NODE = "172.31.128.10:10022"
CLIENT = "192.168.1.214"


def test_a_connection_through_the_balancer(tmp_path: Path) -> None:
    done = nlbcheck("trace", "--from", CLIENT, "--to", NODE, "-q", "--snapshot", SNAPSHOT, env=NO_AWS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"✓ {NODE} is reachable from {CLIENT}.")
    assert "listener example-nlb:10022" in done.stdout


@pytest.mark.parametrize(
    ("mutation", "to", "verdict", "status"),
    [
        (None, NODE, "reachable", 0),
        (None, "172.31.129.10:22", "blocked", 1),
        (None, "10.0.0.10:80", "blocked", 1),
        (peering_is("rejected"), NODE, "blocked", 1),
        (without_route("private-1a-1", "192.168.0.0/16"), NODE, "reply-blocked", 1),
    ],
)
def test_the_document(tmp_path: Path, mutation, to: str, verdict: str, status: int) -> None:
    snapshot = written(tmp_path / "s.json", *([mutation] if mutation else []))
    done = called("trace", "--from", CLIENT, "--to", to, "-q", "--snapshot", snapshot, "-f", "json")
    document = json.loads(done.stdout)
    assert document["schema"] == "nlbcheck.trace/1"
    assert (document["verdict"], done.returncode) == (verdict, status)
    assert set(document["paths"][0]) >= {"leg", "direction", "verdict", "hops"}
    assert bool(document["findings"]) is (status == 1)


def test_a_remedy_is_tried(tmp_path: Path) -> None:
    snapshot = written(tmp_path / "s.json", without_route("client", "172.31.0.0/16"))
    done = called("trace", "--from", CLIENT, "--to", NODE, "-q", "--snapshot", snapshot, "-v")
    assert done.returncode == 1
    assert "aws ec2 create-route" in done.stdout
    assert "This alone restores the connection" in done.stdout.replace("\n       ", " ")
    assert "Every gate" in done.stdout


def test_what_is_not_visible_is_unknown(tmp_path: Path) -> None:
    def without(document) -> None:
        document["answers"] = [it for it in document["answers"] if it["operation"] != "DescribeNetworkAcls"]

    snapshot = edited(tmp_path / "s.json", without)
    done = called("trace", "--from", CLIENT, "--to", NODE, "-q", "--snapshot", snapshot)
    assert done.returncode == 3
    assert "ec2:DescribeNetworkAcls" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--from", CLIENT], "--to"),
        (["--from", CLIENT, "--to", "172.31.128.10"], "expected ADDR:PORT, such as"),
        (["--from", CLIENT, "--to", "172.31.128.10:0"], "expected ADDR:PORT, such as"),
        (["--from", CLIENT, "--to", "example:80"], "expected ADDR:PORT, such as"),
        (["--from", "nobody", "--to", NODE], "expected an instance id"),
        (["--from", "eni-00000000000000000", "--to", NODE], "there is no such network interface"),
    ],
)
def test_wrong_command_lines(arguments: list[str], problem: str) -> None:
    done = called("trace", *arguments, "-q", "--snapshot", SNAPSHOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr


def test_live_needs_a_balancer_to_read_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = called("trace", "--from", CLIENT, "--to", NODE, env=NO_AWS)
    assert done.returncode == 2
    assert "--snapshot FILE" in done.stderr


def test_live_says_what_the_snapshot_says() -> None:
    asked = ("trace", "--from", CLIENT, "--to", "172.31.136.10:30080", "-f", "json", "-q")
    with aws() as (_, env):
        live = called(*asked, "-m", TABLE, env=env)
    assert live.returncode == 0
    assert json.loads(live.stdout) == json.loads(called(*asked, "--snapshot", SNAPSHOT).stdout)


CHECKS_FROM_ELSEWHERE = rules_of(
    "targets",
    permission("tcp", "172.31.128.10/32", "172.31.136.10/32", port=22),
)
"""Only SSH is admitted: checks on port 80 are not."""


def checked_at_80(cloud: Cloud) -> None:
    next(it for it in cloud.groups if it["TargetGroupName"] == "example-tg-10022")["HealthCheckPort"] = "80"
    CHECKS_FROM_ELSEWHERE(cloud)


@pytest.mark.parametrize(
    ("mutations", "lacking", "status", "reach"),
    [
        ([], "", 0, "reachable"),
        ([many_listeners], "", 0, "reachable"),
        ([peering_is("rejected")], "", 1, "blocked"),
        ([without_route("private-1a-1", "192.168.0.0/16")], "", 1, "reply-blocked"),
        ([checked_at_80], "", 1, "reachable"),
        ([], "DescribeNetworkAcls", 3, "unknown"),
        ([without_route("private-1a-1", "192.168.0.0/16")], "DescribeSecurityGroups", 1, "reply-blocked"),
    ],
    ids=["healthy", "warning", "blocked", "reply", "health check", "not visible", "both"],
)
def test_it_ends_as_a_diagnosis_of_the_same_connection(
    tmp_path: Path, mutations: list[Callable[[Cloud], object]], lacking: str, status: int, reach: str
) -> None:
    snapshot = written(tmp_path / "s.json", *mutations)
    document = json.loads(snapshot.read_text())
    document["answers"] = [it for it in document["answers"] if it["operation"] != lacking]
    snapshot.write_text(json.dumps(document))
    words = ("--snapshot", snapshot, "-f", "json", "-q")
    node = ("--static-ip", "ap-northeast-1a=172.31.128.10")
    diagnosed = called("diagnose", "10022", "--client", CLIENT, "--no-probe", "-m", TABLE, *node, *words)
    traced = called("trace", "--from", CLIENT, "--to", NODE, *words)
    assert (diagnosed.returncode, traced.returncode) == (status, status)
    assert json.loads(traced.stdout)["verdict"] == reach


def test_a_failing_health_check_is_said_where_the_connection_stands(tmp_path: Path) -> None:
    snapshot = written(tmp_path / "s.json", checked_at_80)
    done = called("trace", "--from", CLIENT, "--to", NODE, "-q", "--snapshot", snapshot)
    assert f"✗ {NODE} is reachable from {CLIENT}. The health check of its" in done.stdout
