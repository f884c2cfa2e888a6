"""SSH servers whose packets are changed on their way: before the keys are exchanged, and while they are."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any, cast

import paramiko

from nlbcheck.host_keys import fingerprint
from nlbcheck.model import Check, HostKey
from tests.attack import Attempt, wire
from tests.attack.wire import Attacker, mutated

NAME = "SSH exchanges with changed, added and missing packets"

_KEY = paramiko.ECDSAKey.generate()
_PINS: tuple[tuple[HostKey, ...], ...] = (
    (),
    (HostKey(fingerprint(_KEY.asbytes())),),
    (HostKey(fingerprint(b"another")),),
    (HostKey(fingerprint(b"another"), "ssh-rsa"),),
)


_NAMES = (
    *(b"curve25519-sha256@libssh.org", b"diffie-hellman-group16-sha512", b"kex-strict-s-v00@openssh.com"),
    *(b"diffie-hellman-group-exchange-sha256", b"ssh-ed25519", b"ecdsa-sha2-nistp256", b"rsa-sha2-512"),
    *(b"aes128-ctr", b"hmac-sha2-256", b"none", b"", b"\xff", b",,"),
)


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each exchange, and how that went."""
    yield from wire.attempts(_attackers(seed), tries)


def _attackers(seed: int) -> Iterator[Attacker]:
    number = 0
    while True:
        chance = random.Random(f"ssh {seed} {number}")
        handler = _Changing(chance) if chance.random() < 0.6 else _Inventing(chance)
        what = f"SSH {number} of seed {seed}: {type(handler).__name__}"
        pins = chance.choice(_PINS)
        is_another = bool(pins) and (pins != _PINS[1] or isinstance(handler, _Inventing))
        yield Attacker(what, Check.SSH, handler, {"host_keys": pins}, is_another)
        number += 1


class _Changing:
    """A server of paramiko's, some of whose writes are changed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._rate = chance.choice((0.0, 0.2, 0.5))

    def __call__(self, peer: socket.socket) -> None:
        transport = paramiko.Transport(cast(Any, _Between(peer, self._chance, self._rate)))
        transport.add_server_key(_KEY)
        done = threading.Event()
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(event=done, server=paramiko.ServerInterface())
            done.wait(2)
        transport.join(2)
        transport.close()


class _Between:
    """A socket that does not send everything as it is told to."""

    def __init__(self, peer: socket.socket, chance: random.Random, rate: float) -> None:
        self._peer, self._chance, self._rate = peer, chance, rate
        self.recv, self.close, self.settimeout = peer.recv, peer.close, peer.settimeout
        self._closed = False  # paramiko looks at it where its thread does not end

    def send(self, data: bytes) -> int:
        changes = self._chance.random() < self._rate
        self._peer.sendall(mutated(self._chance, data) if changes else data)
        return len(data)


class _Inventing:
    """A server that makes its packets up: a sequence of messages that have a form, and rubbish in it."""

    def __init__(self, chance: random.Random) -> None:
        version = chance.choice(
            (b"SSH-2.0-x\r\n", b"SSH-1.99-y\n", b"hello\r\nSSH-2.0-\xff\r\n", b"SSH-1.5-z\r\n")
        )
        packets = [_packet(_payload(chance)) for _ in range(chance.randrange(6))]
        self._said = version + b"".join(packets)
        if chance.random() < 0.3:
            self._said = mutated(chance, self._said)
        self._stays = chance.random() < 0.3

    def __call__(self, peer: socket.socket) -> None:
        peer.sendall(self._said)
        if not self._stays:
            peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass


def _payload(chance: random.Random) -> bytes:
    """Return a message as its number says, with names, numbers and texts of all kinds."""
    kind = chance.choice((1, 1, 2, 3, 4, 7, 20, 20, 20, 21, 31, 33, 255))
    if kind == 20:
        lists = (b",".join(chance.choices(_NAMES, k=chance.randrange(4))) for _ in range(10))
        return b"\x14" + bytes(16) + b"".join(map(_text, lists)) + bytes(5)
    if kind == 1:
        return (
            struct.pack(">BI", 1, chance.choice((2, 12, 99, 1 << 31)))
            + _text(chance.randbytes(9))
            + _text(b"")
        )
    return bytes([kind]) + b"".join(_text(chance.randbytes(chance.choice((0, 1, 33)))) for _ in range(3))


def _text(words: bytes) -> bytes:
    return struct.pack(">I", len(words)) + words


def _packet(payload: bytes) -> bytes:
    """Return a packet before encryption, RFC 4253, section 6."""
    padding = 4 + -(len(payload) + 9) % 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)
