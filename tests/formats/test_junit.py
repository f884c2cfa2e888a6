"""Is the JUnit report what Jenkins' schema for JUnit XML admits, and does it count right?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import junitparser
import pytest

from nlbcheck.formats import Style, junit
from nlbcheck.model import Client, Observation, Report, Result, Status, Verdict
from tests.formats import test_diagnosis
from tests.formats.reports import FULL_FINDING, REPORTS, report, with_result

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {
        "name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp",
        "hostname", "id", "package",
    },
    "testcase": {"name", "assertions", "time", "classname", "status"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
    "properties": set(),
    "property": {"name", "value"},
}  # fmt: skip
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "properties", "system-out", "system-err"},
    "testcase": {"failure", "error", "skipped", "system-out", "system-err"},
    "properties": {"property"},
}


def rendered(report: Report) -> ET.Element:
    return ET.fromstring(junit.render(report, Style()))


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_schema(report):
    root = rendered(report)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        if element.tag in ("testsuite", "testcase"):
            assert element.attrib["name"]
            assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    unusable = sum(bool(relay.problems) for relay in report.relays)
    assert int(root.attrib["tests"]) == len(root.findall("*/testcase")) == len(report.verdicts) + unusable
    assert len(root) == max(1, len(report.relays))
    for suite in root:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        for counter, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[counter]) == len(suite.findall(f"testcase/{tag}"))


@pytest.mark.parametrize(
    ("status", "tag"),
    [
        (Status.REFUSED, "failure"),
        (Status.UNEXPECTED, "failure"),
        (Status.CRASHED, "error"),
        (Status.INTERRUPTED, "skipped"),
    ],
)
def test_outcome_by_status(status, tag):
    def seen(row, node):
        return Observation(row.check, status, error="in words")

    case = rendered(report(seen)).findall(".//testcase")[0]
    assert [child.tag for child in case] == [tag]
    assert case[0].attrib == {"type": status.value, "message": "in words"}


def test_of_a_vantage_point_that_could_not_be_opened_it_says_why():
    whole = REPORTS["all-ok"]
    gone = Client("gone", error="the SSH server 10.0.0.5, port 22: no connection")
    nothing = tuple(Result(replace(item.flow, vantage="gone")) for item in whole.results)
    seen = replace(whole, vantages=(*whole.vantages, gone), results=(*whole.results, *nothing))
    told = "Nothing is probed from gone: the SSH server 10.0.0.5, port 22: no connection."
    skipped = rendered(seen).findall(".//skipped")
    assert {item.get("message") for item in skipped} == {told}
    assert len(skipped) == len(nothing)


def test_ids_are_stable_and_unique():
    first, second = (
        [(case.get("classname"), case.get("name")) for case in rendered(REPORTS[name]).iter("testcase")]
        for name in ("all-ok", "dead-zone")
    )
    assert first == second
    assert len(set(first)) == len(first)
    assert first[0] == ("nlbcheck.probe", "tg-10022[ap-northeast-1a]")


def test_failure_says_what_it_means():
    failure = rendered(REPORTS["one-refused"]).find(".//failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.text.startswith(
        "172.31.128.10:10022 for TargetServer1 172.31.129.10:22: Likely the target's"
    )


def test_finding_on_a_node_that_answers_fails_it():
    blocked = with_result(REPORTS["all-ok"], 0, findings=(FULL_FINDING,))
    failure = rendered(blocked).find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "sg-denies", "message": "No rule of sg-1 admits the node."}


def read_back(report: Report, path: Path) -> junitparser.TestSuite:
    """Return the suite as a program reads it that shows such files."""
    path.write_text(junit.render(report, Style()), encoding="utf-8")
    (suite,) = junitparser.JUnitXml.fromfile(str(path))
    return suite


@pytest.mark.parametrize("name", ["one-refused", "hostile", "hostile-table", "several-targets"])
def test_others_read_it(name, tmp_path):
    suite = read_back(REPORTS[name], tmp_path / "report.xml")
    counts = Counter(REPORTS[name].verdicts)
    assert (suite.tests, suite.failures) == (len(REPORTS[name].verdicts), counts[Verdict.FAIL])
    failed = [case for case in suite if case.is_failure]
    assert len(failed) == counts[Verdict.FAIL]


def test_a_failure_says_cause_fix_and_path(tmp_path):
    suite = read_back(test_diagnosis.REPORTS["diagnosed-two-faults"], tmp_path / "report.xml")
    case = next(case for case in suite if case.name == "tg-10080[ap-northeast-1a]")
    (failure,) = case.result
    assert failure.type == "route-missing"
    assert failure.message.startswith("Route table private-1a-1 (rtb-0f211e7b1f3ee3b5a) has no route")
    assert "aws ec2 create-route --route-table-id rtb-0f211e7b1f3ee3b5a" in failure.text
    assert (
        "The path to 172.31.128.10:10080\n  ✗ node to client  ✓ acl → ✗ routes private-1a-1" in failure.text
    )
