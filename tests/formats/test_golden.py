"""Is every format's text what it was when somebody last read it?"""

from __future__ import annotations

import pytest

from nlbcheck.formats import FORMATS, Style
from tests.formats.reports import REPORTS

ENDINGS = {"table": "txt", "junit": "xml", "markdown": "md"}
"""The endings of golden files, where that is not the format's name."""


def file_of(report: str, name: str) -> str:
    """The golden file of a report in a format."""
    return f"{report}.{ENDINGS.get(name, name)}"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", REPORTS)
def test_text_is_the_golden_one(report, name, golden):
    text = FORMATS[name](REPORTS[report], Style(width=80))
    golden(file_of(report, name), text)


@pytest.mark.parametrize("report", REPORTS)
def test_no_format_needs_more_than_utf_8_and_ends_its_last_line(report):
    for render in FORMATS.values():
        text = render(REPORTS[report], Style(verbose=True, color=True))
        assert text.encode()
        assert text.endswith("\n")
