"""Is a diagnosis about the node and the client that the command line names, as people name them?"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.relays.build import SAMPLES
from tests.scenarios.article import SNAPSHOT

Run = subprocess.CompletedProcess[str]


def diagnose(*arguments: str) -> Run:
    given = (
        "--snapshot",
        str(SNAPSHOT),
        "-m",
        str(SAMPLES / "nlbcheck.yaml"),
        "--no-probe",
        "-q",
        "-f",
        "json",
    )
    command = [sys.executable, "-m", "nlbcheck", "diagnose", *arguments, *given]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def report(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(diagnose(*arguments).stdout)
    return found


def nodes(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(row["name"], [node["address"] for node in row["nodes"]]) for row in document["mappings"]]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["172.31.128.10:10022"], [("tg-10022", ["172.31.128.10"])]),
        (["tg-10022", "172.31.128.10:10080"], [
            ("tg-10022", ["172.31.128.10", "172.31.136.10"]),
            ("tg-10080", ["172.31.128.10", "172.31.136.10"]),
        ]),
        (["TargetServer3"], [("tg-30080", ["172.31.128.10", "172.31.136.10"])]),
    ],
)  # fmt: skip
def test_rows_and_nodes(names: list[str], wanted: list[tuple[str, list[str]]]) -> None:
    assert nodes(report(*names)) == wanted


def test_one_node_is_no_drift_of_the_others() -> None:
    document = report("172.31.128.10")
    assert nodes(document)[0] == ("tg-10022", ["172.31.128.10"])
    codes = {finding["code"] for row in document["mappings"] for finding in row["findings"]}
    assert "static-ip-undeclared" not in codes
    assert document["exit_status"] == 0


def test_a_client_by_its_name_tag() -> None:
    client = report("tg-10022", "--client", "client")["client"]
    assert (client["source"], client["address"]) == ("client", "192.168.1.214")
    wrong = diagnose("tg-10022", "--client", "nobody")
    assert wrong.returncode == 2
    assert "'nobody': no instance has this Name tag" in wrong.stderr
