"""What did the packets of one walk meet, in order, and what was found on their path?"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from nlbcheck.language import in_english, tell
from nlbcheck.model import Code, Confidence, Direction, Finding, Hop, Leg, Path, Remedy, Resource, Verdict
from nlbcheck.model.facts import DENIED, NOT_YET, NotVisible
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import Inspection

Inspected = tuple[Inspection, ...] | None


class Journal:
    """The findings of one walk, each once, in the order in which packets meet them."""

    def __init__(self, zone: str | None) -> None:
        self.zone = zone
        self.findings: list[Finding] = []
        self.paths: list[Path] = []
        self._known: dict[Hashable, Confidence] = {}
        self.inspected: dict[tuple[Leg, str | None], Inspected] = {}
        """The firewalls that the requests of a leg have passed, where their routes are seen."""

    def add(self, finding: Finding) -> None:
        """Note a finding, unless it says what another one has said."""
        alike = self._known.get(replace(finding, leg=Leg.BACK).identity)
        if finding.leg is Leg.HEALTH and alike in (finding.confidence, Confidence.CERTAIN):
            return
        if finding.identity not in self._known:
            self._known[finding.identity] = finding.confidence
            self.findings.append(finding)


class Trail:
    """The hops of one leg and direction while it is walked."""

    def __init__(
        self,
        journal: Journal,
        leg: Leg,
        direction: Direction,
        target: str | None = None,
        *,
        spare: bool = False,
    ) -> None:
        self.journal = journal
        self.spare = spare
        """Whether the target gets no connections: what stops health checks is told with its health."""
        self.leg = leg
        self.direction = direction
        self.target = target
        self.share = ""
        """Which of several addresses packets that are stopped come from; empty where it is every one."""
        self.hops: list[Hop] = []
        self.stops: list[Finding] = []
        """What stops the packet, whether or not it was found elsewhere before."""

    def record(self, kind: str, resource: Resource, outcome: Outcome, leg: Leg | None = None) -> None:
        """Note what a gate did; ``leg`` where its finding is not about the path itself."""
        match outcome:
            case Passed(evidence, remark):
                verdict = remark.verdict if remark else Verdict.PASS
                if remark:
                    self._find(remark, resource, outcome, leg)
            case Stopped(problem, evidence):
                verdict = Verdict.WARN if self._is_aside(problem) else problem.verdict
                self._find(problem, resource, outcome, leg)
            case Unseen(missing, evidence):
                verdict = Verdict.UNKNOWN
                evidence = {**evidence, **_facts(missing)}
                problem = Problem(
                    Code.NOT_VISIBLE,
                    in_words(missing),
                    _allow(missing),
                    Verdict.UNKNOWN,
                    subject=str(missing),
                )
                self._find(problem, resource, Unseen(missing, evidence), leg)
        self.hops.append(Hop(kind, resource, verdict, evidence))

    def _is_aside(self, problem: Problem) -> bool:
        return self.spare and problem.verdict is Verdict.FAIL

    def _find(self, problem: Problem, resource: Resource, outcome: Outcome, leg: Leg | None) -> None:
        fails = self.share and problem.verdict is Verdict.FAIL
        finding = Finding(
            code=problem.code,
            verdict=problem.verdict,
            summary=tell(
                "{problem} This applies to {share}. A share of connections fails.",
                problem=problem.summary,
                share=self.share,
            )
            if fails
            else problem.summary,
            leg=leg or self.leg,
            direction=None if leg in (Leg.BALANCER, Leg.HEALTH) else self.direction,
            zone=self.journal.zone,
            resource=resource,
            evidence=outcome.evidence,
            remedy=problem.remedy,
            confidence=problem.confidence,
            subject=problem.subject,
            missing=outcome.missing if isinstance(outcome, Unseen) else None,
        )
        if problem.verdict is Verdict.FAIL:
            self.stops.append(finding)
        if not self._is_aside(problem):
            self.journal.add(finding)

    def repeat(self, finding: Finding) -> None:
        """Note a finding of another walk over the same path."""
        if finding.resource:
            self.hops.append(Hop(finding.resource.type, finding.resource, finding.verdict, finding.evidence))
        self.stops.append(finding)
        self.journal.add(finding)

    @property
    def is_hidden(self) -> bool:
        """Whether it cannot be told what something on the path does."""
        return any(hop.verdict is Verdict.UNKNOWN for hop in self.hops)

    def end(self) -> None:
        """Add the path to the journal."""
        self.journal.paths.append(Path(self.leg, self.direction, tuple(self.hops), self.target))


class DraftTrail(Trail):
    """A path that a packet perhaps takes: what it meets there is kept, to be noted or not."""

    def __init__(self, trail: Trail) -> None:
        super().__init__(Journal(trail.journal.zone), trail.leg, trail.direction, trail.target)
        self.met: list[tuple[str, Resource, Outcome]] = []

    def record(self, kind: str, resource: Resource, outcome: Outcome, leg: Leg | None = None) -> None:
        """Keep what a gate did."""
        self.met.append((kind, resource, outcome))
        super().record(kind, resource, outcome, leg)


def _facts(missing: NotVisible) -> dict[str, str | None]:
    facts = {
        "fact": in_english(missing.fact),
        "call": missing.call if missing.operation else None,
        "permission": missing.permission if missing.operation else None,
        "account": missing.account_region.account if missing.account_region else None,
        "region": missing.account_region.region if missing.account_region else None,
        "error": missing.error,
    }
    return facts | {"unreadable": missing.unreadable} if missing.unreadable else facts


def _allow(missing: NotVisible) -> Remedy | None:
    """Return what makes a fact visible; only AWS's refusal says that a permission is not there."""
    if not missing.operation:
        return None
    call = _in_place(missing.call, missing)
    if missing.is_yet_to_come:
        return Remedy(tell("Give it a value in the configuration, or run nlbcheck again after the apply."))
    if missing.unreadable is not None:
        return Remedy(tell("Record the answer to {call} again, as AWS gives it.", call=call))
    if missing.error is None:
        return Remedy(tell("Record the state again, with an answer to {call}.", call=call))
    if missing.error in DENIED:
        return Remedy(
            tell(
                "Grant {permission} to the identity that records the state.",
                permission=_in_place(missing.permission, missing),
            )
        )
    return Remedy(tell("Try again: AWS answered {call} with {error}.", call=call, error=missing.error))


