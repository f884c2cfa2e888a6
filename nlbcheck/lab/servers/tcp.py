"""What does a server do that only takes connections?"""

from __future__ import annotations

import socket

from nlbcheck.lab.servers.identity import Identity

_PATIENCE = 60.0
"""Seconds without a byte until the client is left alone."""


def talk(connection: socket.socket, _identity: Identity) -> None:
    """Say nothing, and listen until the client goes."""
    connection.settimeout(_PATIENCE)
    while connection.recv(4096):
        pass
