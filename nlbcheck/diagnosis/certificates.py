"""Do the certificates of a TLS listener hold, its own and the client's?

The listener shows its certificate by itself, and with mutual authentication refuses clients without one:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/tls-listener-certificates.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/mutual-authentication.html. In TLS 1.3 that
comes after what the client takes for the handshake's end, as the alert ``certificate_required``: RFC 8446.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.language import marked, paragraph, plural, tell
from nlbcheck.model import (
    Check,
    Code,
    Confidence,
    Finding,
    Json,
    Leg,
    Observation,
    Remedy,
    Resource,
    Status,
    Verdict,
)

_SOON = 30
"""Days before its end from which on a certificate is warned of."""
_INSIDE_TLS = (Check.HTTPS, Check.TLS)
_BROKEN_OFF = (Status.RESET, Status.NO_REPLY, Status.BAD_REPLY)
_FOR_WANT = "certificate required"
_RENEW = marked(
    "Renew the certificate, or attach a valid one for the right names to the listener "
    "(aws elbv2 modify-listener --certificates, or add-listener-certificates for further names)."
)
_NAME = marked(
    "The row has no server_name, so the certificate is expected to name the IP address. Give the row the "
    "server_name that clients ask for."
)


def invalid(row: Observed, seen: AtNode) -> Finding | None:
    """Return the finding on a listener's certificate that the probe did not accept."""
    probe = seen.probe
    if not probe or "certificate_error" not in probe.detail or not _is_tls(row, seen):
        return None
    if (over := _dates(seen, probe)) is not None and over[1] is Verdict.FAIL:
        return _of_listener(row, seen, probe, *over)
    names = probe.detail.get("names")
    told = tell("TLS listener on port {port}: {error}.", port=seen.flow.port, error=probe.error)
    if isinstance(names, list) and names:
        told = paragraph(told, tell("It names {names}.", names=", ".join(map(str, names))))
    return _of_listener(row, seen, probe, told, Verdict.FAIL)


def remark(row: Observed, seen: AtNode) -> Finding | None:
    """Return the finding on a listener's certificate that is over, not yet valid, or soon over."""
    probe = seen.probe
    if not probe or not _is_tls(row, seen) or (found := _dates(seen, probe)) is None:
        return None
    told, verdict = found
    accepted = row.row.spec.is_said and row.row.spec.verify is False
    return _of_listener(row, seen, probe, told, Verdict.WARN if accepted else verdict)


def client_refused(row: Observed, seen: AtNode, known: Finding | None) -> Finding | None:
    """Return the finding on a handshake that was refused for want of a client's certificate.

    ``known`` is the walk's, where AWS shows that the listener verifies clients.
    """
    probe = seen.probe
    if not probe or not _is_tls(row, seen) or not _is_broken_off(probe):
        return None
    alert = probe.detail.get("tls_alert")
    if known is None and alert != _FOR_WANT:
        return None
    summary = tell(
        "The TLS listener on port {port} verifies client certificates. The probe has none and is refused: "
        "{error}."
        if alert
        else "The TLS listener on port {port} verifies client certificates. The probe has none and likely is "
        "refused because of that: {error}.",
        port=seen.flow.port,
        error=probe.error,
    )
    sure = Confidence.CERTAIN if alert else Confidence.LIKELY
    found = known or Finding(
        Code.CLIENT_CERTIFICATE_REQUIRED,
        Verdict.FAIL,
        summary,
        Leg.BALANCER,
        zone=seen.node.zone,
        resource=_listener(seen),
        remedy=Remedy(tell("Give the client a certificate that the listener's trust store accepts.")),
    )
    evidence = {**found.evidence, "probe": probe.status.value, "tls_alert": alert}
    return replace(found, verdict=Verdict.FAIL, summary=summary, confidence=sure, evidence=evidence)


def _is_tls(row: Observed, seen: AtNode) -> bool:
    return seen.is_tls or (seen.walk is None and row.row.listener.protocol == "TLS")


def _is_broken_off(probe: Observation) -> bool:
    """Whether TLS was spoken and came to nothing, before anybody said anything inside."""
    said_inside = "status" in probe.detail or {"names", "heard"} <= set(probe.detail)
    refused = "tls_alert" in probe.detail or not said_inside
    return probe.check in _INSIDE_TLS and probe.status in _BROKEN_OFF and refused


def _dates(seen: AtNode, probe: Observation) -> tuple[str, Verdict] | None:
    """Return what is wrong with the time that a certificate is valid for; None where nothing is."""
    if "valid_for_days" not in probe.detail:
        return None
    port, days, until = seen.flow.port, probe.detail["valid_for_days"], probe.detail.get("not_after")
    if days is None:
        early = tell(
            "The certificate of the TLS listener on port {port} is not valid before {time}.",
            port=port,
            time=probe.detail.get("not_before"),
        )
        return early, Verdict.FAIL
    if not isinstance(days, int) or days >= _SOON:
        return None
    if days < 0:
        over = tell(
            "The certificate of the TLS listener on port {port} expired at {time}.", port=port, time=until
        )
        return over, Verdict.FAIL
    soon = plural(
        days,
        "The certificate of the TLS listener on port {port} expires at {time}, in {count} day.",
        "The certificate of the TLS listener on port {port} expires at {time}, in {count} days.",
        port=port,
        time=until,
    )
    return soon, Verdict.WARN


def _of_listener(row: Observed, seen: AtNode, probe: Observation, told: str, verdict: Verdict) -> Finding:
    shown = ("names", "issuer", "not_before", "not_after", "certificate_error")
    evidence: dict[str, Json] = {key: probe.detail[key] for key in shown if key in probe.detail}
    evidence["static_ip"] = str(seen.flow.dialled)
    evidence["expected"] = row.row.spec.server_name or row.row.spec.host
    return Finding(
        Code.LISTENER_CERTIFICATE_INVALID,
        verdict,
        told,
        Leg.BALANCER,
        zone=seen.node.zone,
        resource=_listener(seen),
        evidence=evidence,
        remedy=Remedy(paragraph(tell(_RENEW), tell(_NAME) if _expects_address(row) else "")),
    )


def _expects_address(row: Observed) -> bool:
    spec = row.row.spec
    return spec.verify is not False and not (spec.server_name or spec.host)


def _listener(seen: AtNode) -> Resource:
    for path in seen.of_leg(Leg.FRONT):
        for hop in path.hops:
            if hop.kind == "listener":
                return hop.resource
    return Resource("listener", f"{seen.flow.relay}:{seen.flow.port}")
