"""``nlbcheck export``: what another monitoring system needs to probe the same endpoints itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli import choices
from nlbcheck.cli.durations import WholeSeconds
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.spoken import SpokenGroup
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import InputError
from nlbcheck.language import tell
from nlbcheck.model import Check
from nlbcheck.relays import Row

_EXPORTER = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}")


@click.group(cls=SpokenGroup)
def command() -> None:
    """Write the configuration of another monitoring system, to probe the same endpoints."""


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@mapping_options
@click.option(
    "--exporter",
    metavar="HOST:PORT",
    default="127.0.0.1:9115",
    show_default=True,
    help="Address of blackbox_exporter.",
)
@click.option(
    "--interval",
    type=WholeSeconds(5, 3600),
    metavar="SECONDS",
    default=30,
    show_default=True,
    help="Seconds between two probes of an endpoint.",
)
@click.option(
    "--timeout",
    type=WholeSeconds(1, 60),
    metavar="SECONDS",
    default=5,
    show_default=True,
    help="Time limit of one probe.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no remarks on stderr.")
def prometheus(
    folder: Path,
    names: Sequence[str],
    exporter: str,
    interval: int,
    timeout: int,
    quiet: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> None:
    """Write the files for Prometheus and blackbox_exporter into DIR.

    The files are the modules of blackbox_exporter (nlbcheck.blackbox.yml), one target for each static IP and
    listener port (nlbcheck.targets.json), a configuration with the scrape job (nlbcheck.prometheus.yml),
    recording and alert rules (nlbcheck.rules.yml), and a Grafana dashboard (nlbcheck.dashboard.json). Run the
    command again when the table changes. It replaces these files.
    """  # fmt: skip
    from nlbcheck.export import prometheus as making

    table = load_table(**mapping)
    rows = replace(table, forbidden=()).select(names)
    if not _EXPORTER.fullmatch(exporter):
        raise InputError(f"--exporter {exporter}: expected HOST:PORT, such as 127.0.0.1:9115")
    if interval <= timeout:
        raise InputError(f"--interval {interval}: expected more than the {timeout} s of one probe")
    made = making.files(table, rows, exporter, interval, timeout)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: was not made: {error.strerror}") from None
    files.check_inside(folder, made)
    files.check([folder / name for name in made], {"the mapping table": Path(table.source)}, "the export")
    for name, text in made.items():
        files.write(folder / name, text.encode())
    for told in _not_checked(rows):
        Terminal(quiet=quiet).remark(told)


def _not_checked(rows: Sequence[Row]) -> Sequence[str]:
    """Return what the table expects that blackbox_exporter cannot check."""
    pinned = [row.name for row in rows if row.check is Check.SSH and row.spec.host_keys]
    closed = [row.name for row in rows if not row.spec.reachable]
    told = []
    if pinned:
        named = ", ".join(pinned)
        told.append(
            tell("blackbox_exporter reads SSH banners and does not check host keys: {rows}.", rows=named)
        )
    if closed:
        named = ", ".join(closed)
        told.append(
            tell("blackbox_exporter cannot tell a refused connection from a timeout: {rows}.", rows=named)
        )
    return told
