"""``nlbcheck man``: the help of every command as one page for ``man``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from nlbcheck import __version__
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout

_CONTROL = {"\\": "\\\\", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
"""What roff would set as another character; a reader copies commands and expects them as they are."""


@click.command(cls=SpokenCommand)
def command() -> None:
    """Print the manual page. To read it: nlbcheck man | man -l -."""
    root = click.get_current_context().find_root()
    write_stdout("\n".join(_page(root)) + "\n")


def _page(root: click.Context) -> Iterator[str]:
    """Yield the page's lines: what the help of ``nlbcheck`` says, then each command with its options."""
    root.info_name = "nlbcheck"
    group = root.command
    summary = group.get_short_help_str(limit=200).rstrip(".")
    yield f'.TH NLBCHECK 1 "" "nlbcheck {__version__}" "User Commands"'
    yield from (".nh", ".ad l", ".SH NAME", f"nlbcheck \\- {_text(summary)}", ".SH SYNOPSIS")
    yield from (f".B {_text('nlbcheck COMMAND')}", "[OPTIONS] [ARGUMENTS]", ".SH DESCRIPTION")
    yield from _prose(group)
    yield ".SH COMMANDS"
    for context in _commands(root):
        yield from _command(context)


def _commands(parent: click.Context) -> Iterator[click.Context]:
    """Yield every command below one, in the order of the help."""
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        if command := group.get_command(parent, name):
            with click.Context(command, info_name=name, parent=parent) as context:
                yield context
                yield from _commands(context)


def _command(context: click.Context) -> Iterator[str]:
    """Yield a command's part: its usage, what it does, its options."""
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield f".SS {_text(context.command_path)}"
    yield f".B {_text(context.command_path)}"
    yield _text(usage)
    yield ".PP"
    yield from _prose(context.command)
    for param in context.command.get_params(context):
        record = param.get_help_record(context)
        if record and isinstance(param, click.Option):
            name, about = map(_text, record)
            yield from (".TP", f".B {name}", about)


def _prose(command: click.Command) -> Iterator[str]:
    """Yield a command's help, paragraph by paragraph; one that click must not wrap keeps its lines."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        lines = paragraph.splitlines()
        if lines and lines[0] == "\b":
            yield from (".nf", *map(_text, lines[1:]), ".fi")
        else:
            yield _text(" ".join(line.strip() for line in lines))


def _text(text: str) -> str:
    """Return text as roff sets it: no character of it is a request or an escape."""
    escaped = "".join(_CONTROL.get(character, character) for character in text)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
