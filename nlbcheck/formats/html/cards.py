"""What does the page say of each cause, of the probes that failed, and of all else that was found?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.formats import causes, chain, failing, words
from nlbcheck.formats.chain import MARKS
from nlbcheck.formats.html.drawing import Drawing, drawings
from nlbcheck.formats.view import View
from nlbcheck.language import marked, tell
from nlbcheck.model import Finding, Path, RowResults, Verdict

__all__ = ["DRAWN", "MARKS", "card_of", "failures", "of_causes", "others"]

DRAWN = 20
"""Causes of which the path is drawn, so that the page stays small whatever fails."""
_OTHERS = {
    Verdict.FAIL: marked("What fails besides"),
    Verdict.UNKNOWN: marked("What could not be seen"),
    Verdict.WARN: marked("Warnings"),
}


@dataclass(frozen=True, slots=True)
class FixShown:
    """A fix, and the step of the plan that it is."""

    said: str
    commands: Sequence[str]
    step: int | None


@dataclass(frozen=True, slots=True)
class GateShown:
    """A gate with its evidence, in a list of all of them."""

    verdict: Verdict
    name: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Card:
    """One fault: who fails of it and why, what mends it, and what proves it."""

    code: str
    label: str
    """The code, and that it is only likely where it is."""
    who: str
    why: str
    also: Sequence[str]
    fixes: Sequence[FixShown]
    endpoint: str
    """Whose path it is that is drawn."""
    closed: Sequence[Drawing]
    open: Sequence[Drawing]
    evidence: str
    gates: Sequence[tuple[str, Sequence[GateShown]]]
    """Every gate of the path, by its leg."""


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A finding that is no cause, with the rows that have it."""

    label: str
    rows: str
    said: str
    fixes: Sequence[FixShown]


def card_of(view: View, row: RowResults, cause: Finding) -> int | None:
    """Return the number of the card that tells a cause of a row; None where none does."""
    for number, told in enumerate(view.causes, 1):
        if cause.gate in told.gates and any(row is other for other in told.rows):
            return number
    return None


def of_causes(view: View, *, verbose: bool) -> list[Card]:
    """Return a card for each cause; with ``verbose`` also with the evidence of gates that are passed."""
    return [
        _card(view, cause, is_drawn=number < DRAWN, verbose=verbose)
        for number, cause in enumerate(view.causes)
    ]


def _card(view: View, cause: causes.Cause, *, is_drawn: bool, verbose: bool) -> Card:
    row = cause.rows[0]
    result = failing.example(row, cause) if is_drawn else None
    paths = failing.paths(row, result, cause.finding) if result else ()
    drawn = drawings(view, result, paths) if result else []
    closed = [item for item in drawn if item.verdict not in (Verdict.PASS, Verdict.WARN)] or drawn
    return Card(
        cause.finding.code,
        failing.label(cause.finding),
        failing.who(view, cause),
        failing.why(cause),
        (*failing.elsewhere(cause), *cause.also),
        [_fix(view, fix) for fix in cause.fixes],
        f"{result.flow.dialled} ({view.endpoint(row, result)})" if result else "",
        closed,
        [item for item in drawn if item not in closed],
        chain.evidence(cause.finding.evidence.items()),
        [_gates(path, verbose=verbose) for path in paths if path.hops],
    )


def _gates(path: Path, *, verbose: bool) -> tuple[str, Sequence[GateShown]]:
    """Return every gate of a leg, with the leg's title."""
    shown = []
    for hop in path.hops:
        is_told = verbose or hop.verdict is not Verdict.PASS
        evidence = chain.evidence(hop.evidence.items()) if is_told else ""
        shown.append(GateShown(hop.verdict, f"{chain.kind(hop)} {words.place(str(hop.resource))}", evidence))
    return tell(chain.TITLES[path.leg, path.direction]), shown


def _fix(view: View, fix: causes.Fix) -> FixShown:
    return FixShown(fix.said, fix.remedy.commands, causes.step_of(view.plan, fix.remedy))


def others(view: View) -> list[tuple[Verdict, str, Sequence[NoteShown]]]:
    """Return the findings that are no cause, by how grave they are."""
    return [
        (verdict, tell(title), notes)
        for verdict, title in _OTHERS.items()
        if (notes := [_note(view, found) for found in view.others if found[0][0].verdict is verdict])
    ]


def _note(view: View, found: causes.Told) -> NoteShown:
    first = found[0][0]
    rows = "" if first.is_warning_of_balancer else words.names(name for _, name in found)
    said = failing.with_more(first, [finding for finding, _ in found])
    fixes = causes.fixes(found) if first.verdict is not Verdict.UNKNOWN else []
    return NoteShown(failing.label(first), rows, said, [_fix(view, fix) for fix in fixes])


def failures(view: View) -> list[tuple[str | None, Sequence[tuple[str, str]]]]:
    """Return the probes that failed, those that mean the same together: endpoint, and how it ended."""
    return [
        (
            meaning,
            [
                (
                    f"{view.endpoint(item.row, item.result)} {item.result.flow.dialled}",
                    f"{item.probe.status}{item.share}{f': {item.probe.error}' if item.probe.error else ''}",
                )
                for item in found
            ],
        )
        for meaning, found in view.failures
    ]
