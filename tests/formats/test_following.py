"""Does a report end with the command that helps next, and with none where none helps?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.formats import FORMATS, Style, connection, drift
from nlbcheck.model import Check, Gap, Report, Status
from tests.diagnosis.diagnosing import diagnosed, everywhere, mutated
from tests.formats.reports import FULL_FINDING, HOSTILE, REPORTS, TABLE, failed, report, row, with_row
from tests.formats.test_diagnosis import REPORTS as DIAGNOSES

STYLE = Style(width=80, again=lambda command: " -m relay.md" if command != "explain" else "")


def last(report: Report) -> str:
    return FORMATS["table"](report, STYLE).splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("one-refused", "nlbcheck diagnose tg-10022 -m relay.md"),
        ("dead-zone", "nlbcheck diagnose tg-10022 tg-10080 tg-20022 tg-20080 tg-30080 -m relay.md"),
        ("several-targets", "nlbcheck diagnose tg-10022 tg-20022 -m relay.md"),
        ("several-relays", "nlbcheck diagnose osaka/tg-10022 -m relay.md"),
    ],
)
def test_after_probes_that_fail_it_is_the_diagnosis_of_their_rows(name: str, command: str) -> None:
    assert last(REPORTS[name]) == f"Next: {command}"


def test_after_several_fixes_it_is_the_script_of_all() -> None:
    rows = "tg-10022 tg-10080 tg-20022 tg-20080 tg-30080"
    command = f"nlbcheck diagnose {rows} -m relay.md --fix-script nlbcheck-fix.sh"
    assert last(DIAGNOSES["diagnosed-two-faults"]) == f"Next: {command}"


def test_of_many_rows_it_is_about_all() -> None:
    many = replace(TABLE, rows=tuple(row(port, 22, "TargetServer1", Check.TCP) for port in range(1, 8)))
    refused = report(lambda of, _node: failed(of, Status.REFUSED, "refused"), many)
    assert last(refused) == "Next: nlbcheck diagnose --all -m relay.md"


def test_after_one_fix_it_is_the_page_of_the_cause() -> None:
    assert last(DIAGNOSES["diagnosed-group"]) == "Next: nlbcheck explain sg-denies"


def test_what_is_not_visible_for_want_of_permissions_ends_with_those() -> None:
    unknown = DIAGNOSES["diagnosed-unknown"]
    assert last(unknown) == "Next: nlbcheck explain not-visible"
    gap = Gap(
        "ec2", "DescribeSubnets", "123456789012", "eu-west-1", "UnauthorizedOperation", "ec2:DescribeSubnets"
    )
    assert last(replace(unknown, gaps=(gap,))) == "Next: nlbcheck snapshot -m relay.md --permissions"


def test_where_nothing_helps_there_is_no_such_line() -> None:
    in_order = diagnosed(mutated(), everywhere(Status.OK))
    for found in (REPORTS["all-ok"], REPORTS["interrupted"], in_order):
        assert "Next: " not in FORMATS["table"](found, STYLE)
    assert "Next: " not in FORMATS["table"](REPORTS["one-refused"], Style(width=80))


def test_a_name_that_cannot_be_printed_is_in_no_command() -> None:
    named = with_row(REPORTS["one-refused"], 0, name=HOSTILE)
    results = tuple(
        replace(item, flow=replace(item.flow, row=HOSTILE)) if item.flow.row == "tg-10022" else item
        for item in named.results
    )
    text = FORMATS["table"](replace(named, results=results), STYLE)
    assert "Next: " not in text


def test_a_name_of_several_words_is_quoted() -> None:
    named = with_row(REPORTS["one-refused"], 0, name="front door; ls")
    results = tuple(
        replace(item, flow=replace(item.flow, row="front door; ls")) if item.flow.row == "tg-10022" else item
        for item in named.results
    )
    assert last(replace(named, results=results)) == "Next: nlbcheck diagnose 'front door; ls' -m relay.md"


def test_findings_alone_end_with_the_page_of_the_gravest() -> None:
    traced = connection.text("a", "b:22", "blocked", (), [FULL_FINDING], STYLE)
    assert traced.splitlines()[-1] == "Next: nlbcheck explain sg-denies"
    assert drift.text("table and AWS", [FULL_FINDING], STYLE, None).endswith(
        "table and AWS: 1 different\nNext: nlbcheck explain sg-denies\n"
    )
    assert drift.text("table and AWS", [], STYLE, None) == "table and AWS: no difference\n"
