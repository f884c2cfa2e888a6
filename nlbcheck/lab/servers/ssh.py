"""What does an SSH server do that nobody can log in to?"""

from __future__ import annotations

import socket
from contextlib import suppress

from nlbcheck.lab.servers.identity import Identity
from nlbcheck.lean_paramiko import paramiko

_GRACE = 30.0
"""Seconds until a client that has not logged in, as none can, is left alone."""


def talk(connection: socket.socket, identity: Identity) -> None:
    """Exchange keys, prove the host's identity, and refuse whoever asks for more."""
    transport = paramiko.Transport(connection)
    transport.local_version = "SSH-2.0-nlbcheck_lab"
    transport.add_server_key(identity.host_key)
    with suppress(paramiko.SSHException):  # a client that has seen enough, or speaks something else
        transport.start_server(server=paramiko.ServerInterface())
        transport.join(_GRACE)
    transport.close()
