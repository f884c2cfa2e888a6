"""How is a diagnosis told: the cause, the fix, the path that fails, and what else there is?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlbcheck.escape import printable
from nlbcheck.formats import causes, chain, words
from nlbcheck.formats.lines import bold, colored, unprinted, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.model import (
    Client,
    Code,
    Confidence,
    Direction,
    Finding,
    Hop,
    Leg,
    Node,
    Path,
    Resource,
    Result,
    RowResults,
    Status,
    Verdict,
    worst,
)

_AT_TARGET = (Code.TARGET_NOT_LISTENING, Code.TARGET_SILENT, Code.WRONG_PROTOCOL, Code.WRONG_SERVER_ANSWERS)
"""Causes that no gate of AWS stands for."""
_OTHERS = {Verdict.FAIL: "Also", Verdict.UNKNOWN: "Not visible", Verdict.WARN: "Warnings"}
_FEW = 3
"""Causes up to which each is told at length; of more, paths show with ``-v``, and the plan has the fixes."""


def sections(view: View, style: Style) -> list[list[str]]:
    """Return a block for each distinct cause with its fix and path, the other findings in brief, the plan."""
    printed = {command for step in view.plan for command in step.commands}
    if len(view.causes) <= _FEW or style.verbose:
        blocks = [_cause(view, cause, style, printed) for cause in view.causes]
    else:
        blocks = [_cause_in_brief(view, cause, style, printed) for cause in causes.by_code(view.causes)]
    return [*(blocks or _in_order(view, style)), *_others(view, style, printed), _plan(view, style)]


def _cause(view: View, cause: causes.Cause, style: Style, printed: set[str]) -> list[str]:
    row = cause.rows[0]
    lines = wrapped(f"✗ {_headline(view, cause)}", style, Verdict.FAIL, indent="  ")
    if len(cause.rows) == 1 and not view.is_plural and (probes := _probes(row)):
        lines += wrapped(probes, style, first="  ")
    for also in (*_elsewhere(cause), *cause.also):
        lines += wrapped(also, style, first="  ")
    for fix in cause.fixes:
        lines += ["", *_fix(view, fix, style, "  ", printed)]
    result = _example(row, cause)
    if result and result.paths:
        lines += ["", *_path(view, row, result, style, cause.finding)]
    return lines + (_details(view, row, style) if style.verbose else [])


def _cause_in_brief(view: View, cause: causes.Cause, style: Style, printed: set[str]) -> list[str]:
    """Return a cause without its path; a fix that is a step of the plan is told there alone."""
    lines = wrapped(f"✗ {_headline(view, cause)}", style, Verdict.FAIL, indent="  ")
    for also in (*_elsewhere(cause), *cause.also):
        lines += wrapped(also, style, first="  ")
    numbered = {fix.remedy.identity: causes.step_of(view.plan, fix.remedy) for fix in cause.fixes}
    if steps := sorted({number for number in numbered.values() if number}):
        lines += wrapped(f"Fix: {words.steps(steps)}.", style, first="  ", indent="       ")
    for fix in cause.fixes:
        if not numbered[fix.remedy.identity]:
            lines += _fix(view, fix, style, "  ", printed)
    return lines


def _headline(view: View, cause: causes.Cause) -> str:
    found, rows = cause.finding, cause.rows
    likely = ", likely" if found.confidence is Confidence.LIKELY else ""
    where = _where(view, cause)
    part = " for a part of the connections" if _is_partial(cause) else ""
    if len(rows) > 1:
        who = f"{words.names(row.row.name for row in rows)} fail{part}{where}"
    else:
        who = f"{rows[0].row.name} ({rows[0].row.listener} to {words.target(rows[0])}) fails{part}{where}"
    alike = [item for row in rows for item in row.all_findings if item.gate in cause.gates]
    return f"{who}: {found.summary}{_more(alike)} [{found.code}{likely}]"


def _is_partial(cause: causes.Cause) -> bool:
    """Whether some connections fail and others succeed wherever a cause lies."""
    failing = [item for row in cause.rows for item in row.results if _has(item, cause)]
    ended = [{seen.status is Status.OK for seen in item.samples} for item in failing]
    return bool(ended) and all(len(ways) > 1 for ways in ended)


def _where(view: View, cause: causes.Cause) -> str:
    """Return at which static IPs rows fail of a cause, and from where; nothing where rows differ in that."""
    rows = cause.rows
    each = [_nodes(item for item in row.results if _has(item, cause)) for row in rows]
    sources = {view.only_from(row, row.row.cause or cause.finding) for row in rows}
    source = sources.pop() if len(sources) == 1 else ""
    every = [_nodes(row.results) for row in rows]
    if all(len(found) == len(whole) > 1 for found, whole in zip(each, every, strict=True)):
        return f" on every static IP{source}"
    same = each[0] and all(found == each[0] for found in each)
    if same and len(each[0]) < len(every[0]):
        return f" at {', '.join(map(words.node, each[0]))}{source}"
    return source


def _elsewhere(cause: causes.Cause) -> Iterable[str]:
    """Yield where the rows of a cause fail of something else, for the same vantage point."""
    told: dict[tuple[Node, Code], list[str]] = {}
    for row in cause.rows:
        vantages = {result.flow.vantage for result in row.results if _has(result, cause)}
        for result in row.results:
            other = result.cause if result.verdict is Verdict.FAIL else None
            if other and result.flow.vantage in vantages and not _has(result, cause):
                told.setdefault((result.flow.node, other.code), []).append(row.row.name)
    for (node, code), rows in told.items():
        fail = "fail" if len(rows) > 1 else "fails"
        yield f"At {words.node(node)} {words.names(rows)} {fail} of another cause: {code}."


def _nodes(results: Iterable[Result]) -> list[Node]:
    return list(dict.fromkeys(item.flow.node for item in results))


def _has(result: Result, cause: causes.Cause) -> bool:
    """Whether a connection fails, and the cause is among what is told of it."""
    return result.verdict is Verdict.FAIL and any(item.gate in cause.gates for item in result.findings)


def _more(findings: Sequence[Finding]) -> str:
    """Return how many other sentences there are like the one that is told."""
    more = len({finding.identity for finding in findings}) - 1
    return f" (and {more} more like it)" if more > 0 else ""


def _example(row: RowResults, cause: causes.Cause) -> Result | None:
    """Return the first result of a row that fails of a cause."""
    failing = [item for item in row.results if item.verdict is not Verdict.PASS]
    here = [item for item in failing if cause.finding.zone in (None, item.flow.node.zone)]
    return next((item for item in here if _has(item, cause)), next(iter(here), None))


def _fix(view: View, fix: causes.Fix, style: Style, indent: str, printed: set[str]) -> list[str]:
    """Return what to do; command lines stand whole, to be copied, here or in the plan, and each once.

    ``printed`` are those that stand elsewhere.
    """
    number = causes.step_of(view.plan, fix.remedy)
    commands = unprinted(fix.remedy, printed)
    again = " (printed with another fix)" if fix.remedy.commands and not commands else ""
    where = f" (step {number})" if number else again
    lines = wrapped(f"Fix: {fix.said}{where}", style, first=indent, indent=f"{indent}     ")
    return [*lines, *(f"{indent}  {printable(command)}" for command in commands)]


def _plan(view: View, style: Style) -> list[str]:
    """Return all that is to be done, in order; command lines stand whole, to be copied."""
    lines = [bold("Plan, in the order of the path", style)] if view.plan else []
    for number, step in enumerate(view.plan, 1):
        lines += wrapped(f"{number}. {words.step(step)}", style, first="  ", indent="     ")
        lines += [f"    {printable(command)}" for command in step.commands]
    return lines


def _probes(row: RowResults) -> str:
    """Return in one line how the row's probes ended."""
    told = [
        f"{item.flow.node.label} {words.ending(item, item.observation)}"
        for item in row.results
        if item.observation
    ]
    return f"Probes: {', '.join(told)}" if told else ""


