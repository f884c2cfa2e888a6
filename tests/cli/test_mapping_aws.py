"""Do ``mapping check`` and ``mapping import`` hold a table against AWS, and end with the right status?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from nlbcheck.aws import recording
from nlbcheck.cli import main
from nlbcheck.explain import codes
from nlbcheck.lab.endpoint import ApiFault, AwsEndpoint, EndpointState, Trouble, environment
from nlbcheck.model.facts import AccountRegion
from tests.cli.running import nlbcheck
from tests.diagnosis.drifting import Change, agreeing, group, listener, remove_listener, targets
from tests.formats.reports import REPORTS
from tests.relays.build import SAMPLES
from tests.scenarios.article import SNAPSHOT
from tests.scenarios.cloud import Cloud

TABLE = SAMPLES / "nlbcheck.yaml"
NO_AWS = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
          "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run ``nlbcheck mapping`` in this process: a new one for each takes long."""
    monkeypatch.delenv("NLBCHECK_MAPPING", raising=False)

    def command(*arguments: str | Path) -> Ended:
        monkeypatch.setattr("sys.argv", ["nlbcheck", "mapping", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capsys.readouterr())

    return command


@pytest.fixture
def check(run: Callable[..., Ended]) -> Callable[..., Ended]:
    def command(file: Path, *arguments: str) -> Ended:
        return run("check", "-m", TABLE, "--snapshot", file, *arguments)

    return command


@pytest.fixture
def make(run: Callable[..., Ended]) -> Callable[..., Ended]:
    def command(file: Path, *arguments: str, name: str = "example-nlb") -> Ended:
        return run("import", "--load-balancer", name, "--snapshot", file, *arguments)

    return command


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Path]:
    def write(*changes: Change, taken_at: datetime | None = None) -> Path:
        file = tmp_path / "snapshot.json"
        recording.write(file, agreeing(*changes).recording(taken_at or datetime.now(UTC)))
        return file

    return write


def test_check_the_article() -> None:
    run = nlbcheck("mapping", "check", "-m", TABLE, "--snapshot", SNAPSHOT, "-q")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        "warn: target-group-port-differs: example-tg-30080 has default port 22, and the\n"
        "    table says 80. A target that is registered without a port gets connections\n"
        "    on port 22.\n"
        "  Fix: The default port of a target group cannot be changed. Always register\n"
        "       targets with Port=80, or create a target group with port 80 and let the\n"
        "       listener forward to it.\n"
        f"\n{TABLE} against example-nlb: 1 with a warning\n"
    )


def no_answer(cloud: Cloud) -> None:
    del cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]]


def wrong_port(cloud: Cloud) -> None:
    targets(cloud, "example-tg-10022")[0]["Target"]["Port"] = 2222


def both(cloud: Cloud) -> None:
    no_answer(cloud)
    wrong_port(cloud)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda cloud: None, 0, "example-nlb: no difference\n"),
        (wrong_port, 1, "example-nlb: 1 different\n"),
        (no_answer, 3, "example-nlb: 1 not visible\n"),
        (both, 1, "example-nlb: 1 different, 1 not visible\n"),
    ],
)
def test_check_ends_with(
    check: Callable[..., Ended], snapshot: Callable[..., Path], change: Change, status: int, said: str
) -> None:
    ended = check(snapshot(change))
    assert (ended.returncode, ended.stderr) == (status, "")
    told = ended.stdout.splitlines(keepends=True)
    summed = told[-2] if told[-1].startswith("Next: nlbcheck explain ") else told[-1]
    assert (summed is told[-1]) is (status == 0)
    assert summed.endswith(said)


def test_check_prints_commands_on_one_line_each(
    check: Callable[..., Ended], snapshot: Callable[..., Path]
) -> None:
    lines = check(snapshot(wrong_port)).stdout.splitlines()
    commands = [line for line in lines if line.startswith("    aws elbv2 ")]
    assert [line.split()[2] for line in commands] == ["register-targets"]
    assert all("targetgroup/example-tg-10022/" in line for line in commands)


