"""Is the JSON report the document that scripts rely on?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Observation, Report, Status
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, ok, report, with_row


def rendered(report: Report) -> Any:
    return json.loads(FORMATS["json"](report, Style()))


def test_top_level_fields():
    document = rendered(REPORTS["one-refused"])
    assert set(document) == {
        "schema", "version", "started_at", "command", "exit_status", "relays", "client", "vantages",
        "summary", "counts", "mappings",
    }  # fmt: skip
    assert document["schema"] == "nlbcheck.report/1"
    assert document["started_at"] == "2026-11-22T12:00:00Z"
    assert document["exit_status"] == 1
    assert document["client"] == {"source": "this machine", "address": "192.168.1.214"}
    assert document["vantages"] == [document["client"]]
    assert document["relays"] == [
        {
            "name": "nlbcheck.yaml",
            "load_balancer": None,
            "table": "nlbcheck.yaml",
            "account": None,
            "region": "ap-northeast-1",
        }
    ]
    assert document["counts"]["rows"] == {"pass": 4, "warn": 0, "unknown": 0, "fail": 1, "error": 0}
    assert document["counts"]["warnings"] == 0
    assert document["summary"] == {"pass": 8, "warn": 0, "unknown": 0, "fail": 2, "error": 0}


def test_mapping_and_node_fields():
    mapping = rendered(REPORTS["one-refused"])["mappings"][0]
    node = mapping.pop("nodes")[0]
    assert mapping == {
        "name": "tg-10022",
        "relay": {"name": "nlbcheck.yaml", "table": "nlbcheck.yaml", "load_balancer": None},
        "listener": {"protocol": "TCP", "port": 10022},
        "target_group": "tg-10022",
        "target": {"name": "TargetServer1", "address": "172.31.129.10", "protocol": "TCP", "port": 22},
        "verdict": "fail",
        "findings": [],
    }
    meaning = node["probe"].pop("meaning")
    assert meaning.startswith("Likely the target's host refuses")
    assert node == {
        "zone": "ap-northeast-1a",
        "address": "172.31.128.10",
        "port": 10022,
        "verdict": "fail",
        "findings": [],
        "probe": {
            "check": "ssh",
            "status": "refused",
            "connect_ms": None,
            "total_ms": 3000.0,
            "attempts": 2,
            "local_address": None,
            "detail": {},
            "error": "the connection was refused",
        },
    }


def test_times_have_three_decimals():
    probe = rendered(REPORTS["all-ok"])["mappings"][0]["nodes"][0]["probe"]
    assert (probe["connect_ms"], probe["total_ms"]) == (1.235, 12.346)


def test_every_field_of_a_finding():
    document = rendered(with_row(REPORTS["all-ok"], 0, findings=(FULL_FINDING,)))
    assert document["mappings"][0]["findings"] == [
        {
            "code": "sg-denies",
            "verdict": "fail",
            "leg": "back",
            "direction": "request",
            "zone": "ap-northeast-1a",
            "resource": {"type": "security-group", "id": "sg-1", "name": "web"},
            "summary": "No rule of sg-1 admits the node.",
            "evidence": {"rules": []},
            "remedy": {
                "text": "Admit the node.",
                "commands": ["aws ec2 authorize-security-group-ingress"],
                "verified": True,
                "calls": [
                    {"service": "ec2", "operation": "AuthorizeSecurityGroupIngress", "parameters": {}},
                ],
            },
            "confidence": "likely",
            "of_row": True,
        }
    ]


def test_time_is_utc_wherever_it_was_taken():
    tokyo = datetime(2026, 11, 22, 21, 0, tzinfo=timezone(timedelta(hours=9)))
    assert rendered(replace(REPORTS["all-ok"], started_at=tokyo))["started_at"] == "2026-11-22T12:00:00Z"


def test_unknown_client_address_is_absent():
    silent = report(lambda row, node: Observation(row.check, Status.TIMED_OUT))
    assert rendered(silent)["client"] == {"source": "this machine"}


@pytest.mark.parametrize("place", ["\udcff", {"\ud800": "x"}, ["\udfff"]])
def test_no_lone_surrogate_gets_out(place):
    text = FORMATS["json"](report(lambda row, node: ok(row, extra=place)), Style())
    assert json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")


def test_large_reports_hold_the_same():
    rows = tuple(replace(TABLE.rows[0], name=f"tg-{number}") for number in range(201))
    large = rendered(report(lambda row, node: ok(row), replace(TABLE, rows=rows)))
    assert [mapping["name"] for mapping in large["mappings"]] == [row.name for row in rows]
