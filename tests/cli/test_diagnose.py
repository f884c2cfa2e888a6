from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called, edited, written
from tests.cli.running import nlbcheck
from tests.scenarios.mutations import SSH_FROM_ELSEWHERE, peering_is, rules_of

OFFLINE = ("--no-probe", "-q", "-m", TABLE)


def offline(*arguments: str | Path, snapshot: Path = SNAPSHOT) -> subprocess.CompletedProcess[str]:
    """Diagnose by a snapshot alone, where AWS is not to be had."""
    return called("diagnose", *arguments, *OFFLINE, "--snapshot", snapshot, env=NO_AWS)


def reported(*arguments: str | Path, snapshot: Path = SNAPSHOT) -> dict[str, Any]:
    done = offline(*arguments, "-f", "json", snapshot=snapshot)
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == document["exit_status"]
    return document


class TestBySnapshot:
    def test_a_healthy_row_is_in_order(self) -> None:
        done = nlbcheck("diagnose", "tg-10022", *OFFLINE, "--snapshot", SNAPSHOT, env=NO_AWS)
        assert (done.returncode, done.stderr) == (0, "")
        assert "tg-10022 (TCP:10022 to TargetServer1 172.31.129.10:22) is in order (not" in done.stdout
        assert "peering vpc-1-to-vpc-2" in done.stdout

    @pytest.mark.parametrize("name", ["tg-10022", "10022", "example-tg-10022"])
    def test_a_row_goes_by_many_names(self, name: str) -> None:
        assert [mapping["name"] for mapping in reported(name)["mappings"]] == ["tg-10022"]

    def test_the_cause_comes_first_then_the_fix_to_copy(self, tmp_path: Path) -> None:
        snapshot = written(tmp_path / "snapshot.json.gz", rules_of("targets", SSH_FROM_ELSEWHERE))
        done = offline("tg-10022", snapshot=snapshot)
        assert done.returncode == 1
        header, _, told = done.stdout.partition("\n\n")
        assert header.startswith("Load balancer  example-nlb, account 123456789012, ap-northeast-1\nClient ")
        assert told.startswith("✗ tg-10022")
        head, _, rest = done.stdout.partition("The path to")
        assert "No inbound rule of targets" in head
        commands = [line for line in rest.splitlines() if line.lstrip().startswith("aws ec2 authorize-")]
        assert [f"172.31.{third}.10/32" in line for third, line in zip((128, 136), commands, strict=True)]
        assert " ".join(head.split()).count("This alone") == 2
        assert "✗ sg targets" in rest
        copied = ("    aws ec2", "Next: nlbcheck")
        lines = [line for line in done.stdout.splitlines() if not line.startswith(copied)]
        assert max(map(len, lines)) <= 80

    def test_json_is_as_the_contract_says(self, tmp_path: Path) -> None:
        snapshot = written(tmp_path / "snapshot.json", peering_is("pending-acceptance"))
        report = reported("--all", snapshot=snapshot)
        assert report["schema"] == "nlbcheck.report/1"
        assert report["command"] == "diagnose"
        assert report["gaps"] == []
        client = report["client"]
        assert (client["source"], client["address"]) == ("192.168.1.214", "192.168.1.214")
        assert [client[key].split("-")[0] for key in ("interface", "subnet", "vpc")] == [
            "eni",
            "subnet",
            "vpc",
        ]
        row = report["mappings"][0]
        assert row["cause"]["code"] == "peering-not-active"
        assert row["cause"] in row["findings"]
        assert row["cause"]["remedy"]["verified"] is True
        assert row["cause"]["remedy"]["commands"][0].startswith("aws ec2 accept-vpc-peering-connection")
        assert row["targets"] == [
            {
                "address": "172.31.129.10",
                "port": 22,
                "zone": "ap-northeast-1a",
                "health": {"state": "healthy", "reason": None, "description": None},
                "declared": True,
            }
        ]
        node = row["nodes"][0]
        assert "probe" not in node
        assert node["verdict"] == "fail"
        legs = [(path["leg"], path["direction"]) for path in node["paths"]]
        assert legs[0] == ("front", "request")
        hop = next(hop for path in node["paths"] for hop in path["hops"] if hop["verdict"] == "fail")
        assert set(hop) == {"kind", "resource", "verdict", "evidence"}
        assert hop["resource"]["name"] == "vpc-1-to-vpc-2"
        assert report["summary"] == {"pass": 0, "warn": 0, "unknown": 0, "fail": 10, "error": 0}

    def test_many_rows_share_one_cause(self, tmp_path: Path) -> None:
        done = offline("--all", snapshot=written(tmp_path / "s.json", peering_is("rejected")))
        assert done.returncode == 1
        assert done.stdout.count("✗ tg-") == 1
        assert "tg-10022, tg-10080, tg-20022, tg-20080, tg-30080 fail" in done.stdout.replace("\n  ", " ")

    @pytest.mark.parametrize("form", ["markdown", "junit"])
    def test_other_formats_have_cause_and_fix(self, tmp_path: Path, form: str) -> None:
        done = offline("tg-10022", "-f", form, snapshot=written(tmp_path / "s.json", peering_is("rejected")))
        assert done.returncode == 1
        assert "peering-not-active" in done.stdout
        assert "Fix: " in done.stdout

    def test_without_static_ips_those_of_aws_are_used(self, tmp_path: Path) -> None:
        table = tmp_path / "table.csv"
        table.write_text("Listener,Target group,Target port,Target\n10022,tg-10022,22,172.31.129.10\n")
        done = called(
            "diagnose", "--all", "--no-probe", "-m", table, "--load-balancer", "example-nlb",
            "--snapshot", SNAPSHOT, "-f", "json", "--client", "192.168.1.214", env=NO_AWS,
        )  # fmt: skip
        nodes = json.loads(done.stdout)["mappings"][0]["nodes"]
        assert [node["address"] for node in nodes] == ["172.31.128.10", "172.31.136.10"]
        assert done.returncode == 0

    def test_an_unknown_client_leaves_the_path_unknown(self, tmp_path: Path) -> None:
        table = tmp_path / "nlbcheck.yaml"
        table.write_text(TABLE.read_text().replace("client: 192.168.1.214\n", ""))
        done = called("diagnose", "tg-10022", "--no-probe", "-q", "-m", table, "--snapshot", SNAPSHOT)
        assert done.returncode == 3
        assert "name it by its instance, interface or address" in done.stdout.replace("\n    ", " ")

    def test_no_credentials_and_no_boto3_are_needed(self) -> None:
        script = "import sys; from nlbcheck.cli import cli; cli.main(sys.argv[1:], standalone_mode=False); "
        script += "sys.exit('boto3' in sys.modules)"
        command: list[str | Path] = [sys.executable, "-c", script, "diagnose", "tg-10022", *OFFLINE]
        done = subprocess.run(
            [*command, "--snapshot", SNAPSHOT], capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ([], "no row is named: name the rows to diagnose, or --all"),
            (["tg-10022", "--all"], "no row is named: name the rows to diagnose, or --all"),
            (["tg-10023"], "'tg-10023' fits no row"),
            (["tg-10022", "-f", "yaml"], "expected FORMAT"),
            (["tg-10022", "--client", "the client"], "expected an instance id"),
            (["tg-10022", "--client", "i-0000000000000000"], "there is no such instance"),
        ],
    )
    def test_the_command_line(self, arguments: list[str], problem: str) -> None:
        done = offline(*arguments)
        assert done.returncode == 2
        assert problem in done.stderr
        assert done.stdout == ""

    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("none", None, "No such file"),
            ("cut", SNAPSHOT.read_bytes()[:20_000], "not complete JSON"),
            ("cut.gz", b"\x1f\x8b\x08\x00", "not a complete gzip file"),
            ("other", b'{"schema": "nlbcheck.snapshot/9"}', 'this version reads "nlbcheck.snapshot/1"'),
            ("table", TABLE.read_bytes(), "not complete JSON"),
        ],
    )
    def test_a_snapshot_that_is_none(
        self, tmp_path: Path, name: str, content: bytes | None, problem: str
    ) -> None:
        snapshot = tmp_path / name
        if content is not None:
            snapshot.write_bytes(content)
        done = offline("tg-10022", snapshot=snapshot)
        assert done.returncode == 2
        assert problem in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_an_old_snapshot_says_its_age(self, tmp_path: Path) -> None:
        taken = {"taken_at": (datetime.now(UTC) - timedelta(days=3, hours=1)).isoformat()}
        snapshot = edited(tmp_path / "s.json", lambda document: document.update(taken))
        loud: list[str | Path] = ["diagnose", "tg-10022", "--no-probe", "-m", TABLE, "--snapshot", snapshot]
        assert called(*loud).stderr == f"{snapshot} is 3 days old. AWS may have changed since then.\n"
        fresh = edited(tmp_path / "f.json", lambda it: it.update(taken_at=datetime.now(UTC).isoformat()))
        assert called(*loud[:-1], fresh).stderr == ""

    def test_a_snapshot_of_another_account_has_no_such_balancer(self, tmp_path: Path) -> None:
        def other(document: dict[str, Any]) -> None:
            for answer in document["answers"]:
                answer["account"] = "999999999999"
                if answer["operation"] == "DescribeLoadBalancers":
                    answer["response"] = {"LoadBalancers": []}

        done = offline("tg-10022", snapshot=edited(tmp_path / "s.json", other))
        assert (done.returncode, done.stdout) == (2, "")
        assert (
            f"{TABLE}: the table is for another load balancer than those that are visible. There is no"
            in done.stderr
        )
        assert "example-nlb in account 999999999999, ap-northeast-1" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_another_region_is_named(self) -> None:
        done = offline("tg-10022", "--region", "us-east-1")
        assert done.returncode == 3
        assert "ap-northeast-1" in done.stdout

    def test_what_a_snapshot_lacks_is_unknown_and_named(self, tmp_path: Path) -> None:
        def without(document: dict[str, Any]) -> None:
            answers = document["answers"]
            document["answers"] = [item for item in answers if item["operation"] != "DescribeSecurityGroups"]

        report = reported("tg-10022", snapshot=edited(tmp_path / "s.json", without))
        assert report["exit_status"] == 3
        row = report["mappings"][0]
        assert (row["verdict"], row["cause"]) == ("unknown", None)
        assert any("ec2:DescribeSecurityGroups" in finding["summary"] for finding in row["findings"])

    def test_hostile_names_do_not_reach_the_terminal(self, tmp_path: Path) -> None:
        text = written(tmp_path / "s.json", peering_is("rejected")).read_text()
        evil = "\\u001b[31mred\\u001b]0;owned\\u0007\\u202e <b>|`"
        snapshot = tmp_path / "evil.json"
        snapshot.write_text(text.replace('"vpc-1-to-vpc-2"', f'"{evil}"').replace('"targets"', f'"{evil}"'))
        for form in ("table", "markdown", "junit"):
            done = offline("--all", "-v", "-f", form, snapshot=snapshot)
            assert done.returncode == 1
            assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)

    def test_a_report_does_not_replace_its_snapshot(self, tmp_path: Path) -> None:
        snapshot = written(tmp_path / "s.json")
        done = offline("tg-10022", "-f", f"json:{snapshot}", snapshot=snapshot)
        assert done.returncode == 2
        assert "would replace the snapshot" in done.stderr
        assert snapshot.read_bytes() == written(tmp_path / "t.json").read_bytes()


