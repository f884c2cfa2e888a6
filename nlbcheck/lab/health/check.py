"""Does a target pass one health check?"""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.parse import quote

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import HealthCheck

_MATCHER = "200-399"
_AS_IT_IS = "/%?&=:;,@!$'()*+~#[]"
"""What a path may have besides letters and digits; the rest goes out percent-encoded."""
_WEB = (Protocol.HTTP, Protocol.HTTPS)


def passes(check: HealthCheck, address: str, port: int, host: str, timeout: float) -> bool:
    """Check a target once, from the network namespace that the calling thread is in.

    ``host`` is what HTTP checks ask for: the node's address and the listener's port.
    """
    try:
        with socket.create_connection((address, port), timeout=timeout) as connection:
            return check.protocol not in _WEB or _answers(check, connection, host)
    except (OSError, http.client.HTTPException):
        return False


def _answers(check: HealthCheck, connection: socket.socket, host: str) -> bool:
    if check.protocol is Protocol.HTTPS:
        # The target's certificate is not validated, as in AWS.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = context.wrap_socket(connection)
    asking = http.client.HTTPConnection(host)
    asking.sock = connection
    path = quote(check.path or "/", safe=_AS_IT_IS)
    asking.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
    return matches(asking.getresponse().status, check.matcher or _MATCHER)


def matches(status: int, matcher: str) -> bool:
    """Say whether a status is one of a matcher's: ``200,301-399``."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and int(first) <= status <= int(last if last.isdecimal() else first):
            return True
    return False
