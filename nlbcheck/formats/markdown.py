"""What does a run look like in a comment on a pull request?

A forge takes 65,536 characters and refuses the rest with the whole comment:
https://docs.github.com/en/rest/issues/comments. So what does not fit is told in fewer words, step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlbcheck.formats import (
    alike,
    answers,
    causes,
    cells,
    chain,
    diagnosis,
    failing,
    grid,
    markup,
    overview,
    standpoints,
    words,
)
from nlbcheck.formats.lines import unprinted
from nlbcheck.formats.markup import LONGEST_TEXT
from nlbcheck.formats.overview import RelayStanding
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Matrix, View
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Report, Result, RowResults, Verdict
from nlbcheck.model.gap import refusals

LIMIT = 60_000
"""Characters that no report reaches."""
_LAST_WORDS = 200
"""Of those, what is kept for saying how much is left out."""
_MOST_RELAYS = 200
"""Relays that the overview has a line for; gravest come first."""
_WIDE = Style(width=100)


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a report tells."""

    whole: bool
    """Whether rows that are in order stand in the tables."""
    evidence: int
    """Causes that are told with their evidence and path."""
    most: int
    """Rows of a table, causes, findings or failures that are told one by one."""
    longest: int = 4000
    """Characters of a sentence."""


_ROOMS = (
    _Room(whole=True, evidence=1000, most=1000),
    _Room(whole=False, evidence=10, most=100),
    _Room(whole=False, evidence=3, most=25),
    _Room(whole=False, evidence=0, most=10, longest=LONGEST_TEXT),
)
"""Widest first; the first in which all fits is taken, else of the last what fits."""


def render(report: Report, _style: Style) -> str:
    """Return the report as Markdown as forges render it: a table, and what fails below it."""
    standing = overview.standings(report)
    head = list(_head(View(report), standing))
    view = View(overview.shown(report, standing, whole=False))
    for room in _ROOMS:
        blocks = [*head, *(block for block in _blocks(view, room) if block)]
        if sum(map(len, blocks)) + 2 * len(blocks) < LIMIT:
            break
    return "\n\n".join(_fitting(blocks)) + "\n"


def _fitting(blocks: Sequence[str]) -> Iterator[str]:
    """Yield the blocks that fit, and how many do not; each of them is whole in itself."""
    left, left_out = LIMIT - _LAST_WORDS, 0
    for block in blocks:
        if len(block) + 2 > left:
            left_out += 1
            continue
        left -= len(block) + 2
        yield block
    if left_out:
        yield f"*{plural(left_out, _PART_LEFT_OUT, _PARTS_LEFT_OUT)}*"


_PART_LEFT_OUT = marked("{count} more part is left out: it does not fit. Other formats have it.")
_PARTS_LEFT_OUT = marked("{count} more parts are left out: they do not fit. Other formats have them.")


def _head(view: View, standing: Sequence[RelayStanding]) -> Iterator[str]:
    """Yield what the report is about, and how each of several relays stands."""
    yield f"### nlbcheck {markup.text(view.report.command)}: {markup.text(view.summary)}"
    header = words.header(view.report, view.probers, overviewed=bool(standing))
    yield "\n".join(f"- {tell(label)}: {markup.text(value, LONGEST_TEXT)}" for label, value in header)
    if standing:
        lines = [markup.row((tell("relay"), "", tell("account and Region"))), markup.row(["---"] * 3)]
        lines += [_relay(item) for item in standing[:_MOST_RELAYS]]
        yield "\n".join(lines)
        if left := len(standing) - _MOST_RELAYS if standing[_MOST_RELAYS:] else 0:
            yield tell("Relays besides: {count}.", count=left)


def _relay(item: RelayStanding) -> str:
    said = markup.text(item.said, LONGEST_TEXT)
    told = said if item.verdict in _IN_ORDER else f"**{said}**"
    return markup.row((markup.code(item.relay.name, LONGEST_TEXT), told, markup.text(item.place)))


def _blocks(view: View, room: _Room) -> Iterator[str]:
    """Yield the parts of the report, each of which stands for itself."""
    report = view.report
    commands = {command for step in view.plan for command in step.commands}
    yield from _causes(view, room, commands)
    failed = list(_failures(view, room))
    yield from [] if view.causes else failed
    for matrix in view.matrices:
        yield from _matrix(view, matrix, room)
    yield _few([f"- {markup.text(told, room.longest)}" for told in standpoints.told(view)], room)
    yield from [markup.details(tell("Probes that failed"), failed)] if failed and view.causes else []
    yield _few([_other(found, room) for found in _gravest_first(view.others)], room)
    yield from _plan(view, room)
    if view.is_unread:
        yield _few([f"- {markup.text(told, LONGEST_TEXT)}" for told in refusals(report.gaps or ())], room)


def _few(items: Sequence[str], room: _Room) -> str:
    """Return a list with the items there is room for, and how many more there are."""
    more = len(items) - room.most
    rest = [f"- {tell('and {count} more', count=more)}"] if more > 0 else []
    return "\n".join([*items[: room.most], *rest])


