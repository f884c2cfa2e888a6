"""Does a web server answer HEAD inside TLS on this connection, with a certificate to trust?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.language import tell
from nlbcheck.model import Flow, Status
from nlbcheck.probes import http, tls
from nlbcheck.probes.answer import Answer, failed
from nlbcheck.probes.connection import Connection


def probe(connection: Connection, flow: Flow) -> Answer:
    """Speak TLS over ``connection``, and HEAD inside it as the probe of http does.

    A certificate that does not verify, or that is another server's, is an unexpected answer.
    """
    try:
        stream, certificate = tls.handshake(connection, flow)
    except tls.CertificateRefused as refused:
        return Answer(Status.UNEXPECTED, refused.detail, str(refused))
    except OSError as error:  # ssl.SSLError is one
        return tls.not_spoken(connection, error)
    inside = connection.inside(stream)
    answer = http.probe(inside, flow)
    if inside.broken_by and (fault := tls.refusal(inside.broken_by)):
        # In TLS 1.3 a server may refuse after what the client takes for the handshake's end.
        answer = failed(inside, tell(http.WANTED), fault)
    return replace(answer, detail=certificate | answer.detail | tls.alert(inside.broken_by))
