"""What does a person, or a log, see of endpoints that are probed again and again?"""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlbcheck.cli.output import Output, ReportOptions, style
from nlbcheck.cli.showing import can_redraw
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.formats import watched, words
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model.rounds import Round

_KEPT = 1000
_HOME, _TO_END_OF_LINE, _TO_END = "\x1b[H", "\x1b[K", "\x1b[J"
_CLEAR = "\x1b[2J"


def check(wanted: Sequence[Output], *, pinning: bool) -> None:
    """Raise InputError where a report is to go to stdout, where the watch itself is, and for --pin."""
    if pinning:
        raise InputError("--pin: cannot be combined with --watch: pin first, then watch")
    for output in wanted:
        if output.file is None and output.format != "table":
            raise InputError(
                f"-f {output.format}: with --watch, stdout shows the changes: give the report a file, such "
                f"as -f {output.format}:FILE"
            )


def follow(rounds: Iterable[Round], wanted: Sequence[Output], every: int, reporting: ReportOptions) -> None:
    """Show every round until there are no more, or nobody reads; write each to the files that are wanted.

    At a terminal the matrix is drawn again in its place; elsewhere each change is a line. After an interrupt
    the files hold the last round that is whole, and say that the run was interrupted.
    """
    files = [output for output in wanted if output.file]
    is_shown = not wanted or len(files) < len(wanted)
    told: deque[str] = deque(maxlen=_KEPT)
    look = style(None, color=reporting.color, verbose=reporting.verbose)
    last = None
    for now in rounds:
        last = now.report
        reporting.write(last, files)
        if is_shown and not _show(now, told, every, look):
            break
    if last and OF_THIS_PROCESS.asked:
        reporting.write(last, files)


def _show(now: Round, told: deque[str], every: int, how: Style) -> bool:
    """Show a round on stdout, and note its changes in ``told``; return whether somebody reads that."""
    at = words.time(now.report.started_at)
    lines = [watched.line(change, at, how) for change in now.changes]
    told += lines
    if not can_redraw(sys.stdout):
        first = [f"{at} {View(now.report).summary}"] if now.number == 1 else []
        return write_stdout("".join(f"{line}\n" for line in (*lines, *first)))
    width, height = shutil.get_terminal_size()
    shown = watched.screen(now, list(told), every, replace(how, width=width), height - 1)
    text = shown.replace("\n", f"{_TO_END_OF_LINE}\n")
    return write_stdout(f"{_CLEAR * (now.number == 1)}{_HOME}{text}{_TO_END_OF_LINE}\n{_TO_END}")
