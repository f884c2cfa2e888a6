"""Which faults are there, which rows does each bring down, and what is known of its fixes?

What is returned is not yet escaped: it holds names from the table and text from AWS.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.formats import reaching, words
from nlbcheck.formats.proofs import proof
from nlbcheck.language import plural
from nlbcheck.model import Finding, Remedy, RowResults, Verdict
from nlbcheck.model.plan import Step


@dataclass(frozen=True, slots=True)
class Fix:
    """One remedy, and what is known of it."""

    remedy: Remedy
    proof: str
    """What became of trying it, to follow its sentence."""

    @property
    def said(self) -> str:
        """The remedy's sentence, and what became of trying it."""
        return words.joined([self.remedy.text + self.proof])


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault with everything that it brings down."""

    finding: Finding
    """As the first row has it."""
    rows: tuple[RowResults, ...]
    fixes: tuple[Fix, ...]
    """All that it takes, each once."""
    also: tuple[str, ...]
    """Sentences on the rows that fail of something else first, and of this once that is mended."""
    gates: frozenset[Hashable] = frozenset()
    """Where it lies; several where faults of one code are told in one."""


Told = Sequence[tuple[Finding, str]]
"""Findings that are told in one, each with the name of its row."""


def of_rows(rows: Sequence[RowResults]) -> list[Cause]:
    """Return each distinct cause with the rows that fail of it, first told first."""
    groups: dict[object, list[tuple[Finding, RowResults]]] = {}
    for row in rows:
        cause = row.row.cause
        if cause:
            groups.setdefault(cause.gate, []).append((cause, row))
    alike = {key: frozenset(_alike(found)) for key, found in groups.items()}
    told: dict[object, list[tuple[Finding, RowResults]]] = {key: [] for key in groups}
    for row in rows:
        for finding in row.all_findings:
            for key in groups:
                if finding.gate in alike[key]:
                    told[key].append((finding, row))
    return [_cause(found, told[key], alike[key]) for key, found in groups.items()]


def _alike(found: Sequence[tuple[Finding, RowResults]]) -> Iterable[Hashable]:
    """Yield the gates that rows fail at in the same way: two nodes may have a table each."""
    for cause, row in found:
        yield cause.gate
        causes = (result.cause for result in row.results)
        yield from (item.gate for item in causes if item and _kind(item) == _kind(cause))


def _kind(finding: Finding) -> Hashable:
    return finding.code, finding.leg, finding.direction


def _cause(
    found: Sequence[tuple[Finding, RowResults]],
    told: Sequence[tuple[Finding, RowResults]],
    gates: frozenset[Hashable],
) -> Cause:
    """Return a cause; ``found`` are the rows that fail of it, ``told`` all that is told of it."""
    rows = tuple(row for _, row in found)
    names = {row.row.name for row in rows}
    own = [(finding, row.row.name) for finding, row in told if row.row.name in names]
    others = [
        (finding, row.row.name)
        for finding, row in told
        if row.row.name not in names and finding.verdict is Verdict.FAIL
    ]
    first = found[0][0]
    also = (*_reached(rows), *_also(others))
    return Cause(first, rows, tuple(fixes(own)), also, gates)


def _reached(rows: Sequence[RowResults]) -> Iterable[str]:
    """Yield for which of several targets the paths of failing connections are open, with the rows' names."""
    for row in rows:
        about = f"{row.row.name}: " if len(rows) > 1 else ""
        failing = (item for item in row.results if item.verdict is Verdict.FAIL)
        yield from (f"{about}{sentence}" for sentence in reaching.reached(failing))


def by_code(causes: Sequence[Cause]) -> list[Cause]:
    """Return causes with those of one code in one, first told first."""
    told: dict[str, Cause] = {}
    for cause in causes:
        known = told.setdefault(cause.finding.code, cause)
        if known is not cause:
            told[cause.finding.code] = replace(
                known,
                rows=(*known.rows, *cause.rows),
                fixes=(*known.fixes, *cause.fixes),
                also=(*known.also, *cause.also),
                gates=known.gates | cause.gates,
            )
    return list(told.values())


def fixes(found: Told) -> list[Fix]:
    """Return the remedies of findings, each once; where rows differ in what it does, with their names."""
    remedies: dict[object, list[tuple[Finding, str]]] = {}
    for finding, row in found:
        if finding.remedy:
            remedies.setdefault(finding.remedy.identity, []).append((finding, row))
    return [
        Fix(remedy, _proofs(told)) for told in remedies.values() if (remedy := told[0][0].remedy) is not None
    ]


def step_of(steps: Sequence[Step], remedy: Remedy) -> int | None:
    """Return the number of the step that a remedy is; None where no single step has all that it takes."""
    for number, item in enumerate(steps, 1):
        if any(finding.remedy and finding.remedy.identity == remedy.identity for finding in item.findings):
            return number
    return None


def _proofs(found: Told) -> str:
    """Return what became of trying one remedy for several rows."""
    said = _by_proof(found)
    if len(said) == 1:
        return next(iter(said))
    return "".join(f" {words.names(rows)}:{text}" for text, rows in said.items() if text)


def _by_proof(found: Told) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for finding, row in found:
        said.setdefault(proof(finding), []).append(row)
    return said


def _also(found: Told) -> Iterable[str]:
    """Yield sentences on rows that a fault keeps down although something else is their cause."""
    for text, rows in _by_proof(found).items():
        said = plural(
            len(dict.fromkeys(rows)),
            "Also: {rows} fails for another reason first, then for this one.",
            "Also: {rows} fail for another reason first, then for this one.",
            rows=words.names(rows),
        )
        yield words.joined([said + text])
