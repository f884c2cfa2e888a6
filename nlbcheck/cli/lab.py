"""Bring a relay network up on this machine, and run a command inside it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nlbcheck import relays
from nlbcheck.aws import known_calls
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import snapshot_file
from nlbcheck.cli import choices, options
from nlbcheck.cli.streams import write_stderr, write_stdout
from nlbcheck.errors import InputError, NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.lab import article, faults, own_table, rehearsal, seclusion, shell, stage
from nlbcheck.lab.emulation import running, services_file
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage

Play = Callable[[Callable[[Stage], int]], int]
"""Brings the lab up that the options mean, and runs a story in it."""


@click.group()
def command() -> None:
    """Bring a relay network up on this machine, and run a command inside it.

    The network lives in namespaces: it touches nothing of the machine's own, needs no AWS account, and
    leaves nothing behind. It needs Linux, iproute2 and nftables, and root or user namespaces.

    /run and /tmp are the lab's own. The working directory and the folders of files that the command line
    names stay, and unix sockets of the machine's daemons are out of reach.
    """


_OPTIONS = (
    click.option(
        "--snapshot", metavar="FILE", type=click.Path(path_type=Path), default=article.SNAPSHOT,
        help="The recording to make a network of; by default the built-in one of the article.",
    ),
    click.option(
        "-m", "--mapping", "table", metavar="FILE", type=click.Path(path_type=Path),
        help="The mapping table that says who answers, and that commands find. The built-in snapshot has its "
        f"own; else it is ${options.VARIABLE} or the first of {options.DEFAULT_FILES[0]} and so on here, "
        "where that is for the snapshot's load balancer, and otherwise one made of the snapshot.",
    ),
    click.option(
        "--services", metavar="FILE", type=click.Path(path_type=Path),
        help="Who answers otherwise: under the key services, lines ADDRESS:PORT: and closed, drop, reject, "
        "proxy-protocol, tcp, http, https, ssh or tls.",
    ),
    click.option(
        "--client", metavar="SRC",
        help="The machine to be at: instance id, ENI id or address, also of a host of the internet.",
    ),
    click.option(
        "--fault", "names", metavar="NAME", multiple=True, shell_complete=choices.faults,
        help="A fault to inject first, one that 'nlbcheck lab faults' lists; may be repeated.",
    ),
    click.option(
        "--apply", "calls", metavar="FILE", type=click.Path(path_type=Path),
        help="A JSON list of AWS calls (service, operation, parameters) to apply to the recording first: "
        "try a change before you make it.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Do not say what could not be brought up."),
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

        for path in seclusion.lost(others.get("cmd", ())):
            remark(f"/run and /tmp are the lab's own: what is written to {printable(path)} ends with it")

        def told(up: Stage, story: Callable[[Stage], int]) -> int:
            if options.VARIABLE not in up.emulation.lab.environment:
                try:
                    up.emulation.lab.environment[options.VARIABLE] = str(
                        own_table.write(up.emulation, remark)
                    )
                except NlbcheckError as error:
                    remark(f"there is no mapping table: {error}")
            return story(up)

        def play(story: Callable[[Stage], int]) -> int:
            return stage.run(healthy, settings, environment, lambda up: told(up, story), injected, remark)

        return function(play=play, **others)

    for option in reversed(_OPTIONS):
        with_lab = option(with_lab)
    return with_lab


@command.command(
    context_settings={"allow_interspersed_args": False}, short_help="Run a command as a snapshot's client."
)
@_lab_options
@click.argument("cmd", nargs=-1, required=True, type=click.UNPROCESSED)
def run(play: Play, cmd: tuple[str, ...]) -> int:
    """Run CMD as the client of a snapshot's network, and end with its exit status.

    CMD finds the table in NLBCHECK_MAPPING, and an AWS endpoint that answers from the snapshot, so that
    this needs no more:

        nlbcheck lab run --fault target-sg -- nlbcheck diagnose tg-10022
    """
    return play(lambda up: up.emulation.lab.run(cmd))


@command.command("shell", short_help="Work at a prompt as a snapshot's client.")
@_lab_options
def open_shell(play: Play) -> int:
    """Work at a prompt as the client of a snapshot's network, with faults that come and go."""

    def story(up: Stage) -> int:
        if sys.stdin.isatty():
            write_stderr(
                f"lab: you are at the client, {up.emulation.lab.client}; 'help' says what can be done"
            )
        return shell.converse(up, _read, write_stdout)

    return play(story)


@command.command("faults")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_faults(form: str) -> None:
    """List the faults that can be injected into a lab.

    Some need what not every snapshot has, such as a transit gateway.
    """
    listed = [
        {"name": item.name, "finding": item.finding, "summary": item.summary} for item in FAULTS.values()
    ]
    if form == "json":
        write_stdout(json.dumps({"faults": listed}, indent=2) + "\n")
        return
    width = max(len(name) for name in FAULTS)
    write_stdout("".join(f"{item['name']:{width}}  {item['summary']}\n" for item in listed))


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
    remark(f"{path} is not for the snapshot's load balancer: commands find a table made of the snapshot")
    return None
