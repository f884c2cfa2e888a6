"""Is every format's text what it was when somebody last read it?"""

from __future__ import annotations

import pytest

from nlbcheck.render import FORMATS, Style
from tests.render.reports import REPORTS

ENDINGS = {"table": "txt", "json": "json", "junit": "xml", "markdown": "md"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", REPORTS)
def test_text_is_the_golden_one(report, name, golden):
    text = FORMATS[name](REPORTS[report], Style(width=80))
    golden(f"{report}.{ENDINGS[name]}", text)


@pytest.mark.parametrize("report", REPORTS)
def test_no_format_needs_more_than_utf_8_and_ends_its_last_line(report):
    for render in FORMATS.values():
        text = render(REPORTS[report], Style(verbose=True, color=True))
        assert text.encode()
        assert text.endswith("\n")
