"""The first picture of each README: what a terminal shows of a diagnosis, from the problem to the fix."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.style import Style as TextStyle
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from nlbcheck import language
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Node, Status
from nlbcheck.relays import Row
from nlbcheck.wrapping import columns_of
from tests.diagnosis.diagnosing import diagnosed, mutated
from tests.scenarios.mutations import without_route

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH = 96
COMMAND = "nlbcheck diagnose --all"
_LENGTH = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]*)<')
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {terminal_height}" role="img">
<title>nlbcheck diagnose --all</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect width="100%" height="100%" rx="8" fill="#292929"/>
<g transform="translate(9, 9)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(text: str) -> str:
    """What a terminal shows, as SVG that needs nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    told = Text.from_ansi(text)
    for wide in re.finditer(r"[^\x00-\u2fff]+", told.plain):  # drawn by itself, each run begins at its column
        told.stylize(TextStyle(meta={"wide": True}), *wide.span())
    console.print(told)
    drawn = str(
        console.export_svg(title=COMMAND, theme=SVG_EXPORT_THEME, code_format=_SVG, unique_id="terminal")
    )
    return _LENGTH.sub(_as_wide_as_it_is, drawn)


def _as_wide_as_it_is(found: re.Match[str]) -> str:
    """A text's length where Japanese takes two columns a character; rich counts characters."""
    told = html.unescape(found[3])
    return f'textLength="{float(found[1]) / len(told) * columns_of(told):g}"{found[2]}>{found[3]}<'


def _dead_zone(row: Row, node: Node) -> Status:
    return Status.TIMED_OUT if str(node.zone).endswith("a") else Status.OK


@pytest.fixture(params=["en", "ja"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    language.speak(request.param)
    yield request.param
    language.speak("en")


def test_the_first_picture_of_a_readme_is_a_real_report(request: pytest.FixtureRequest, spoken: str) -> None:
    report = diagnosed(mutated(without_route("private-1a-1", "192.168.0.0/16")), _dead_zone)
    drawn = picture(f"$ {COMMAND}\n{FORMATS['table'](report, Style(width=WIDTH, color=True))}")
    file = PICTURES / ("diagnose.svg" if spoken == "en" else f"diagnose.{spoken}.svg")
    if request.config.getoption("--update-golden"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
