"""Does anyone speak TLS on this connection, with a certificate to trust? Nothing is asked inside."""

from __future__ import annotations

import time

from nlbcheck.language import tell
from nlbcheck.model import Flow, Json, Status
from nlbcheck.probes import tls
from nlbcheck.probes.answer import Answer, failed
from nlbcheck.probes.connection import Connection

_LEAST = 0.3
"""Seconds that a refusal after the handshake may take; on a long way, as long as the handshake took."""


def probe(connection: Connection, flow: Flow) -> Answer:
    """Speak TLS over ``connection``, and listen a moment whether the server refuses all the same.

    In TLS 1.3 a server may refuse after what the client takes for the handshake's end, for want of a
    client's certificate: RFC 8446, section 4.4.2.4.
    """
    try:
        stream, certificate = tls.handshake(connection, flow)
    except tls.CertificateRefused as refused:
        return Answer(Status.UNEXPECTED, refused.detail, str(refused))
    except OSError as error:  # ssl.SSLError is one
        return tls.not_spoken(connection, error)
    broken = _refusal(connection, stream) if certificate["tls_version"] == "TLSv1.3" else None
    alert: dict[str, Json] = tls.alert(broken)
    if not alert and not connection.was_reset:
        return Answer(Status.OK, certificate)
    fault = tls.refusal(broken) if broken else None
    answer = failed(connection, tell("the end of a TLS handshake"), fault, of="TLS")
    return Answer(answer.status, certificate | answer.detail | alert, answer.error)


def _refusal(connection: Connection, stream: tls.TlsStream) -> OSError | None:
    """Return how a server breaks off after the handshake; silence, a word or a farewell is none."""
    stream.settimeout(max(_LEAST, time.monotonic() - connection.opened))
    try:
        stream.recv(1)
    except OSError as error:
        return error
    return None
