# ruff: noqa: E501 - sentences stand whole
"""Several targets in a group, targets that come and go, and names, as people's networks and tables have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.reported import FILES, codes, command, commands, findings, report, told, verdicts


def test_a_node_without_a_pod_is_unhealthy_by_design() -> None:
    found = report("node-without-pod")
    assert found["exit_status"] == 0
    assert codes(found) == codes(found, "warn") == {"target-undeclared", "connections-collide"}
    assert commands(found) == []
    (row,) = found["mappings"]
    assert row["cause"] is None
    assert [target["declared"] for target in row["targets"]] == [True, False]
    assert {node["reached"]["open"] for node in row["nodes"]} == {1}
    said = " ".join(told("node-without-pod").stdout.split())
    assert "1 of 1 target is reachable from ap-northeast-1a and ap-northeast-1c. Not in use: 1 more." in said


def test_the_old_target_drains_while_the_new_one_comes() -> None:
    found = report("old-target-drains")
    assert found["exit_status"] == 0
    assert codes(found) == codes(found, "warn") == {"target-draining", "target-initial"}
    assert commands(found) == []
    assert "register it again" not in told("old-target-drains").stdout


def test_a_controller_s_default_port_is_one_remark() -> None:
    found = report("controller-default-ports")
    assert found["exit_status"] == 0
    assert set(verdicts(found).values()) == {"pass"}
    assert [item["code"] for item in findings(found)] == ["target-group-port-differs"]
    assert "Warnings" in told("controller-default-ports").stdout
    assert told("controller-default-ports").stdout.count("[target-group-port-differs]") == 1


ARTICLE = (
    "--snapshot",
    "sample_configs/snapshot.json",
    "--load-balancer",
    "example-nlb",
    "--client",
    "192.168.1.214",
)


def named(file: str, action: str) -> Any:
    """Return what is said of the article's network, in JSON, with a table that has names only."""
    words = {
        "diagnose": ("diagnose", "--all", "--no-probe", *ARTICLE),
        "check": ("mapping", "check", *ARTICLE[:4]),
    }[action]
    return json.loads(command(*words, "-m", str(FILES / file), "-f", "json").stdout)


@pytest.mark.parametrize("action", ["diagnose", "check"])
@pytest.mark.parametrize(
    ("file", "status", "sentence"),
    [
        ("04-one-name.csv", 1,
         "The table uses the name ServerA for several addresses: AWS has 172.31.129.10 in tg-10022, 172.31.137.10 in tg-20022."),
        ("04-two-names.csv", 0,
         "The table has several names for one address: 172.31.129.10 is ServerA in tg-10022 and ServerB in tg-10080."),
    ],
)  # fmt: skip
def test_names_are_compared_among_themselves(action: str, file: str, status: int, sentence: str) -> None:
    found = named(file, action)
    assert found["exit_status"] == status
    assert sentence in json.dumps(found)


def many(action: str, *options: str) -> str:
    file = str(FILES / "08-many-listeners.json")
    words = {
        "check": ("mapping", "check", "--snapshot", file, "-m", str(FILES / "08-table-imported.yaml")),
        "import": ("mapping", "import", "--snapshot", file, "--load-balancer", "my-network-load-balancer"),
    }[action]
    return command(*words, *options).stdout


def test_nobody_is_told_to_delete_what_a_table_cannot_say() -> None:
    said = many("check", "-f", "json").lower()
    assert said.count("listener-undeclared") == 4
    assert "delete" not in said
    assert "deregister" not in said


def test_what_is_imported_is_a_table_of_the_same(tmp_path: Path) -> None:
    table = yaml.safe_load(many("import"))
    assert [row["target"] for row in table["mappings"]] == [
        "10.20.1.207",
        "10.20.1.207",
        "10.20.1.207",
        "10.30.1.166",
    ]
    node = Path(__file__).parent / "node-without-pod" / "snapshot.json"
    file = tmp_path / "table.yaml"
    command("mapping", "import", "--snapshot", str(node), "--load-balancer", "example-nlb", "-o", str(file))
    (row,) = yaml.safe_load(file.read_text())["mappings"]
    assert row["target"] == ["target-server-1", "target-server-2"]
    ended = command("mapping", "check", "--snapshot", str(node), "-m", str(file))
    assert ended.exit_code == 0
    assert "target" not in ended.stdout
    shown = command("mapping", "show", "-m", str(file)).stdout
    assert "target-server-1 (172.31.129.10), target-server-2 (172.31.137.10)" in shown
