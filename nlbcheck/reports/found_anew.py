"""Which causes and findings does a report have that an earlier one does not, and the other way round?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from nlbcheck.formats import words
from nlbcheck.language import tell
from nlbcheck.model import Finding, Report, Result, RowResults, Verdict
from nlbcheck.reports.difference import Difference, Effect
from nlbcheck.reports.pairing import Rows


@dataclass(slots=True)
class _Told:
    """One finding that is new or gone."""

    finding: Finding
    effect: Effect
    is_new: bool
    rows: dict[str, None] = field(default_factory=dict)
    """The names of those that it is of; none for the table as a whole."""


def changes(pairs: Sequence[Rows], before: Report, after: Report) -> Iterator[Difference]:
    """Yield the causes that are others, and the findings that are new or gone, each once for all its rows.

    Where one report looked at AWS and the other did not, that a finding is missing says nothing: what the
    later one finds to fail is told, and nothing else.
    """
    alike = before.is_diagnosed == after.is_diagnosed
    told: dict[Hashable, _Told] = {}
    for pair in pairs:
        if pair.before and pair.after:
            cause = _cause(pair)
            if cause and alike:
                yield cause
            _note_row(told, pair, pair.before, pair.after, but_causes=cause is not None)
    for finding in _others(after.table, before.table):
        _note(told, finding, _by_verdict(finding, Effect.BROKEN), is_new=True)
    for finding in _others(before.table, after.table):
        _note(told, finding, _by_verdict(finding, Effect.FIXED), is_new=False)
    yield from (_change(item) for item in told.values() if alike or _fails_anew(item))


def _cause(pair: Rows) -> Difference | None:
    """Return the cause of a row that failed before and fails now, where it is another one."""
    was, now = (row.row.cause if row else None for row in (pair.before, pair.after))
    if was is None or now is None or was.gate == now.gate:
        return None
    name = tell("The cause of {row}", row=pair.name)
    return Difference(Effect.CHANGED, "cause", name, _said(was), _said(now), (pair.name,))


def _said(finding: Finding) -> str:
    return f"{finding.summary} [{finding.code}]"


def _note_row(
    told: dict[Hashable, _Told], pair: Rows, before: RowResults, after: RowResults, *, but_causes: bool
) -> None:
    """Note which findings of a row are new or gone; of causes that are told, nothing."""
    causes = [row.row.cause for row in (before, after)] if but_causes else []
    gates = {cause.gate for cause in causes if cause}
    for finding in _others(after.all_findings, before.all_findings):
        if finding.gate not in gates:
            _note(told, finding, _effect_of_new(finding, pair, before, after), pair.name, is_new=True)
    still = Effect.FIXED if after.verdict in (Verdict.PASS, Verdict.WARN) else Effect.CHANGED
    for finding in _others(before.all_findings, after.all_findings):
        if finding.gate not in gates:
            _note(told, finding, _by_verdict(finding, still), pair.name, is_new=False)


def _by_verdict(finding: Finding, effect: Effect) -> Effect:
    """Return what it comes to that a finding is new or gone; of what does not fail, it is a change only."""
    return effect if finding.verdict is Verdict.FAIL else Effect.CHANGED


def _others(found: Sequence[Finding], known: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are not among those known."""
    identities = {(finding.identity, finding.verdict) for finding in known}
    return [finding for finding in found if (finding.identity, finding.verdict) not in identities]


def _note(
    told: dict[Hashable, _Told], finding: Finding, effect: Effect, row: str | None = None, *, is_new: bool
) -> None:
    key = (finding.identity, finding.verdict, effect, is_new)
    item = told.setdefault(key, _Told(finding, effect, is_new))
    if row:
        item.rows[row] = None


def _effect_of_new(finding: Finding, pair: Rows, before: RowResults, after: RowResults) -> Effect:
    """Return what it comes to that a row has a finding now.

    What fails where everything failed before breaks nothing, and is only seen now.
    """
    own = any(finding.identity == other.identity for other in after.row.findings)
    if finding.verdict is Verdict.FAIL:
        sound = [item for item in pair.endpoints if item.after and not _failed(item.before)]
        having = any(finding.identity == other.identity for item in sound for other in _findings(item.after))
        return Effect.BROKEN if having or (own and (sound or not pair.endpoints)) else Effect.CHANGED
    hides = finding.verdict is Verdict.UNKNOWN and own and before.verdict in (Verdict.PASS, Verdict.WARN)
    return Effect.UNSEEN if hides else Effect.CHANGED


def _failed(before: Result | None) -> bool:
    return before is not None and before.verdict is Verdict.FAIL


def _findings(result: Result | None) -> Sequence[Finding]:
    return result.findings if result else ()


def _fails_anew(item: _Told) -> bool:
    return item.is_new and item.finding.verdict is Verdict.FAIL


def _change(item: _Told) -> Difference:
    rows = tuple(item.rows)
    finding = item.finding
    shared = not rows or finding.is_warning_of_balancer
    name = str(finding.code)
    if not shared:
        name = tell("{code} of {rows}", code=finding.code, rows=words.names(rows))
    was, now = (None, finding.summary) if item.is_new else (finding.summary, None)
    warns = item.is_new and finding.verdict is Verdict.WARN
    return Difference(item.effect, "finding", name, was, now, rows, warns=warns)
