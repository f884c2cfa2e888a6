"""What has every command: the option --lang, and help in the language that is spoken."""

from __future__ import annotations

import click

from nlbcheck import language
from nlbcheck.cli.help_page import WIDEST, HelpPage, of_option
from nlbcheck.errors import InputError

_LANG = click.Option(
    ["--lang"],
    metavar="|".join(language.LANGUAGES),
    type=click.Choice(language.LANGUAGES),
    expose_value=False,
    help="Language of help and reports. Default: the locale (LC_ALL, LC_MESSAGES, LANG).",
)


class _HelpContext(click.Context):
    def make_formatter(self) -> click.HelpFormatter:
        return HelpPage(max_width=WIDEST)


class SpokenCommand(click.Command):
    """A command that speaks the language which --lang names."""

    context_class = _HelpContext

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, --lang and --help."""
        params = super().get_params(ctx)
        has_help = bool(self.get_help_option(ctx))
        return [*params[: len(params) - has_help], _LANG, *params[len(params) - has_help :]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Speak the language that is asked for, before any option says something, and read the words."""
        if not ctx.resilient_parsing:
            named, _, _ = self.make_parser(ctx).parse_args(list(args))
            if name := named.get(_LANG.name):
                _speak(str(name))
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of options."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [(option.get_help_record(ctx), of_option(option, ctx)) for option in options]
        with formatter.section("Options"):
            formatter.write_dl([(record[0], told) for record, told in records if record])


class SpokenGroup(SpokenCommand, click.Group):
    """A group of commands that speak the language which --lang names."""

    command_class = SpokenCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of options, and that of commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, language.translated(command.get_short_help_str(200))) for name, command in found if command
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def short_help(command: click.Command) -> str:
    """Return what a list of commands says of one, in English."""
    return command.get_short_help_str(limit=200).removesuffix(".") + "."


def _speak(name: str) -> None:
    """Speak a language; InputError where it is none of those that there are."""
    if name not in language.LANGUAGES:
        from nlbcheck.relays.tree import near  # with it comes all of tables

        known = " or ".join(language.LANGUAGES)
        like = near(name.lower()[:2], language.LANGUAGES, cutoff=0.5)
        hint = f"did you mean {like[0]}? " if like else ""
        raise InputError(f"--lang {name}: {hint}expected {known}")
    language.speak(name)
