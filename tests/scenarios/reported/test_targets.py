"""Targets that are load balancers themselves, and a load balancer that is reached through an endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios import reported

_ANSWERS_OF_INNER = "loadbalancer/net/workload-nlb"


def less(name: str, folder: Path, operation: str, fragment: str) -> Any:
    """Return the report of a network without some answers."""
    there = reported.HERE / name
    document = json.loads((there / "snapshot.json").read_text())
    document["answers"] = [
        answer
        for answer in document["answers"]
        if answer["operation"] != operation or fragment not in str(answer["parameters"])
    ]
    snapshot = folder / "snapshot.json"
    snapshot.write_text(json.dumps(document))
    words = ("diagnose", "--all", "--no-probe", "-f", "json", "--snapshot", str(snapshot))
    return json.loads(reported.command(*words, "-m", str(there / "table.yaml")).stdout)


def test_a_preserved_client_does_not_come_to_another_load_balancers_node() -> None:
    report = reported.report("target-is-another-nlb")
    assert reported.verdicts(report) == {"ingress-443": "fail"}
    assert reported.codes(report, "fail") == {"client-ip-preserved-unsupported"}
    assert len(reported.commands(report)) == 1
    assert "preserve_client_ip.enabled" in reported.commands(report)[0]


def test_an_inner_load_balancer_without_a_listener_drops_what_comes() -> None:
    report = reported.report("inner-nlb-without-listener")
    assert reported.verdicts(report) == {"ingress-443": "fail"}
    assert reported.codes(report, "fail") == {"listener-missing"}
    text = " ".join(reported.told("inner-nlb-without-listener").stdout.split())
    assert "workload-nlb has no listener on port 443" in text


@pytest.mark.parametrize("operation", ["DescribeListeners"])
def test_without_its_answers_nothing_is_said_of_it(operation: str, tmp_path: Path) -> None:
    report = less("inner-nlb-without-listener", tmp_path, operation, _ANSWERS_OF_INNER)
    assert reported.verdicts(report) == {"ingress-443": "unknown"}
    assert reported.codes(report, "fail", "unknown") == {"not-visible"}


def test_a_health_check_comes_to_the_listener_that_is_missing_too() -> None:
    report = reported.report("alb-without-listener")
    assert reported.codes(report, "fail") == {"listener-missing", "target-unhealthy"}
    text = " ".join(reported.told("alb-without-listener").stdout.split())
    assert "The target app-alb has no listener on port 443" in text
    assert "nothing in AWS" not in text
    assert "Is the process running" not in text


def test_a_consumer_comes_by_its_endpoint_and_the_load_balancers_rules_see_its_own_address() -> None:
    report = reported.report("privatelink-consumer")
    assert reported.codes(report, "fail") == {"sg-denies"}
    denied = [item for item in reported.findings(report) if item["code"] == "sg-denies"]
    assert {item["confidence"] for item in denied} == {"likely"}
    assert {item["evidence"]["source"] for item in denied} == {"10.90.1.20"}
    text = " ".join(reported.told("privatelink-consumer").stdout.split())
    assert "peering" not in text
    assert "the interface endpoint vpce-0abc0abc0abc0abc0" in text
