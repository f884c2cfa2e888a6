"""Of many rows, does a person see what fails in a few lines, and does the file stay small?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.diagnose import LISTENERS, NODES, relay, write_table
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Client, Node, Report, Status
from nlbcheck.relays import Row, load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.diagnosis.diagnosing import InMemory, Mutation
from tests.scenarios.cloud import Cloud, made_id, permission

FAILING = LISTENERS[:10]


def one_group_for_ten(cloud: Cloud) -> None:
    """Close ten targets by a security group of theirs."""
    group = cloud.security_group("closed", made_id("vpc", "servers"))
    for index in range(len(FAILING)):
        interface = cloud.find("DescribeNetworkInterfaces", made_id("eni", f"server-{index}-eth0"))
        interface["Groups"] = [{"GroupId": group, "GroupName": "closed"}]


def a_group_each(cloud: Cloud) -> None:
    """Close ten targets by a security group each."""
    for index in range(len(FAILING)):
        rules = [permission("tcp", f"{NODES['a']}/32", port=22)] if index % 2 else []
        group = cloud.security_group(f"closed-{index}", made_id("vpc", "servers"), rules)
        interface = cloud.find("DescribeNetworkInterfaces", made_id("eni", f"server-{index}-eth0"))
        interface["Groups"] = [{"GroupId": group, "GroupName": f"closed-{index}"}]


def unregistered(cloud: Cloud) -> None:
    """Leave ten target groups without a target."""
    for arn, targets in cloud.targets.items():
        if any(f"example-tg-{port}/" in arn for port in FAILING):
            targets.clear()


def diagnosed(folder: Path, *mutations: Mutation, refused: Sequence[int] | None = None) -> Report:
    """Diagnose 50 listeners at 3 static IPs; those of ``refused`` are probed so, the others well."""
    cloud = relay()
    for mutate in mutations:
        mutate(cloud)
    table = load(write_table(folder / "nlbcheck.yaml"))

    def wire(row: Row, _node: Node) -> Status:
        return Status.REFUSED if row.listener.number in (refused or ()) else Status.OK

    vantage = InMemory(Client(table.client or ""), table, wire)
    held = Aws(held=Snapshot(cloud.recording()))
    return diagnose(table, aws=held, probing=refused is not None, vantage=vantage)


def text(report: Report) -> str:
    return FORMATS["table"](report, Style(width=80))


@pytest.mark.parametrize("mutation", [one_group_for_ten, a_group_each, unregistered])
def test_ten_failing_rows_take_at_most_120_lines(tmp_path: Path, mutation: Mutation) -> None:
    told = text(diagnosed(tmp_path, mutation))
    assert "\n40 rows are in order (not probed).\n" in told
    assert told.splitlines()[-1].startswith("10 of 50 rows fail; ")
    assert len(told.splitlines()) <= 120
    for port in FAILING:
        assert f"tg-{port}" in told


def test_ten_processes_that_are_down_take_at_most_120_lines(tmp_path: Path) -> None:
    told = text(diagnosed(tmp_path, refused=FAILING))
    assert ". 9 more are like it. [target-not-listening]" in told.replace("\n  ", " ")
    assert "Fix: steps 1 to 10." in told
    assert "\n40 rows are in order.\n" in told
    assert told.splitlines()[-1] == "10 of 50 rows fail; 120 ok, 30 failed; 1 warning"
    assert len(told.splitlines()) <= 120


def test_one_cause_of_many_rows_is_told_once_with_the_leg_that_fails(tmp_path: Path) -> None:
    told = text(diagnosed(tmp_path, one_group_for_ten))
    assert told.count("\n✗ tg-") == told.count("The path to ") == 1
    assert "✗ node to target" in told
    assert "client to node" not in told
    whole = FORMATS["table"](diagnosed(tmp_path, one_group_for_ten), Style(width=80, verbose=True))
    assert "client to node  ✓ instance client" in whole


def test_where_nothing_fails_that_is_one_line(tmp_path: Path) -> None:
    told = text(diagnosed(tmp_path))
    lines = told.splitlines()
    assert lines[-3:-1] == ["50 rows are in order (not probed).", ""]
    assert lines[-1] == "150 ok; 1 warning"
    assert told.count("[listener-quota-near]") == 1
    assert len(lines) <= 16


def test_json_of_150_healthy_endpoints_is_small(tmp_path: Path) -> None:
    report = diagnosed(tmp_path)
    document = FORMATS["json"](report, Style())
    assert len(document) < 400_000
    paths = [path for row in json.loads(document)["mappings"] for it in row["nodes"] for path in it["paths"]]
    assert {(path["verdict"], len(path["hops"])) for path in paths} == {("pass", 0), ("warn", 1)}
    whole = json.loads(FORMATS["json"](report, Style(verbose=True)))
    assert all(hop["evidence"] for path in whole["mappings"][0]["nodes"][0]["paths"] for hop in path["hops"])


def test_json_keeps_the_evidence_of_what_fails(tmp_path: Path) -> None:
    document = json.loads(FORMATS["json"](diagnosed(tmp_path, one_group_for_ten), Style()))
    node = document["mappings"][0]["nodes"][0]
    (failing,) = [it for it in node["paths"] if it["verdict"] == "fail" and it["leg"] == "back"]
    closed = [hop for hop in failing["hops"] if hop["verdict"] == "fail"]
    assert all(hop["evidence"]["rules"] == "ingress" for hop in closed)
    assert all(not hop["evidence"] for hop in failing["hops"] if hop["verdict"] == "pass")
    assert document["counts"]["rows"] == {"pass": 0, "warn": 40, "unknown": 0, "fail": 10, "error": 0}