def _matrix(view: View, matrix: Matrix, room: _Room) -> Iterator[str]:
    """Yield the table of what one vantage point has seen; of several, below whose it is."""
    relay = [f"**{markup.text(matrix.relay, LONGEST_TEXT)}**"] if matrix.relay else []
    if view.is_plural:
        standing = markup.text(words.standing(matrix.vantage, view.probers), LONGEST_TEXT)
        yield ": ".join([*relay, f"**{standing}**"])
    else:
        yield from relay
    rows = [(row, found) for row, found in matrix.rows if room.whole or row.verdict not in _IN_ORDER]
    header = [*map(words.in_a_line, grid.TITLES)]
    header += [*(markup.text(words.node(node), LONGEST_TEXT) for node in matrix.nodes), tell("who answered")]
    lines = [markup.row(header), markup.row("---" for _ in header)]
    for row, found in rows[: room.most]:
        names = (str(row.row.listener), words.group(row.row), words.target(row))
        told = [_status(row, found.get(node)) for node in matrix.nodes]
        own = RowResults(row.row, tuple(found.values()))
        named = (markup.code(name, LONGEST_TEXT) for name in names)
        lines.append(markup.row([*named, *told, "<br>".join(_answers(own)) if room.whole else ""]))
    if rows:
        yield "\n".join(lines)
    yield _left_out(len(matrix.rows) - len(rows), len(rows) - room.most)


_IN_ORDER = (Verdict.PASS, Verdict.WARN)


def _left_out(in_order: int, others: int) -> str:
    """Return how many rows do not stand in a table."""
    if others <= 0:
        return tell("Rows besides: {count} in order.", count=in_order) if in_order else ""
    if not in_order:
        return tell("Rows besides: {others} that are not in order.", others=others)
    return tell("Rows besides: {count} in order, {others} that are not.", count=in_order, others=others)


def _answers(row: RowResults) -> Iterator[str]:
    for result, answer in answers.per_row(row):
        place = f"{markup.text(result.flow.node.label, LONGEST_TEXT)}: " if result else ""
        yield place + markup.code(answer, LONGEST_TEXT)


def _status(row: RowResults, result: Result | None) -> str:
    if result is None:
        return ""
    ending = cells.ending(row, result)
    verdict = result.verdict if result.observation is None else result.probed
    return ending if verdict is Verdict.PASS and ending != cells.WRONG_SERVER else f"**{ending}**"


def _causes(view: View, room: _Room, commands: set[str]) -> Iterator[str]:
    """Yield each cause; of many, those of one code in one. ``commands`` stand elsewhere already."""
    told = view.causes if len(view.causes) <= room.most else causes.by_code(view.causes)
    for number, cause in enumerate(told):
        yield from _cause(view, cause, room, commands)
        if number < room.evidence and (evidence := _evidence(cause)):
            yield markup.details(tell("Evidence and path"), evidence)


def _cause(view: View, cause: causes.Cause, room: _Room, commands: set[str]) -> Iterator[str]:
    """Yield what fails and why, and the fixes with their command lines."""
    found = cause.finding
    who = failing.who(view, cause)
    why = markup.text(failing.why(cause), room.longest)
    yield f"**{markup.text(failing.label(found))}**: {markup.text(who, room.longest)}: {why}"
    also = (*failing.elsewhere(cause), *cause.also)
    yield "\n\n".join(markup.text(told, room.longest) for told in also[: room.most])
    steps = [causes.step_of(view.plan, fix.remedy) for fix in cause.fixes]
    if len(cause.fixes) > room.most and all(steps):
        shown = words.steps(sorted({step for step in steps if step}))
        yield tell("Fix: {fix}", fix=tell("{steps}.", steps=shown))
        return
    for fix, step in zip(cause.fixes[: room.most], steps, strict=False):
        said = markup.text(fix.said, room.longest)
        if step:
            said = tell("{fix} ({step})", fix=said, step=words.steps([step]))
        yield tell("Fix: {fix}", fix=said)
        if lines := unprinted(fix.remedy, commands):
            yield markup.fence(lines, "sh")
    if (more := len(cause.fixes) - room.most) > 0:
        yield plural(more, "And {count} more fix like these.", "And {count} more fixes like these.")


def _evidence(cause: causes.Cause) -> list[str]:
    """Return what proves a cause, and the legs of a path that fails of it."""
    row = cause.rows[0]
    said = chain.evidence(cause.finding.evidence.items())
    blocks = [markup.text(said, 2 * LONGEST_TEXT)] if said else []
    result = failing.example(row, cause)
    drawn = result and chain.picture(failing.paths(row, result, cause.finding), _WIDE, "", failing=True)
    if result and drawn:
        title = diagnosis.path_title(result, words.endpoint(row, result))
        blocks += [markup.text(title), markup.fence(drawn, "text")]
    return blocks


def _failures(view: View, room: _Room) -> Iterator[str]:
    for meaning, failures in view.failures:
        told = alike.of_one_meaning(view, failures)
        yield _few([f"- {markup.text(one.said, room.longest)}" for one in told], room)
        if meaning:
            yield f"> {markup.text(meaning, room.longest)}"


def _gravest_first(found: Iterable[causes.Told]) -> Sequence[causes.Told]:
    return sorted(found, key=lambda told: -told[0][0].verdict.severity)


def _other(found: causes.Told, room: _Room) -> str:
    """Return a finding that is no cause, with its rows and what mends it."""
    first = found[0][0]
    rows = "" if first.is_warning_of_balancer else f"{words.names(name for _, name in found)}: "
    fixes = causes.fixes(found)[:1] if first.verdict is not Verdict.UNKNOWN else ()
    fix = "".join(f" {tell('Fix: {fix}', fix=fix.said)}" for fix in fixes)
    said = failing.with_more(first, [item for item, _ in found])
    told = f"{words.verdict(first.verdict)}: {failing.label(first)}: {rows}{said}{fix}"
    return f"- {markup.text(told, room.longest)}"


def _plan(view: View, room: _Room) -> Iterator[str]:
    """Yield all that is to be done, in order."""
    if view.plan:
        yield f"**{tell('Plan, in the order of the path')}**"
    for number, step in enumerate(view.plan, 1):
        commands = [markup.fence(step.commands, "sh")] if step.commands else []
        title = tell("Step {number}.", number=number)
        yield "\n\n".join([f"**{title}** {markup.text(words.step(step), room.longest)}", *commands])
