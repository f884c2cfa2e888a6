"""The lab's Systems Manager: scripts run where an instance stands, and probes see what is seen from there."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from nlbcheck.lab.enclosure import tool
from nlbcheck.lab.stage import Stage
from tests.cli.labs import lab
from tests.lab import machine
from tests.lab.stage import play

CLIENT, FIRST_TARGET = "i-07146772898b1129d", "i-0db9c8a5b91930139"


def probed(*options: str) -> dict[str, Any]:
    machine.needs_lab()
    status, output, errors = lab("nlbcheck", "probe", "-f", "json", "--timeout", "2", *options)
    assert status in (0, 1, 3), errors
    report: dict[str, Any] = json.loads(output)
    return report


def statuses(report: dict[str, Any]) -> list[str]:
    return [node["probe"]["status"] for row in report["mappings"] for node in row["nodes"]]


def test_the_articles_ten_endpoints_answer_the_clients_shell() -> None:
    report = probed("--via", f"ssm://{CLIENT}")
    assert statuses(report) == ["ok"] * 10
    assert report["client"]["instance"] == CLIENT
    assert report["client"]["address"] == "192.168.1.214"
    details = [node["probe"]["detail"] for row in report["mappings"] for node in row["nodes"]]
    assert details[0]["banner"] == "SSH-2.0-nlbcheck_lab"
    assert details[0]["not_checked"].startswith("the key exchange")
    assert details[2]["status"] == 200


def test_an_instance_is_found_by_its_tag() -> None:
    report = probed("--via", "target=ssm://tag:Name=target-server-1", "tg-10080")
    assert statuses(report) == ["ok"] * 2
    assert (report["client"]["source"], report["client"]["instance"]) == ("target", FIRST_TARGET)


def addresses_seen(stage: Stage) -> list[str]:
    """Run a command on two instances by the lab's own Systems Manager, and return what each has."""
    told = []
    for instance in (CLIENT, FIRST_TARGET):
        place = stage._inside(instance)
        assert place
        with place:
            told.append(
                subprocess.run([tool("ip"), "-br", "a"], capture_output=True, text=True, check=True).stdout
            )
    assert stage._inside("i-0") is None
    return told


def test_each_instance_is_where_it_stands() -> None:
    client, target = play(addresses_seen)
    assert "192.168.1.214" in client
    assert "172.31.129.10" in target
    assert "192.168.1.214" not in target
