"""Does a TLS listener want to see a certificate of the client?

With mutual authentication a listener verifies it against its trust store, then its filters, and refuses the
handshake where there is none that fits:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/mutual-authentication.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.language import tell
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
        fact = tell(
            "what the mutual authentication mode {mode} of the listener on port {port} requires of clients",
            mode=mode,
            port=listener.port,
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = tell(
        "The TLS listener on port {port} verifies client certificates. Whether the client has a certificate "
        "that its trust store and filters accept is not visible.",
        port=listener.port,
    )
    fix = remedy.advice(
        tell(
            "Give the client a certificate from a CA in the listener's trust store, or turn off mutual "
            "authentication at the listener."
        )
    )
    problem = Problem(Code.CLIENT_CERTIFICATE_REQUIRED, summary, fix, Verdict.UNKNOWN)
    return Stopped(problem, evidence)
