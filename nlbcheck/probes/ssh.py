"""Which SSH server answers on this connection, and is its host key a pinned one?"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, cast

from nlbcheck import __version__
from nlbcheck.host_keys import KEY_TYPES, fingerprint
from nlbcheck.language import either, marked, tell
from nlbcheck.lean_paramiko import paramiko
from nlbcheck.model import Flow, HostKey, Json, Status
from nlbcheck.probes import ssh_packets
from nlbcheck.probes.answer import Answer, failed
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange

_CLIENT_VERSION = f"SSH-2.0-nlbcheck_{__version__}"
_BUDGET = 1 << 17
_SPOKEN = ("SSH-2.0-", "SSH-1.99-")
_VERSION = marked("an SSH version")
_KEY_EXCHANGE = marked("a key exchange")

_KEX = (
    *("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"),
    *("mlkem768x25519-sha256", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512"),
)
"""Key exchanges, first those that cost the least on both sides.

In those left out (``group-exchange``) a server chooses numbers with which Python computes for seconds, and
no other probe gets on meanwhile.
"""


class _AsSocket:
    """A connection as paramiko wants it: whether it is closed is an attribute of sockets that it reads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._closed = False
        self.recv, self.send, self.settimeout = connection.recv, connection.send, connection.settimeout

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._connection.close()


def exchange(flow: Flow) -> Exchange | None:
    """Return the exchange of version lines, where that is all that is asked for; keys take more."""
    return _Banner() if flow.spec.ssh_banner_only else None


def probe(connection: Connection, flow: Flow) -> Answer:
    """Exchange versions and keys with an SSH server, without logging in.

    The key exchange proves that the server holds the host key it shows (RFC 4253, section 8). With
    ``ssh_banner_only`` the server's version line is all that is asked for.
    """
    if banner := exchange(flow):
        return banner.over(connection)
    connection.budget = connection.memory = _BUDGET
    pinned = flow.spec.host_keys
    wanted_first = [key.key_type for key in pinned if key.key_type in KEY_TYPES]
    order = list(dict.fromkeys([*flow.spec.ssh_key_types, *wanted_first, *KEY_TYPES]))
    # Lines before the version line are allowed, in any encoding (RFC 4253, section 4.2); paramiko gives
    # up on some.
    connection.begins_at = ssh_packets.VERSION
    transport = paramiko.Transport(cast(Any, _AsSocket(connection)))
    transport.local_version = _CLIENT_VERSION
    try:
        _prefer(transport, order)
        remaining = max(connection.deadline - time.monotonic(), 0.01)
        # Both bounds are the deadline's, which the connection itself keeps.
        transport.banner_timeout = transport.handshake_timeout = remaining
        try:
            transport.start_client(timeout=remaining)
        except Exception as error:  # whatever paramiko's parsers make of a hostile server's packets
            return _not_exchanged(connection, error)
        if not transport.initial_kex_done:  # start_client returns quietly when the time is over
            connection.expired = True
            return failed(connection, tell(_KEY_EXCHANGE))
        return _identity(transport, connection, flow)
    finally:
        connection.shutdown()  # wakes paramiko's thread, which would sleep on
        transport.close()


def _prefer(transport: paramiko.Transport, key_types: list[str]) -> None:
    options = transport.get_security_options()
    algorithms = [algorithm for key_type in key_types for algorithm in KEY_TYPES[key_type]]
    options.key_types = [algorithm for algorithm in algorithms if algorithm in options.key_types]
    options.kex = [name for name in _KEX if name in options.kex]


def _identity(transport: paramiko.Transport, connection: Connection, flow: Flow) -> Answer:
    pinned = flow.spec.host_keys
    key = transport.get_remote_server_key()
    shown = HostKey(fingerprint(key.asbytes()), key.get_name())
    detail: dict[str, Json] = {
        "banner": transport.remote_version,
        "key_type": shown.key_type,
        "fingerprint": shown.fingerprint,
    }
    if not pinned or any(_fits(key, shown) for key in pinned):
        return Answer(Status.OK, detail)
    error = tell(
        "shows the {type} host key {key}, expected {wanted}",
        type=shown.key_type,
        key=shown.fingerprint,
        wanted=either([key.fingerprint for key in pinned]),
    )
    others = _other_types(connection, shown, pinned)
    by_type = tuple(replace(flow, spec=replace(flow.spec, ssh_key_types=(key_type,))) for key_type in others)
    return Answer(Status.UNEXPECTED, detail, error, by_type)


def _fits(pinned: HostKey, shown: HostKey) -> bool:
    return pinned.fingerprint == shown.fingerprint and pinned.key_type in (None, shown.key_type)


def _other_types(connection: Connection, shown: HostKey, pinned: tuple[HostKey, ...]) -> tuple[str, ...]:
    """Return the other key types the server offers, of which one may be the pinned key's."""
    wanted = {key.key_type for key in pinned}
    offered = ssh_packets.host_key_algorithms(bytes(connection.transcript))
    return tuple(
        key_type
        for key_type, algorithms in KEY_TYPES.items()
        if key_type != shown.key_type
        and (None in wanted or key_type in wanted)
        and offered.intersection(algorithms)
    )


class _Banner(Exchange):
    """Our version line, and the server's."""

    # A server of another protocol answers something telling to this line; an SSH server expects it.
    question = _CLIENT_VERSION.encode() + b"\r\n"
    budget = _BUDGET

    def complete(self, heard: bytearray) -> bool:
        return ssh_packets.version_line(heard) is not None

    def judge(self, connection: Connection) -> Answer:
        line = ssh_packets.version_line(connection.transcript)
        if line is None:
            return failed(connection, tell(_VERSION), of="SSH")
        if not line.startswith(_SPOKEN):
            return Answer(Status.BAD_REPLY, {"heard": line}, tell("speaks another SSH version than 2.0"))
        return Answer(Status.OK, {"banner": line})


def _not_exchanged(connection: Connection, error: Exception) -> Answer:
    """Tell an SSH server with which no key could be exchanged from one that is none."""
    line = ssh_packets.version_line(bytes(connection.transcript))
    if line is not None and (why := ssh_packets.disconnect(bytes(connection.transcript))):
        told: dict[str, Json] = {"banner": line, "disconnect": why}
        ended = tell("no key could be exchanged: the server disconnects: {reason}", reason=why)
        return Answer(Status.BAD_REPLY, told, ended)
    if line is None:
        return failed(connection, tell(_VERSION), of="SSH")
    if connection.was_reset or connection.expired or connection.flooded:
        return failed(connection, tell(_KEY_EXCHANGE))
    is_peer = isinstance(error, paramiko.ssh_exception.IncompatiblePeer) and line.startswith(_SPOKEN)
    words = tell(
        "no key could be exchanged: {reason}; with ssh_banner_only, only the version is asked for"
        if is_peer
        else "no key could be exchanged: {reason}",
        reason=str(error) or tell("the connection was closed"),
    )
    return Answer(Status.BAD_REPLY, {"banner": line}, words)
