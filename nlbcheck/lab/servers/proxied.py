"""What happens where only one side speaks the proxy protocol?

The kernel, which is the lab's load balancer, cannot put a header ahead of a connection; it is put there
where the connection arrives.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import IPv4Address

from nlbcheck.lab.servers import threads
from nlbcheck.lab.servers.identity import Identity
from nlbcheck.lab.servers.server import Talk

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_PATIENCE = 60.0
"""Seconds without a byte until the client is left alone."""


def header(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    """Return a version 2 header for a TCP connection over IPv4.

    https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2.
    """
    addresses = IPv4Address(source[0]).packed + IPv4Address(destination[0]).packed
    ports = source[1].to_bytes(2, "big") + destination[1].to_bytes(2, "big")
    return _SIGNATURE + b"\x21\x11" + len(addresses + ports).to_bytes(2, "big") + addresses + ports


def confused(plain: Talk, connection: socket.socket, identity: Identity) -> None:
    """Speak with a client whose words come after a header that the server does not understand."""
    connection.settimeout(_PATIENCE)
    outside, inside = socket.socketpair()
    with outside, inside:
        outside.sendall(header(connection.getpeername(), connection.getsockname()))
        threads.start(_relay, connection, outside)
        answering = threads.start(_relay, outside, connection)
        try:
            plain(inside, identity)
        finally:
            with suppress(OSError):
                inside.shutdown(socket.SHUT_RDWR)
            answering.join()


def _relay(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def waiting(_plain: Talk, connection: socket.socket, _identity: Identity) -> None:
    """Wait for a header, and hang up on who sends something else."""
    connection.settimeout(_PATIENCE)
    connection.recv(len(_SIGNATURE))
