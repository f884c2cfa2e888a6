"""Who answers in the lab, by the check that the answer must satisfy?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from nlbcheck.lab.plan import Service
from nlbcheck.lab.servers import http, proxied, ssh, tcp, tls_end
from nlbcheck.lab.servers.identity import Identity
from nlbcheck.lab.servers.server import Server, Talk
from nlbcheck.model import Check

TALKS: Mapping[Check, Talk] = {
    Check.TCP: tcp.talk,
    Check.HTTP: http.talk,
    Check.HTTPS: http.talk_tls,
    Check.SSH: ssh.talk,
    Check.TLS: http.talk_tls,
}
"""What a server says, by the check that it satisfies."""


_FAILING: Mapping[Check, Talk] = {
    check: partial(said, status=HTTPStatus.SERVICE_UNAVAILABLE)
    for check, said in ((Check.HTTP, http.talk), (Check.HTTPS, http.talk_tls))
}


def talk(service: Service) -> Talk:
    """Return what a service says, behind the proxy protocol header that it gets or wants."""
    if service.tls_end:
        return tls_end.talk(service.tls_end)
    plain = (_FAILING if service.fails else TALKS)[service.check]
    if service.header_sent == service.header_expected:
        return plain  # a server that wants the header and gets it is as good as one without
    return partial(proxied.confused if service.header_sent else proxied.waiting, plain)


__all__ = ["TALKS", "Identity", "Server", "Talk", "talk"]
