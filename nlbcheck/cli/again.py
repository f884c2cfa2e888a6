"""With which options does a command look at the same things as the one that has just run?"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator

import click
from click.core import ParameterSource

from nlbcheck import language
from nlbcheck.escape import printable

_OF_THE_OUTPUT = frozenset(
    {"formats", "output", "color", "quiet", "verbose", "fix_script", "fix_as", "pinning", "every"}
)
"""Options that say how the report is written or of which rows, and not what is looked at."""


def options_of(context: click.Context | None) -> Callable[[str], str] | None:
    """Return a function to the options that another command, named to it, has in common with this run.

    They begin with a space, and are quoted for a POSIX shell. None where no command line was read, or where
    its options cannot be printed as they are; also where the fixes are written already, which are read next.
    """
    if context is None or context.info_name not in sys.argv or context.params.get("fix_script"):
        return None
    root = context.find_root()
    at = sys.argv.index(context.info_name)
    given = [*_given(root, sys.argv[1:at]), *_given(context, sys.argv[at + 1 :])]
    if any(printable(text) != text or ("@" in text and "://" in text) for _, text in given):
        return None  # also a URL with a password in it
    group = root.command

    def options(name: str) -> str:
        command = group.get_command(context, name) if isinstance(group, click.Group) else None
        params = command.get_params(context) if command else []
        taken = {option for param in params for option in param.opts}
        return "".join(f" {text}" for option, text in given if option in taken)

    return options


def _given(context: click.Context, arguments: list[str]) -> list[tuple[str, str]]:
    """Return the options that were typed, each with what it begins with."""
    parsed, _, _ = context.command.make_parser(context).parse_args(arguments)
    typed = (
        param
        for param in context.command.get_params(context)
        if isinstance(param, click.Option)
        and param.name not in _OF_THE_OUTPUT
        and not (param.name == "lang" and parsed.get("lang") == language.of(os.environ))
        and context.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE
    )
    return [(param.opts[0], text) for param in typed for text in _written(param, parsed[str(param.name)])]


def _written(option: click.Option, value: object) -> Iterator[str]:
    """Yield an option as it is typed, once for each of its values."""
    name = option.opts[-1]
    if option.is_flag:
        yield name if value else option.secondary_opts[-1]
        return
    for one in value if isinstance(value, list) else [value]:
        yield f"{option.opts[0]} {shlex.quote(str(one))}"
