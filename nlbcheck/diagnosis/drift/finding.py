"""How is a difference between the table and AWS put into a finding?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.diagnosis.enumeration import and_more
from nlbcheck.model import Code, Direction, Finding, Json, Leg, Remedy, Resource, Verdict
from nlbcheck.path.outcome import Outcome
from nlbcheck.path.trail import Journal, Trail

_NAMED = 8
"""Things that a sentence names; the rest are counted."""


def some_of(things: Iterable[object]) -> str:
    """Return things as a sentence names them; of many, the first ones and how many more there are."""
    each = list(map(str, things))
    return and_more(each[:_NAMED], len(each) - _NAMED)


def differs(
    code: Code,
    summary: str,
    resource: Resource,
    table: Json,
    aws: Json,
    remedy: Remedy,
    *,
    zone: str | None = None,
    verdict: Verdict = Verdict.FAIL,
    leg: Leg = Leg.TABLE,
    subject: str = "",
) -> Finding:
    """Return a finding whose evidence is what the ``table`` and what ``aws`` say."""
    evidence: dict[str, Json] = {"table": table, "aws": aws}
    return Finding(code, verdict, summary, leg, None, zone, resource, evidence, remedy, subject=subject)


def met(resource: Resource, *outcomes: Outcome) -> tuple[Finding, ...]:
    """Return what gates of the load balancer have found, as a walk would."""
    journal = Journal(None)
    trail = Trail(journal, Leg.BALANCER, Direction.REQUEST)
    for outcome in outcomes:
        trail.record(resource.type, resource, outcome, Leg.BALANCER)
    return tuple(journal.findings)


def of_balancer(balancer: LoadBalancer) -> Resource:
    """Return the load balancer as findings name it."""
    return Resource("load-balancer", balancer.arn, balancer.name)


def of_group(group: TargetGroup) -> Resource:
    """Return a target group as findings name it."""
    return Resource("target-group", group.arn, group.name)
