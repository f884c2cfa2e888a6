"""Which connections fail of a cause, how is that said in one sentence, and which paths show it?

What is returned is not yet escaped: it holds names from the table and text from AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlbcheck.formats import words
from nlbcheck.formats.causes import Cause
from nlbcheck.formats.view import View
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import (
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
)

_AT_TARGET = (Code.TARGET_NOT_LISTENING, Code.TARGET_SILENT, Code.WRONG_PROTOCOL, Code.WRONG_SERVER_ANSWERS)
"""Causes that no gate of AWS stands for."""


def headline(view: View, cause: Cause) -> str:
    """Return what fails and why: ``tg-10022 fails at …: No rule of … [sg-denies, likely]``."""
    return f"{who(view, cause)}: {why(cause)} [{label(cause.finding)}]"


def who(view: View, cause: Cause) -> str:
    """Return which rows fail, and where: ``tg-10022, tg-20022 fail on every static IP``."""
    rows = cause.rows
    named = words.names(row.row.name for row in rows)
    if len(rows) == 1:
        named = f"{named} ({led(rows[0])})"
    where = _where(view, cause)
    if _is_of_health_alone(cause):
        return tell("Target health of {rows} fails {where}", rows=named, where=where).rstrip()
    return said(named, where, several=len(rows) > 1, is_partial=_is_partial(cause))


def said(rows: str, where: str, *, several: bool, is_partial: bool = False) -> str:
    """Return that rows fail, and where, which may be empty."""
    return tell(_FAIL[is_partial, several], rows=rows, where=where).rstrip()


_FAIL = {
    (False, False): marked("{rows} fails {where}"),
    (False, True): marked("{rows} fail {where}"),
    (True, False): marked("{rows} fails for some connections {where}"),
    (True, True): marked("{rows} fail for some connections {where}"),
}
"""What is said of a cause's rows, by whether some connections succeed, and whether there are several."""


def led(row: RowResults) -> str:
    """Return what a row is for: ``TCP:10022 to TargetServer1 172.31.129.10:22``."""
    return tell("{listener} to {target}", listener=row.row.listener, target=words.target(row))


def why(cause: Cause) -> str:
    """Return the sentence of a cause, and how many there are like it."""
    alike = [item for row in cause.rows for item in row.all_findings if item.gate in cause.gates]
    return with_more(cause.finding, alike)


def label(finding: Finding) -> str:
    """Return a finding's code, and that it is only likely where it is."""
    if finding.confidence is Confidence.LIKELY:
        return tell("{code}, likely", code=finding.code)
    return str(finding.code)


def with_more(told: Finding, alike: Sequence[Finding]) -> str:
    """Return what a finding says, and how many others there are like it."""
    return with_number(told.summary, len({finding.identity for finding in alike}) - 1)


def with_number(told: str, others: int) -> str:
    """Return a sentence, and of how many other things the same is to be said."""
    if others < 1:
        return told
    return words.joined([told, plural(others, "{count} more is like it.", "{count} more are like it.")])


def elsewhere(cause: Cause) -> Iterable[str]:
    """Yield where the rows of a cause fail of something else, for the same vantage point."""
    told: dict[tuple[Node, Code], list[str]] = {}
    for row in cause.rows:
        vantages = {result.flow.vantage for result in row.results if _has(result, cause)}
        for result in row.results:
            other = result.cause if result.verdict is Verdict.FAIL else None
            if other and result.flow.vantage in vantages and not _has(result, cause):
                told.setdefault((result.flow.node, other.code), []).append(row.row.name)
    for (node, code), rows in told.items():
        yield plural(
            len(rows),
            "At {node} {rows} fails for another reason: {code}.",
            "At {node} {rows} fail for another reason: {code}.",
            node=words.node(node),
            rows=words.names(rows),
            code=code,
        )


