"""What does a load balancer's node do at a TLS listener? It ends TLS and hands on what is said inside.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html. No snapshot
holds a certificate's key, so the lab shows a certificate of its own.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from nlbcheck.lab.plan import TlsEnd
from nlbcheck.lab.servers import certificate
from nlbcheck.lab.servers.identity import Identity
from nlbcheck.lab.servers.server import Talk

_PATIENCE = 10.0
"""Seconds for a handshake, and for the target to answer."""
_IDLE = 60.0
"""Seconds without a byte until both sides are left alone."""
_RECORD = 1 << 14
_VALID = timedelta(days=198)
_ABRUPT = struct.pack("ii", 1, 0)
"""Closing resets the connection, as the load balancer does where the target is not to be reached."""


def talk(end: TlsEnd) -> Talk:
    """Return what a node says as one ``TlsEnd`` has it."""
    until = datetime.now(UTC) + (-timedelta(days=1) if end.expired else _VALID)
    shown = certificate.showing(end.names, until - _VALID - timedelta(hours=1), until, verifies=end.verifies)

    def said(connection: socket.socket, _identity: Identity) -> None:
        connection.settimeout(_PATIENCE)
        with shown.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as client:
            _shake_hands(client)
            try:
                with _target(client, encrypts=end.encrypts) as target:
                    _carry(client, target)
            except OSError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
                raise

    return said


def _shake_hands(client: ssl.SSLSocket) -> None:
    """Speak the handshake; a client that is refused is heard out, for a reset would overtake the alert."""
    try:
        client.do_handshake()
    except ssl.SSLError:
        client.shutdown(socket.SHUT_WR)
        while client.recv(_RECORD):
            pass
        raise


def _target(client: socket.socket, *, encrypts: bool) -> socket.socket:
    """Return a connection to a target: the node's kernel sends there what the node opens to itself."""
    target = socket.create_connection(client.getsockname(), timeout=_PATIENCE)
    if not encrypts:
        return target
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html: a
    # target's certificate is not validated.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(target)


def _carry(client: socket.socket, target: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    far = {client: target, target: client}
    while ready := _ready(far):
        for source in ready:
            data = _heard(source)
            if data == b"":
                return
            if data:
                far[source].sendall(data)


def _heard(source: socket.socket) -> bytes | None:
    """Return what is said inside, nothing at the end; None where it is only TLS's own."""
    source.settimeout(0)
    try:
        return source.recv(_RECORD)
    except ssl.SSLWantReadError:
        return None
    finally:
        source.settimeout(_PATIENCE)


def _ready(sockets: Iterable[socket.socket]) -> list[socket.socket]:
    """Return the sockets with something to read, once there is any; none where all stay silent."""
    held: list[socket.socket] = [
        item for item in sockets if isinstance(item, ssl.SSLSocket) and item.pending()
    ]
    return held or select.select(list(sockets), [], [], _IDLE)[0]
