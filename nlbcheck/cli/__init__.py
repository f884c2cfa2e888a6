"""The command line: one file a command; each reads, calls the floors below, writes and exits."""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
from importlib import import_module

import click

from nlbcheck import __version__, language
from nlbcheck.cli import streams
from nlbcheck.cli.spoken import SpokenGroup
from nlbcheck.errors import ExitStatus, NlbcheckError, OwnFaultError, lacking, place
from nlbcheck.language import marked

COMMANDS = {
    "probe": marked("Check every static IP and listener port of the mapping table."),
    "diagnose": marked("Find why connections fail, and the fix."),
    "smoke": marked("After a deployment: wait for target health, probe until steady, diagnose what fails."),
    "inspect": marked("Log in to targets: see listening ports, connections and the host's firewall."),
    "trace": marked("Trace one TCP connection through AWS, or through a snapshot."),
    "snapshot": marked("Record the state of AWS in a file, to diagnose it later."),
    "mapping": marked("Show the mapping table, compare it with AWS, or create it from AWS."),
    "report": marked("Show reports of earlier runs, compare two, or merge several."),
    "explain": marked("Explain a finding: its meaning, its symptoms and its fix."),
    "lab": marked("Emulate a relay network on this machine, and run a command in it."),
    "demo": marked("See nlbcheck work on an example network. No AWS account is needed."),
    "export": marked("Write the configuration of another monitoring system for the same endpoints."),
    "mcp": marked("Serve the commands to AI agents by the Model Context Protocol (MCP)."),
    "schema": marked("Print the JSON Schema of reports, snapshots and tables, for programs."),
    "completion": marked("Print the completion script for bash, zsh or fish."),
    "man": marked("Print the manual page."),
    "help": marked("Show the help of a command. The same as --help."),
}
"""Every command with its line of help; its code is imported only when it is used."""
_MODULES = {"report": "reports"}
"""The modules of commands that have another name."""
_COMPLETING = "_NLBCHECK_COMPLETE"
"""What a shell sets that asks for proposals."""


class _LazyGroup(SpokenGroup):
    """Imports a command's module when the command is asked for, so that ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"nlbcheck.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, language.translated(about)) for name, about in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@click.group(
    cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", prog_name="nlbcheck")
@click.pass_context
def cli(context: click.Context) -> ExitStatus:
    """Verify and troubleshoot connectivity through AWS Network Load Balancers.

    Exit status: 0 everything is as expected; 1 something is proven broken; 2 the command line, the mapping
    table or a file is wrong; 3 nothing is proven broken, but something could not be seen; 130 interrupted.
    """
    if context.invoked_subcommand:
        return ExitStatus.OK
    from nlbcheck.cli.overview import overview

    return overview()


def main() -> None:
    """Run the command line and leave with the exit status of the contract."""
    gc.set_threshold(50_000, 20, 20)  # a command is over before much of what it made is garbage
    streams.make_usable()
    if os.environ.get("HOME") == "":  # as good as none, but libraries take it for the root of all files
        del os.environ["HOME"]
    if _COMPLETING not in os.environ:  # what a shell proposes is English
        language.speak(language.of(os.environ))
    status = _status()
    gc.freeze()  # nor is it worth a last look
    sys.exit(status)


def _status() -> int:
    try:
        status = cli.main(standalone_mode=False)
    except NlbcheckError as error:
        return _complain(str(error), error.exit_status)
    except click.exceptions.Abort:
        return ExitStatus.INTERRUPTED
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except click.ClickException as error:
        return _refuse(error)
    except OSError as error:
        return _complain(_not_usable(error), ExitStatus.USAGE)
    except Exception as error:
        scarce = lacking(error)
        return _complain(scarce, ExitStatus.UNSEEN) if scarce else _failed(error)
    except SystemExit:  # click's way of saying that nobody reads what it writes
        streams.forget(1)
        return ExitStatus.OK
    return status if isinstance(status, int) else ExitStatus.OK


def _not_usable(error: OSError) -> str:
    """Say what is wrong with a name that no file can have, or with stdout, as of --help on a full disk."""
    if error.filename is None and isinstance(error, FileNotFoundError):  # by whoever asks where we are
        return f"the working directory: {error.strerror}"
    if error.filename is None:
        streams.forget(1)
    return f"{'stdout' if error.filename is None else error.filename}: {error.strerror}"


def _failed(error: Exception) -> ExitStatus:
    """Say that nlbcheck itself failed, and where; with ``--verbose`` also how it came there.

    What the error says is not shown: it may hold an answer of AWS, and an answer may hold keys.
    """
    if any(word == "--verbose" or re.fullmatch(r"-[a-z]*v[a-z]*", word) for word in sys.argv[1:]):
        for line in traceback.format_tb(error.__traceback__):
            streams.write_stderr(line.rstrip("\n"))
    return _complain(str(OwnFaultError(place(error))), ExitStatus.INTERNAL)


def _refuse(error: click.ClickException) -> ExitStatus:
    """Say what is wrong with the command line; where a command is missing, which ones there are."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.format_message()
    if context and message == context.get_help():
        streams.write_stderr(message)
        return ExitStatus.USAGE
    if context:
        streams.write_stderr(context.get_usage())
    return _complain(message, ExitStatus.USAGE)


def _complain(message: str, status: ExitStatus) -> ExitStatus:
    """Write an error to stderr, one line for each of its own, and hand its exit status on."""
    streams.write_errors(message.splitlines())
    return status
