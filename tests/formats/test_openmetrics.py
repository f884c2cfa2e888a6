"""Does Prometheus read the metrics, and do they say what the report says?"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families

from nlbcheck.formats import Style, openmetrics
from nlbcheck.model import Observation, Report, Status
from tests.formats import test_diagnosis
from tests.formats.reports import HOSTILE, REPORTS, ok, report
from tests.formats.test_hostile import reports
from tests.formats.test_markdown import EVIL, spoilt

Samples = dict[str, list[tuple[dict[str, str], float]]]


def text(report: Report) -> str:
    return openmetrics.render(report, Style())


def samples(report: Report) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text(report)):
        for sample in family.samples:
            assert sample.timestamp is None  # the textfile collector refuses a file with one
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def checked(text: str) -> None:
    """Let Prometheus' own program read the text, and say what it thinks of the names."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("report", [*REPORTS.values(), *test_diagnosis.REPORTS.values()])
def test_promtool_accepts_it(report: Report) -> None:
    checked(text(report))


@pytest.mark.parametrize("evil", [*EVIL, HOSTILE, 'a"b\\c\nd', "\\n"])
def test_promtool_accepts_foreign_text(evil: str) -> None:
    checked(text(spoilt(evil)))


@given(reports())
@settings(max_examples=50)
def test_any_text_is_a_label(report: Report) -> None:
    found = samples(report)
    assert found["nlbcheck_run_exit_status"] == [({}, float(report.exit_status))]
    for each in found.values():
        assert len({tuple(sorted(labels.items())) for labels, _ in each}) == len(each)


def test_success_and_duration() -> None:
    found = samples(REPORTS["one-refused"])
    success = {(labels["row"], labels["zone"]): value for labels, value in found["nlbcheck_probe_success"]}
    assert success["tg-10022", "ap-northeast-1a"] == 0
    assert success["tg-10080", "ap-northeast-1a"] == 1
    assert len(success) == 10
    assert found["nlbcheck_probe_success"][0][0] == {
        "relay": "nlbcheck.yaml", "row": "tg-10022", "target": "TargetServer1", "zone": "ap-northeast-1a",
        "static_ip": "172.31.128.10", "listener": "TCP:10022", "vantage": "this machine",
    }  # fmt: skip
    assert {value for _, value in found["nlbcheck_probe_duration_seconds"]} == {3.0, 0.012346}


def test_one_verdict_of_five_holds() -> None:
    found = samples(test_diagnosis.REPORTS["diagnosed-two-vantages"])["nlbcheck_verdict"]
    holding = [labels for labels, value in found if value == 1]
    assert len(found) == 5 * len(holding) == 5 * 8
    assert {labels["vantage"] for labels in holding} == {"192.168.1.214", "172.31.137.10"}


def test_what_was_not_tried_is_neither_success_nor_failure() -> None:
    found = samples(REPORTS["interrupted"])
    assert {labels["row"] for labels, _ in found["nlbcheck_probe_success"]} == {
        "tg-10022", "tg-10080", "tg-20022",
    }  # fmt: skip
    assert found["nlbcheck_run_exit_status"] == [({}, 130.0)]
    crashed = report(lambda row, _: Observation(row.check, Status.CRASHED, error="x"))
    assert "nlbcheck_probe_success" not in samples(crashed)


def test_several_connections_are_counted() -> None:
    found = samples(REPORTS["several-targets"])
    counts = {
        labels["status"]: value
        for labels, value in found["nlbcheck_probe_connections"]
        if (labels["row"], labels["zone"]) == ("tg-10022", "ap-northeast-1c")
    }
    assert counts == {"ok": 4, "timed-out": 1, "refused": 1}


def test_cause_run_and_time() -> None:
    found = samples(test_diagnosis.REPORTS["diagnosed-group"])
    ((labels, value),) = found["nlbcheck_row_cause"]
    assert (labels["row"], labels["code"], value) == ("tg-10022", "sg-denies", 1)
    assert found["nlbcheck_run_info"][0][0]["command"] == "diagnose"
    start = found["nlbcheck_run_start_timestamp_seconds"][0][1]
    assert start == datetime(2026, 11, 22, tzinfo=UTC).timestamp()


def test_when_a_certificate_expires() -> None:
    def seen(row, node):
        return ok(row, not_after="2027-01-02T03:04:05Z", names=["example.com"])

    found = samples(report(seen))["nlbcheck_probe_certificate_expiry_timestamp_seconds"]
    assert {value for _, value in found} == {datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()}


@pytest.mark.parametrize("said", ["soon", None, 7, "9999-12-31T23:59:59Z"])
def test_an_expiry_that_is_no_time_is_none(said) -> None:
    made = report(lambda row, _: ok(row, not_after=said))
    checked(text(replace(made, rows=made.rows[:1])))
