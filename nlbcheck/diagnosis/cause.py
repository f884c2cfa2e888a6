"""Which finding explains a row's failure best, once the probes are heard?

A refused connection clears the path; a gate that another connection has passed is open; what is left is told
in the order in which a packet meets it, and the first that the probes agree with is the cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from nlbcheck.diagnosis import answers, certificates, probe_findings, rejections, silence, unwanted
from nlbcheck.diagnosis.evidence import ProbeEvidence, proven_legs
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.language import marked, paragraph, tell
from nlbcheck.model import OF_CLIENT, Code, Confidence, Finding, Leg, Observation, Status, Verdict

_LEAVING = (Code.TARGET_DRAINING, Code.TARGET_UNUSED)
_FAIL_OPEN = {
    Code.TARGET_UNHEALTHY: marked(
        "It answers nevertheless: when no target is healthy, all of them get connections."
    ),
    Code.TARGET_UNUSED: marked(
        "It answers nevertheless: likely the recorded health is older than the last change."
    ),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be said of one row."""

    cause: Finding | None
    row: tuple[Finding, ...]
    """About the row as a whole."""
    nodes: tuple[tuple[Finding, ...], ...]
    """About each of its nodes."""
    causes: tuple[Finding | None, ...]
    """What explains the failure at each of its nodes."""


def judge(rows: Sequence[Observed]) -> list[Judged]:
    """Hold what was probed against what was walked, and name the cause of what fails, row by row."""
    evidence = ProbeEvidence(rows)
    return [_row(evidence, row) for row in rows]


_order = attrgetter("order")


def _row(evidence: ProbeEvidence, row: Observed) -> Judged:
    walked = {item.identity for seen in row.nodes for item in (seen.walk.findings if seen.walk else ())}
    table = [item for item in row.table if item.identity not in walked or item.verdict is Verdict.UNKNOWN]
    table = [item for item in table if not _is_said_by_walks(item, row)]
    told: list[tuple[Finding, ...]] = []
    causes: list[Finding | None] = []
    if not row.row.spec.reachable:
        return _unwanted(row, table)
    for seen in row.nodes:
        here = [
            item for item in table if item.verdict is Verdict.FAIL and item.zone in (None, seen.node.zone)
        ]
        away = [item for item in here if item.is_behind_listener or item.code is Code.STATIC_IP_DIFFERS]
        astray = min(away, key=_order, default=None)
        findings, explanation = _at_node(evidence, row, seen, astray)
        causes.append(min([*here, *([explanation] if explanation else [])], key=_order, default=None))
        instead = [item for item in seen.instead if not evidence.open(seen, item)]
        told.append(tuple(sorted((*here, *findings, *instead), key=_order)))
    explanations = [item for item in causes if item]
    if not row.nodes:
        explanations = [item for item in table if item.verdict is Verdict.FAIL]
    said_by_nodes = {item.identity for findings in told for item in findings}
    of_row = [
        item for item in table if item.verdict is not Verdict.UNKNOWN or item.identity not in said_by_nodes
    ]
    return Judged(commonest(explanations), tuple(sorted(of_row, key=_order)), tuple(told), tuple(causes))


def _unwanted(row: Observed, table: Sequence[Finding]) -> Judged:
    """Return what is to be said of a row that nobody may reach; what is wrong behind it does no harm."""
    told = tuple(tuple(unwanted.at_node(row, seen)) for seen in row.nodes)
    causes = tuple(_first(findings) for findings in told)
    of_row = [replace(item, verdict=Verdict.WARN) if item.verdict is Verdict.FAIL else item for item in table]
    return Judged(commonest([item for item in causes if item]), tuple(of_row), told, causes)


def _is_said_by_walks(finding: Finding, row: Observed) -> bool:
    """Whether a walk names what the table's difference comes from: a group that is empty, or about to be."""
    codes = {item.code for seen in row.nodes for item in (seen.walk.findings if seen.walk else ())}
    empty = finding.code is Code.TARGET_DIFFERS and row.is_deserted
    return empty and not codes.isdisjoint((Code.LISTENER_HAS_NO_TARGET, Code.TARGET_DRAINING))


