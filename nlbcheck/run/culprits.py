"""Which parts of a change bring a finding? The fewest that do, found by looking again with fewer of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.enumeration import and_more
from nlbcheck.errors import NlbcheckError
from nlbcheck.language import listed, marked, paragraph, tell
from nlbcheck.model import Finding, Remedy
from nlbcheck.run.ahead import Ahead, ChangeStep

_MOST = 4
"""Parts that are named at most; of what takes more, these."""
_SHOWN = 8

BREAKS = marked("{change} breaks {rows}: it {steps}.")
BREAKS_THIS = marked("{change} breaks this connection: it {steps}.")
ADDS = marked("{change} adds to what is wrong: it {steps}.")
LEAVES_UNKNOWN = marked("{change} makes it unknown what happens to {rows}: it {steps}.")
LEAVES_MORE_UNKNOWN = marked("{change} makes something unknown: it {steps}.")

FindingsOf = Callable[[AwsState], Iterable[Finding]]
"""What is wrong in a state."""


def culprits(ahead: Ahead, wanted: Hashable, findings_of: FindingsOf) -> tuple[ChangeStep, ...]:
    """Return the steps, in their order, with which alone a finding is there, by its identity.

    The first one is the step with which it comes, after all before it; where that alone does not bring it,
    the others are looked for in the same way.
    """
    steps: list[ChangeStep] = list(ahead.foreseen.steps)

    def shows(chosen: Iterable[int]) -> bool:
        some = [steps[number] for number in sorted(set(chosen))]
        try:
            found = ahead.ask_after(some, lambda state: list(findings_of(state)))
        except NlbcheckError:
            return False
        return any(item.identity == wanted for item in found)

    chosen: list[int] = []
    while not shows(chosen) and len(chosen) < _MOST:
        number = _first(len(steps), lambda count: shows([*chosen, *range(count)]))
        if number is None or number in chosen:
            break
        chosen.append(number)
    return tuple(steps[number] for number in sorted(chosen))


def _first(steps: int, shows: Callable[[int], bool]) -> int | None:
    """Return the number of the first step with which, after all before it, something shows."""
    if not shows(steps):
        return None
    low, high = 0, steps
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high - 1


def retold(
    finding: Finding, ahead: Ahead, steps: Sequence[ChangeStep], sentence: str, rows: str = ""
) -> Finding:
    """Return a finding that says which steps bring it; ``sentence`` is what that does, to which ``rows``."""
    if not steps:
        return finding
    foreseen = ahead.foreseen
    does = in_short([foreseen.told(step) for step in steps])  # type: ignore[arg-type]
    told = tell(sentence, change=tell(foreseen.what), rows=rows, steps=does)
    summary = paragraph(told, finding.summary)
    names = [foreseen.name(step) for step in steps]  # type: ignore[arg-type]
    evidence = {**finding.evidence, "changes": [*names]}
    return replace(finding, summary=summary, evidence=evidence, remedy=_later(finding.remedy, does))


def _later(fix: Remedy | None, does: str) -> Remedy | None:
    """Return a fix that says when it is to be made: nothing is wrong yet."""
    if fix is None:
        return None
    later = tell("The change {steps}. Leave this out, or make the following fix afterwards.", steps=does)
    return replace(fix, text=paragraph(later, fix.text))


def in_short(things: Sequence[str]) -> str:
    """Return things as a sentence names them; of many, the first ones and how many more there are."""
    if len(things) > _SHOWN:
        return and_more(things[:_SHOWN], len(things) - _SHOWN)
    return listed(things) if things else ""
