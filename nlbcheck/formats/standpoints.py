"""From which of several vantage points does a row work, and from which does it not?

What is returned is not yet escaped: it holds names from the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.formats import words
from nlbcheck.formats.view import View
from nlbcheck.language import listed, marked, tell
from nlbcheck.model import RowResults, Verdict, worst

TITLE = marked("From where rows work")
_WORKS = (Verdict.PASS, Verdict.WARN)


@dataclass(frozen=True, slots=True)
class _Split:
    """How the vantage points part at a row."""

    works: tuple[str, ...]
    fails: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_one(self) -> bool:
        """Whether it is the same from everywhere."""
        return sum(map(bool, (self.works, self.fails, self.unknown))) < 2

    def said(self, names: Sequence[str]) -> str:
        """Return it as sentences about rows."""
        parts = {"rows": words.names(names), "works": _names(self.works), "fails": _names(self.fails)}
        several = len(names) > 1
        if not self.works:
            told = [tell(_FAIL if several else _FAILS, **parts)]
        elif not self.fails:
            told = [tell(_WORK if several else _WORKS_THERE, **parts)]
        else:
            told = [tell(_WORK_NOT if several else _WORKS_NOT, **parts)]
        if self.unknown:
            told.append(tell("From {vantages} that is not known.", vantages=_names(self.unknown)))
        return words.joined(told)


_FAILS, _FAIL = marked("{rows} fails from {fails}."), marked("{rows} fail from {fails}.")
_WORKS_THERE, _WORK = marked("{rows} works from {works}."), marked("{rows} work from {works}.")
_WORKS_NOT = marked("{rows} works from {works}, not from {fails}.")
_WORK_NOT = marked("{rows} work from {works}, not from {fails}.")


def told(view: View) -> Sequence[str]:
    """Return a sentence for each way in which rows differ between those who were to probe them."""
    rows: dict[_Split, list[str]] = {}
    for row in view.rows if view.is_plural else ():
        split = _split(by_vantage(view, row))
        if not split.is_one and all(item.flow.spec.reachable for item in row.results):
            rows.setdefault(split, []).append(row.row.name)
    return [split.said(names) for split, names in rows.items()]


def by_vantage(view: View, row: RowResults) -> Mapping[str, Verdict]:
    """Return how a row is from each vantage point that probed it, or should have."""
    meant = {item.source for item in view.report.vantages if item.error} | view.probers
    found: dict[str, list[Verdict]] = {}
    for result in row.results:
        if result.flow.vantage in meant:
            found.setdefault(result.flow.vantage, []).append(result.verdict)
    return {vantage: worst(verdicts) for vantage, verdicts in found.items()}


def _split(verdicts: Mapping[str, Verdict]) -> _Split:
    works = tuple(name for name, verdict in verdicts.items() if verdict in _WORKS)
    fails = tuple(name for name, verdict in verdicts.items() if verdict is Verdict.FAIL)
    return _Split(works, fails, tuple(name for name in verdicts if name not in (*works, *fails)))


def _names(vantages: Sequence[str]) -> str:
    """Return vantage points as a sentence names them."""
    named = [*map(words.place, vantages)]
    return listed(named) if len(named) < 3 else words.names(named)
