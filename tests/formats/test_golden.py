"""Is every format's text what it was when somebody last read it?"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from nlbcheck.formats import FORMATS, Style
from tests.formats.reports import REPORTS

ENDINGS = {"table": "txt", "junit": "xml", "markdown": "md", "openmetrics": "prom"}
"""The endings of golden files, where that is not the format's name."""
_FEW = {
    "html": (),  # a browser reads it, see test_html
    "json": (*REPORTS, "diagnosed-group", "diagnosed-row-two-vantages"),
    "openmetrics": ("several-targets", "several-relays", "interrupted", "diagnosed-group"),
}
"""The reports that a format has a golden file of, where that is not all: thousands of lines nobody reads."""


def file_of(report: str, name: str) -> str:
    """The golden file of a report in a format."""
    return f"{report}.{ENDINGS.get(name, name)}"


def kept(reports: Iterable[str]) -> list[tuple[str, str]]:
    """The reports and formats of which there is a golden file."""
    return [(report, name) for report in reports for name in FORMATS if report in _FEW.get(name, (report,))]


@pytest.mark.parametrize(("report", "name"), kept(REPORTS))
def test_text_is_the_golden_one(report, name, golden):
    text = FORMATS[name](REPORTS[report], Style(width=80))
    golden(file_of(report, name), text)


@pytest.mark.parametrize("report", REPORTS)
def test_no_format_needs_more_than_utf_8_and_ends_its_last_line(report):
    for render in FORMATS.values():
        text = render(REPORTS[report], Style(verbose=True, color=True))
        assert text.encode()
        assert text.endswith("\n")
