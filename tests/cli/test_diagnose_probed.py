"""Whose is what was probed, what does it change, and what is told where AWS says nothing?"""

from __future__ import annotations

import json
from pathlib import Path

import paramiko
import pytest

from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.cli.relay import NO_AWS, aws, called, on_loopback
from tests.cli.running import nlbcheck
from tests.servers import black_hole, closed_port, serving, speaks_ssh

MYSELF = ("--client", "127.0.0.1")
"""The client is the machine that probes."""


class TestWithProbes:
    def test_a_refusal_clears_the_network(self, tmp_path: Path) -> None:
        snapshot, table = on_loopback(tmp_path, closed_port())
        words = ("--probe", "-m", table, "--snapshot", snapshot, "-f", "json")
        done = nlbcheck("diagnose", "--all", *MYSELF, *words)
        report = json.loads(done.stdout)
        row = report["mappings"][0]
        assert done.returncode == 1
        assert len(row["nodes"]) == len(report["vantages"]) == 1
        assert row["nodes"][0]["probe"]["status"] == "refused"
        assert row["cause"]["code"] == "target-not-listening"
        assert row["cause"]["confidence"] == "certain"
        assert "The probes were made from" not in done.stderr

    def test_silence_where_all_is_in_order(self, tmp_path: Path) -> None:
        with black_hole() as port:
            snapshot, table = on_loopback(tmp_path, port)
            options = ("--timeout", "0.5", "--attempts", "1", "-f", "json")
            done = nlbcheck("diagnose", "--all", "--probe", "-m", table, "--snapshot", snapshot, *options)
        row = json.loads(done.stdout)["mappings"][0]
        assert done.returncode == 1
        assert (row["cause"]["code"], row["cause"]["confidence"]) == ("target-silent", "likely")

    def test_an_answer_overrules_the_record(self, tmp_path: Path) -> None:
        with serving(speaks_ssh(paramiko.ECDSAKey.generate())) as port:
            snapshot, table = on_loopback(tmp_path, port)
            closed = json.loads(snapshot.read_text())
            for answer in closed["answers"]:
                for group in answer["response"].get("SecurityGroups", ()):
                    group["IpPermissions"] = []
            snapshot.write_text(json.dumps(closed))
            words = ("--probe", "-m", table, "--snapshot", snapshot, "-f", "json")
            done = nlbcheck("diagnose", "--all", *MYSELF, *words)
        row = json.loads(done.stdout)["mappings"][0]
        assert done.returncode == 0
        assert row["verdict"] == "warn"
        assert "wire-contradicts-model" in {finding["code"] for finding in row["findings"]}


class TestFromAnotherMachine:
    """The client is not the machine that probes: each has its own verdict."""

    def test_a_refusal_here_is_no_probe_of_the_client(self, tmp_path: Path) -> None:
        snapshot, table = on_loopback(tmp_path, closed_port())
        words = ("--probe", "-m", table, "--snapshot", snapshot)
        done = nlbcheck("diagnose", "--all", *words, "-f", "json")
        report = json.loads(done.stdout)
        (row,) = report["mappings"]
        client, here = row["nodes"]
        assert done.returncode == report["exit_status"] == 1
        assert [it["source"] for it in report["vantages"]] == ["192.168.1.214", "this machine"]
        assert report["client"] == report["vantages"][0]
        assert (client["vantage"], client["verdict"], "probe" in client) == ("192.168.1.214", "pass", False)
        assert (here["vantage"], here["verdict"], here["probe"]["status"]) == (
            "this machine",
            "fail",
            "refused",
        )
        assert (row["verdict"], row["cause"]["code"]) == ("fail", "target-not-listening")
        assert (
            "They say nothing about the path from 192.168.1.214, which was checked in the recorded state "
            "only." in done.stderr
        )
        text = nlbcheck("diagnose", "--all", *words).stdout
        assert "Client         192.168.1.214, not probed\nProbed from    this machine (127.0.0.1)\n" in text
        assert "fails from this machine:" in text

    def test_an_answer_here_does_not_open_the_clients_path(self, tmp_path: Path) -> None:
        with serving(speaks_ssh(paramiko.ECDSAKey.generate())) as port:
            snapshot, table = on_loopback(tmp_path, port)
            snapshot.write_text(snapshot.read_text().replace('"Code": "active"', '"Code": "rejected"', 1))
            words = ("--probe", "-m", table, "--snapshot", snapshot, "-f")
            done = nlbcheck("diagnose", "--all", *words, "json")
            text = nlbcheck("diagnose", "--all", *words, "table").stdout
        (row,) = json.loads(done.stdout)["mappings"]
        client, here = row["nodes"]
        assert done.returncode == 1
        assert (client["verdict"], here["verdict"]) == ("fail", "pass")
        assert (row["verdict"], row["cause"]["code"]) == ("fail", "peering-not-active")
        assert "wire-contradicts-model" not in {finding["code"] for finding in row["findings"]}
        assert "fails from 192.168.1.214: Peering" in text.replace("\n ", "")


class TestWithoutAws:
    """What was probed is told with what it means, then what could not be read."""

    @pytest.mark.parametrize("answers", [True, False])
    def test_no_credentials(self, tmp_path: Path, answers: bool) -> None:
        env = {name: value for name, value in NO_AWS.items() if name != "AWS_ENDPOINT_URL"}
        with serving(speaks_ssh(paramiko.ECDSAKey.generate())) as port:
            _, table = on_loopback(tmp_path, port if answers else closed_port())
            done = called("diagnose", "--all", "-m", table, *MYSELF, env=env)
        assert done.returncode == (3 if answers else 1)
        told, _, unread = done.stdout.partition("\nWhat could not be read\n")
        assert ("SSH-2.0-tests" if answers else "Likely the target's host refuses") in told
        assert "AWS could not be read: no AWS credentials" in unread
        assert "no AWS credentials" not in told
        assert "Client         127.0.0.1\n" in told

    @pytest.mark.parametrize("form", ["table", "markdown", "junit"])
    def test_everything_denied(self, tmp_path: Path, form: str) -> None:
        _, table = on_loopback(tmp_path, closed_port())
        with aws() as (endpoint, env):
            endpoint.inject(ApiFault(Trouble.DENIED))
            done = called("diagnose", "--all", "-m", table, "-f", form, env=env)
        assert done.returncode == 1
        meaning = "is refused" if form == "junit" else "host refuses because no process listens"
        probes = done.stdout.index(meaning)
        assert done.stdout.index("AWS could not be read") > probes

    def test_every_call_denied_but_who_asks(self, tmp_path: Path) -> None:
        """IAM cannot deny GetCallerIdentity."""
        _, table = on_loopback(tmp_path, closed_port())
        with aws() as (endpoint, env):
            for operation in ("DescribeLoadBalancers", "DescribeNetworkInterfaces", "DescribeInstances"):
                endpoint.inject(ApiFault(Trouble.DENIED, operation))
            done = called("diagnose", "--all", "-m", table, *MYSELF, env=env)
        assert done.returncode == 1
        told, _, unread = done.stdout.partition("\nWhat could not be read\n")
        assert "Load balancer  example-nlb, account 123456789012, ap-northeast-1\n" in told
        assert "Likely the target's host refuses" in told
        assert "AWS refused ec2:DescribeInstances, ec2:DescribeNetworkInterfaces and" in unread
        assert "elasticloadbalancing:DescribeLoadBalancers in account 123456789012" in unread