def _in_place(what: str, missing: NotVisible) -> str:
    """Return what is meant, with the account and Region where that is, unless it says so itself."""
    place = missing.account_region
    if place is None or str(place) in what:
        return what
    return tell(
        "{what} in account {account}, {region}", what=what, account=place.account, region=place.region
    )


def in_words(missing: NotVisible, *, answered: bool = False) -> str:
    """Return a sentence that says which fact is missing, and which permission would show it.

    ``answered`` says that there are answers to that call, and the fact is in none of them.
    """
    fact, permission = _in_place(missing.fact, missing), missing.permission
    if not missing.operation:
        return tell("Not visible: {fact}.", fact=fact)
    if missing.is_yet_to_come:
        field = str(missing.unreadable).removesuffix(NOT_YET).rstrip()
        return tell("Not visible: {fact}. {field} is not known before the apply.", fact=fact, field=field)
    if missing.unreadable is not None:
        return tell(
            "Not visible: {fact}. The answer cannot be read: {field}.", fact=fact, field=missing.unreadable
        )
    if missing.error is not None:
        return tell(
            "Not visible: {fact}. AWS answered {permission} with {error}.",
            fact=fact,
            permission=permission,
            error=missing.error,
        )
    return tell(
        "Not visible: {fact}. The recorded answers to {permission} do not show it."
        if answered
        else "Not visible: {fact}. No recorded answer to {permission} shows it.",
        fact=fact,
        permission=permission,
    )