def example(row: RowResults, cause: Cause) -> Result | None:
    """Return the first result of a row that fails of a cause."""
    failing = [item for item in row.results if item.verdict is not Verdict.PASS]
    here = [item for item in failing if cause.finding.zone in (None, item.flow.node.zone)]
    return next((item for item in here if _has(item, cause)), next(iter(here), None))


def paths(row: RowResults, result: Result, cause: Finding | None) -> Sequence[Path]:
    """Return the paths of a result; where its target fails that no gate stands for, the target ends one."""
    is_known = len(row.row.declared) == 1  # else which of the targets it is that fails, nobody knows
    return [_ended(path, cause) if cause and is_known else path for path in result.paths or ()]


def cause_of(row: RowResults, result: Result) -> Finding | None:
    """Return what explains a result's failure: the row's cause where it is among its findings, or its own."""
    cause = row.row.cause
    if result.verdict is not Verdict.FAIL:
        return None
    if cause and cause.zone in (None, result.flow.node.zone):
        own = {item.identity for item in (*row.row.findings, *result.findings)}
        if cause.identity in own:
            return cause
    return result.cause


def _is_partial(cause: Cause) -> bool:
    """Whether some connections fail and others succeed wherever a cause lies."""
    ended = [{seen.status is Status.OK for seen in item.samples} for item in _failing(cause)]
    return bool(ended) and all(len(ways) > 1 for ways in ended)


def _is_of_health_alone(cause: Cause) -> bool:
    """Whether every connection was made and succeeded, and health checks are what fails."""
    failing = _failing(cause)
    succeeded = [bool(item.connections) and item.probed is Verdict.PASS for item in failing]
    return cause.finding.leg is Leg.HEALTH and bool(failing) and all(succeeded)


def _failing(cause: Cause) -> list[Result]:
    return [item for row in cause.rows for item in row.results if _has(item, cause)]


def _where(view: View, cause: Cause) -> str:
    """Return at which static IPs rows fail of a cause, and from where; nothing where rows differ in that."""
    rows = cause.rows
    each = [_nodes(item for item in row.results if _has(item, cause)) for row in rows]
    sources = {view.sources(row, row.row.cause or cause.finding) for row in rows}
    source = sources.pop() if len(sources) == 1 else ""
    every = [_nodes(row.results) for row in rows]
    if all(len(found) == len(whole) > 1 for found, whole in zip(each, every, strict=True)):
        return everywhere(source)
    same = each[0] and all(found == each[0] for found in each)
    if same and len(each[0]) < len(every[0]):
        return at_nodes(each[0], source)
    return tell("from {vantage}", vantage=source) if source else ""


def everywhere(source: str) -> str:
    """Return where rows fail that fail on every static IP, and from where; ``source`` may be empty."""
    if source:
        return tell("on every static IP from {vantage}", vantage=source)
    return tell("on every static IP")


def at_nodes(nodes: Sequence[Node], source: str) -> str:
    """Return where rows fail that fail at some static IPs, and from where; ``source`` may be empty."""
    named = ", ".join(map(words.node, nodes))
    if source:
        return tell("at {nodes} from {vantage}", nodes=named, vantage=source)
    return tell("at {nodes}", nodes=named)


def _nodes(results: Iterable[Result]) -> list[Node]:
    return list(dict.fromkeys(item.flow.node for item in results))


def _has(result: Result, cause: Cause) -> bool:
    """Whether a connection fails, and the cause is among what is told of it."""
    return result.verdict is Verdict.FAIL and any(item.gate in cause.gates for item in result.findings)


def _ended(path: Path, cause: Finding) -> Path:
    """Return the path to the target with the target at its end, where it is the target that fails."""
    if cause.code not in _AT_TARGET or cause.resource is None:
        return path
    if (path.leg, path.direction) != (Leg.BACK, Direction.REQUEST):
        return path
    place = Resource("target", cause.resource.id)
    return replace(path, hops=(*path.hops, Hop("target", place, Verdict.FAIL)))
