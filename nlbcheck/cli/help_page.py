"""How is a command's help set: as wide as the terminal, in the language that is spoken?"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence

import click

from nlbcheck.language import marked, tell, translated
from nlbcheck.wrapping import columns_of, wrapped

WIDEST = 100
"""Columns of the widest help; longer lines are hard to read."""
_AS_IT_IS = "\b"
"""What click's convention puts before a paragraph whose lines stay as they are."""
_HEADINGS = (marked("Options"), marked("Commands"))
_DEFAULT = marked("default: {value}")
_REQUIRED = marked("required")


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text, each a sentence of the catalogues.

    Those that are not wrapped have several lines, or begin with a space.
    """
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        lines = paragraph.splitlines()
        if lines and lines[0] == _AS_IT_IS:
            yield "\n".join(lines[1:])
        else:
            yield paragraph if paragraph.startswith(" ") else " ".join(lines)


def of_option(option: click.Option, context: click.Context) -> str:
    """Return what is said of an option: its help, its default, the numbers that it takes."""
    extra = option.get_help_extra(context)
    notes = [tell(_DEFAULT, value=extra["default"])] if "default" in extra else []
    notes += [extra["range"]] if "range" in extra else []
    notes += [tell(_REQUIRED)] if "required" in extra else []
    told = translated(option.help or "")
    return "  ".join(filter(None, (told, f"[{'; '.join(notes)}]" if notes else "")))


class HelpPage(click.HelpFormatter):
    """A page of help; what is written into it is English, and is shown in the language that is spoken."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that says how a command is typed."""
        first = f"{tell('Usage:') if prefix is None else prefix} {prog} "
        self._lines(wrapped(args, self.width, first=first, indent=" " * columns_of(first)))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        super().write_heading(translated(heading))

    def write_text(self, text: str) -> None:
        """Write the paragraphs of a text."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(paragraphs(text)):
            self.write("\n" * bool(number))
            told = translated(paragraph)
            if paragraph.startswith(" ") or "\n" in paragraph:
                self._lines([indent + line for line in told.splitlines()])
            else:
                self._lines(wrapped(told, self.width, first=indent, indent=indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms, each with what is told of it beside it, or below one that is long."""
        rows = list(rows)
        before = " " * self.current_indent
        room = min(max(columns_of(term) for term, _ in rows), col_max) + col_spacing
        indent = before + " " * room
        for term, told in rows:
            if columns_of(term) > room - col_spacing:
                self._lines([before + term])
                self._lines(wrapped(told, self.width, first=indent, indent=indent))
            else:
                self._lines(wrapped(told, self.width, first=f"{before}{term:{room}}", indent=indent))

    def _lines(self, lines: Sequence[str]) -> None:
        self.write("".join(f"{line}\n" for line in lines))
