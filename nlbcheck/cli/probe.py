"""``nlbcheck probe``: does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from nlbcheck.cli import choices
from nlbcheck.cli import watch as watching
from nlbcheck.cli.ending import ended
from nlbcheck.cli.fleet_options import fleet_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import files_of, load_tables, refuse_outside, tables_options, via_option
from nlbcheck.cli.output import output_options, outputs, write
from nlbcheck.cli.probing import probe_options
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.model import Report, Status
from nlbcheck.model.where import Where
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import Table


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@tables_options
@via_option
@fleet_options
@probe_options
@click.option(
    "--pin",
    "pinning",
    is_flag=True,
    help="Write the SSH host keys that answer into the table (YAML), for the next run to verify.",
)
@click.option(
    "--watch",
    "every",
    type=click.IntRange(1, 3600),
    metavar="SECONDS",
    help="Probe again every so many seconds, until Ctrl-C: a terminal shows the matrix with what changes, "
    "a pipe a line for each change. Reports that have a file are written anew each time.",
)
@output_options
def command(
    names: Sequence[str],
    via: Sequence[Where],
    limits: Limits,
    ssh_banner_only: bool,
    pinning: bool,
    every: int | None,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Check every static IP and listener port of the mapping table, or of the rows named.

    A NAME is a target group as the table writes it (tg-10022) or as AWS has it (example-tg-10022), a listener
    port (10022), a target's name or address, a static IP or its zone, one of them with a port
    (10.0.0.5:443), or a pattern ('tg-1*'). With several tables, RELAY/NAME is
    a row of one of them.

    With --via the checks are made from other hosts, one host after another, and each has its own results.

    Each check is one connection: a TCP connect, an HTTP HEAD, or an SSH key exchange without a login. A row
    with several targets has as many to each static IP as it takes to see each of them, or as its 'samples'
    says.

    Exit status: 0 everything answers as it should; 1 something does not; 2 the command line or a file
    is wrong; 3 something could not be checked; 130 interrupted.
    """
    from nlbcheck.run import many
    from nlbcheck.run.probe import probed
    from nlbcheck.run.vantage_points import opened_of
    from nlbcheck.run.watch import watch

    tables = load_tables(**mapping)
    for table in tables.tables:
        refuse_outside(table)
    meant = tables.select(names)  # a wrong name is told before any file is opened
    wanted = outputs(formats, output, files_of(tables))
    if every:
        watching.check(wanted)
        if pinning:
            raise InputError("--pin: not with --watch; pin first, then watch")
    if pinning and ssh_banner_only:
        raise InputError("--pin: with --ssh-banner-only no host keys are seen")
    if pinning and len(tables.files) > 1:
        raise InputError(f"--pin: is for one table, and there are {len(tables.files)}")
    if pinning and _by_scripts_alone(via or tables.tables[0].via):
        told = "the script that probes on ssm:// hosts sees no host keys; pin from here or from ssh:// hosts"
        raise InputError(f"--pin: {told}")
    before = _pinnable(Path(tables.files[0])) if pinning else None
    progress = Terminal(quiet=quiet, verbose=verbose)
    make = partial(
        probed,
        limits=limits,
        banner_only=ssh_banner_only,
        progress=Terminal(quiet=True) if every else progress,
    )
    with one_interrupt(whole_report=True), opened_of(tables.tables, via) as points_of:
        look = partial(many.probe, many.Relays(tables, meant, points_of, make), looking=not every)
        if every:
            watching.follow(watch(look, every), wanted, every, color=color, verbose=verbose)
            return ExitStatus.INTERRUPTED
        report = look()
        report = write(report, wanted, color=color, verbose=verbose)
    status = ended(report, progress)
    if before:
        progress.remark(_pin(before, report))
    return status


def _by_scripts_alone(places: Sequence[Where]) -> bool:
    """Whether all probes are those of Systems Manager."""
    return bool(places) and all(place.scheme == "ssm" for place in places)


def _pinnable(path: Path) -> Table:
    """Return the table as its file says it; InputError, before the probes, where no key can be pinned."""
    from nlbcheck.relays.pin import pinnable

    return pinnable(path)


def _pin(before: Table, report: Report) -> str:
    """Write the host keys of rows that are beyond doubt into the table, and say what was done."""
    from nlbcheck.relays.pin import pin

    path = Path(before.source)
    seen: dict[str, list[str]] = {}
    doubtful, differing, counted = [], [], []
    for group in report.by_row():
        probes = [seen for result in group.results for seen in result.connections]
        answered = [item for item in probes if "fingerprint" in item.detail]
        if group.all_findings:
            doubtful.append(group.row.name)
        elif any(item.status is Status.UNEXPECTED for item in answered):
            differing.append(group.row.name)
        elif answered:
            keys = list(dict.fromkeys(str(item.detail["fingerprint"]) for item in answered))
            seen[group.row.name] = keys
            if (servers := len(group.row.declared)) > 1:
                counted.append(f"{group.row.name}: {len(keys)} of {servers} servers")
    pinned = pin(path, seen, before)
    remark = f"Pinned the host keys of {_rows(pinned.count)} in {path}."
    if already := len(seen) - pinned.count - len(pinned.edited):
        remark += f" Pinned already: {_rows(already)}."
    if pinned.edited:
        remark += f" Not pinned, because the table says something else now: {', '.join(pinned.edited)}."
    if counted:
        remark += f" Answered: {', '.join(counted)}."
    if differing:
        remark += f" Not pinned, because the table pins other keys: {', '.join(differing)}."
    if doubtful:
        remark += f" Not pinned, because it is not clear who answers: {', '.join(doubtful)}."
    return remark


def _rows(count: int) -> str:
    return f"{count} row{'s'[: count != 1]}"
