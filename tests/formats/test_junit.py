"""Is the JUnit report what Jenkins' schema for JUnit XML admits, and does it count right?"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from nlbcheck.formats import Style, junit
from nlbcheck.model import Observation, Report, Status
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
    (suite,) = root
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(report.verdicts)
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
        "172.31.128.10:10022 for TargetServer1 172.31.129.10:22: The refusal likely"
    )


def test_finding_on_a_node_that_answers_fails_it():
    blocked = with_result(REPORTS["all-ok"], 0, findings=(FULL_FINDING,))
    failure = rendered(blocked).find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "sg-denies", "message": "No rule of sg-1 admits the node."}
