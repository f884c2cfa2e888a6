"""Does GitHub's runner read each line as one command of ours, whatever a name holds?

Its rules are those of the runner's ActionCommand: it looks at lines that begin with ``::`` or hold ``##[``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.escape import printable
from nlbcheck.formats import Style, github
from nlbcheck.model import Code, Report
from tests.formats import test_diagnosis
from tests.formats.reports import FULL_FINDING, HOSTILE, REPORTS
from tests.formats.test_hostile import reports
from tests.formats.test_markdown import EVIL, spoilt

COMMANDS = ("::stop-commands::x", "##[add-mask]x", "\n::error::x", "\r\n::set-output name=a::b", "%25%0A")
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def parsed(line: str) -> Command:
    """Read a line as the runner does."""
    text = line.lstrip()
    assert text.startswith("::"), line
    end = text.index("::", 2)
    name, _, rest = text[2:end].partition(" ")
    pairs = (pair.split("=", 1) for pair in rest.split(",") if pair)
    return Command(
        name,
        {key.strip(): unescaped(value, _PROPERTY) for key, value in pairs},
        unescaped(text[end + 2 :], _DATA),
    )


def unescaped(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for token, character in pairs:
        text = text.replace(token, character)
    return text


def commands(report: Report) -> list[Command]:
    text = github.render(report, Style())
    found = [parsed(line) for line in text.splitlines()]
    assert all(command.name in ("error", "warning", "notice") for command in found)
    assert all(set(command.properties) == {"title"} for command in found)
    return found


@pytest.mark.parametrize("report", [*REPORTS.values(), *test_diagnosis.REPORTS.values()])
def test_every_line_is_a_command(report: Report) -> None:
    found = commands(report)
    assert found[-1].name == "notice"
    assert f"exit status {report.exit_status}" in found[-1].data
    has_errors = any(command.name == "error" for command in found)
    assert has_errors == (report.exit_status in (1, 2))


@pytest.mark.parametrize("evil", [*EVIL, HOSTILE, *COMMANDS])
def test_foreign_text_is_no_command(evil: str) -> None:
    found = commands(spoilt(evil))
    assert any(printable(evil) in command.data for command in found if command.name == "error")


@given(reports())
def test_no_text_makes_a_command(report: Report) -> None:
    commands(report)


@given(st.text(), st.text())
def test_what_is_escaped_is_read_back(title: str, text: str) -> None:
    command = parsed(github._command("error", title, [text]))
    assert command.properties["title"] == printable(title)
    assert command.data == printable(text)


def test_cause_fix_and_command_are_one_annotation() -> None:
    first = commands(test_diagnosis.REPORTS["diagnosed-group"])[0]
    assert first.name == "error"
    assert first.properties["title"] == "sg-denies"
    assert first.data.splitlines()[0].endswith("allows TCP 22 from 172.31.128.10.")
    assert "\naws ec2 authorize-security-group-ingress" in first.data


def test_of_many_causes_the_last_annotation_names_the_rest() -> None:
    report = test_diagnosis.REPORTS["diagnosed-two-faults"]
    codes = list(Code)[:15]
    each = [replace(FULL_FINDING, code=code) for code in codes]
    rows = [
        replace(report.rows[0], name=finding.code, cause=finding, findings=(finding,)) for finding in each
    ]
    found = commands(replace(report, rows=tuple(rows), results=()))
    errors = [command for command in found if command.name == "error"]
    assert len(errors) == 10
    assert errors[-1].properties["title"] == "And 6 more"
    assert all(str(code) in "".join(command.data for command in errors) for code in codes)


def test_what_fails_without_a_cause_is_an_error_beside_the_causes() -> None:
    report = test_diagnosis.REPORTS["diagnosed-two-faults"]
    first = [replace(item, findings=(), cause=None) for item in report.results[:2]]
    row = replace(report.rows[0], findings=(), cause=None)
    bare = replace(report, rows=(row, *report.rows[1:]), results=(*first, *report.results[2:]))
    titles = [command.properties["title"] for command in commands(bare) if command.name == "error"]
    assert titles == ["route-missing", "tg-10022 timed-out", "tg-10022 timed-out"]
