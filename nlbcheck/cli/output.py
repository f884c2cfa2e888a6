"""Where does a report go, in which format, and what if it cannot be written?"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli import again, choices, interrupts, showing, step_summary
from nlbcheck.cli.outgoing import Outgoing
from nlbcheck.cli.streams import write_stdout
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import InputError
from nlbcheck.formats import FORMATS
from nlbcheck.formats.style import SIGNS, Style
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model import Report
from nlbcheck.relays.tree import near

_NARROW = 80


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Where a report goes, how it looks, and what is told besides."""

    formats: Sequence[str]
    output: Path | None
    color: bool | None
    quiet: bool
    verbose: bool

    def progress(self) -> Terminal:
        """Return who hears how far the run is."""
        return Terminal(quiet=self.quiet, verbose=self.verbose)

    def outputs(self, inputs: Mapping[str, Path | None]) -> tuple[Output, ...]:
        """Return where to write what; see `outputs`."""
        return outputs(self.formats, self.output, inputs)

    def write(self, report: Report, wanted: Sequence[Output]) -> Report:
        """Write a report; see `write`."""
        return write(report, wanted, color=self.color, verbose=self.verbose)


@dataclass(frozen=True, slots=True)
class Output:
    """One place that a report is written to."""

    format: str
    file: Path | None
    """None is stdout."""


def _unless_stdout(_context: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
    return files.unless_stdout(value)


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=_unless_stdout,
    metavar="FILE",
    help="Write to FILE instead of stdout.",
)
"""Where what a command has to say is written; the command takes None for stdout."""


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a report goes and how it looks; the command takes ``reporting``."""

    @wraps(command)
    def with_report(
        *,
        formats: Sequence[str],
        output: Path | None,
        color: bool | None,
        quiet: bool,
        verbose: bool,
        **others: Any,  # noqa: ANN401 (the command's own)
    ) -> Any:  # noqa: ANN401
        return command(reporting=ReportOptions(formats, output, color, quiet, verbose), **others)

    decorated: Callable[..., Any] = with_report
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Show more details of each result."),
        click.option("-q", "--quiet", is_flag=True, help="Show no progress and no remarks on stderr."),
        click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal."),
        output_option,
        click.option(
            "-f",
            "--format",
            "formats",
            multiple=True,
            metavar="FORMAT[:FILE]",
            shell_complete=choices.formats,
            help=f"Format of the report: {', '.join(FORMATS)} (default: table). FORMAT:FILE writes to a "
            "file; may be repeated.",
        ),
    ):
        decorated = option(decorated)
    return decorated


def outputs(
    formats: Sequence[str], file: Path | None, inputs: Mapping[str, Path | None]
) -> tuple[Output, ...]:
    """Return where to write what, once it is sure that something can be written at all.

    ``inputs`` are the files that the command reads, by what they are called. Raises `InputError` for an
    unknown format, two reports in one place, one of the ``inputs``, and where no output can be written. Where
    some can, `write` tells of the others.
    """
    wanted = []
    for text in formats or ["table"]:
        name, colon, path = text.partition(":")
        if name not in FORMATS or (colon and not path):
            known = ", ".join(FORMATS)
            raise InputError(f"-f {text}: {_hint(name)}expected FORMAT or FORMAT:FILE with one of {known}")
        wanted.append(Output(name, files.unless_stdout(Path(path)) if path else file))
    if file and all(output.file != file for output in wanted):
        raise InputError(f"-o {file}: every report already has a file")
    summary = step_summary.file() if any(output.format == "github" for output in wanted) else None
    files.check([*(output.file for output in wanted), *([summary] if summary else [])], inputs)
    return tuple(wanted)


def _hint(name: str) -> str:
    """Return the question that names the formats which a word may have meant."""
    like = near(name, list(FORMATS)) if name not in FORMATS else []
    return f"did you mean {' or '.join(like)}? " if like else ""


def write(report: Report, wanted: Sequence[Output], *, color: bool | None, verbose: bool) -> Report:
    """Write the report to every output, and only then raise `InputError` for those that failed.

    For GitHub Actions it goes into the summary of the step, too. Returns the report as it was written: of a
    run that was interrupted, where it was before the last byte.
    """
    outgoing = Outgoing(report)
    write_outgoing(outgoing, wanted, color=color, verbose=verbose)
    return outgoing.report


def write_outgoing(
    outgoing: Outgoing, wanted: Sequence[Output], *, color: bool | None, verbose: bool
) -> None:
    """Write a report that may become one of an interrupted run meanwhile: then all files say so."""
    in_files = [output for output in wanted if output.file]
    each: list[Callable[[], None]] = [
        partial(_write, outgoing, output, color=color, verbose=verbose) for output in in_files
    ]
    if any(output.format == "github" for output in wanted):
        each.append(lambda: step_summary.append(outgoing.now()))
    on_stdout = [output for output in wanted if not output.file]
    each += [partial(_print, outgoing, output, color=color, verbose=verbose) for output in on_stdout]
    with interrupts.noted():
        before = outgoing.now()
        all_of(*each)
        if outgoing.now() is not before:
            again = [output for output in in_files if output.file and files.is_there(output.file)]
            all_of(*(partial(_write, outgoing, output, color=color, verbose=verbose) for output in again))


def all_of(*writes: Callable[[], None]) -> None:
    """Write each, and only then raise `InputError` for those that failed."""
    problems: list[str] = []
    for one in writes:
        try:
            one()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)


def _write(outgoing: Outgoing, output: Output, *, color: bool | None, verbose: bool) -> None:
    report = outgoing.now()
    text = FORMATS[output.format](report, style(output.file, color=color, verbose=verbose))
    private = report.gaps is not None  # it shows an account's network
    _put(text, output.file, private=private)


def _print(outgoing: Outgoing, output: Output, *, color: bool | None, verbose: bool) -> None:
    look = style(None, color=color, verbose=verbose)
    texts: dict[bool, str] = {}

    def rendered(_text: str) -> str:
        report = outgoing.now()
        if report.interrupted not in texts:
            texts[report.interrupted] = FORMATS[output.format](report, look)
        return texts[report.interrupted]

    _put("", None, better=rendered)


def write_text(text: str, file: Path | None, *, private: bool = False) -> None:
    """Write to a file, or to stdout; raise `InputError` where that fails.

    ``private`` is what shows an account's network: a new file of it is for its owner alone. A Ctrl-C that
    comes meanwhile is a KeyboardInterrupt once all is written.
    """
    with interrupts.noted():
        _put(text, file, private=private)
        OF_THIS_PROCESS.check()


def _put(
    text: str, file: Path | None, *, private: bool = False, better: Callable[[str], str] = lambda text: text
) -> None:
    if file:
        files.write(file, text.encode(errors="backslashreplace"), private=private)
        return
    try:
        write_stdout(text, better)
    except OSError as error:
        raise InputError(f"stdout: was not written: {error.strerror}") from None


def style(file: Path | None, *, color: bool | None, verbose: bool = False) -> Style:
    """Return how a text for a file, or for stdout, may look."""
    is_stdout = file is None
    if color is None:
        color = is_stdout and showing.has_colors(os.environ, is_terminal=sys.stdout.isatty())
    return Style(
        shutil.get_terminal_size((_NARROW, 24)).columns,
        color=color,
        verbose=verbose,
        ascii=is_stdout and not showing.can_show(SIGNS, sys.stdout, os.environ),
        again=again.options_of(click.get_current_context(silent=True)),
    )
