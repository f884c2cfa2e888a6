"""Can text from the network steer a terminal, a CI system, or a reader's eye?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.escape import printable


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\x1b[31m\r\n", "\\x1b[31m\\r\\n"),
        ("::error file=a::b", "\\x3a:error file=a::b"),
        ("told ::add-mask::x", "told \\x3a:add-mask::x"),
        ("::stop-commands::t", "\\x3a:stop-commands::t"),
        ("##vso[task.setvariable]", "#\\x23vso[task.setvariable]"),
        ("x ##[command]", "x #\\x23[command]"),
        ("##teamcity[x", "#\\x23teamcity[x"),
        ("a\u00adb\u180ec\u206ad\u3164e\ufff9f", "a\\xadb\\u180ec\\u206ad\\u3164e\\ufff9f"),
        ("x\U000e0041\U000e007f", "x\\U000e0041\\U000e007f"),
        ("1\ufe0f0", "1\\ufe0f0"),
    ],
)
def test_what_steers_is_written_out(text: str, written: str) -> None:
    assert printable(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "::1",
        "::/0",
        "::ffff:10.0.0.1",
        "[::1]:443",
        "a::b",
        "# a [b]",
        "### b",
        "東京",
        "☎\ufe0f",
        "fe80::1%e",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


@given(st.text() | st.text("#:[ ]vsoer\t", max_size=12))
def test_no_command_is_left_wherever_the_line_is_broken(text: str) -> None:
    written = printable(text)
    assert printable(written) == written
    assert not re.search(r"##\w*\[", written, re.ASCII)
    for word in written.split():
        command = re.match(r"::([A-Za-z][\w-]*)", word)
        assert command is None or re.fullmatch("[0-9A-Fa-f]{0,4}", command.group(1))
