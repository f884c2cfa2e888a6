"""Does a web server answer HEAD inside TLS on this connection, with a certificate to trust?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.model import Endpoint, Status
from nlbcheck.probes import http, tls
from nlbcheck.probes.connection import Answer, Connection, failed, protocol


def probe(connection: Connection, endpoint: Endpoint) -> Answer:
    """Speak TLS over ``connection``, and HEAD inside it as the probe of http does.

    A certificate that does not verify, or that is another server's, is an unexpected answer.
    """
    try:
        stream, certificate = tls.handshake(connection, endpoint)
    except tls.CertificateRefused as refused:
        return Answer(Status.UNEXPECTED, refused.detail, str(refused))
    except OSError as error:  # ssl.SSLError is one
        fault = http.refusal(error) if protocol(connection.transcript) == "TLS" else None
        return failed(connection, "a TLS handshake", fault)
    answer = http.ask(connection, stream, endpoint)
    return replace(answer, detail=certificate | answer.detail)
