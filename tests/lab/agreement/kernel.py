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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from nlbcheck.lab.session import Lab

_SYN, _ACK = 0x02, 0x10
_FIRST_SIZE = 600
_OUR_END = struct.pack("ii", 1, 0)


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

    def __init__(self, raw: Mapping[str, socket.socket], calls: Mapping[Dialled, socket.socket]) -> None:
        self._raw, self._calls = raw, calls

    def outcome(self, patience: float) -> Mapping[Dialled, Fate]:
        """Return what has become of each after some seconds; an answer takes a few thousandths."""
        answered = _wait(self._calls, patience)
        arrived = {size: name for name, heard in self._raw.items() for size in _sizes(heard)}
        return {
            dialled: Fate(arrived.get(_FIRST_SIZE + number), dialled in answered)
            for number, dialled in enumerate(self._calls)
        }


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
        for number, item in enumerate(wanted):
            with lab.network.inside(hosts[item.source]):
                calls[item] = stack.enter_context(socket.socket())
            calls[item].setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _FIRST_SIZE + number)
            # Ended by a reset, so that nothing lingers.
            calls[item].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _OUR_END)
            calls[item].setblocking(False)
            calls[item].connect_ex((item.address, item.port))
        yield Dialling(raw, calls)


def _wait(calls: Mapping[Dialled, socket.socket], patience: float) -> set[Dialled]:
    """Return the connections that were answered, by an acceptance or a refusal."""
    by_number = {connection.fileno(): dialled for dialled, connection in calls.items()}
    answered: set[Dialled] = set()
    deadline = time.monotonic() + patience
    with select.epoll() as poll:
        for number in by_number:
            poll.register(number, select.EPOLLOUT | select.EPOLLET)
        while len(answered) < len(calls) and (left := deadline - time.monotonic()) > 0:
            for number, _ in poll.poll(left):
                if _is_answered(calls[by_number[number]]):
                    answered.add(by_number[number])
    return answered


def _is_answered(connection: socket.socket) -> bool:
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
