"""``nlbcheck report``: show reports of earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from nlbcheck.cli.output import output_options, outputs, write
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus

_FILE = click.Path(path_type=Path)


@click.group("report")
def command() -> None:
    """Show reports of earlier runs.

    A report is a JSON report (-f json) of any command, or a snapshot that holds one. Either may be gzipped.
    """


@command.command()
@click.argument("file", type=_FILE)
@output_options
def show(
    file: Path,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
) -> ExitStatus:
    """Show the report in FILE in any format.

    A report that was written with -v holds the evidence of all that is passed, too, for -v to show.

    Exit status: that of the run that made the report; 2 the command line or a file is wrong.
    """
    from nlbcheck.reports.loading import load_report

    report, exit_status = load_report(file)
    write(report, outputs(formats, output, {"the report that is read": file}), color=color, verbose=verbose)
    progress = Terminal(quiet=quiet)
    for remark in report.remarks:
        progress.remark(remark)
    return exit_status
