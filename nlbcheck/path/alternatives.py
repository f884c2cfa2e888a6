"""Where a packet is in one of several subnets, and which one is not known: what becomes of it?

It is followed from each of them. What all agree on holds; where some let it through and others do not, it is
not visible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.language import tell
from nlbcheck.model import Confidence, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.forwarding.positions import AtOneOf
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Outcome, Passed, Stopped, Unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.trail import DraftTrail

Follow = Callable[[Passage, InVpc], None]
_Met = tuple[str, Resource, Outcome]


def follow_each(passage: Passage, position: AtOneOf, follow: Follow) -> None:
    """Take a packet on from one of several places."""
    if len(position.places) == 1 and not position.inferred:
        follow(passage, position.places[0])
        return
    drafts = []
    for place in position.places:
        drafts.append(passage.draft())
        follow(drafts[-1], place)
    opened = [item for item in drafts if not item.trail.stops]
    if opened and len(opened) < len(drafts):
        _note(passage, _met(opened[0]), inferred=position.inferred)
        passage.take(opened)
        closed = [item for item in zip(position.places, drafts, strict=True) if item[1].trail.stops]
        subnet = Resource("subnet", _name(closed[0][0]))
        passage.record("transit-gateway", subnet, Unseen(_undecided(position, closed)))
        return
    met = _met(drafts[0])
    for item in drafts[1:]:
        met += [found for found in _met(item) if found not in met and not _is_plain(found[2])]
    _note(passage, met, inferred=position.inferred)
    passage.take(drafts)


def _undecided(position: AtOneOf, closed: Sequence[tuple[InVpc, Passage]]) -> NotVisible:
    where = ", ".join(_name(place) for place, _ in closed)
    reason = closed[0][1].trail.stops[0].summary.rstrip(".。")
    fact = tell(
        "{choice}. From {subnets} the packet does not go on: {reason}",
        choice=position.choice,
        subnets=where,
        reason=reason,
    )
    return NotVisible(fact, "", "", None)


def _name(place: InVpc) -> str:
    return place.subnet.id if isinstance(place.subnet, Subnet) else str(place.address)


def _met(draft: Passage) -> list[_Met]:
    return list(draft.trail.met) if isinstance(draft.trail, DraftTrail) else []


def _is_plain(outcome: Outcome) -> bool:
    return isinstance(outcome, Passed) and outcome.remark is None


def _note(passage: Passage, met: Sequence[_Met], *, inferred: bool) -> None:
    for kind, resource, outcome in met:
        passage.trail.record(kind, resource, _likely(outcome) if inferred else outcome)


def _likely(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Stopped):
        return outcome
    return replace(outcome, problem=replace(outcome.problem, confidence=Confidence.LIKELY))
