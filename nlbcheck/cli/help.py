"""``nlbcheck help``: what ``--help`` says, for those who ask the other way round."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout


@click.command(cls=SpokenCommand)
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
def command(words: Sequence[str]) -> None:
    """Show the help of a command. The same as --help.

    Without COMMAND, list the commands.
    """
    context = click.get_current_context().find_root()
    for word in words:
        found = _found(context, word)
        context = type(context)(found, info_name=word, parent=context)
    write_stdout(f"{context.get_help()}\n")


def _found(context: click.Context, word: str) -> click.Command:
    """Return the command of a group that a word names; a usage error where there is none."""
    group = context.command
    if not isinstance(group, click.Group):
        raise click.UsageError(f"'{context.command_path}' has no command '{word}'.")
    found = group.get_command(context, word)
    if found is None:
        raise click.NoSuchCommand(word, possibilities=group.list_commands(context))
    return found
