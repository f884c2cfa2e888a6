"""Is a process that listens on another port likely the one that a row means?

What it is called tells, or where such services usually are: https://www.iana.org/assignments/
service-names-port-numbers and the defaults of the servers themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.model import Check
from nlbcheck.model.inspected import HostListener

_WEB = frozenset(
    {"apache2", "caddy", "envoy", "haproxy", "httpd", "lighttpd", "nginx", "squid", "traefik", "varnishd"}
)
_NAMES: Mapping[Check, frozenset[str]] = {
    Check.SSH: frozenset({"sshd", "dropbear"}),
    Check.HTTP: _WEB,
    Check.HTTPS: _WEB,
    Check.TLS: _WEB,
}
_PORTS: Mapping[Check, frozenset[int]] = {
    Check.SSH: frozenset({22, 2222}),
    Check.HTTP: frozenset({80, 3000, 5000, 8000, 8008, 8080, 8888}),
    Check.HTTPS: frozenset({443, 8443}),
    Check.TLS: frozenset({443, 8443}),
}


def is_the_service(check: Check, listener: HostListener) -> bool:
    """Whether a process is called, or listens, as services of a kind do."""
    named = listener.process is not None and listener.process in _NAMES.get(check, frozenset())
    return named or listener.port in _PORTS.get(check, frozenset())
