"""What does a web server answer, in the open and over TLS?"""

from __future__ import annotations

import socket
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from typing import cast

from nlbcheck import __version__
from nlbcheck.lab.servers.identity import Identity

_PATIENCE = 10.0
"""Seconds without a byte until the client is left alone."""


def talk(connection: socket.socket, identity: Identity, *, status: HTTPStatus = HTTPStatus.OK) -> None:
    """Answer HEAD and GET with one status, until the client goes."""
    _Conversation(connection, identity, status)


def talk_tls(connection: socket.socket, identity: Identity, *, status: HTTPStatus = HTTPStatus.OK) -> None:
    """Do the same over TLS, with the host's own certificate."""
    connection.settimeout(_PATIENCE)
    with identity.tls.wrap_socket(connection, server_side=True) as encrypted:
        talk(encrypted, identity, status=status)


class _Conversation(BaseHTTPRequestHandler):
    """One connection; every path has the same page."""

    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def __init__(self, connection: socket.socket, identity: Identity, status: HTTPStatus) -> None:
        self._identity, self._status = identity, status
        # The conversation starts and ends in here; it does not look at its server.
        super().__init__(connection, connection.getpeername(), cast("BaseServer", None))

    def do_HEAD(self) -> None:
        self._head(self._page())

    def do_GET(self) -> None:
        page = self._page()
        self._head(page)
        self.wfile.write(page)

    def version_string(self) -> str:
        return f"nlbcheck-lab/{__version__}"

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the command that runs in the lab."""

    def _page(self) -> bytes:
        return f"This is {self._identity.address} in the nlbcheck lab.\n".encode()

    def _head(self, page: bytes) -> None:
        self.send_response(self._status)
        self.send_header("Last-Modified", format_datetime(self._identity.since, usegmt=True))
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("X-Served-By", str(self._identity.address))
        self.end_headers()
