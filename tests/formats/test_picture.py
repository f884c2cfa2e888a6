"""The first picture of the README: what a terminal shows of a diagnosis, from the problem to the fix."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Node, Status
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import diagnosed, mutated
from tests.scenarios.mutations import without_route

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "diagnose.svg"
WIDTH = 96
COMMAND = "nlbcheck diagnose --all"
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
    console.print(Text.from_ansi(text))
    return console.export_svg(title=COMMAND, theme=SVG_EXPORT_THEME, code_format=_SVG, unique_id="terminal")


def _dead_zone(row: Row, node: Node) -> Status:
    return Status.TIMED_OUT if str(node.zone).endswith("a") else Status.OK


def test_the_first_picture_of_the_readme_is_a_real_report(request: pytest.FixtureRequest) -> None:
    broken = mutated(without_route("private-1a-1", "192.168.0.0/16"))
    report = diagnosed(broken, _dead_zone)
    text = FORMATS["table"](report, Style(width=WIDTH, color=True))
    drawn = picture(f"$ {COMMAND}\n{text}")
    if request.config.getoption("--update-golden"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
