"""Is a comment on a pull request never too long, and does nothing foreign act in it?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.formats import Style, markdown, markup
from nlbcheck.model import Call, Remedy, Report, Resource
from tests.formats import test_diagnosis
from tests.formats.rendered import LOOKED_FOR, TAGS, blocks, outside_code, tags
from tests.formats.reports import FULL_FINDING, REPORTS, with_row
from tests.formats.test_many_rows import FAILING, a_group_each, diagnosed, one_group_for_ten

EVIL = (
    "::error::x%0A", "<script>alert(1)</script>", "]]>", "```\n# no heading\n", "~~~~", "| a | b |",
    "</details><img src=x>", "@all #1 https://evil.example www.evil.example", "\x1b[31m\x00\x9b\u202e",
    "![x](http://evil)", "- [ ] task", "&lt;b&gt;", "<!--", "<?php", "<![CDATA[", "$x^2$",
)  # fmt: skip


def render(report: Report) -> str:
    return markdown.render(report, Style())


def spoilt(evil: str) -> Report:
    """A diagnosis in which names, sentences, evidence and commands hold foreign text."""
    call = Call("ec2", "CreateTags", {"Tags": [{"Key": evil, "Value": evil}]})
    finding = replace(
        FULL_FINDING,
        summary=evil,
        resource=Resource("security-group", evil, evil),
        evidence={evil: [evil, {evil: evil}]},
        remedy=Remedy(evil, (call,), verified=True),
    )
    report = test_diagnosis.REPORTS["diagnosed-two-faults"]
    made = with_row(report, 0, target_group=evil, findings=(finding,), cause=finding)
    relay = replace(report.relays[0], load_balancer=evil, account=evil, region=evil)
    return replace(made, relays=(relay,), command=evil)


@pytest.mark.parametrize("report", [*REPORTS.values(), *test_diagnosis.REPORTS.values()])
def test_only_known_tags_and_no_mentions(report: Report) -> None:
    text = render(report)
    assert tags(text) <= TAGS
    assert not LOOKED_FOR.search(outside_code(text))


@pytest.mark.parametrize("evil", EVIL)
def test_foreign_text_stays_text(evil: str) -> None:
    text = render(spoilt(evil))
    assert tags(text) <= TAGS
    assert not LOOKED_FOR.search(outside_code(text))
    assert any(block.startswith("aws ec2 create-tags") for block in blocks(text))


@pytest.mark.parametrize("evil", EVIL)
def test_no_fence_is_broken(evil: str) -> None:
    assert len(blocks(markup.fence([evil, "```", "`````", evil], "sh"))) == 1


def test_the_path_and_the_evidence_are_folded_away() -> None:
    text = render(test_diagnosis.REPORTS["diagnosed-group"])
    folded = text[text.index("<details>") : text.index("</details>")]
    assert "✗ sg targets" in folded
    assert "rules ingress" in folded


def test_the_header_says_what_it_is_about() -> None:
    head = render(test_diagnosis.REPORTS["diagnosed-two-vantages"]).split("\n\n")[1].splitlines()
    assert head == [
        "- Load balancer: example-nlb, account 123456789012, ap-northeast-1",
        "- Client: 192.168.1.214, not probed",
        "- Probed from: 172.31.137.10",
        "- Time: 2026-11-22T00:00:00Z",
        "- AWS state: recorded at 2026-11-20T03:04:05Z",
    ]


@pytest.mark.parametrize("mutation", [one_group_for_ten, a_group_each])
def test_ten_failing_rows_of_fifty(tmp_path: Path, mutation) -> None:
    text = render(diagnosed(tmp_path, mutation))
    assert len(text) < markdown.LIMIT
    assert tags(text) <= TAGS
    assert all(f"tg-{port}" in text for port in FAILING)
    assert "aws ec2 authorize-security-group-ingress" in text


def times(report: Report, number: int, evil: str) -> Report:
    """A report with its first row many times over, each with a cause of its own."""
    rows, results = [], []
    for index in range(number):
        name = f"{evil}{index}"
        finding = replace(FULL_FINDING, resource=Resource("security-group", f"sg-{index}", name))
        row = replace(report.rows[0], name=name, target_group=name, findings=(finding,), cause=finding)
        rows.append(row)
        own = [item for item in report.results if item.flow.row == report.rows[0].name]
        results += [replace(item, flow=replace(item.flow, row=name), findings=(finding,)) for item in own]
    return replace(report, rows=tuple(rows), results=tuple(results))


@pytest.mark.parametrize("number", [60, 300])
@pytest.mark.parametrize("evil", ["tg-", "@" * 500])
def test_whatever_fails_it_is_short_enough_and_says_what_is_left_out(number: int, evil: str) -> None:
    text = render(times(test_diagnosis.REPORTS["diagnosed-two-faults"], number, evil))
    assert len(text) < markdown.LIMIT
    assert tags(text) <= TAGS
    assert "more" in text or len(text) > markdown.LIMIT // 4
    assert text.startswith("### nlbcheck diagnose: ")
    assert "Load balancer: " in text
    assert "sg-denies" in text
