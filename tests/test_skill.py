"""Does what an agent is taught exist: commands, options, exit statuses, and keys of the JSON document?"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from nlbcheck.cli import cli
from nlbcheck.errors import ExitStatus
from nlbcheck.lab import article
from tests.cli.running import nlbcheck

SKILL = (Path(__file__).parents[1] / "SKILL.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", SKILL, re.DOTALL) for line in block.splitlines()]


def commands(line: str) -> list[list[str]]:
    """The words after each ``nlbcheck`` of a line: a lab runs another one."""
    return [shlex.split(part) for part in re.split(r"(?:-- )?\bnlbcheck ", line)[1:]]


def test_there_are_commands() -> None:
    named = {words[0] for line in LINES for words in commands(line)}
    assert {"probe", "diagnose", "trace", "snapshot", "mapping", "explain", "lab", "smoke", "report"} <= named


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_is_understood(line: str) -> None:
    for words in commands(line):
        command: click.Command = cli
        context = click.Context(cli)
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, line
            command = found
        command.make_parser(click.Context(command)).parse_args([*words, *(["true"] if "run" in line else [])])


def test_every_exit_status_is_told() -> None:
    told = set(map(int, re.findall(r"^\| (\d+) \|", SKILL, re.MULTILINE)))
    assert told == {int(status) for status in ExitStatus}


def keys(document: object, within: str = "") -> set[str]:
    """The places of a document, as ``mappings[].cause``."""
    if isinstance(document, dict):
        own = {f"{within}.{name}".lstrip(".") for name in document}
        return own.union(*(keys(value, f"{within}.{name}".lstrip(".")) for name, value in document.items()))
    if isinstance(document, list):
        return {f"{within}[]"}.union(*(keys(item, f"{within}[]") for item in document))
    return set()


def test_every_key_is_in_a_report(tmp_path: Path) -> None:
    """A route is gone, a call was refused, and a probe was recorded: all keys have something to say."""
    (tmp_path / "table.yaml").write_text(
        "load_balancer: x\nstatic_ips: [127.0.0.1]\n"
        "mappings:\n  - {listener: 1, target_group: tg, target_port: 1, target: 10.0.0.1, check: tcp}\n"
    )
    probed = nlbcheck("probe", "-m", "table.yaml", "-f", "json", cwd=tmp_path)
    recorded = json.loads(article.SNAPSHOT.read_text())
    refused = [item for item in recorded["answers"] if item["operation"] == "DescribeRouteTables"]
    recorded["answers"] = [item for item in recorded["answers"] if item not in refused]
    recorded["gaps"] = [
        {key: item[key] for key in ("service", "operation", "parameters", "account", "region") if key in item}
        | {"error": "UnauthorizedOperation"}
        for item in refused
    ]
    (tmp_path / "gaps.json").write_text(json.dumps(recorded))
    diagnose = ("diagnose", "--all", "-m", article.TABLE, "-f", "json", "--snapshot")
    blind = nlbcheck(*diagnose, "gaps.json", cwd=tmp_path)
    (tmp_path / "calls.json").write_text(json.dumps([revoked(recorded)]))
    broken = nlbcheck(*diagnose, article.SNAPSHOT, "--apply", "calls.json", cwd=tmp_path)
    assert [done.returncode for done in (probed, blind, broken)] == [1, 3, 1], broken.stderr + blind.stderr
    known = set().union(*(keys(json.loads(done.stdout)) for done in (probed, blind, broken)))
    table = SKILL.partition("## Keys")[2]
    told = {
        key for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for key in re.findall("`(.*?)`", row)
    }
    assert len(told) > 12
    assert told <= known, told - known
    finding = table.partition("A finding has")[2].partition("`code` never")[0]
    parts = set(re.findall("`(.*?)`", finding))
    assert {"code", "evidence", "verified"} <= parts
    remedy = {"text", "commands", "verified"}
    assert {f"mappings[].findings[].{name}" for name in parts - remedy} <= known
    assert {f"mappings[].findings[].remedy.{name}" for name in remedy} <= known


def revoked(recorded: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    """The call that takes all inbound rules of SSH away from the article's targets."""
    groups = [
        group
        for answer in recorded["answers"]
        if answer["operation"] == "DescribeSecurityGroups" and isinstance(answer["response"], dict)
        for group in answer["response"]["SecurityGroups"]
    ]
    group = next(group for group in groups if group["GroupName"] == "targets")
    ssh = [rule for rule in group["IpPermissions"] if rule.get("FromPort") == 22]
    permissions = [{key: value for key, value in rule.items() if value} for rule in ssh]
    return {
        "service": "ec2",
        "operation": "RevokeSecurityGroupIngress",
        "parameters": {"GroupId": group["GroupId"], "IpPermissions": permissions},
    }
