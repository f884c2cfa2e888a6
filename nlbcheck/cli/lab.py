"""Bring a relay network up on this machine, and run a command inside it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from nlbcheck import relays
from nlbcheck.aws import known_calls
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import snapshot_file
from nlbcheck.cli import choices, options
from nlbcheck.cli.spoken import SpokenGroup
from nlbcheck.cli.streams import write_stderr, write_stdout
from nlbcheck.errors import InputError, NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.lab import article, faults, own_table, rehearsal, seclusion, shell, stage
from nlbcheck.lab.emulation import running, services_file
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.session import CommandError
from nlbcheck.lab.stage import Stage
from nlbcheck.language import tell, translated

Play = Callable[[Callable[[Stage], int]], int]
"""Brings the lab up that the options mean, and runs a story in it."""


@click.group(cls=SpokenGroup)
def command() -> None:
    """Emulate a relay network on this machine, and run a command in it.

    The network runs in network namespaces. It changes nothing of this machine's network, needs no AWS
    account, and leaves nothing behind. It needs Linux, iproute2 and nftables, and root or user namespaces.

    The lab has its own /run and /tmp. It keeps the working directory and the folders of files on the command
    line. It cannot reach the unix sockets of this machine's daemons.
    """


_OPTIONS = (
    click.option(
        "--snapshot", metavar="FILE", type=click.Path(path_type=Path), default=article.SNAPSHOT,
        help="Snapshot to emulate. Default: the built-in example.",
    ),
    click.option(
        "-m", "--mapping", "table", metavar="FILE", type=click.Path(path_type=Path),
        help="Mapping table: which server answers, and what CMD finds. Default: for the built-in snapshot "
        f"its own table; else ${options.VARIABLE} or {options.DEFAULT_FILES[0]} and so on in this folder, if "
        "it is for the load balancer of the snapshot; else a table made from the snapshot.",
    ),
    click.option(
        "--services", metavar="FILE", type=click.Path(path_type=Path),
        help="Servers that answer in another way: under the key services, lines ADDRESS:PORT: and closed, "
        "drop, reject, proxy-protocol, tcp, http, https, ssh or tls.",
    ),
    click.option(
        "--client", metavar="SRC",
        help="Client machine: an instance ID, an ENI ID or an address, also of an internet host.",
    ),
    click.option(
        "--fault", "names", metavar="NAME", multiple=True, shell_complete=choices.faults,
        help="Fault to inject first ('nlbcheck lab faults' lists them); may be repeated.",
    ),
    click.option(
        "--apply", "calls", metavar="FILE", type=click.Path(path_type=Path),
        help="JSON list of AWS calls (service, operation, parameters) to apply to the snapshot first: try a "
        "change before you make it.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Do not say what the lab cannot emulate."),
)  # fmt: skip


def _lab_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which lab is meant; the command takes it as ``play``."""

    @wraps(function)
    def with_lab(
        snapshot: Path,
        table: Path | None,
        services: Path | None,
        client: str | None,
        names: tuple[str, ...],
        calls: Path | None,
        quiet: bool,
        **others: Any,  # noqa: ANN401
    ) -> int:
        def remark(sentence: str) -> None:
            if not quiet:
                write_stderr(f"lab: {sentence}")

        injected = [faults.named(name, FAULTS) for name in names]
        wanted = _wanted(snapshot, table, services, client, calls, remark)
        for path in seclusion.lost(others.get("cmd", ())):
            remark(
                tell(
                    "The lab has its own /run and /tmp: it discards what is written to {path}.",
                    path=printable(path),
                )
            )

        def play(story: Callable[[Stage], int]) -> int:
            told = partial(_with_table, remark, story)
            return stage.run(wanted.state, wanted.settings, wanted.environment, told, injected, remark)

        return function(play=play, **others)

    for option in reversed(_OPTIONS):
        with_lab = option(with_lab)
    return with_lab


class _Wanted(NamedTuple):
    """The lab that the options mean."""

    state: Recording
    settings: running.Settings
    environment: dict[str, str]
    """What commands in it find."""