def test_check_as_json_has_the_findings_of_a_report(
    check: Callable[..., Ended], snapshot: Callable[..., Path], tmp_path: Path
) -> None:
    from nlbcheck.formats.json_findings import of_finding

    ended = check(snapshot(wrong_port), "-f", "json", "-o", str(tmp_path / "out.json"))
    assert (ended.returncode, ended.stdout) == (1, "")
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["schema"] == "nlbcheck.drift/1"
    assert document["exit_status"] == 1
    assert document["load_balancer"]["name"] == "example-nlb"
    (finding,) = document["findings"]
    assert finding["code"] in codes()
    assert finding["evidence"]["row"] == "tg-10022"
    assert len(finding["remedy"]["commands"]) == 1
    told = [of_finding(item) for report in REPORTS.values() for item in report.findings]
    assert isinstance(told[0], dict)
    assert finding.keys() == told[0].keys()


def test_check_of_a_table_with_another_load_balancer(
    check: Callable[..., Ended], snapshot: Callable[..., Path]
) -> None:
    ended = check(snapshot(), "--load-balancer", "exemple-nlb", "-f", "json")
    document = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert document["load_balancer"] is None
    assert [finding["code"] for finding in document["findings"]] == ["balancer-not-found"]
    ended = check(snapshot(), "--region", "eu-west-1")
    assert ended.returncode == 3
    assert "the recording shows one in account" in ended.stdout.replace("\n    ", " ")


def test_hostile_names_do_not_reach_the_terminal(
    check: Callable[..., Ended], snapshot: Callable[..., Path]
) -> None:
    def hostile(cloud: Cloud) -> None:
        group(cloud, "example-tg-10022")["TargetGroupName"] = "\x1b]0;x\x07-tg-10022"
        wrong_target = targets(cloud, "\x1b]0;x\x07-tg-10022")
        wrong_target[0]["Target"] |= {"Id": "\x1b[2J\u202e", "Port": 2222}

    ended = check(snapshot(hostile))
    assert ended.returncode == 1
    assert "\x1b" not in ended.stdout
    assert "\u202e" not in ended.stdout
    assert "\\x1b[2J" in ended.stdout
    assert "\\u001b" in check(snapshot(hostile), "-f", "json").stdout


@pytest.mark.parametrize(("days", "said"), [(0, ""), (1.5, "is 1 day"), (3.2, "is 3 days")])
def test_an_old_snapshot_says_so(
    check: Callable[..., Ended], snapshot: Callable[..., Path], days: float, said: str
) -> None:
    file = snapshot(taken_at=datetime.fromtimestamp(datetime.now(UTC).timestamp() - days * 86400, UTC))
    ended = check(file)
    assert ended.stderr == (f"{file} {said} old. AWS may have changed since then.\n" if said else "")
    assert check(file, "--quiet").stderr == ""


# --- import -----------------------------------------------------------------------------------------------


def test_what_is_imported_is_checked(
    run: Callable[..., Ended], make: Callable[..., Ended], tmp_path: Path
) -> None:
    file = tmp_path / "made.yaml"
    ended = make(SNAPSHOT, "-o", str(file), "-q")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert file.stat().st_mode & 0o777 == 0o600  # it shows an account's network
    ended = run("check", "-m", file, "--snapshot", SNAPSHOT, "-f", "json", "-q")
    assert ended.returncode == 0
    found = [finding["code"] for finding in json.loads(ended.stdout)["findings"]]
    assert found == ["target-group-port-differs"]


@pytest.mark.parametrize("name", ["nlb", "example-nlb"])
def test_import_to_stdout(make: Callable[..., Ended], snapshot: Callable[..., Path], name: str) -> None:
    ended = make(snapshot(), name=name)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(
        "# A mapping table made by nlbcheck mapping import.\n"
        "load_balancer: example-nlb\nregion: ap-northeast-1\nstatic_ips:\n  ap-northeast-1a: 172.31.128.10\n"
    )


def test_import_tells_what_is_left_out(make: Callable[..., Ended], snapshot: Callable[..., Path]) -> None:
    ended = make(snapshot(lambda cloud: listener(cloud, 10080).update(Protocol="UDP")))
    said = "UDP:10080 is left out: a row needs a listener for TCP, TLS or TCP_UDP\n"
    assert (ended.returncode, ended.stderr) == (0, said)
    assert f"# {said}- listener: TCP:20022\n" in ended.stdout
    assert make(snapshot(lambda cloud: listener(cloud, 10080).update(Protocol="UDP")), "-q").stderr == ""


