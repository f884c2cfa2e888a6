"""What does a look at a target make of a diagnosis: which cause was only likely, and is certain now?

A finding of a look explains a failure where it must lead to how the probe ended: what is dropped, or answered
elsewhere, to silence; a port where nobody listens to a refusal. Otherwise it is listed, and the cause stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlbcheck.diagnosis import rejections, silence
from nlbcheck.diagnosis.cause import commonest
from nlbcheck.language import tell
from nlbcheck.model import (
    Code,
    Confidence,
    Finding,
    Leg,
    Report,
    Result,
    RowReport,
    RowResults,
    Status,
    Verdict,
)
from nlbcheck.model.inspected import HostLook

UNEXPLAINED = frozenset({Code.TARGET_SILENT, Code.TARGET_NOT_LISTENING})
"""Findings that say where to look, and not what is wrong there."""
_UNHEALTHY = Code.TARGET_UNHEALTHY
_NOBODY = (Code.HOST_LISTENS_ELSEWHERE, Code.HOST_OTHER_PORT, Code.HOST_NOT_LISTENING)
_LOST = (Code.HOST_REVERSE_PATH, Code.HOST_FIREWALL, Code.HOST_ROUTE)
_EXPLAINING = {
    Status.TIMED_OUT: _LOST,
    Status.REFUSED: (Code.HOST_FIREWALL, *_NOBODY),
}
"""What leads to how a probe ended, in the order in which a packet meets it."""
_AFTER_LOOK = {
    Status.TIMED_OUT: (Code.TARGET_SILENT, silence.after_look),
    Status.REFUSED: (Code.TARGET_NOT_LISTENING, rejections.after_look),
}
"""How a finding is said once a look has shown no fault, by how the probe ended."""


def wanted(report: Report) -> frozenset[str]:
    """Return the rows whose targets are worth a look: it may say what only they know."""
    return frozenset(
        group.row.name
        for group in report.by_row()
        if not group.row.is_forbidden
        and any(item.code in UNEXPLAINED or item.code is _UNHEALTHY for item in group.all_findings)
    )


def amended(report: Report, looks: Sequence[HostLook]) -> Report:
    """Return a report with what looks at the targets have shown."""
    groups = [
        _row(group, [look for look in looks if look.row == group.row.name]) for group in report.by_row()
    ]
    return replace(
        report,
        rows=tuple(row for row, _ in groups),
        results=tuple(result for _, results in groups for result in results),
        remarks=(*report.remarks, *_remarks(looks)),
    )


def _row(group: RowResults, looks: Sequence[HostLook]) -> tuple[RowReport, Sequence[Result]]:
    if not looks:
        return group.row, group.results
    results = [_result(result, looks) for result in group.results]
    causes = [result.cause for result in results if result.cause]
    cause = group.row.cause
    if cause and cause.code in UNEXPLAINED:
        cause = commonest(causes)
    elif cause:  # as its node says of it now
        cause = next((item for item in causes if item.identity == cause.identity), cause)
    return replace(group.row, cause=cause), results


def _result(result: Result, looks: Sequence[HostLook]) -> Result:
    """Return what is known at one node, with what looks say of connections from there."""
    told = [finding for look in looks for finding in _about(result, look)]
    status = result.observation.status if result.observation else None
    result = _reworded(result, status, looks, told)
    back = [item for item in told if item.leg is Leg.BACK and status is not Status.OK]
    explaining = _explanation(status, back) if len(looks) == 1 else None
    unhealthy = next((item for item in result.findings if item.code is _UNHEALTHY), None)
    checks = [
        replace(item, verdict=unhealthy.verdict) for item in told if item.leg is Leg.HEALTH and unhealthy
    ]
    kept = [item for item in result.findings if not (explaining and item.code in UNEXPLAINED)]
    cause = result.cause
    if explaining and cause and cause.code in UNEXPLAINED:
        cause = explaining
    closed = tuple(item.code for item in told if item.verdict is Verdict.FAIL and item.leg is Leg.BACK)
    kept = [_beside(item, closed) for item in kept]
    cause = _beside(cause, closed) if cause in result.findings else cause
    findings = tuple(sorted((*kept, *back, *checks), key=lambda item: item.order))
    return replace(result, findings=findings, cause=cause)


def _reworded(
    result: Result, status: Status | None, looks: Sequence[HostLook], told: Sequence[Finding]
) -> Result:
    """Return what is known at one node in words that hold once the host has been looked at."""
    is_alone = len(result.outcomes) <= 1 and len(looks) == 1
    reword = _AFTER_LOOK.get(status) if status and is_alone and looks[0].verdict is Verdict.PASS else None

    def now(item: Finding) -> Finding:
        if item.code is _UNHEALTHY:
            return _mended(item, looks, told)
        return reword[1](item, looks[0]) if reword and item.code is reword[0] else item

    cause = now(result.cause) if result.cause else None
    return replace(result, findings=tuple(map(now, result.findings)), cause=cause)


def _mended(unhealthy: Finding, looks: Sequence[HostLook], told: Sequence[Finding]) -> Finding:
    """Return what says that health checks fail, with the fix of what surely stops them at the host."""
    nodes = {str(address) for look in looks for address in look.nodes}
    same = any(look.port == look.health_port for look in looks)
    sure = [
        item
        for item in told
        if item.confidence is Confidence.CERTAIN
        and item.verdict is Verdict.FAIL
        and (item.leg is Leg.HEALTH or (same and _stops(item, nodes)))
    ]
    if not sure or (unhealthy.remedy and unhealthy.remedy.calls):
        return unhealthy
    return replace(unhealthy, remedy=min(sure, key=lambda item: item.order).remedy)


def _stops(finding: Finding, nodes: set[str]) -> bool:
    """Whether a host's fault is one for all that come from the load balancer, as health checks do."""
    peers = finding.evidence.get("peers")
    return not isinstance(peers, list) or nodes <= set(map(str, peers))


def _beside(finding: Finding, closed: tuple[Code, ...]) -> Finding:
    """Return a finding whose fix is not said to restore a connection that the host itself stops."""
    remedy = finding.remedy
    if not closed or finding.leg is Leg.HEALTH or remedy is None or not remedy.verified:
        return finding
    together = tuple(dict.fromkeys((*remedy.together_with, *closed)))
    return replace(finding, remedy=replace(remedy, verified=None, together_with=together))


def _explanation(status: Status | None, back: Sequence[Finding]) -> Finding | None:
    """Return what must have led to how a probe ended, first what a packet meets first."""
    order = _EXPLAINING.get(status, ()) if status else ()
    fitting = [item for item in back if item.code in order]
    return min(fitting, key=lambda item: (item.order, order.index(item.code)), default=None)


def _about(result: Result, look: HostLook) -> Iterator[Finding]:
    """Yield a look's findings that are about connections by a node."""
    own = str(result.flow.node.address)
    nodes = {str(address) for address in look.nodes}
    for finding in look.findings:
        peers = finding.evidence.get("peers")
        others = set(map(str, peers)) if isinstance(peers, list) else None
        if others is None or own in others or others - nodes or (own not in nodes and others >= nodes):
            yield replace(finding, zone=result.flow.node.zone)


def _remarks(looks: Sequence[HostLook]) -> Iterator[str]:
    for look in looks:
        parts = {"target": look.name, "port": look.port}
        if look.verdict is Verdict.PASS:
            yield tell("{target}, port {port}: a look from inside the host shows no fault.", **parts)
        yield from (tell("{target}, port {port}: {told}", told=said, **parts) for said in look.unseen)
