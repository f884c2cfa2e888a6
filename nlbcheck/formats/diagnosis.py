"""How is a diagnosis told: the cause, the fix, the path that fails, and what else there is?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable
from nlbcheck.formats import causes, cells, chain, failing, reaching, words
from nlbcheck.formats.lines import bold, colored, unprinted, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View, from_there
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Client, Finding, Result, RowResults, Verdict, worst
from nlbcheck.wrapping import columns_of

_OTHERS = {
    Verdict.FAIL: marked("Also"),
    Verdict.UNKNOWN: marked("Not visible"),
    Verdict.WARN: marked("Warnings"),
}
_FEW = 3
"""Causes up to which each is told at length; of more, paths show with ``-v``, and the plan has the fixes."""


def sections(view: View, style: Style) -> list[list[str]]:
    """Return a block for each distinct cause with its fix and path, and the other findings in brief."""
    printed = {command for step in view.plan for command in step.commands}
    if len(view.causes) <= _FEW or style.verbose:
        blocks = [_cause(view, cause, style, printed) for cause in view.causes]
    else:
        blocks = [_cause_in_brief(view, cause, style, printed) for cause in causes.by_code(view.causes)]
    return [*(blocks or _in_order(view, style)), *others(view, style, printed), _closed(view, style)]


def _cause(view: View, cause: causes.Cause, style: Style, printed: set[str]) -> list[str]:
    row = cause.rows[0]
    lines = _headline(view, cause, style)
    if len(cause.rows) == 1 and not view.is_plural and (probes := _probes(row)):
        lines += wrapped(probes, style, first="  ")
    for also in (*failing.elsewhere(cause), *cause.also):
        lines += wrapped(also, style, first="  ")
    for fix in cause.fixes:
        lines += ["", *_fix(view, fix, style, "  ", printed)]
    result = failing.example(row, cause)
    if result and result.paths:
        lines += ["", *_path(view, row, result, style, cause.finding)]
    return lines + (_details(view, row, style) if style.verbose else [])


def _headline(view: View, cause: causes.Cause, style: Style) -> list[str]:
    mark = chain.MARKS[Verdict.FAIL]
    return wrapped(f"{mark} {failing.headline(view, cause)}", style, Verdict.FAIL, indent="  ")


def _cause_in_brief(view: View, cause: causes.Cause, style: Style, printed: set[str]) -> list[str]:
    """Return a cause without its path; a fix that is a step of the plan is told there alone."""
    lines = _headline(view, cause, style)
    for also in (*failing.elsewhere(cause), *cause.also):
        lines += wrapped(also, style, first="  ")
    numbered = {fix.remedy.identity: causes.step_of(view.plan, fix.remedy) for fix in cause.fixes}
    if steps := sorted({number for number in numbered.values() if number}):
        lines += _by_steps(steps, style, "  ")
    for fix in cause.fixes:
        if not numbered[fix.remedy.identity]:
            lines += _fix(view, fix, style, "  ", printed)
    return lines


def _fix(view: View, fix: causes.Fix, style: Style, indent: str, printed: set[str]) -> list[str]:
    """Return what to do; command lines stand whole, to be copied, here or in the plan, and each once.

    ``printed`` are those that stand elsewhere.
    """
    number = causes.step_of(view.plan, fix.remedy)
    commands = unprinted(fix.remedy, printed)
    said = fix.said
    if number:
        said = tell("{fix} ({step})", fix=said, step=words.steps([number]))
    elif fix.remedy.commands and not commands:
        said = tell("{fix} (printed with another fix)", fix=said)
    return [*fix_lines(said, style, indent), *(f"{indent}  {printable(command)}" for command in commands)]


def fix_lines(said: str, style: Style, indent: str) -> list[str]:
    """Return what mends something, its further lines below the first one's words."""
    label = tell("Fix: {fix}", fix="")
    return wrapped(tell("Fix: {fix}", fix=said), style, first=indent, indent=indent + " " * columns_of(label))


def _by_steps(numbers: Sequence[int], style: Style, indent: str) -> list[str]:
    """Return that something is mended by steps of the plan, which stand there."""
    return fix_lines(tell("{steps}.", steps=words.steps(numbers)), style, indent)


def _closed(view: View, style: Style) -> list[str]:
    """Return what closes the paths that the table wants closed."""
    lines = [bold(tell("Closed, as the table says"), style)] if view.closed else []
    for finding, rows in view.closed:
        lines += wrapped(f"{words.names(rows)}: {finding.summary} [{finding.code}]", style, first="  ")
    return lines


def plan(view: View, style: Style) -> list[str]:
    """Return all that is to be done, in order; command lines stand whole, to be copied."""
    lines = [bold(tell("Plan, in the order of the path"), style)] if view.plan else []
    for number, step in enumerate(view.plan, 1):
        lines += wrapped(f"{number}. {words.step(step)}", style, first="  ", indent="     ")
        lines += [f"    {printable(command)}" for command in step.commands]
    return lines


def _probes(row: RowResults) -> str:
    """Return in one line how the row's probes ended."""
    told = [f"{item.flow.node.label} {cells.ending(row, item)}" for item in row.results if item.observation]
    return tell("Probes: {endings}", endings=", ".join(told)) if told else ""


