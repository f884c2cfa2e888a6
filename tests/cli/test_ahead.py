"""``--plan`` and ``--apply``: does a command tell what a change brings that has not been made yet?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called, written
from tests.cli.running import nlbcheck
from tests.scenarios.article import article
from tests.scenarios.cloud import made_id, permission
from tests.scenarios.mutations import rules_of
from tests.terraform.planning import create, delete, plan, update
from tests.terraform.plans import CASES, CLIENT_ROUTE, SG, rule, security_group

SSH = 'aws_vpc_security_group_ingress_rule.ssh["1c"]'
WITHOUT_RULE = {
    "service": "ec2",
    "operation": "RevokeSecurityGroupIngress",
    "parameters": {"GroupId": SG, "IpPermissions": [permission("tcp", "172.31.136.10/32", port=22)]},
}


def as_file(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    return as_file(tmp_path / "plan.json", plan(delete(SSH, rule("172.31.136.10"))))


def diagnosed(*words: str | Path, env: Mapping[str, str] = NO_AWS, snapshot: Path | None = SNAPSHOT) -> Any:
    held = ("--snapshot", snapshot) if snapshot else ()
    return called("diagnose", "--all", "-m", TABLE, *held, *words, env=env)


def test_the_sentence_of_the_issue(plan_file: Path) -> None:
    """The change is named before the state that it leaves."""
    done = nlbcheck(
        "diagnose", "tg-10022", "-m", TABLE, "--snapshot", SNAPSHOT, "--plan", plan_file, env=NO_AWS
    )  # fmt: skip
    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert f"This apply breaks tg-10022 at ap-northeast-1c: it deletes {SSH}." in told
    assert "No inbound rule of targets (sg-01527e3e580558ce4) allows TCP 22 from 172.31.136.10." in told
    assert "wire-contradicts-model" not in told
    assert f"This is the state after {plan_file}: 1 change is applied to the recorded state." in done.stderr


def test_calls_say_the_same(tmp_path: Path) -> None:
    calls = as_file(tmp_path / "calls.json", [WITHOUT_RULE])
    done = diagnosed("-f", "json", "--apply", calls)
    row = json.loads(done.stdout)["mappings"][0]
    assert row["verdict"] == "fail"
    assert row["cause"]["summary"].startswith(
        "This change breaks tg-10022 at ap-northeast-1c and tg-20022 at ap-northeast-1c: it makes call 1, "
        "ec2 RevokeSecurityGroupIngress. "
    )


def test_the_report_names_the_resources(plan_file: Path) -> None:
    report = json.loads(diagnosed("-f", "json", "--plan", plan_file).stdout)
    finding = report["mappings"][0]["cause"]
    assert finding["evidence"]["changes"] == [SSH]
    assert "Leave this out, or make the following fix afterwards." in finding["remedy"]["text"]
    assert finding["remedy"]["commands"]


def test_of_several_changes_those_are_named_that_matter(tmp_path: Path) -> None:
    routes = [{**CLIENT_ROUTE, "destination_cidr_block": f"10.{number}.0.0/16"} for number in range(40)]
    others = [delete(f"aws_route.r[{number}]", item) for number, item in enumerate(routes)]
    made = plan(*others[:20], delete(SSH, rule("172.31.136.10")), *others[20:])
    report = json.loads(diagnosed("-f", "json", "--plan", as_file(tmp_path / "p.json", made)).stdout)
    assert report["mappings"][0]["cause"]["evidence"]["changes"] == [SSH]


def test_two_changes_that_only_together_break_are_both_named(tmp_path: Path) -> None:
    """Either rule admits what the other one does."""

    def both(cloud: Any) -> None:
        cloud.find("DescribeSecurityGroups", SG)["IpPermissions"] += [
            permission("tcp", "172.31.0.0/16", port=22)
        ]

    snapshot = written(tmp_path / "s.json", both)
    wide = {**rule("172.31.136.10"), "cidr_ipv4": "172.31.0.0/16"}
    made = plan(delete(SSH, rule("172.31.136.10")), delete("aws_vpc_security_group_ingress_rule.wide", wide))
    document = as_file(tmp_path / "p.json", made)
    report = json.loads(diagnosed("-f", "json", "--plan", document, snapshot=snapshot).stdout)
    changes = report["mappings"][0]["cause"]["evidence"]["changes"]
    assert changes == [SSH, "aws_vpc_security_group_ingress_rule.wide"]


def test_a_plan_that_mends_says_so(tmp_path: Path) -> None:
    snapshot = written(
        tmp_path / "s.json", rules_of("targets", permission("tcp", "172.31.128.10/32", port=22))
    )
    made = plan(*(create(f"aws_vpc_security_group_ingress_rule.r[{number}]", rule("172.31.136.10", port))
                  for number, port in enumerate((22, 80))),
                create("aws_vpc_security_group_ingress_rule.web", rule("172.31.128.10", 80)))  # fmt: skip
    done = diagnosed("--plan", as_file(tmp_path / "p.json", made), snapshot=snapshot)
    assert done.returncode == 0
    assert "This apply repairs" in done.stderr


def test_a_fault_that_was_there_is_not_the_plan_s(tmp_path: Path, plan_file: Path) -> None:
    snapshot = written(tmp_path / "s.json", lambda cloud: cloud.find(
        "DescribeSecurityGroups", SG).update(IpPermissions=[]))  # fmt: skip
    report = json.loads(diagnosed("-f", "json", "--plan", plan_file, snapshot=snapshot).stdout)
    assert all("changes" not in item["evidence"] for row in report["mappings"] for item in row["findings"])


def test_live_aws_is_asked_for_what_the_change_needs(plan_file: Path) -> None:
    with aws(article().recording()) as (_, env):
        done = diagnosed("-f", "json", "--plan", plan_file, env=env, snapshot=None)
    live, held = json.loads(done.stdout), json.loads(diagnosed("-f", "json", "--plan", plan_file).stdout)
    assert [row["verdict"] for row in live["mappings"]] == [row["verdict"] for row in held["mappings"]]
    assert live["mappings"][0]["cause"]["evidence"] == held["mappings"][0]["cause"]["evidence"]


@pytest.mark.parametrize("name", ["a listener moved to another port", "a route replaced by a narrower one"])
def test_live_aws_and_a_recording_foretell_the_same(name: str, tmp_path: Path) -> None:
    made = as_file(tmp_path / "p.json", plan(*CASES[name].changes(article())))
    with aws(article().recording()) as (_, env):
        live = json.loads(diagnosed("-f", "json", "--plan", made, env=env, snapshot=None).stdout)
    held = json.loads(diagnosed("-f", "json", "--plan", made).stdout)
    assert [row["verdict"] for row in live["mappings"]] == [row["verdict"] for row in held["mappings"]]


def test_what_aws_refuses_is_told(tmp_path: Path) -> None:
    cloud = article()
    group = next(item["TargetGroupArn"] for item in cloud.groups)
    outside = {"target_group_arn": group, "target_id": "10.77.0.1", "port": 22, "availability_zone": None}
    made = as_file(tmp_path / "p.json", plan(create("aws_lb_target_group_attachment.far", outside)))
    done = diagnosed("--plan", made)
    assert (
        "creates aws_lb_target_group_attachment.far: an address outside the VPC needs the zone all"
        in done.stderr
    )


def test_what_is_not_laid_over_the_state_is_told(tmp_path: Path) -> None:
    firewall = update("aws_networkfirewall_rule_group.this", {"id": "x", "capacity": 1}, capacity=2)
    role = update("aws_iam_role.this", {"id": "x"}, name="y")
    done = diagnosed("--plan", as_file(tmp_path / "p.json", plan(firewall, role)))
    assert "changes aws_networkfirewall_rule_group.this" in done.stderr
    assert "aws_iam_role" not in done.stderr


def test_a_trace_ahead(plan_file: Path, tmp_path: Path) -> None:
    to = ("trace", "--from", "192.168.1.214", "--to", "172.31.136.10:10022", "--snapshot", SNAPSHOT, "-q")
    assert called(*to, env=NO_AWS).returncode == 0
    done = called(*to, "--plan", plan_file, env=NO_AWS)
    assert done.returncode == 1
    assert f"This apply breaks this connection: it deletes {SSH}." in " ".join(done.stdout.split())
    calls = as_file(tmp_path / "calls.json", [WITHOUT_RULE])
    assert called(*to, "--apply", calls, env=NO_AWS).returncode == 1


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--plan", '{"resource_changes": [', "not complete JSON"),
        ("--plan", '{"format_version": "1.0"}', "a state says nothing of what an apply changes"),
        ("--plan", "{}", "expected a plan as JSON"),
        ("--plan", {"resource_changes": [{"address": "a.b", "type": "a", "change": {}}] * 2}, "one address"),
        ("--apply", "{}", "expected a list"),
        ("--apply", '[{"service": "ec2"}]', "call 1"),
        ("--apply", [{"service": "s3", "operation": "PutObject", "parameters": {}}], "call 1: s3 PutObject"),
        ("--apply", [{**WITHOUT_RULE, "parameters": {"GroupId": SG, "IpPermissions": [
            permission("tcp", "9.9.9.9/32", port=22)]}}], "InvalidPermission.NotFound"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_error(tmp_path: Path, option: str, content: Any, told: str) -> None:
    done = diagnosed(option, as_file(tmp_path / "wrong.json", content))
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "wrong.json" in done.stderr


def test_options_that_do_not_go_together(plan_file: Path) -> None:
    assert diagnosed("--plan", plan_file, "--apply", plan_file).returncode == 2
    done = diagnosed("--plan", plan_file, "--probe")
    assert done.returncode == 2
    assert "nothing can be probed that is not there yet" in done.stderr
    assert diagnosed("--plan", plan_file.with_name("none.json")).returncode == 2
    assert diagnosed("--plan", plan_file, "-o", plan_file).returncode == 2


def test_fixes_as_terraform(tmp_path: Path, plan_file: Path) -> None:
    as_terraform = ("--plan", plan_file, "--fix-as", "terraform")
    done = diagnosed(*as_terraform, "-q")
    assert 'resource "aws_vpc_security_group_ingress_rule" "fix_1" {' in done.stdout
    assert "aws ec2 authorize-security-group-ingress" in done.stdout
    path = tmp_path / "fix.tf"
    assert diagnosed(*as_terraform, "--fix-script", path, "-f", "json").returncode == 1
    assert path.read_text().count("resource ") == 1
    assert path.stat().st_mode & 0o077 == 0
    done = diagnosed(*as_terraform, "-f", "json")
    assert done.returncode == 2
    assert "--fix-script" in done.stderr


def test_a_table_is_held_against_a_folder_of_terraform(tmp_path: Path) -> None:
    folder = TABLE.parent / "terraform"
    done = nlbcheck("mapping", "check", "-m", TABLE, "--terraform", folder, "-q", env=NO_AWS)
    assert (done.returncode, done.stdout) == (0, f"{TABLE} against example-nlb: no difference\n")
    other = as_file(tmp_path / "nlbcheck.yaml", TABLE.read_text().replace("TCP:10022", "TCP:10023"))
    done = nlbcheck("mapping", "check", "-m", other, "--terraform", folder, "-q", env=NO_AWS)
    assert done.returncode == 1
    assert "listener-missing" in done.stdout


def test_a_table_is_made_of_a_folder_of_terraform(tmp_path: Path) -> None:
    folder, made = TABLE.parent / "terraform", tmp_path / "made.yaml"
    words = ("--load-balancer", "example-nlb", "--terraform", folder, "-o", made, "-q")
    assert nlbcheck("mapping", "import", *words, env=NO_AWS).returncode == 0
    done = nlbcheck("mapping", "check", "-m", made, "--terraform", folder, "-q", env=NO_AWS)
    assert done.returncode == 0


def test_hostile_names_steer_no_terminal(tmp_path: Path) -> None:
    name = 'aws_vpc_security_group_ingress_rule.x["\x1b[31m::error ${x}\\n"]'
    made = as_file(tmp_path / "p.json", plan(delete(name, rule("172.31.136.10"))))
    done = diagnosed("--plan", made, "--fix-as", "terraform", "--no-color")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_a_group_s_own_rules_may_be_unknown(tmp_path: Path) -> None:
    made = plan(update("aws_security_group.targets", security_group(22, 80)))
    change = made["resource_changes"][0]["change"]
    del change["after"]["ingress"]
    change["after_unknown"] = {"ingress": True}
    done = diagnosed("-f", "json", "--plan", as_file(tmp_path / "p.json", made))
    report = json.loads(done.stdout)
    assert done.returncode == 3
    told = [item for item in report["mappings"][0]["findings"] if item["code"] == "not-visible"]
    assert told
    assert "aws_security_group.targets.ingress" in told[0]["summary"] + done.stderr
    assert made_id("sg", "targets") in json.dumps(told)


def test_a_diagnosis_that_needs_no_terraform_reads_none_of_it() -> None:
    script = (
        "import sys\nfrom nlbcheck.cli import cli\n"
        f"cli.main(['diagnose', '--all', '-q', '-m', {str(TABLE)!r}, '--snapshot', {str(SNAPSHOT)!r}], "
        "standalone_mode=False)\n"
        "sys.exit(any(name.startswith(('hcl2', 'lark', 'nlbcheck.terraform', 'nlbcheck.formats.terraform')) "
        "for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_was_read_is_never_written_over(tmp_path: Path, plan_file: Path) -> None:
    trace = ("trace", "--from", "192.168.1.214", "--to", "172.31.136.10:10022", "--snapshot", SNAPSHOT)
    before = plan_file.read_text()
    words: list[tuple[str | Path, ...]] = [
        (*trace, "--plan", plan_file, "-o", plan_file),
        (*trace, "--apply", plan_file, "-o", plan_file),
        ("mapping", "check", "-m", TABLE, "--terraform", plan_file, "-o", plan_file),
        ("mapping", "import", "--load-balancer", "x", "--terraform", plan_file, "-o", plan_file, "--force"),
    ]
    for line in words:
        assert called(*line, env=NO_AWS).returncode == 2
        assert plan_file.read_text() == before


def test_a_call_that_the_recording_cannot_answer_is_not_said_to_be_refused(tmp_path: Path) -> None:
    snapshot = json.loads(SNAPSHOT.read_text())
    for answer in snapshot["answers"]:
        for table in answer["response"].get("RouteTables", []):
            del table["Routes"]
    call = {
        "service": "ec2",
        "operation": "DeleteRoute",
        "parameters": {
            "RouteTableId": made_id("rtb", "private-1a-1"),
            "DestinationCidrBlock": "192.168.0.0/16",
        },
    }
    calls = as_file(tmp_path / "calls.json", [call])
    done = diagnosed("--apply", calls, snapshot=as_file(tmp_path / "s.json", snapshot))
    assert done.returncode == 2
    assert (
        "call 1, ec2 DeleteRoute cannot be tried: a parameter, or a field of the recorded state"
        in done.stderr
    )
