"""What does an SSH server say in packets that are not encrypted, which are those up to its NEWKEYS?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlbcheck.escape import printable, shortened
from nlbcheck.lean_paramiko import paramiko
from nlbcheck.probes.answer import decoded

VERSION = re.compile(rb"^SSH-", re.MULTILINE)
"""Where the version line begins; lines before it are allowed (RFC 4253, section 4.2)."""

_DISCONNECT, _KEXINIT, _NEWKEYS = 1, 20, 21
_REASONS = {
    1: "host not allowed to connect",
    2: "protocol error",
    3: "key exchange failed",
    5: "MAC error",
    6: "compression error",
    7: "service not available",
    8: "protocol version not supported",
    9: "host key not verifiable",
    10: "connection lost",
    11: "by application",
    12: "too many connections",
    13: "authentication cancelled by user",
    14: "no more authentication methods available",
    15: "illegal user name",
}
"""The reasons of RFC 4253, section 11.1, in its words."""
_LONGEST = 160


def version_line(heard: bytes | bytearray) -> str | None:
    """Return the version line, once it is complete."""
    version = VERSION.search(heard)
    line, newline, _ = bytes(heard[version.start() :]).partition(b"\n") if version else (b"", b"", b"")
    return decoded(line.rstrip(b"\r")) if newline else None


def host_key_algorithms(heard: bytes) -> frozenset[str]:
    """Return the host key algorithms that the server offers in its KEXINIT (RFC 4253, section 7.1)."""
    offer = next((packet for packet in _payloads(heard) if packet[0] == _KEXINIT), None)
    if offer is None:
        return frozenset()
    message = paramiko.Message(offer)
    message.get_bytes(1 + 16)  # message number, cookie
    message.get_binary()  # key exchange algorithms
    return frozenset(message.get_binary().decode("ascii", "replace").split(","))


def disconnect(heard: bytes) -> str | None:
    """Return why the server disconnects, by its number and in its words; None where it does not say so."""
    said = next((packet for packet in _payloads(heard) if packet[0] == _DISCONNECT), None)
    if said is None:
        return None
    message = paramiko.Message(said[1:])
    number = message.get_int()
    words = decoded(message.get_binary()).strip()
    reason = _REASONS.get(number, f"reason {number}")
    return f'{reason}, "{shortened(printable(words), _LONGEST)}"' if words else reason


def _payloads(heard: bytes) -> Iterator[bytes]:
    """Yield what is in a server's packets that are whole and not encrypted, IGNORE and DEBUG among them."""
    version = VERSION.search(heard)
    rest = heard[version.start() :].partition(b"\n")[2] if version else b""
    while len(rest) > 5:
        end = 4 + int.from_bytes(rest[:4], "big")
        payload = rest[5 : end - rest[4]]
        if len(rest) < end or not payload:
            return
        yield payload
        if payload[0] == _NEWKEYS:
            return
        rest = rest[end:]