def _path(
    view: View, row: RowResults, result: Result, style: Style, cause: Finding | None = None
) -> list[str]:
    """Return the picture of a path: of one that fails, the legs where it does, unless all are asked for."""
    title = f"The path to {result.flow.dialled} ({view.endpoint(row, result)})"
    is_known = len(row.row.declared) == 1  # else which of the targets it is that fails, nobody knows
    paths = [_ended(path, cause) if cause and is_known else path for path in result.paths or ()]
    head = [bold(line, style) for line in wrapped(title, style, first="  ")]
    return head + chain.picture(paths, style, "    ", failing=not style.verbose)


def _ended(path: Path, cause: Finding) -> Path:
    """Return the path to the target with the target at its end, where it is the target that fails."""
    if cause.code not in _AT_TARGET or cause.resource is None:
        return path
    if (path.leg, path.direction) != (Leg.BACK, Direction.REQUEST):
        return path
    place = Resource("target", cause.resource.id)
    return replace(path, hops=(*path.hops, Hop("target", place, Verdict.FAIL)))


def _details(view: View, row: RowResults, style: Style) -> list[str]:
    lines: list[str] = []
    for result in row.results:
        if result.paths:
            title = f"Every gate of {view.endpoint(row, result)}"
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
        lines += ["", *_path(view, row, result, style)]
    return [lines + (_details(view, row, style) if style.verbose else [])]


