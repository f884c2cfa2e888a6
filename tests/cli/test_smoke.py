"""``nlbcheck smoke`` against servers on loopback, an endpoint that answers as AWS, and the lab."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.endpoint import ApiFault, AwsEndpoint, EndpointState, Trouble, environment
from nlbcheck.reports import reading
from tests.cli.labs import lab, lab_run
from tests.cli.relay import HOME, NO_AWS, TABLE, called, on_loopback
from tests.servers import closed_port, serving, speaks_ssh

QUICK = ("--interval", "0.1s", "--settle", "0", "--client", "127.0.0.1")
KEY = paramiko.ECDSAKey.generate()


class Relay:
    """One row whose node is a port of this machine, and what AWS says of its target."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        snapshot, self.table = on_loopback(folder, port)
        self.health = {"State": "healthy"}
        state = EndpointState(recording.read(snapshot), observe=lambda _group, _target: dict(self.health))
        self.endpoint = AwsEndpoint(state)
        self.env = environment(self.endpoint.url, HOME, {})

    def smoke(self, *options: str, env: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
        """Run it to its end; return exit status, report and what stderr says."""
        done = called("smoke", "-m", self.table, *QUICK, "-f", "json", *options, env=env or self.env)
        document = json.loads(done.stdout)
        assert document["exit_status"] == done.returncode
        assert (document["schema"], document["command"]) == ("nlbcheck.report/1", "smoke")
        return done.returncode, document, done.stderr

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        """Run it in a process of its own, whose stderr is read line by line."""
        words = [sys.executable, "-m", "nlbcheck", "smoke", "-m", str(self.table), *QUICK, "-f", "json"]
        with subprocess.Popen(
            [*words, *options],
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield process

    def health_calls(self) -> int:
        return sum(call.operation == "DescribeTargetHealth" for call in self.endpoint.calls)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay whose server answers."""
    with serving(speaks_ssh(KEY)) as port:
        found = Relay(tmp_path, port)
        with found.endpoint:
            yield found


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Relay]:
    """A relay whose port nobody has yet."""
    found = Relay(tmp_path, closed_port())
    with found.endpoint:
        yield found


def codes(document: dict[str, Any]) -> set[str]:
    return {finding["code"] for row in document["mappings"] for finding in row["findings"]}


def line(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    return process.stderr.readline()


class TestHealth:
    def test_all_in_order_ends_with_the_steady_rounds(self, relay: Relay) -> None:
        status, document, said = relay.smoke("--steady", "2")
        assert status == 0
        assert document["smoke"] == {
            "waited_s": 0.0,
            "health": "healthy",
            "rounds": 2,
            "steady": 2,
            "good": 2,
        }
        (row,) = document["mappings"]
        assert (row["verdict"], row["findings"], row["cause"]) == ("pass", [], None)
        assert row["targets"][0]["health"]["state"] == "healthy"
        assert "1 of 2 good rounds in a row\n" in said
        assert document["gaps"] == []

    def test_nothing_is_walked_where_nothing_is_wrong(self, relay: Relay) -> None:
        relay.smoke("--steady", "1")
        assert not {call.operation for call in relay.endpoint.calls} & {
            "DescribeRouteTables",
            "DescribeNetworkAcls",
        }
        assert relay.health_calls() == 2

    def test_it_waits_until_the_target_is_healthy(self, relay: Relay) -> None:
        relay.health = {"State": "initial", "Reason": "Elb.RegistrationInProgress"}
        with relay.running("--wait", "60s", "--steady", "1") as process:
            assert line(process).endswith(
                "s: waiting for target health: tg-10022 (127.31.129.10:22 initial)\n"
            )
            relay.health = {"State": "healthy"}
            document = json.loads(process.communicate(timeout=60)[0])
        assert process.returncode == 0
        assert document["smoke"]["health"] == "healthy"
        assert 0 < document["smoke"]["waited_s"] < 60

    @pytest.mark.parametrize(
        ("health", "code"),
        [
            ({"State": "initial", "Reason": "Elb.RegistrationInProgress"}, "target-initial"),
            ({"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}, "target-unhealthy"),
        ],
    )
    def test_passed_but_not_healthy_is_a_result_of_its_own(
        self, relay: Relay, health: dict[str, str], code: str
    ) -> None:
        relay.health = health
        status, document, said = relay.smoke("--wait", "1s", "--steady", "1")
        assert (status, document["smoke"]["health"]) == (0, "unhealthy")
        assert 1 <= document["smoke"]["waited_s"] < 5
        (row,) = document["mappings"]
        assert (row["verdict"], row["nodes"][0]["probe"]["status"]) == ("warn", "ok")
        assert code in codes(document)
        assert "passed, but the target is not healthy: 127.31.129.10:22" in said
        assert "(fail-open)" in said

    def test_a_target_that_leaves_is_not_said_to_get_connections(self, relay: Relay) -> None:
        """Fail-open is for unhealthy targets: one that drains gets no new connections."""
        relay.health = {"State": "draining", "Reason": "Target.DeregistrationInProgress"}
        _, document, said = relay.smoke("--wait", "0", "--steady", "1")
        assert document["mappings"][0]["nodes"][0]["probe"]["status"] == "ok"
        assert "passed, but the target is not healthy: 127.31.129.10:22 draining. In this state" in said
        assert "fail-open" not in said

    def test_a_warning_fails_where_that_is_asked_for(self, relay: Relay) -> None:
        relay.health = {"State": "initial"}
        status, document, _ = relay.smoke("--wait", "0", "--steady", "1", "--fail-on", "warn")
        assert (status, document["smoke"]["waited_s"], document["fail_on"]) == (1, 0, "warn")
        stored = reading.report(document, "report.json")
        assert (stored.exit_status, stored.smoke and stored.smoke.rounds) == (1, 1)
        relay.health = {"State": "healthy"}
        assert relay.smoke("--wait", "0", "--steady", "1", "--fail-on", "warn")[0] == 0

    def test_health_that_aws_does_not_know_is_unknown(self, relay: Relay) -> None:
        relay.health = {"State": "unavailable", "Reason": "Elb.InternalError"}
        status, document, _ = relay.smoke("--wait", "0", "--steady", "1")
        assert (status, document["smoke"]["health"]) == (3, "unseen")
        assert document["mappings"][0]["verdict"] == "unknown"

    def test_health_that_may_not_be_read_is_said_and_the_probes_count(self, relay: Relay) -> None:
        relay.endpoint.inject(ApiFault(Trouble.DENIED, "DescribeTargetHealth"))
        status, document, said = relay.smoke("--steady", "2")
        assert (status, document["smoke"]["health"], document["smoke"]["good"]) == (3, "unseen", 2)
        assert [gap["operation"] for gap in document["gaps"]] == ["DescribeTargetHealth"]
        assert codes(document) == {"not-visible"}
        assert document["policy"]["Statement"][0]["Action"] == ["elasticloadbalancing:DescribeTargetHealth"]
        assert "AWS refused elasticloadbalancing:DescribeTargetHealth" in said

    def test_without_aws_it_probes_and_says_what_it_could_not_see(self, relay: Relay) -> None:
        status, document, said = relay.smoke("--steady", "2", env=NO_AWS)
        assert (status, document["smoke"]["rounds"], document["summary"]["pass"]) == (3, 2, 1)
        assert codes(document) == {"not-visible"}
        assert "AWS could not be read" in said

    def test_what_fails_without_aws_is_a_failure(self, silent: Relay) -> None:
        status, document, _ = silent.smoke(env=NO_AWS)
        assert (status, document["mappings"][0]["verdict"]) == (1, "fail")


class TestRounds:
    def test_a_server_that_comes_up_late_passes_once_it_is_steady(self, silent: Relay) -> None:
        with ExitStack() as servers, silent.running("--settle", "60s", "--steady", "3") as process:
            assert line(process).endswith("s: tg-10022 fails\n")
            servers.enter_context(serving(speaks_ssh(KEY), port=silent.port))
            document = json.loads(process.communicate(timeout=60)[0])
        assert process.returncode == 0
        assert document["smoke"]["rounds"] >= 4
        assert document["smoke"]["good"] == 3

    def test_what_never_answers_ends_and_is_diagnosed(self, silent: Relay) -> None:
        status, document, said = silent.smoke("--settle", "1s")
        assert status == 1
        assert (document["smoke"]["good"], document["smoke"]["health"]) == (0, "healthy")
        assert document["smoke"]["rounds"] > 1
        assert document["mappings"][0]["cause"]["code"] == "target-not-listening"
        assert said.count("s: tg-10022 fails\n") == 1

    def test_a_target_that_is_never_healthy_is_probed_and_diagnosed_all_the_same(self, silent: Relay) -> None:
        silent.health = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}
        status, document, said = silent.smoke("--wait", "1s")
        assert (status, document["smoke"]["rounds"]) == (1, 1)
        assert document["mappings"][0]["cause"]["code"] == "target-not-listening"
        assert "passed" not in said

    def test_quiet_says_nothing(self, silent: Relay) -> None:
        assert silent.smoke("-q")[2] == ""


class TestInterrupted:
    def test_during_the_wait_it_prints_what_it_knows(self, relay: Relay) -> None:
        relay.health = {"State": "initial"}
        with relay.running() as process:
            line(process)
            process.send_signal(signal.SIGINT)
            document = json.loads(process.communicate(timeout=60)[0])
        assert process.returncode == document["exit_status"] == 130
        (row,) = document["mappings"]
        assert row["targets"][0]["health"]["state"] == "initial"
        assert row["nodes"][0]["probe"]["status"] == "interrupted"
        assert document["smoke"]["rounds"] == 0

    def test_between_rounds_the_last_round_is_known(self, relay: Relay) -> None:
        with relay.running("--interval", "60s") as process:
            line(process)
            process.send_signal(signal.SIGINT)
            document = json.loads(process.communicate(timeout=60)[0])
        assert process.returncode == 130
        assert document["mappings"][0]["nodes"][0]["probe"]["status"] == "ok"
        assert (document["smoke"]["rounds"], document["smoke"]["good"]) == (1, 1)

    @pytest.mark.parametrize("fails", [False, True])
    def test_at_any_step_from_the_first_probe_the_report_is_whole(self, tmp_path: Path, fails: bool) -> None:
        """Each step is a call, or its end, of the code that runs the rounds; every 14th is tried."""
        with serving(speaks_ssh(KEY)) as port:
            relay = Relay(tmp_path, closed_port() if fails else port)
            words = ("smoke", "-q", "-m", relay.table, *QUICK, "--wait", "0", "--steady", "1", "-f", "json")
            with relay.endpoint:
                done = subprocess.run(
                    [sys.executable, "-m", "tests.cli.interrupted_everywhere", "3", "14", *map(str, words)],
                    env={**os.environ, **relay.env}, capture_output=True, text=True, check=False,
                )  # fmt: skip
        ends = [
            (status, json.loads(said)["exit_status"])
            for _, status, said in map(json.loads, done.stdout.splitlines())
        ]
        assert len(ends) > (4 if fails else 2), done.stderr
        assert set(ends) == {(130, 130)}


class TestBadInput:
    def test_a_row_that_is_not_there(self) -> None:
        done = called("smoke", "tg-1", "-m", TABLE, env=NO_AWS)
        assert done.returncode == 2
        assert "'tg-1' fits no row" in done.stderr

    @pytest.mark.parametrize("words", [("--wait", "soon"), ("--steady", "0"), ("--interval", "-1")])
    def test_options_that_say_nothing(self, words: tuple[str, str]) -> None:
        done = called("smoke", "-m", TABLE, *words, env=NO_AWS)
        assert done.returncode == 2
        assert words[0] in done.stderr

    def test_static_ips_come_from_aws(self, relay: Relay) -> None:
        text = relay.table.read_text().replace("static_ips: {ap-northeast-1a: 127.0.0.1}\n", "")
        relay.table.write_text(text)
        _, document, _ = relay.smoke("--timeout", "1")
        nodes = [node["address"] for node in document["mappings"][0]["nodes"]]
        assert nodes == ["127.0.0.1", "127.31.136.10"]

    def test_without_static_ips_and_aws_there_is_nothing_to_probe(self, relay: Relay) -> None:
        text = relay.table.read_text().replace("static_ips: {ap-northeast-1a: 127.0.0.1}\n", "")
        relay.table.write_text(text)
        done = called("smoke", "-m", relay.table, env=NO_AWS)
        assert done.returncode == 2
        assert "no static IP of the load balancer is known" in done.stderr


def test_a_terminal_has_one_line_that_lives(relay: Relay) -> None:
    relay.health = {"State": "initial"}
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "nlbcheck", "smoke", "-m", str(relay.table), *QUICK, "-f", "json"]
    with subprocess.Popen(
        [*words, "--wait", "3s"],
        env={**os.environ, **relay.env},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        seen = b""
        while seen.count(b"of at most 3 s: waiting for target health") < 2:
            seen += os.read(ours, 4096)
        process.kill()
    os.close(ours)
    assert b"\r\x1b[K" in seen


class TestInTheLab:
    def test_a_healthy_lab_ends_with_the_steady_rounds(self) -> None:
        begun = time.monotonic()
        status, out, _ = lab("nlbcheck", "smoke", "--interval", "0.5s", "-f", "json")
        document = json.loads(out)
        assert (status, document["smoke"]["rounds"], document["smoke"]["health"]) == (0, 3, "healthy")
        assert document["summary"]["pass"] == 10
        assert time.monotonic() - begun < 60

    def test_a_fault_is_named_and_what_works_is_not_walked(self) -> None:
        words = ("nlbcheck", "smoke", "--settle", "0", "--interval", "0", "--timeout", "2", "-f", "json")
        status, out, _ = lab_run("--fault", "wrong-port", "--", *words, "--wait", "1s")
        document = json.loads(out)
        assert status == 1
        failing, *others = document["mappings"]
        assert (failing["name"], failing["verdict"]) == ("tg-10022", "fail")
        assert failing["cause"]["remedy"]["commands"]
        assert all(row["verdict"] == "pass" for row in others)
        assert all("paths" not in node for row in others for node in row["nodes"])
        assert len(document["vantages"]) == 1

    def test_what_nobody_may_reach_is_part_of_it(self, tmp_path: Path) -> None:
        text = TABLE.read_text(encoding="utf-8")
        row = "target: TargetServer1\n"
        assert text.count(row) == 2
        table = tmp_path / "closed.yaml"
        table.write_text(text.replace(row, f"{row}    expect: {{reachable: false}}\n", 1), encoding="utf-8")
        words = ("--settle", "0", "--interval", "0", "--timeout", "1", "--wait", "0", "-f", "json", "-q")
        status, out, _ = lab("nlbcheck", "smoke", "-m", str(table), *words)
        first, *others = json.loads(out)["mappings"]
        assert (status, first["cause"]["code"]) == (1, "reachable-unwanted")
        assert {row["verdict"] for row in others} == {"pass"}
        words = ("--settle", "0", "--interval", "0", "--timeout", "1", "--wait", "60", "-f", "json", "-q")
        closing = ("--fault", "listener-deleted", "--", "nlbcheck", "smoke", "-m", str(table), *words)
        status, out, _ = lab_run(*closing)
        document = json.loads(out)
        first = document["mappings"][0]
        assert (status, first["verdict"]) == (0, "pass")
        assert document["smoke"]["waited_s"] < 1  # for the health of what nobody may reach nobody waits
        assert {node["probe"]["status"] for node in first["nodes"]} == {"timed-out"}
