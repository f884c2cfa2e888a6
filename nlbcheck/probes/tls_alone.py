"""Does anyone speak TLS on this connection, with a certificate to trust? Nothing is asked inside."""

from __future__ import annotations

from nlbcheck.model import Flow, Status
from nlbcheck.probes import tls
from nlbcheck.probes.answer import Answer, failed
from nlbcheck.probes.connection import Connection


def probe(connection: Connection, flow: Flow) -> Answer:
    """Speak TLS over ``connection``, say goodbye, and see whether the server refuses then.

    In TLS 1.3 a server may refuse after what the client takes for the handshake's end, for want of a
    client's certificate: RFC 8446, section 4.4.2.4.
    """
    try:
        stream, certificate = tls.handshake(connection, flow)
    except tls.CertificateRefused as refused:
        return Answer(Status.UNEXPECTED, refused.detail, str(refused))
    except OSError as error:  # ssl.SSLError is one
        return tls.not_spoken(connection, error)
    try:
        stream.end()
    except OSError as error:
        if said := tls.alert(error):
            answer = failed(connection, "the end of a TLS handshake", tls.refusal(error))
            return Answer(answer.status, certificate | answer.detail | said, answer.error)
    return Answer(Status.OK, certificate)