class TestAgainstAws:
    @pytest.mark.parametrize("name", ["nlb", "example-nlb-b360b115e38e7798.elb.ap-northeast-1.amazonaws.com"])
    def test_the_load_balancer_goes_by_many_names(self, name: str) -> None:
        with aws() as (_, env):
            options = ("--no-probe", "-q", "-m", TABLE, "--load-balancer", name)
            done = called("diagnose", "tg-10022", *options, env=env)
        assert done.returncode == 0

    def test_the_client_may_be_in_another_account(self, tmp_path: Path) -> None:
        """Both accounts answer alike here; each is asked with its own key."""
        found, theirs = recording.read(SNAPSHOT), "210987654321"
        others = tuple(replace(answer, account=theirs) for answer in found.answers)
        profile = tmp_path / "config"
        profile.write_text(f"[profile clients]\naws_access_key_id={theirs}\naws_secret_access_key=x\n")
        with aws(replace(found, answers=(*found.answers, *others))) as (endpoint, env):
            env = {**env, "AWS_CONFIG_FILE": str(profile)}
            options = ("--no-probe", "-q", "-m", TABLE, "--client-profile", "clients")
            done = called("diagnose", "tg-10022", *options, env=env)
            asked = {call.account_region.account: call.operation for call in endpoint.calls}
        assert done.returncode == 0
        assert set(asked) == {"123456789012", theirs}

    def test_live_says_what_the_snapshot_says_in_few_calls(self) -> None:
        with aws() as (endpoint, env):
            done = nlbcheck("diagnose", "tg-30080", "--no-probe", "-m", TABLE, "-f", "json", env=env)
            calls = endpoint.calls
        live, replayed = json.loads(done.stdout), reported("tg-30080")
        assert (done.returncode, done.stderr) == (0, "")
        assert live["mappings"] == replayed["mappings"]
        assert live["client"] == replayed["client"]
        assert len(calls) <= 30
        assert all(call.operation.startswith(("Describe", "Get", "Search")) for call in calls)

    def test_a_refused_call_is_a_gap_that_names_the_permission(self) -> None:
        with aws() as (endpoint, env):
            endpoint.inject(ApiFault(Trouble.DENIED, "DescribeRouteTables"))
            done = nlbcheck("diagnose", "tg-10022", "--no-probe", "-m", TABLE, "-f", "json", env=env)
        report = json.loads(done.stdout)
        assert done.returncode == report["exit_status"] == 3
        assert {gap["permission"] for gap in report["gaps"]} == {"ec2:DescribeRouteTables"}
        assert "AWS refused ec2:DescribeRouteTables in account 123456789012" in done.stderr
        assert "Traceback" not in done.stderr

    def test_expired_credentials(self) -> None:
        with aws() as (endpoint, env):
            endpoint.inject(ApiFault(Trouble.EXPIRED))
            done = called("diagnose", "tg-10022", "--no-probe", "-m", TABLE, env=env)
        assert (done.returncode, done.stdout) == (3, "")
        assert "expired" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_no_credentials(self) -> None:
        env = {name: value for name, value in NO_AWS.items() if name != "AWS_ENDPOINT_URL"}
        done = nlbcheck("diagnose", "tg-10022", "--no-probe", "-m", TABLE, env=env)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == "nlbcheck: no AWS credentials: sign in, or set AWS_PROFILE or --profile\n"

    def test_another_region_is_asked_where_the_table_says(self) -> None:
        with aws() as (_, env):
            options = ("--no-probe", "-m", TABLE, "--region", "us-east-1", "-f", "json")
            done = called("diagnose", "tg-10022", *options, env=env)
        row = json.loads(done.stdout)["mappings"][0]
        assert done.returncode == 1
        assert row["cause"]["code"] == "balancer-not-found"
        assert "There is one in account 123456789012, ap-northeast-1" in row["cause"]["summary"]
