"""What can a gate say about a packet: passed, stopped, or not visible?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlbcheck.model import Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import Absent, NotVisible

Evidence = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a gate, and what would put it right."""

    code: Code
    summary: str
    remedy: Remedy | None = None
    verdict: Verdict = Verdict.FAIL
    confidence: Confidence = Confidence.CERTAIN
    subject: str = ""
    """What it is about at this gate, where that can be several things: the packet, the prefix, the zone."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The packet gets through; a remark says what is not as it should be all the same."""

    evidence: Evidence = field(default_factory=dict)
    remark: Problem | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The packet does not get through."""

    problem: Problem
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unseen:
    """What the gate does cannot be told, because a fact is missing."""

    missing: NotVisible
    evidence: Evidence = field(default_factory=dict)


Outcome = Passed | Stopped | Unseen


def missing(lookup: Absent | NotVisible) -> NotVisible:
    """Return what is missing when a thing that must exist is not shown."""
    if isinstance(lookup, NotVisible):
        return lookup
    service, _, operation = lookup.call.partition(":")
    return NotVisible(lookup.what, service, operation, lookup.account_region)


def unseen(lookup: Absent | NotVisible) -> Unseen:
    """Return the outcome of a gate whose element is not shown."""
    return Unseen(missing(lookup))
