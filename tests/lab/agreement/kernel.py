"""What do real packets say, for many connections at once?

Sockets only: no process and no thread a connection. A listening socket takes connections without anybody
accepting them, and a raw socket sees the requests that a machine's security groups let in. A request is
recognized by the segment size that it offers, which no translation of addresses changes.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle

from nlbcheck.lab.session import Lab

_SYN, _ACK = 0x02, 0x10
_SEGMENT_SIZES = cycle(range(300, 1400))
"""What requests are recognized by. None comes again soon: a late packet is not taken for one of the next."""
_OUR_END = struct.pack("ii", 1, 0)
_LOOK = 0.02
"""Seconds after which is looked again who has heard what."""


@dataclass(frozen=True)
class Dialled:
    """A connection to be made: from a machine to an address and port."""

    source: str
    address: str
    port: int


@dataclass(frozen=True)
class Fate:
    """What becomes of a connection."""

    arrives: str | None
    """The machine whose security groups let the request in."""
    answered: bool


class Dialling:
    """Connections that are being made."""

    def __init__(self, heard: Mapping[str, socket.socket], calls: Mapping[int, socket.socket]) -> None:
        """Follow ``calls``, by the segment sizes that they offer; machines have ``heard``, by address."""
        self._started = time.monotonic()
        self._heard, self._calls = heard, calls
        self._arrived: dict[int, str] = {}
        self._answered: set[int] = set()

    def fates(self, least: float, most: float, enough: Callable[[Sequence[Fate]], bool]) -> Sequence[Fate]:
        """Return what has become of each connection, in their order.

        All are given ``least`` seconds, and ``most`` where what is seen until then is not ``enough``.
        """
        by_file = {call.fileno(): size for size, call in self._calls.items()}
        with select.epoll() as poll:
            for file in by_file:
                poll.register(file, select.EPOLLOUT | select.EPOLLET)
            while True:
                spent = time.monotonic() - self._started
                changed = {by_file[file] for file, _ in poll.poll(_LOOK)}
                self._answered |= {size for size in changed if _is_answered(self._calls[size])}
                found = self._fates()
                if spent > most or (spent > least and enough(found)):
                    return found

    def _fates(self) -> Sequence[Fate]:
        for name, heard in self._heard.items():
            self._arrived |= dict.fromkeys(_sizes(heard), name)
        return [Fate(self._arrived.get(size), size in self._answered) for size in self._calls]


@contextmanager
def dial(
    lab: Lab, hosts: Mapping[str, str], ports: Sequence[int], wanted: Sequence[Dialled]
) -> Iterator[Dialling]:
    """Let ``hosts``, namespaces by address, listen on ``ports`` and make all connections at once."""
    with ExitStack() as stack:
        raw = {}
        for address, name in hosts.items():
            with lab.network.inside(name):
                heard = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
                raw[address] = stack.enter_context(heard)
                for port in ports:
                    stack.enter_context(socket.create_server((address, port), backlog=128))
            heard.setblocking(False)
        calls = {}
        for size, item in zip(_SEGMENT_SIZES, wanted, strict=False):
            with lab.network.inside(hosts[item.source]):
                call = stack.enter_context(socket.socket())
            call.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, size)
            # Ended by a reset, so that nothing lingers.
            call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _OUR_END)
            call.setblocking(False)
            call.connect_ex((item.address, item.port))
            calls[size] = call
        yield Dialling(raw, calls)


def _is_answered(connection: socket.socket) -> bool:
    """Whether a connection was accepted or refused."""
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error == errno.ECONNREFUSED:
        return True
    with suppress(OSError):
        connection.getpeername()
        return True
    return False


def _sizes(heard: socket.socket) -> Iterable[int]:
    """Yield the segment sizes that the connection requests offer which a socket has heard."""
    with suppress(BlockingIOError):
        while True:
            packet = heard.recv(65535)
            tcp = packet[(packet[0] & 15) * 4 :]
            if len(tcp) >= 24 and tcp[13] & (_SYN | _ACK) == _SYN and tcp[20:22] == b"\x02\x04":
                yield struct.unpack_from("!H", tcp, 22)[0]
