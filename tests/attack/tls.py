"""TLS servers whose records are changed on their way, and certificates that are changed in their bytes."""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from nlbcheck.model import Check
from tests.attack import Attempt, wire
from tests.attack.wire import Attacker, mutated
from tests.certificates import Authority, x400
from tests.probes.test_certificates import shows
from tests.servers import Handler

NAME = "TLS handshakes with changed records, and changed certificates"

_NAME = "app.example"


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each handshake, and how that went."""
    with tempfile.TemporaryDirectory() as folder:
        yield from wire.attempts(_attackers(seed, Authority(Path(folder))), tries)


def _attackers(seed: int, authority: Authority) -> Iterator[Attacker]:
    number = 0
    contexts = [_context(authority, kind) for kind in ("plain", "x400", "common name")]
    known = ssl.PEM_cert_to_DER_cert(authority.file.read_text())
    while True:
        chance = random.Random(f"tls {seed} {number}")
        check = chance.choice((Check.TLS, Check.HTTPS))
        verify = chance.choice((True, False, str(authority.file)))
        options = {"verify": verify, "server_name": chance.choice((None, _NAME, "other.example"))}
        is_another = verify is True or (bool(verify) and options["server_name"] != _NAME)
        if chance.random() < 0.4:
            handler: Handler = shows(mutated(chance, known))
            what = f"certificate {number} of seed {seed}"
        else:
            handler = _Changing(chance.choice(contexts), chance)
            what = f"handshake {number} of seed {seed}"
        yield Attacker(what, check, handler, options, is_another)
        number += 1


def _context(authority: Authority, kind: str) -> ssl.SSLContext:
    if kind == "common name":
        return authority.odd(_NAME)
    plain = x509.SubjectAlternativeName([x509.DNSName(_NAME)])
    return authority.odd("x", x400(_NAME) if kind == "x400" else plain)


class _Changing:
    """A server of OpenSSL's behind somebody who changes some of what it says."""

    def __init__(self, context: ssl.SSLContext, chance: random.Random) -> None:
        self._context, self._chance = context, chance
        self._rate = chance.choice((0.0, 0.3, 0.6))

    def __call__(self, peer: socket.socket) -> None:
        inside, outside = socket.socketpair()
        with inside, outside:
            serving = threading.Thread(target=self._serve, args=(inside,), daemon=True)
            serving.start()
            threading.Thread(target=_carry, args=(peer, outside), daemon=True).start()
            with contextlib.suppress(OSError):
                while data := outside.recv(65536):
                    changes = self._chance.random() < self._rate
                    peer.sendall(mutated(self._chance, data) if changes else data)
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            serving.join(2)

    def _serve(self, inside: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            inside.settimeout(1.5)
            with self._context.wrap_socket(inside, server_side=True) as spoken:
                spoken.recv(65536)
                spoken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def _carry(source: socket.socket, to: socket.socket) -> None:
    """Carry bytes from one socket to another."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
