"""What is to be said of an answer that came as asked, and is not in order all the same?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.diagnosis import certificates, unwanted
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding, server, target
from nlbcheck.model import Code, Confidence, Finding, Observation, Remedy, Status, Verdict

_BAD_REQUEST = 400
_SERVER_ERRORS = range(500, 600)
_TLS_PORTS = (443, 8443)


def found(row: Observed, seen: AtNode) -> Iterator[Finding]:
    """Yield what the answer of a probe says by itself, whatever AWS shows."""
    if not row.row.spec.reachable:
        yield from unwanted.remarks(row, seen)
    elif seen.status is Status.OK:
        yield from remarks(row, seen)
    elif seen.status is Status.UNEXPECTED and (invalid := certificates.invalid(row, seen)):
        yield invalid


def remarks(row: Observed, seen: AtNode) -> Iterator[Finding]:
    """Yield what is not in order about an answer that no expectation of the table refuses."""
    if remark := certificates.remark(row, seen):
        yield remark
    probe = seen.probe
    if probe and not row.row.spec.http.statuses and _is_error(probe):
        yield _error(row, seen, probe)


def is_confused(probe: Observation) -> bool:
    """Whether a web server took what came for no request: that is its answer to a proxy protocol header.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    return probe.detail.get("status") == _BAD_REQUEST


def _is_error(probe: Observation) -> bool:
    status = probe.detail.get("status")
    return isinstance(status, int) and (status == _BAD_REQUEST or status in _SERVER_ERRORS)


def _error(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    status, reason = probe.detail["status"], probe.detail.get("reason") or ""
    told = f"{status} {reason}".rstrip()
    summary = f"{target(row)} answers HTTP {told}, and the table does not say what to expect: "
    if status != _BAD_REQUEST:
        why = "likely the application, or what it depends on, is down."
        fix = f"Look at the server on {server(row)}; the row's expect may say which status is right."
    elif _is_clear_text(row, seen):
        why = "likely it expects TLS there, and gets clear text."
        fix = "Let the row's check be https."
        if seen.is_tls:
            fix = "Forward to a target group for TLS, which encrypts anew, or register a port for clear text."
    else:
        why = "likely it takes what comes for no request (another Host header, TLS, a proxy protocol header)."
        fix = f"Look at the log of the server on {server(row)}, and at what it expects."
    return finding(
        Code.SERVER_REPORTS_ERROR,
        row,
        seen,
        summary + why,
        Remedy(fix),
        Confidence.LIKELY,
        verdict=Verdict.WARN,
    )


def _is_clear_text(row: Observed, seen: AtNode) -> bool:
    """Whether clear text comes to a port that is TLS's: asked so, or decrypted by a TLS listener."""
    groups = {item.group.protocol for item in seen.walk.targets if item.used} if seen.walk else set()
    decrypted = seen.is_tls and groups == {Protocol.TCP}
    asked = not seen.is_tls and row.row.spec.check.value == "http"
    return row.row.target_port.number in _TLS_PORTS and (decrypted or asked)
