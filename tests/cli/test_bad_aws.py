"""AWS refuses, fails, or answers about somewhere else: one sentence, the right exit status, no traceback."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.aws.test_collect import POLICY
from tests.cli.relay import HOME, NO_AWS, TABLE, aws, called
from tests.cli.running import nlbcheck

Arguments = tuple[str | Path, ...]

ROWS = ("tg-10022", "tg-30080")
ASKED: Arguments = ("diagnose", *ROWS, "--no-probe", "-m", TABLE)


def told_in_one_line(done: CompletedProcess[str], *words: str) -> None:
    """Assert that nothing could be seen, and that one line on stderr says why."""
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("nlbcheck: ")
    for word in words:
        assert word in done.stderr


DIAGNOSE = pytest.param(ASKED, id="diagnose")
SNAPSHOT = pytest.param(("snapshot", "made.json", "-m", TABLE), id="snapshot")
TRACE = pytest.param(
    ("trace", "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-m", TABLE), id="trace"
)
CHECK = pytest.param(("mapping", "check", "-m", TABLE), id="mapping check")


class TestNothingCanBeSeen:
    """Every command that asks AWS ends alike."""

    @pytest.mark.parametrize("command", [DIAGNOSE, SNAPSHOT])
    def test_no_credentials(self, tmp_path: Path, command: Arguments) -> None:
        env = {name: value for name, value in NO_AWS.items() if name != "AWS_ENDPOINT_URL"}
        env["AWS_DEFAULT_REGION"] = HOME.region
        told_in_one_line(nlbcheck(*command, cwd=tmp_path, env=env), "no AWS credentials")

    @pytest.mark.parametrize("command", [DIAGNOSE, TRACE])
    def test_an_expired_token(self, tmp_path: Path, command: Arguments) -> None:
        with aws() as (endpoint, env):
            endpoint.inject(ApiFault(Trouble.EXPIRED))
            told_in_one_line(nlbcheck(*command, cwd=tmp_path, env=env), "expired", "sign in again")

    @pytest.mark.parametrize("command", [DIAGNOSE, SNAPSHOT])
    def test_nobody_listens_there(self, tmp_path: Path, command: Arguments) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
        env = {**NO_AWS, "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1"}
        told_in_one_line(nlbcheck(*command, cwd=tmp_path, env=env), "AWS cannot be reached", url)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("command", [DIAGNOSE, CHECK])
    def test_who_is_asking_is_not_told(self, tmp_path: Path, command: Arguments) -> None:
        with aws() as (endpoint, env):
            endpoint.inject(ApiFault(Trouble.DENIED, "GetCallerIdentity"))
            told_in_one_line(nlbcheck(*command, cwd=tmp_path, env=env), "sts:GetCallerIdentity")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ApiFault(Trouble.EXPIRED, "DescribeSubnets"), "the session token has expired (sign in again), or"),
        (ApiFault(Trouble.DROPPED, "DescribeSubnets"), "AWS cannot be reached: Connection was closed"),
    ],
    ids=["expired", "dropped"],
)
def test_it_ends_in_the_middle(fault: ApiFault, words: str) -> None:
    with aws() as (endpoint, env):
        endpoint.inject(fault)
        told_in_one_line(nlbcheck(*ASKED, env=env), words)
        assert len(endpoint.calls) > 5


def test_throttling_is_waited_out() -> None:
    with aws() as (endpoint, env):
        endpoint.inject(ApiFault(Trouble.THROTTLED, "DescribeVpcs", times=1))
        done = nlbcheck(*ASKED, "-f", "json", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert verdicts(done) == {"tg-10022": "pass", "tg-30080": "warn"}


def verdicts(done: CompletedProcess[str]) -> dict[str, str]:
    return {mapping["name"]: mapping["verdict"] for mapping in json.loads(done.stdout)["mappings"]}


def findings(done: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [finding for mapping in json.loads(done.stdout)["mappings"] for finding in mapping["findings"]]


OPERATIONS = (
    "DescribeInstances", "DescribeListeners", "DescribeLoadBalancerAttributes", "DescribeLoadBalancers",
    "DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeSecurityGroups",
    "DescribeSubnets", "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth",
    "DescribeTransitGatewayVpcAttachments", "DescribeVpcPeeringConnections", "DescribeVpcs",
    "DescribeVpnConnections", "DescribeVpnGateways",
)  # fmt: skip
"""What a diagnosis of both rows asks, besides who is asking; a test holds it against the calls made."""
NOT_DECIDING = ("DescribeTransitGatewayVpcAttachments",)
"""What makes no difference to these rows: their routes name no transit gateway."""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_call_is_denied(operation: str) -> None:
    with aws() as (endpoint, env):
        endpoint.inject(ApiFault(Trouble.DENIED, operation))
        done = called(*ASKED, "-f", "json", env=env)
    service = next(action for action in allowed() if action.endswith(f":{operation}")).partition(":")[0]
    assert {gap["permission"] for gap in json.loads(done.stdout)["gaps"]} == {f"{service}:{operation}"}
    assert f"AWS refused {service}:{operation} in account 123456789012, ap-northeast-1: " in done.stderr
    said = verdicts(done)
    assert said["tg-10022"] in ("pass", "unknown")
    assert said["tg-30080"] in ("warn", "unknown")
    hidden = [finding for finding in findings(done) if finding["code"] == "not-visible"]
    refused = {finding["evidence"]["permission"] for finding in hidden if finding["evidence"]["error"]}
    assert refused == ({f"{service}:{operation}"} if operation not in NOT_DECIDING else set())
    assert done.returncode == (3 if hidden else 0)


def allowed() -> set[str]:
    [statement] = json.loads(POLICY.read_text())["Statement"]
    return set(statement["Action"])


@pytest.mark.parametrize("row", [*ROWS, None])
def test_few_calls_and_none_that_the_policy_does_not_allow(row: str | None) -> None:
    with aws() as (endpoint, env):
        done = called("diagnose", row or "--all", "--no-probe", "-m", TABLE, env=env)
        calls = endpoint.calls
    prefixes = {"ec2": "ec2", "elbv2": "elasticloadbalancing", "sts": "sts"}
    made = {f"{prefixes[call.service]}:{call.operation}" for call in calls}
    assert done.returncode == 0
    assert made - allowed() == {"sts:GetCallerIdentity"}  # which nobody needs a permission for
    assert len(calls) <= (30 if row else 40)
    asked = [(call.service, call.operation, json.dumps(call.parameters, sort_keys=True)) for call in calls]
    assert len(asked) == len(set(asked))


def test_the_calls_that_are_denied_above_are_those_made() -> None:
    with aws() as (endpoint, env):
        called(*ASKED, env=env)
        made = {call.operation for call in endpoint.calls}
    assert made == {*OPERATIONS, "GetCallerIdentity"}


class TestAnotherPlace:
    def test_the_region_of_the_environment_is_another(self, tmp_path: Path) -> None:
        table = without(tmp_path, "region: ap-northeast-1\n")
        with aws() as (_, env):
            done = nlbcheck(
                "diagnose", "tg-10022", "--no-probe", "-q", "-m", table,
                env={**env, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "ap-northeast-1"},
            )  # fmt: skip
        assert (done.returncode, done.stderr) == (1, "")
        said = unwrapped(done)
        assert "There is no load balancer example-nlb in account 123456789012, us-east-1" in said
        assert "There is one in account 123456789012, ap-northeast-1" in said

    def test_nothing_is_known_of_another_region(self, tmp_path: Path) -> None:
        table = without(tmp_path, "region: ap-northeast-1\n")
        with aws() as (_, env):
            there = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1")
            done = nlbcheck("diagnose", "tg-10022", "--no-probe", "-q", "-m", table, env={**env, **there})
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert "There is no load balancer example-nlb in account 123456789012, us-east-1" in done.stderr
        assert "Use another profile or Region" in done.stderr

    def test_no_region_at_all(self, tmp_path: Path) -> None:
        table = without(tmp_path, "region: ap-northeast-1\n")
        env = {**NO_AWS, "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1"}
        told_in_one_line(nlbcheck("diagnose", "10022", "--no-probe", "-m", table, env=env), "no AWS Region")


def without(folder: Path, line: str) -> Path:
    table = folder / "nlbcheck.yaml"
    text = TABLE.read_text()
    assert line in text
    table.write_text(text.replace(line, ""))
    return table


def unwrapped(done: CompletedProcess[str]) -> str:
    return " ".join(done.stdout.split())
