"""Renderers: each turns a report into text, and does nothing else."""

from collections.abc import Callable
from importlib import import_module

from nlbcheck.formats.style import Style
from nlbcheck.model import Report

Renderer = Callable[[Report, Style], str]


def _renderer(name: str) -> Renderer:
    """Return a module's ``render``; the module is imported when something is rendered, and not before."""

    def render(report: Report, style: Style) -> str:
        text: str = import_module(f"nlbcheck.formats.{name}").render(report, style)
        return text

    return render


_NAMES = ("table", "json", "junit", "html", "markdown", "github", "openmetrics")
FORMATS: dict[str, Renderer] = {name: _renderer(name) for name in _NAMES}
"""Every output format by the name that ``--format`` takes."""

__all__ = ["FORMATS", "Style"]
