"""What does a watch show: the matrix of now with its changes, or a line for each change?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import grid, words
from nlbcheck.formats.lines import LONGEST_TEXT, bold, colored, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View, from_there
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Report, Result, Verdict, worst
from nlbcheck.model.rounds import Round, Transition, flow_key

_TOLD = 10
"""The changes that a screen shows, latest last."""


def line(change: Transition, at: str, style: Style) -> str:
    """Return a change as one line: when, which endpoint, what it did and what it does now."""
    several = len({item.flow.vantage for item in change.row.results}) > 1
    name = words.endpoint(change.row, change.result)
    if several:
        name = from_there(name, words.place(change.result.flow.vantage))
    became = f"{change.before} -> {change.after}" if change.before else change.after
    told = shortened(f"{name} {change.result.flow.dialled} {became}", LONGEST_TEXT)
    return colored(style.shown(f"{at} {printable(told)}"), style, change.result.verdict)


def screen(now: Round, told: Sequence[str], every: int, style: Style, height: int) -> str:
    """Return what a terminal of some height shows of a round; ``told`` are the lines of all changes so far.

    Where the rows do not fit, those that are in order and have been so are left out, then the last lines.
    """
    lines = _lines(now, told, every, style, whole=True)
    if len(lines) > height:
        lines = _lines(now, told, every, style, whole=False)
    if len(lines) > height:
        more = len(lines) - height + 1
        told = plural(more, "… {count} more line", "… {count} more lines")
        lines = [*lines[: height - 1], style.shown(told)]
    return "\n".join(lines)


def _lines(now: Round, told: Sequence[str], every: int, style: Style, *, whole: bool) -> list[str]:
    view = View(now.report)
    (label, balancer), *_ = words.header(now.report, view.probers)
    title = f"{tell(label)}  {balancer}"
    at = words.time(now.report.started_at)
    rounds = tell(
        "Round {number}, every {seconds} s, {time}. Ctrl-C ends it.",
        number=now.number,
        seconds=every,
        time=at,
    )
    shown = view if whole else View(_without_what_is_fine(now))
    left_out = len(view.rows) - len(shown.rows)
    blocks = [
        [*wrapped(title, style), *wrapped(rounds, style)],
        *grid.sections(shown, style, lambda result: _note(now, result)),
        [plural(left_out, _ONE_LEFT_OUT, _LEFT_OUT)] if left_out else [],
        [bold(tell("Changes"), style), *told[-_TOLD:]] if told else [],
        wrapped(view.summary, style, worst(view.verdicts)),
    ]
    return [text for block in blocks if block for text in (*block, "")][:-1]


_ONE_LEFT_OUT = marked("{count} more row is in order.")
_LEFT_OUT = marked("{count} more rows are in order.")


def _without_what_is_fine(now: Round) -> Report:
    """Return a round's report without the rows that are in order, and were in every round."""
    ever = {(relay, row) for _, relay, row, _ in now.failed}
    rows = [
        item.row
        for item in now.report.by_row()
        if item.verdict not in (Verdict.PASS, Verdict.WARN) or (item.row.relay, item.row.name) in ever
    ]
    return replace(now.report, rows=tuple(rows))


def _note(now: Round, result: Result) -> str:
    """Return what a cell says besides the status: that it has changed, and how often it failed so far."""
    failed = now.failed.get(flow_key(result), 0)
    is_new = any(change.before and flow_key(change.result) == flow_key(result) for change in now.changes)
    counted = f" ({tell('{count} of {total} failed', count=failed, total=now.number)})" if failed else ""
    return f"{counted}{' *' if is_new else ''}"
