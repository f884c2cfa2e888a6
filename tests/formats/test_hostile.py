"""Whatever a server, a table or AWS says, does every format stay what it is?"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from xml.etree import ElementTree as ET

import click
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Node, Report, Status
from tests.formats.rendered import LOOKED_FOR, TAGS, outside_code, tags
from tests.formats.reports import FULL_FINDING, HOSTILE, TABLE, ZONE_A, ZONE_C, failed, ok, report, with_row

# Every code point, lone surrogates too, and often those that mean something to some format.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.text(
        st.sampled_from("|`*_[]()<>&#@~\\\"'\r\n\x1b\x00\x9b\u2028\u202e\udcff\ufffe:/w. a1踏"), max_size=40
    ),
    st.just(HOSTILE),
)
ROWS = TABLE.rows[:3]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Draw a report with any text in every field that can hold text from elsewhere."""
    texts = iter(draw(st.lists(TEXTS, min_size=16, max_size=16)))
    nodes = (Node(next(texts), ZONE_C.address), ZONE_A)
    rows = [
        replace(row, target_group=next(texts), targets=(replace(row.target, name=next(texts)),))
        for row in ROWS
    ]
    refused, banner, key_type, fingerprint, reason, server, name, error = (next(texts) for _ in range(8))

    def seen(row, node):
        if row.name == "tg-20022":
            return failed(row, Status.BAD_REPLY, error, heard=refused)
        if row.name == "tg-10080":
            return ok(row, reason=reason, headers={"Server": server, name: server})
        return ok(row, banner=banner, key_type=key_type, fingerprint=fingerprint)

    made = report(seen, replace(TABLE, rows=tuple(rows), static_ips=nodes))
    finding = replace(FULL_FINDING, summary=error, evidence={name: server})
    flows = [
        replace(item.flow, row=name) if item.flow.row == made.rows[0].name else item.flow
        for item in made.results
    ]
    results = tuple(replace(item, flow=flow) for item, flow in zip(made.results, flows, strict=True))
    return with_row(replace(made, results=results), 0, name=name, findings=(finding,))


@given(reports(), st.integers(20, 200), st.booleans())
def test_table_has_one_line_per_row_and_steers_no_terminal(report, width, verbose):
    text = FORMATS["table"](report, Style(width, verbose=verbose))
    lines = text.split("\n")
    assert [line.split()[0] for line in lines if line.startswith("TCP:")] == [
        "TCP:10022",
        "TCP:10080",
        "TCP:20022",
    ]
    assert not [c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert "\u202e" not in text


@given(reports())
def test_color_adds_nothing_but_color(report):
    plain = FORMATS["table"](report, Style(100))
    assert click.unstyle(FORMATS["table"](report, Style(100, color=True))) == plain


@given(reports())
def test_json_is_one_valid_document(report):
    document = json.loads(FORMATS["json"](report, Style()))
    assert len(document["mappings"]) == 3
    assert json.dumps(document, ensure_ascii=False).encode("utf-8")


@given(reports())
def test_junit_is_valid_xml(report):
    text = FORMATS["junit"](report, Style())
    assert text.isascii()
    assert len(list(ET.fromstring(text).iter("testcase"))) == 6


@given(reports())
def test_markdown_keeps_its_rows_cells_and_tags(report):
    text = FORMATS["markdown"](report, Style())
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert len(rows) == 2 + 3
    assert {row.count("|") for row in rows} == {rows[0].count("|")}
    assert tags(text) <= TAGS
    assert not set("\r\x1b\x00") & set(text)
    assert not LOOKED_FOR.search(outside_code(text))
    assert text.encode()


@given(reports())
@settings(max_examples=30)
def test_html_has_the_tags_of_its_template_alone(report):
    page = FORMATS["html"](report, Style())
    template = (resources.files("nlbcheck.formats.html") / "report.html").read_text(encoding="utf-8")
    known = set(re.findall("<([a-z0-9]+)", template))
    found = Tags(page)
    assert found.tags <= known
    assert found.attributes <= set(re.findall('([a-zA-Z-]+)="', template)) | {"charset"}
    assert not set("\r\x1b\x00\u202e") & set(page)


class Tags(HTMLParser):
    """The tags and the names of attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
