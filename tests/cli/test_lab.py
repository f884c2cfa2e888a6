"""Does ``nlbcheck lab run`` run a command in the network that is meant?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.article import TABLE
from tests.cli.labs import READ_SSH, lab, lab_run
from tests.lab import machine
from tests.lab.by_design import healthy as by_design
from tests.lab.machine import NLBCHECK, nothing_left, ordinary_nlbcheck
from tests.scenarios.article import SNAPSHOT
from tests.scenarios.cloud import made_id


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


@pytest.mark.parametrize("user", ["this one", "an ordinary one"])
def test_a_command_reaches_the_network_and_ends_with_its_own_status(user: str) -> None:
    before = NLBCHECK if user == "this one" else ordinary_nlbcheck()
    with nothing_left():
        assert lab("bash", "-c", f"{READ_SSH}; exit 7", before=before) == (7, "SSH-2.0-nlbcheck_lab", "")


def test_a_command_finds_the_table_its_terminal_files_and_environment(tmp_path: Path) -> None:
    script = 'cat; echo oops >&2; echo "$NLBCHECK_MAPPING $OTHER"; pwd; cat "$NLBCHECK_MAPPING"'
    status, output, errors = lab("sh", "-c", script, OTHER="kept", NLBCHECK_MAPPING="/other.yaml")
    assert (status, errors) == (0, "oops\n")
    assert output == f"typed\n{TABLE} kept\n{Path.cwd()}\n{TABLE.read_text()}"


def test_what_a_command_writes_to_the_built_in_table_stays_in_the_lab() -> None:
    before = TABLE.read_bytes()
    assert (
        lab("sh", "-c", 'echo "# mine" >>"$NLBCHECK_MAPPING"; tail -n 1 "$NLBCHECK_MAPPING"')[1] == "# mine\n"
    )
    assert TABLE.read_bytes() == before


def test_options_after_the_command_belong_to_it() -> None:
    assert lab_run("echo", "-m", "--help", "--") == (0, "-m --help --\n", "")


@pytest.mark.parametrize(("number", "status"), [("INT", 130), ("KILL", 137), ("TERM", 143)])
def test_a_command_that_a_signal_kills_gives_128_and_its_number(number: str, status: int) -> None:
    assert lab("sh", "-c", f"kill -{number} $$")[0] == status


def test_a_command_has_the_signals_as_a_shell_leaves_them() -> None:
    ask = "import signal as s; print(s.pthread_sigmask(0, []), s.getsignal(s.SIGINT).__name__)"
    script = f"{sys.executable} -c '{ask}'; yes | head -n 1; echo ${{PIPESTATUS[0]}}"
    assert lab("bash", "-c", script)[1] == "set() default_int_handler\ny\n141\n"


def test_any_snapshot_becomes_a_network_and_aws_answers_from_it(tmp_path: Path) -> None:
    state = by_design(by_transit=True, balancer_has_group=True).cloud.recording()
    recording.write(tmp_path / "mine.json.gz", state)
    ask = "import boto3; print(boto3.client('elbv2').describe_load_balancers()['LoadBalancers'][0]['VpcId'])"
    banner = "exec 3<>/dev/tcp/10.2.1.10/1001; head -c 7 <&3; echo"
    script = f'{banner}; {sys.executable} -c "{ask}"; {" ".join(NLBCHECK)} probe -f json'
    words = ("--snapshot", "mine.json.gz", "--client", "10.1.1.10", "--", "bash", "-c", script)
    status, output, errors = lab_run(*words, cwd=tmp_path)
    speaks, vpc, report = output.split("\n", 2)
    assert (speaks, vpc) == ("SSH-2.0", made_id("vpc", "b"))
    assert status == 0
    assert errors == ""
    rows = json.loads(report)["mappings"]
    assert {row["listener"]["port"] for row in rows} == {1001, 1002, 1003, 1004, 1005, 1006}
    assert {row["verdict"] for row in rows} == {"pass"}
    assert sorted(path.name for path in TABLE.parent.iterdir()) == ["nlbcheck.yaml", "snapshot.json"]


def test_a_table_says_who_is_the_client_and_who_answers(tmp_path: Path) -> None:
    table = tmp_path / "mine.yaml"
    table.write_text(
        "client: 192.168.1.214\n"
        "mappings:\n"
        "  - {listener: TCP:10080, target_group: x, target_port: TCP:80, target: 172.31.129.10, check: ssh}\n"
    )
    script = 'echo "$NLBCHECK_MAPPING"; exec 3<>/dev/tcp/172.31.128.10/10080; head -c 7 <&3'
    status, output, errors = lab_run("-m", table.name, "--", "bash", "-c", script, cwd=tmp_path)
    assert (status, output, errors) == (0, f"{table}\nSSH-2.0", "")


@pytest.mark.parametrize("named", ["in the environment", "here"])
def test_the_usual_table_is_taken_where_it_is_for_the_snapshots_load_balancer(
    tmp_path: Path, named: str
) -> None:
    table = tmp_path / ("nlbcheck.yaml" if named == "here" else "mine.yaml")
    table.write_text(TABLE.read_text().replace("TargetServer", "Server"))
    environment = {} if named == "here" else {"NLBCHECK_MAPPING": str(table)}
    words = ("--snapshot", SNAPSHOT, "--", "sh", "-c", 'echo "$NLBCHECK_MAPPING"')
    assert lab_run(*words, cwd=tmp_path, **environment) == (0, f"{table}\n", "")


def test_a_table_for_another_load_balancer_is_left_aside_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "nlbcheck.yaml").write_text(
        TABLE.read_text().replace("example-nlb", "other").replace("172.31.1", "172.30.1")
    )
    words = ("--snapshot", SNAPSHOT, "--client", "192.168.1.214", "--", "sh", "-c", 'cat "$NLBCHECK_MAPPING"')
    status, output, errors = lab_run(*words, cwd=tmp_path)
    assert status == 0
    assert "load_balancer: example-nlb" in output
    said = "nlbcheck.yaml is for another load balancer. Commands use a table made from the snapshot."
    assert errors == f"lab: {said}\n"


def test_faults_are_there_before_the_command_and_diagnose_names_them() -> None:
    nlbcheck = (sys.executable, "-m", "nlbcheck")
    status, output, errors = lab_run(
        "--fault", "target-sg", "--fault", "vpn-down", "--",
        *nlbcheck, "diagnose", "--all", "--timeout", "1", "-f", "json",
    )  # fmt: skip
    assert (status, errors) == (1, "")
    causes = {row["name"]: row["cause"] and row["cause"]["code"] for row in json.loads(output)["mappings"]}
    assert causes == {
        "tg-10022": "sg-denies",
        "tg-10080": None,
        "tg-20022": "sg-denies",
        "tg-20080": None,
        "tg-30080": "vpn-down",
    }


def test_what_cannot_be_brought_up_is_named_unless_quiet(tmp_path: Path) -> None:
    cloud = by_design(by_transit=False, balancer_has_group=False).cloud
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 53, protocol="UDP")
    recording.write(tmp_path / "mine.json", cloud.recording())
    words = ("--snapshot", str(tmp_path / "mine.json"), "--client", "10.1.1.10")
    status, output, errors = lab_run(*words, "--", "true")
    assert (status, output) == (0, "")
    said = "lab: listener 53 speaks UDP, the lab carries TCP and TLS only: it has no such listener"
    assert said in errors.splitlines()
    assert lab_run(*words, "-q", "--", "true") == (0, "", "")