def _path(
    view: View, row: RowResults, result: Result, style: Style, cause: Finding | None = None
) -> list[str]:
    """Return the picture of a path: of one that fails, the leg where it does, unless all are asked for."""
    title = path_title(result, view.endpoint(row, result))
    head = [bold(line, style) for line in wrapped(title, style, first="  ")]
    paths = failing.paths(row, result, cause)
    return head + chain.picture(paths, style, "    ", failing=not style.verbose, cause=cause)


def path_title(result: Result, endpoint: str) -> str:
    """Return what stands above the picture of a path."""
    return tell("The path to {address} ({endpoint})", address=result.flow.dialled, endpoint=endpoint)


def _details(view: View, row: RowResults, style: Style) -> list[str]:
    lines: list[str] = []
    for result in row.results:
        if result.paths:
            title = tell("Every gate of {endpoint}", endpoint=view.endpoint(row, result))
            head = [bold(line, style) for line in wrapped(title, style)]
            lines += ["", *head, *chain.details(result.paths, style)]
    return lines


def _in_order(view: View, style: Style) -> list[list[str]]:
    """Return the blocks where no row fails: how one row alone is for each vantage point."""
    if len(view.rows) != 1:
        return []
    (row,) = view.rows
    lines = [line for vantage in view.report.vantages for line in _judged(view, row, vantage, style)]
    result = max(row.results, key=lambda item: item.verdict.severity, default=None)
    if result and result.paths:
        lines += [*([""] if lines else []), *_path(view, row, result, style)]
    lines += _details(view, row, style) if style.verbose else []
    return [lines] if lines else []


def _judged(view: View, row: RowResults, vantage: Client, style: Style) -> list[str]:
    """Return how a row is for one vantage point."""
    results = view.results_of(row, vantage)
    verdict = worst(item.verdict for item in results) if view.is_plural else row.verdict
    if verdict is Verdict.FAIL and view.is_unread and view.failures:
        return []  # which probes fail, and how, is told above
    answers = tell("answers") if all(item.flow.spec.reachable for item in results) else tell("closed")
    seen = answers if any(item.observation for item in results) else tell("not probed")
    named = f"{row.row.name} ({failing.led(row)})"
    if view.is_plural:
        named = from_there(named, words.vantage(vantage))
    told = tell(_JUDGED.get(verdict, _UNCHECKED), row=named, seen=seen)
    lines = wrapped(f"{chain.MARKS[verdict]} {told}", style, verdict)
    for sentence in reaching.reached(results):
        lines += wrapped(sentence, style, first="  ")
    return lines


_JUDGED = {
    Verdict.PASS: marked("{row} is in order ({seen})."),
    Verdict.WARN: marked("{row} is in order, with a warning ({seen})."),
    Verdict.UNKNOWN: marked("{row} cannot be judged: something is not visible."),
    Verdict.FAIL: marked("{row} fails."),
}
_UNCHECKED = marked("{row} could not be checked.")


def others(view: View, style: Style, printed: set[str]) -> Iterable[list[str]]:
    """Yield the findings that are no cause, by how grave they are, each fault once with its rows."""
    for verdict, title in _OTHERS.items():
        faults = [found for found in view.others if found[0][0].verdict is verdict]
        lines = [line for found in _grouped(faults, style) for line in _briefly(view, found, style, printed)]
        if lines:
            yield [colored(tell(title), style, verdict), *lines]


def _grouped(faults: Sequence[causes.Told], style: Style) -> Sequence[causes.Told]:
    """Return faults with those of one code in one, where there are many of them."""
    if style.verbose:
        return faults
    by_code: dict[str, list[causes.Told]] = {}
    for found in faults:
        by_code.setdefault(found[0][0].code, []).append(found)
    grouped: list[causes.Told] = []
    for alike in by_code.values():
        grouped += alike if len(alike) <= _FEW else [[item for found in alike for item in found]]
    return grouped


def _briefly(view: View, found: causes.Told, style: Style, printed: set[str]) -> list[str]:
    first = found[0][0]
    named = (len(view.rows) > 1 or view.is_plural) and not first.is_warning_of_balancer
    about = f"{words.names([name for _, name in found])}: " if named else ""
    said = failing.with_more(first, [finding for finding, _ in found])
    lines = wrapped(f"{about}{said} [{first.code}]", style, first="  ")
    if first.verdict is Verdict.UNKNOWN and not style.verbose:
        return lines  # what is not visible says itself what would show it
    fixes = causes.fixes(found)
    steps = [number for fix in fixes if (number := causes.step_of(view.plan, fix.remedy))]
    if len(fixes) > _FEW and len(steps) == len(fixes):
        return lines + _by_steps(sorted(set(steps)), style, "    ")
    shown = fixes if style.verbose or first.verdict is Verdict.FAIL or len(fixes) <= _FEW else fixes[:1]
    for fix in shown:
        lines += _fix(view, fix, style, "    ", printed)
    if len(shown) < len(fixes):
        more = plural(
            len(fixes) - 1, "And {count} more fix like it: see -v.", "And {count} more fixes like it: see -v."
        )
        lines += wrapped(more, style, first="    ")
    return lines
