"""``nlbcheck report``: show reports of earlier runs, compare two, or join several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from nlbcheck import files
from nlbcheck.cli.output import ReportOptions, output_option, output_options, style, write_text
from nlbcheck.cli.spoken import SpokenGroup
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Report

_FILE = click.Path(path_type=Path)


@click.group("report", cls=SpokenGroup)
def command() -> None:
    """Show reports of earlier runs, compare two, or merge several.

    A report is a JSON report (-f json) of any command, or a snapshot with a report. Either may be
    gzip-compressed.
    """


@command.command()
@click.argument("file", type=_FILE)
@output_options
def show(file: Path, reporting: ReportOptions) -> ExitStatus:
    """Show the report in FILE in any format.

    A report that was written with -v also holds the evidence of hops that pass. Show it with -v.

    Exit status: that of the reported run; 2 the command line or a file is wrong.
    """
    from nlbcheck.reports.loading import load_report

    report, exit_status = load_report(file)
    reporting.write(report, reporting.outputs({"the report that is read": file}))
    _remark(report, reporting)
    return exit_status


@command.command()
@click.argument("paths", metavar="FILE...", type=_FILE, nargs=-1, required=True)
@output_options
def merge(paths: Sequence[Path], reporting: ReportOptions) -> ExitStatus:
    """Merge the reports in FILE... into one, and show it in any format.

    The reports may come from several vantage points, load balancers, rows or runs. If several reports have
    the same connection, the latest run counts. If tables declare a row in different ways, the report has both
    rows.

    Exit status: 0 nothing is wrong; 1 something is proven broken; 2 the command line or a file is wrong; 3
    nothing is proven broken, but something could not be seen; 130 a run was interrupted.
    """
    from nlbcheck.reports.loading import load_report
    from nlbcheck.reports.merging import merge as merged

    report = merged([(str(path), load_report(path)[0]) for path in paths])
    inputs: dict[str, Path | None] = {f"the report that is read from {path}": path for path in paths}
    reporting.write(report, reporting.outputs(inputs))
    _remark(report, reporting)
    return report.exit_status


def _remark(report: Report, reporting: ReportOptions) -> None:
    progress = reporting.progress()
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
    help="For people, or as the JSON document nlbcheck.diff/1.",
)
@output_option
@click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal.")
def diff(before: Path, after: Path, format_: str, output: Path | None, color: bool | None) -> ExitStatus:
    """Show what changed from A to B.

    A and B are reports, or snapshots. Of reports, nlbcheck compares failures, causes, findings, host keys,
    certificates, who answers, and target health. Of snapshots, it compares the recorded state of AWS: routes,
    rules, targets, listeners and everything else on the path. It lists the rows that only one of them has,
    and compares the others.

    Exit status: 0 nothing is newly broken; 1 something fails in B that does not fail in A, or is not in A; 2
    the command line or a file is wrong; 3 nothing is newly broken, but something cannot be seen any more.
    """
    from nlbcheck.reports import diff as comparison
    from nlbcheck.reports.loading import load

    files.check([output], {"a report that is read": before, "the other report that is read": after})
    found = comparison.diff(load(before), load(after))
    as_text = format_ == "table"
    text = comparison.text(found, style(output, color=color)) if as_text else comparison.document(found)
    write_text(text, output, private=True)
    return found.exit_status
