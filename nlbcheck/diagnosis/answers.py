"""What is to be said of an answer that came as asked, and is not in order all the same?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.diagnosis import certificates, unwanted
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding, server, target
from nlbcheck.language import paragraph, tell
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
    told = tell(
        "{target} answers HTTP {status}. The table does not say which status is right.",
        target=target(row),
        status=f"{status} {reason}".rstrip(),
    )
    if status != _BAD_REQUEST:
        why = tell("Likely the application is down, or something that it depends on.")
        fix = tell(
            "Look at the server on {server}. If the status is right, write it into the row's expect.",
            server=server(row),
        )
    elif _is_clear_text(row, seen):
        why = tell("Likely it expects TLS on this port and gets clear text.")
        fix = tell(
            "Forward to a target group with protocol TLS, which encrypts again, or register a port for clear "
            "text."
            if seen.is_tls
            else "Set the row's check to https."
        )
    else:
        why = tell(
            "Likely it does not understand the request: it expects another Host header, TLS, or gets a proxy "
            "protocol header."
        )
        fix = tell("Read the log of the server on {server}, and see what it expects.", server=server(row))
    return finding(
        Code.SERVER_REPORTS_ERROR,
        row,
        seen,
        paragraph(told, why),
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
