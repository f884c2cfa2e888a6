"""From which of several vantage points does a row work, and from which does it not?

What is returned is not yet escaped: it holds names from the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.formats import words
from nlbcheck.formats.view import View
from nlbcheck.model import RowResults, Verdict, worst

TITLE = "From where rows work"
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

    def said(self, *, several: bool) -> str:
        """Return it as the rest of a sentence about one row, or about ``several``."""
        hidden = f"; from {_names(self.unknown)} that is not known" if self.unknown else ""
        if not self.works:
            return f"{'fail' if several else 'fails'} from {_names(self.fails)}{hidden}"
        fails = f", not from {_names(self.fails)}" if self.fails else ""
        return f"{'work' if several else 'works'} from {_names(self.works)}{fails}{hidden}"


def told(view: View) -> Sequence[str]:
    """Return a sentence for each way in which rows differ between those who were to probe them."""
    rows: dict[_Split, list[str]] = {}
    for row in view.rows if view.is_plural else ():
        split = _split(by_vantage(view, row))
        if not split.is_one and all(item.flow.spec.reachable for item in row.results):
            rows.setdefault(split, []).append(row.row.name)
    return [f"{words.names(names)} {split.said(several=len(names) > 1)}." for split, names in rows.items()]


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
    return " and ".join(vantages) if len(vantages) < 3 else words.names(vantages)