def commonest(explanations: Sequence[Finding]) -> Finding | None:
    """Return what explains most nodes; of several such, what the packet meets first."""
    counts = Counter(item.identity for item in explanations)
    return min(explanations, key=lambda item: (-counts[item.identity], item.order), default=None)


def _at_node(
    evidence: ProbeEvidence, row: Observed, seen: AtNode, astray: Finding | None
) -> tuple[list[Finding], Finding | None]:
    """Return the findings at one node, and the one that explains its failure.

    ``astray`` is why connections go elsewhere than to the row's target, or to no node at all: a probe then
    says nothing of the target.
    """
    passed = [item for item in seen.ahead if evidence.open(seen, item)]
    denied = [item for item in passed if item.verdict is Verdict.FAIL]
    kept = [item for item in seen.ahead if item not in passed]
    best = seen.furthest
    if best.probe and denied:
        tolerated = [item for item in denied if _is_tolerated(best, item)]
        kept += [replace(item, verdict=Verdict.WARN) for item in tolerated]
        denied = [item for item in denied if item not in tolerated]
        if denied:
            kept.append(probe_findings.contradiction(row, best, best.probe, denied))
    if contradiction := probe_findings.health_contradiction(seen):
        kept.append(contradiction)
    own = _first(item for item in kept if item.code in OF_CLIENT)
    match seen.status:
        case None:
            return kept, _first(kept)
        case status if own and status is not Status.OK:  # what comes later is not met
            return kept, own
        case Status.TIMED_OUT if seen.walk is None:  # silence alone explains nothing
            return kept, None
        case Status.OK:
            kept = [*kept, *answers.remarks(row, seen)]
            if Leg.BACK not in proven_legs(seen):
                return kept, _first(kept)
            kept = [_as_answered(seen, item) for item in kept]
            closed = [item for item in kept if item.verdict is Verdict.FAIL and item.leg is Leg.BACK]
            spared = probe_findings.spared(seen, closed)
            return [*kept, *([spared] if spared else [])], _first(kept)
        case _ if astray:
            return kept, _first(item for item in kept if item.order < astray.order)
        case _:
            failed = [end for end in seen.ends if end.status not in (None, Status.OK)]
            explanations = [_failure(evidence, row, end, kept) for end in failed]
            for explanation in explanations:
                kept = _with(kept, explanation)
            return [*kept, *silence.beside(row, seen, explanations[0])], explanations[0]


def _with(kept: list[Finding], explanation: Finding) -> list[Finding]:
    """Return the findings at a node with what explains a failure there, in place of what says less of it."""
    if explanation in kept:
        return kept
    same = [item for item in kept if _is_of_the_same(item, explanation)]
    return [explanation if item in same else item for item in kept] + ([] if same else [explanation])


def _is_of_the_same(one: Finding, other: Finding) -> bool:
    """Whether two findings at a node are about the same thing, one of them saying more."""
    return (one.code, one.leg, one.resource) == (other.code, other.leg, other.resource)


def _is_tolerated(seen: AtNode, finding: Finding) -> bool:
    """Whether it is only likely that a gate drops connections, and this one was answered."""
    answered = seen.status not in (Status.TIMED_OUT, Status.UNREACHABLE)
    return finding.confidence is Confidence.LIKELY and answered


def _as_answered(seen: AtNode, finding: Finding) -> Finding:
    """Return a finding as it is when the target answers: health says less then, its answer may say more."""
    if finding.code is Code.PROXY_PROTOCOL_ON and seen.probe and answers.is_confused(seen.probe):
        return probe_findings.disturbed(finding, seen.probe)
    return _softened(finding)


def _softened(finding: Finding) -> Finding:
    """Return a finding about a target's health as it is when connections pass nevertheless."""
    if finding.code in _FAIL_OPEN and finding.verdict is Verdict.FAIL:
        summary = paragraph(finding.summary, tell(_FAIL_OPEN[finding.code]))
        return replace(finding, verdict=Verdict.WARN, summary=summary)
    return finding