def test_import_tells_what_is_not_visible(make: Callable[..., Ended], snapshot: Callable[..., Path]) -> None:
    def hide(cloud: Cloud) -> None:
        del cloud.targets[group(cloud, "example-tg-10080")["TargetGroupArn"]]

    ended = make(snapshot(hide))
    assert ended.returncode == 3
    assert "No recorded answer to elasticloadbalancing:DescribeTargetHealth shows it." in ended.stderr
    assert "- listener: TCP:10022\n" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--load-balancer", "none"], 2, "There is no load balancer none in account 123456789012"),
        (
            ["--load-balancer", "nlb", "--region", "eu-west-1"],
            3,
            "Not visible: load balancer nlb in eu-west-1",
        ),
        (
            ["--load-balancer", "nlb", "-o", "made.csv"],
            2,
            "made.csv: the table is YAML, or Markdown: expected a file",
        ),
        (
            ["--load-balancer", "nlb", "-o", "no/such/folder.yaml"],
            2,
            "was not written: there is no folder no/such",
        ),
        ([], 2, "no source is named"),
    ],
)
def test_import_that_cannot_be(
    run: Callable[..., Ended], arguments: list[str], status: int, said: str
) -> None:
    ended = run("import", "--snapshot", SNAPSHOT, "-q", *arguments)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_import_of_an_empty_one(make: Callable[..., Ended], snapshot: Callable[..., Path]) -> None:
    def empty(cloud: Cloud) -> None:
        for port in (10022, 10080, 20022, 20080, 30080):
            remove_listener(cloud, port)

    ended = make(snapshot(empty))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "nlbcheck: example-nlb has no listener that can be written as a row of a table\n"


# --- live -------------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsEndpoint]:
    """AWS as the article's network has it, and an environment in which boto3 asks there."""
    account_region = AccountRegion("123456789012", "ap-northeast-1")
    with AwsEndpoint(EndpointState(recording.read(SNAPSHOT))) as served:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(served.url, account_region, {}).items():
            monkeypatch.setenv(name, value)
        yield served


def test_check_live(run: Callable[..., Ended], endpoint: AwsEndpoint) -> None:
    live = run("check", "-m", TABLE, "-f", "json")
    recorded = run("check", "-m", TABLE, "-f", "json", "--snapshot", SNAPSHOT, "-q")
    assert live == recorded
    assert {call.operation[:8] for call in endpoint.calls} <= {"Describe", "GetCalle"}


@pytest.mark.parametrize("name", ["example-nlb", "nlb"])
def test_import_live(run: Callable[..., Ended], endpoint: AwsEndpoint, name: str) -> None:
    live = run("import", "--load-balancer", name)
    assert live == run("import", "--load-balancer", name, "--snapshot", SNAPSHOT, "-q")
    assert live.stdout.count("- listener: ") == 5


def test_check_live_by_address(run: Callable[..., Ended], endpoint: AwsEndpoint, tmp_path: Path) -> None:
    document = yaml.safe_load(TABLE.read_text())
    del document["load_balancer"]
    (tmp_path / "t.json").write_text(json.dumps(document))
    ended = run("check", "-m", tmp_path / "t.json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("t.json against example-nlb: 1 with a warning\n")


def test_a_name_that_nobody_has_live(run: Callable[..., Ended], endpoint: AwsEndpoint) -> None:
    ended = run("import", "--load-balancer", "example-lbn")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Did you mean example-nlb?" in ended.stderr


@pytest.mark.parametrize(
    "operation",
    ["DescribeLoadBalancers", "DescribeListeners", "DescribeTargetGroups", "DescribeTargetHealth"],
)
def test_denied_live(run: Callable[..., Ended], endpoint: AwsEndpoint, operation: str) -> None:
    endpoint.inject(ApiFault(Trouble.DENIED, operation))
    ended = run("check", "-m", TABLE)
    assert (ended.returncode, ended.stderr) == (3, "")
    assert f"elasticloadbalancing:{operation}" in ended.stdout
    assert "AccessDenied" in ended.stdout
    assert run("import", "--load-balancer", "example-nlb").returncode == 3


@pytest.mark.parametrize("command", [["check", "-m", str(TABLE)], ["import", "--load-balancer", "nlb"]])
def test_without_credentials(command: list[str]) -> None:
    ended = nlbcheck("mapping", *command, "--region", "ap-northeast-1", env=NO_AWS)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == "nlbcheck: no AWS credentials: sign in, or set AWS_PROFILE or --profile\n"


def test_neither_name_nor_address(run: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Listener,Target group,Target port,Target\n1,tg,22,x\n")
    ended = run("check", "-m", tmp_path / "t.csv", "--snapshot", SNAPSHOT, "-q")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("nlbcheck: no load balancer is named: expected load_balancer")
