"""Who answers in the lab, by the check that the answer must satisfy?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.lab.servers import http, ssh, tcp
from nlbcheck.lab.servers.identity import Identity
from nlbcheck.lab.servers.server import Server, Talk
from nlbcheck.model import Check

TALKS: Mapping[Check, Talk] = {
    Check.TCP: tcp.talk,
    Check.HTTP: http.talk,
    Check.HTTPS: http.talk_tls,
    Check.SSH: ssh.talk,
}
"""What a server says, by the check that it satisfies."""

__all__ = ["TALKS", "Identity", "Server", "Talk"]
