"""Does a TLS listener want to see a certificate of the client?

With mutual authentication a listener verifies it against its trust store, then its filters, and refuses the
handshake where there is none that fits:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/mutual-authentication.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.model import Code, Json, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_OFF, _VERIFY = "off", "verify"


def check(listener: Listener) -> Outcome:
    """Say whether clients without a certificate get through; whether a client has one, AWS does not know."""
    mode = listener.client_certificates
    evidence: dict[str, Json] = {"mutual_authentication": mode, "port": listener.port}
    if listener.protocol is not Protocol.TLS or mode in (None, _OFF):
        return Passed(evidence)
    if mode != _VERIFY:
        fact = (
            f"what the mutual authentication {mode} of the listener on port {listener.port} asks of clients"
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = (
        f"The TLS listener on port {listener.port} verifies client certificates, and whether the client has "
        "one that its trust store and filters admit is not visible."
    )
    fix = remedy.advice(
        "Give the client a certificate of an authority in the listener's trust store, or switch mutual "
        "authentication off at the listener."
    )
    problem = Problem(Code.CLIENT_CERTIFICATE_REQUIRED, summary, fix, Verdict.UNKNOWN)
    return Stopped(problem, evidence)
