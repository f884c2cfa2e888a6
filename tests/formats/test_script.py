"""Is the script what a plan says, and does nothing in it run that nlbcheck did not write?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.formats import script
from nlbcheck.model import Call, Code, RelayReport, Remedy, Report
from nlbcheck.model.plan import plan
from tests.formats import test_diagnosis
from tests.formats.reports import FULL_FINDING, HOSTILE, REPORTS, with_row

STATED = "\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\\"


def hostile() -> Report:
    """Return a report with hostile names in every place that a script takes text from."""
    remedy = Remedy(
        f"Admit {HOSTILE}{STATED}",
        (
            Call("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1'; touch owned; '"}),
            Call("ec2", "CreateRoute", {"RouteTableId": f"rtb-1{STATED}"}),
        ),
        verified=True,
    )
    found = replace(FULL_FINDING, summary=HOSTILE + STATED, remedy=remedy)
    by_hand = replace(found, code=Code.VPN_DOWN, remedy=Remedy(STATED))
    whole = REPORTS["all-ok"]
    row = {"name": f"tg{HOSTILE}{STATED}", "findings": (found, by_hand), "cause": found, "targets": ()}
    relay = RelayReport(whole.rows[0].relay, "table", HOSTILE + STATED, STATED, STATED)
    made = replace(whole, command="diagnose", rows=whole.rows[:1], results=(), relays=(relay,))
    return with_row(made, 0, **row)


def ran(text: str, folder: Path) -> list[str]:
    """Run a script where ``aws`` only notes how it was called; return the notes."""
    aws, notes = folder / "aws", folder / "notes"
    aws.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{notes}"\n')
    aws.chmod(0o755)
    (folder / "fix.sh").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(["sh", "fix.sh"], cwd=folder, env=environment, check=True, timeout=60)
    return notes.read_text().splitlines() if notes.exists() else []


@pytest.mark.parametrize(
    ("name", "report"),
    [("fix-two-faults", test_diagnosis.REPORTS["diagnosed-two-faults"]), ("fix-hostile", hostile())],
    ids=["two faults", "hostile"],
)
def test_text_is_the_golden_one(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.sh", script.render(report))


def test_it_makes_the_calls_of_the_plan_and_nothing_else(tmp_path: Path) -> None:
    report = test_diagnosis.REPORTS["diagnosed-two-faults"]
    made = ran(script.render(report), tmp_path)
    assert [line.split()[1] for line in made] == ["create-listener", "create-route"]
    assert len(plan(report)) == 2


def test_hostile_text_runs_nothing(tmp_path: Path) -> None:
    text = script.render(hostile())
    assert ran(text, tmp_path) == ["ec2 authorize-security-group-ingress --group-id sg-1'; touch owned; '"]
    assert not (tmp_path / "owned").exists()
    assert not {"\x1b", "\x07", "\x00", "\r", "\u202e", "\ufffe", "\udcff"} & set(text)


def test_where_nothing_fails_it_does_nothing(tmp_path: Path) -> None:
    text = script.render(REPORTS["all-ok"])
    assert ran(text, tmp_path) == []
    assert text.splitlines()[1] == "# Load balancer 172.31.128.10 and 172.31.136.10, ap-northeast-1"
    assert "Nothing fails" in text


def test_no_target_leaves_before_its_successor_is_healthy(tmp_path: Path) -> None:
    calls = [
        Call("elbv2", operation, {"TargetGroupArn": "arn:tg", "Targets": [{"Id": address, "Port": 22}]})
        for operation, address in (("RegisterTargets", "10.0.0.2"), ("DeregisterTargets", "10.0.0.1"))
    ]
    found = replace(FULL_FINDING, remedy=Remedy("Exchange the targets.", tuple(calls)))
    report = with_row(REPORTS["all-ok"], 0, findings=(found,), cause=found, targets=())
    text = script.render(replace(report, command="diagnose"))
    new, old = ('[{"Id":"10.0.0.2","Port":22}]', '[{"Id":"10.0.0.1","Port":22}]')
    assert ran(text, tmp_path) == [
        f"elbv2 register-targets --target-group-arn arn:tg --targets {new}",
        f"elbv2 wait target-in-service --target-group-arn arn:tg --targets {new}",
        f"elbv2 deregister-targets --target-group-arn arn:tg --targets {old}",
    ]