def _wanted(
    snapshot: Path,
    table: Path | None,
    services: Path | None,
    client: str | None,
    calls: Path | None,
    remark: Callable[[str], None],
) -> _Wanted:
    """Return the lab that the options mean; InputError where they fit no lab, or not each other."""
    healthy = snapshot_file.read(snapshot).recording
    known_calls.check(healthy, str(snapshot))
    named = table is not None
    if table is None:
        table = article.TABLE if snapshot == article.SNAPSHOT else _usual_table(healthy, remark)
    loaded = relays.load(table) if table else None
    settings = running.settings(healthy, loaded, client)
    if loaded and named:
        own_table.check(loaded, healthy)
    if services:
        said = services_file.read(services)
        settings = replace(settings, wishes=services_file.followed(settings.wishes, said))
    if calls:  # after the servers were settled: a change in AWS starts none
        healthy = rehearsal.rehearsed(healthy, calls)
    environment = {name: value for name, value in os.environ.items() if name != options.VARIABLE}
    environment[options.LAB] = " ".join(own_table.addresses(healthy))
    if table:
        environment[options.VARIABLE] = os.path.realpath(table)
    return _Wanted(healthy, settings, environment)


def _with_table(remark: Callable[[str], None], story: Callable[[Stage], int], up: Stage) -> int:
    """Run a story in a lab; one without a mapping table gets its own."""
    environment = up.emulation.lab.environment
    if options.VARIABLE not in environment:
        try:
            environment[options.VARIABLE] = str(own_table.write(up.emulation, remark))
        except NlbcheckError as error:
            remark(tell("There is no mapping table: {error}", error=error))
    return story(up)


@command.command(
    context_settings={"allow_interspersed_args": False},
    short_help="Run a command as the client of a snapshot.",
)
@_lab_options
@click.argument("cmd", nargs=-1, required=True, type=click.UNPROCESSED)
def run(play: Play, cmd: tuple[str, ...]) -> int:
    """Run CMD as the client of a snapshot's network.

    The exit status is that of CMD; 127 if CMD does not exist, 126 if it cannot be executed.

    CMD finds the mapping table in NLBCHECK_MAPPING, and an AWS endpoint that answers from the snapshot. This
    is enough:

        nlbcheck lab run --fault target-sg -- nlbcheck diagnose tg-10022
    """

    def story(up: Stage) -> int:
        try:
            return up.emulation.lab.run(cmd)
        except CommandError as error:
            write_stderr(f"nlbcheck: {error}")
            return error.status

    return play(story)


@command.command("shell", short_help="Open a prompt as the client of a snapshot.")
@_lab_options
def open_shell(play: Play) -> int:
    """Open a prompt as the client of a snapshot's network, to inject and remove faults."""

    def story(up: Stage) -> int:
        if sys.stdin.isatty():
            said = tell(
                "You are at the client, {client}. Type 'help' for help.", client=up.emulation.lab.client
            )
            write_stderr(f"lab: {said}")
        return shell.converse(up, _read, write_stdout)

    return play(story)


@command.command("faults")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_faults(form: str) -> None:
    """List the faults that the lab can inject.

    Some need a resource that not every snapshot has, such as a transit gateway.
    """
    listed = [
        {"name": item.name, "finding": item.finding, "summary": item.summary} for item in FAULTS.values()
    ]
    if form == "json":
        write_stdout(json.dumps({"faults": listed}, indent=2) + "\n")
        return
    width = max(len(name) for name in FAULTS)
    write_stdout("".join(f"{item['name']:{width}}  {translated(item['summary'])}\n" for item in listed))


def _read(prompt: str) -> str | None:
    """Return a line; the prompt shows, and lines can be edited, at a terminal only."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line if line else None
    import readline  # noqa: F401  # lets input() edit lines

    try:
        return input(prompt)
    except EOFError:
        write_stdout("\n")
        return None


def _usual_table(snapshot: Recording, remark: Callable[[str], None]) -> Path | None:
    """Return the table that other commands take here, if it is for the snapshot's load balancer."""
    try:
        path = options.table_path()
    except InputError:
        return None
    if own_table.fits(relays.load(path), snapshot):
        return path
    remark(
        tell(
            "{path} is for another load balancer. Commands use a table made from the snapshot.",
            path=path,
        )
    )
    return None
