"""Web servers and others that say what nobody would like to hear, on rows of every check."""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Iterator, Sequence

from nlbcheck.model import Check, HostKey, HttpExpectation
from tests.attack import Attempt, wire
from tests.attack.wire import Attacker, mutated, pieces

NAME = "hostile servers, probed with every check"

_HEADS = (
    b'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 5\r\nETag: "x"\r\n\r\nhello',
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\nA: b\r\n c\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: http://x/\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 +200 OK\r\n\r\n",
    b"HTTP/1.\x1b1 2_0_0 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 100 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"\xff\x1b" * 60_000 + b"\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9_000,
    b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
    b"SSH-1.99-both\r\n" + bytes(2_000),
    b"SSH-2.0-" + b"\xf0\x9f\x98\x80" * 20_000 + b"\r\n",
    b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
    b"\x15\x03\x01\x00\x02\x02\x28",
    b"220 mail ready ##vso[task.complete]\r\n::error::x\r\n",
    b"",
    b"\n" * 70_000,
)


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each server that was probed, and how that went."""
    yield from wire.attempts(_attackers(seed), tries)


def _attackers(seed: int) -> Iterator[Attacker]:
    number = 0
    while True:
        chance = random.Random(f"servers {seed} {number}")
        said = chance.choice(_HEADS)
        said = mutated(chance, said) if chance.random() < 0.7 else said
        check = chance.choice(list(Check))
        end = chance.choice(("close", "reset", "wait", "wait", "close"))
        parts = list(pieces(chance, said))
        patient = chance.random() < 0.5
        what = f"server {number} of seed {seed}: {check}, {len(said)} bytes {said[:30]!r}, {end}"
        options = _options(chance, check)
        is_another = check is Check.SSH and not options["ssh_banner_only"]
        yield Attacker(what, check, _Says(parts, end, patient=patient), options, is_another)
        number += 1


def _options(chance: random.Random, check: Check) -> dict[str, object]:
    if check is Check.HTTP and chance.random() < 0.5:
        return {"http": HttpExpectation((range(200, 300),), {"Server": "[!a-*", "X": "?*"})}
    if check is Check.SSH:
        pins = (HostKey("SHA256:x", chance.choice((None, "ssh-rsa"))),)
        return {"ssh_banner_only": chance.random() < 0.5, "host_keys": pins}
    return {"verify": chance.random() < 0.5} if check in (Check.TLS, Check.HTTPS) else {}


class _Says:
    """Says its parts, at once or once it is spoken to, and ends in one of several ways."""

    def __init__(self, parts: Sequence[bytes], end: str, *, patient: bool) -> None:
        self._parts, self._end, self._patient = parts, end, patient

    def __call__(self, peer: socket.socket) -> None:
        if self._patient:
            peer.recv(65536)
        for part in self._parts:
            peer.sendall(part)
            time.sleep(0.005)
        if self._end == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self._end == "wait":
            while peer.recv(65536):
                pass