def _first(findings: Iterable[Finding]) -> Finding | None:
    """Return the failing finding that a packet meets first; of a health check's, the one that sums it up."""
    failing = [item for item in findings if item.verdict is Verdict.FAIL]
    return min(
        failing, key=lambda item: (item.order, item.code is not Code.HEALTH_CHECK_PORT_BLOCKED), default=None
    )


def _failure(evidence: ProbeEvidence, row: Observed, seen: AtNode, kept: Sequence[Finding]) -> Finding:
    """Return what explains that a probe failed."""
    probe = seen.probe
    if probe is None:
        raise ValueError("only a probe fails")
    found = {item.code: item for item in reversed(kept)}
    match probe.status:
        case Status.TIMED_OUT:
            return _silence(evidence, row, seen, kept)
        case Status.UNREACHABLE:
            front = [item for item in kept if item.leg is Leg.FRONT]
            return _first(front) or probe_findings.unreachable(row, seen, probe)
        case Status.REFUSED:
            return found.get(Code.LISTENER_HAS_NO_TARGET) or _refusal(row, seen, kept)
        case Status.UNEXPECTED:
            return _unexpected(row, seen, probe, found)
    if refused := certificates.client_refused(row, seen, found.get(Code.CLIENT_CERTIFICATE_REQUIRED)):
        return refused
    if Code.PROXY_PROTOCOL_ON in found:
        return probe_findings.disturbed(found[Code.PROXY_PROTOCOL_ON], probe)
    behind = _first(item for item in kept if _is_behind(seen, item))
    if behind and probe.status in (Status.RESET, Status.NO_REPLY):  # behind a TLS listener
        return behind
    if probe.status is Status.NO_REPLY:
        return silence.silent(row, seen)
    return probe_findings.wrong_protocol(row, seen, probe)


def _is_behind(seen: AtNode, finding: Finding) -> bool:
    """Whether a finding is about what lies behind the listener; a target's health where that says more."""
    unhealthy = finding.code is Code.TARGET_UNHEALTHY and Leg.BACK not in proven_legs(seen)
    return finding.leg in (Leg.BALANCER, Leg.BACK) or unhealthy


def _refusal(row: Observed, seen: AtNode, kept: Sequence[Finding]) -> Finding:
    """Return what explains a refusal; a TLS listener's says nothing of the target."""
    if not seen.is_tls:
        return rejections.not_listening(row, seen)
    return _first(item for item in kept if _is_behind(seen, item)) or rejections.refused_by_node(row, seen)


def _unexpected(row: Observed, seen: AtNode, probe: Observation, found: Mapping[Code, Finding]) -> Finding:
    """Return what explains an answer in the right protocol that the table does not expect."""
    if invalid := certificates.invalid(row, seen):
        return invalid
    if Code.PROXY_PROTOCOL_ON in found and answers.is_confused(probe):
        return probe_findings.disturbed(found[Code.PROXY_PROTOCOL_ON], probe)
    return _stranger(row, seen) or probe_findings.wrong_answer(row, seen, probe)


def _stranger(row: Observed, seen: AtNode) -> Finding | None:
    """Return the finding that names whose host key was shown."""
    named = [item for item in row.table if item.code is Code.WRONG_SERVER_ANSWERS]
    fitting = (item for item in named if item.verdict is Verdict.FAIL and item.zone in (None, seen.node.zone))
    return next(fitting, None)


def _silence(evidence: ProbeEvidence, row: Observed, seen: AtNode, kept: Sequence[Finding]) -> Finding:
    """Return what explains that nobody answered: what is proven closed, then what cannot be seen."""
    path = [item for item in kept if item.leg in (Leg.FRONT, Leg.BALANCER, Leg.BACK)]
    closed = _first(path) or _first(item for item in kept if item.code in _LEAVING)
    if closed:
        return closed
    narrow = next((item for item in path if item.code is Code.NACL_NARROW_EPHEMERAL), None)
    if narrow:
        return narrow
    hidden = [item for item in path if item.verdict is Verdict.UNKNOWN]
    if hidden:
        return min(hidden, key=_order)
    if seen.answered_from:
        return probe_findings.one_sided(seen)
    if evidence.is_deaf(seen):
        return probe_findings.deafness(seen)
    return silence.silent(row, seen, evidence.answers(row.target))