def _judged(view: View, row: RowResults, vantage: Client, style: Style) -> list[str]:
    """Return how a row is for one vantage point."""
    results = view.results_of(row, vantage)
    verdict = worst(item.verdict for item in results) if view.is_plural else row.verdict
    seen = "answers" if any(item.observation for item in results) else "not probed"
    said = {
        Verdict.PASS: f"is in order ({seen})",
        Verdict.WARN: f"is in order, with a warning ({seen})",
        Verdict.UNKNOWN: "cannot be judged: something is not visible",
        Verdict.FAIL: "fails",
    }.get(verdict, "could not be checked")
    source = f" from {words.vantage(vantage)}" if view.is_plural else ""
    told = f"{row.row.name} ({row.row.listener} to {words.target(row)}){source} {said}."
    lines = wrapped(f"{chain.MARKS[verdict]} {told}", style, verdict)
    for sentence in words.reached(results):
        lines += wrapped(sentence, style, first="  ")
    return lines


def _others(view: View, style: Style, printed: set[str]) -> Iterable[list[str]]:
    """Yield the findings that are no cause, by how grave they are, each fault once with its rows."""
    told: dict[object, list[tuple[Finding, str]]] = {}
    known = {(gate, row.row.name) for cause in view.causes for gate in cause.gates for row in cause.rows}
    behind = {gate for cause in view.causes for gate in cause.gates}
    for row in view.rows:
        for finding in row.all_findings:
            is_told = finding.verdict is Verdict.FAIL and finding.gate in behind
            if not is_told and (finding.gate, row.row.name) not in known:
                name = row.row.name + view.only_from(row, finding)
                told.setdefault((finding.gate, finding.verdict), []).append((finding, name))
    for finding in view.report.table:
        told.setdefault((finding.gate, finding.verdict), []).append((finding, "the table"))
    for verdict, title in _OTHERS.items():
        faults = [found for found in told.values() if found[0][0].verdict is verdict]
        lines = [line for found in _grouped(faults, style) for line in _briefly(view, found, style, printed)]
        if lines:
            yield [colored(title, style, verdict), *lines]


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
    others = _more([finding for finding, _ in found])
    lines = wrapped(f"{about}{first.summary}{others} [{first.code}]", style, first="  ")
    if first.verdict is Verdict.UNKNOWN and not style.verbose:
        return lines  # what is not visible says itself what would show it
    fixes = causes.fixes(found)
    steps = [number for fix in fixes if (number := causes.step_of(view.plan, fix.remedy))]
    if len(fixes) > _FEW and len(steps) == len(fixes):
        return lines + wrapped(
            f"Fix: {words.steps(sorted(set(steps)))}.", style, first="    ", indent="         "
        )
    shown = fixes if style.verbose or first.verdict is Verdict.FAIL or len(fixes) <= _FEW else fixes[:1]
    for fix in shown:
        lines += _fix(view, fix, style, "    ", printed)
    if len(shown) < len(fixes):
        lines += wrapped(f"And {len(fixes) - 1} more fixes like it: see -v.", style, first="    ")
    return lines
