"""``nlbcheck report``: show reports of earlier runs, compare two, or join several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from nlbcheck import files
from nlbcheck.cli.output import output_option, output_options, outputs, style, write, write_text
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Report

_FILE = click.Path(path_type=Path)


@click.group("report")
def command() -> None:
    """Show reports of earlier runs, compare two, or join several.

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
    _remark(report, quiet=quiet)
    return exit_status


@command.command()
@click.argument("paths", metavar="FILE...", type=_FILE, nargs=-1, required=True)
@output_options
def merge(
    paths: Sequence[Path],
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
) -> ExitStatus:
    """Join the reports in FILE... into one, and show it in any format.

    They may be of several vantage points, load balancers, rows, or runs. A connection that several of them
    have is as the latest run has it. Where tables declare a row in different ways, both rows are there.

    Exit status, as that of diagnose: 0 nothing is wrong; 1 something is proven broken; 2 the command line or
    a file is wrong; 3 something could not be seen; 130 a run was interrupted.
    """
    from nlbcheck.reports.loading import load_report
    from nlbcheck.reports.merging import merge as merged

    report = merged([(str(path), load_report(path)[0]) for path in paths])
    inputs: dict[str, Path | None] = {f"the report that is read from {path}": path for path in paths}
    write(report, outputs(formats, output, inputs), color=color, verbose=verbose)
    _remark(report, quiet=quiet)
    return report.exit_status


def _remark(report: Report, *, quiet: bool) -> None:
    progress = Terminal(quiet=quiet)
    for remark in report.remarks:
        progress.remark(remark)


@command.command()
@click.argument("before", metavar="A", type=_FILE)
@click.argument("after", metavar="B", type=_FILE)
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or as the document nlbcheck.diff/1.",
)
@output_option
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal only.")
def diff(before: Path, after: Path, format_: str, output: Path | None, color: bool | None) -> ExitStatus:
    """Say what changed from A to B.

    A and B are reports, or snapshots. Reports are compared in what fails, causes, findings, host keys,
    certificates, who answers, and the health of targets. Snapshots are compared in the AWS that they record:
    routes, rules, targets, listeners and all else that packets meet. Rows that only one of them has are told;
    the rest is compared.

    Exit status: 0 nothing is newly broken; 1 something fails in B that did not fail in A, or was not there;
    2 the command line or a file is wrong; 3 nothing of that, but something cannot be seen any more.
    """
    from nlbcheck.reports import diff as comparison
    from nlbcheck.reports.loading import load

    files.check([output], {"a report that is read": before, "the other report that is read": after})
    found = comparison.diff(load(before), load(after))
    as_text = format_ == "table"
    text = comparison.text(found, style(output, color=color)) if as_text else comparison.document(found)
    write_text(text, output, private=True)
    return found.exit_status
