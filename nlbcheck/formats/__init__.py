"""Renderers: each turns a report into text, and does nothing else."""

from collections.abc import Callable

from nlbcheck.formats import json, junit, markdown, table
from nlbcheck.formats.style import Style
from nlbcheck.model import Report

FORMATS: dict[str, Callable[[Report, Style], str]] = {
    "table": table.render,
    "json": json.render,
    "junit": junit.render,
    "markdown": markdown.render,
}
"""Every output format by the name that ``--format`` takes."""

__all__ = ["FORMATS", "Style"]
