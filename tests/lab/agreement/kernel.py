"""What do real packets say, for many connections at once?

Sockets only: no process and no thread a connection. A listening socket takes connections without anybody
accepting them, and a raw socket sees the requests that a machine's security groups let in. A request is
recognized by its initial sequence number, which no translation of addresses changes.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from nlbcheck.lab.session import Lab

PATIENCE = 0.15
"""Seconds; an answer inside the lab takes a few thousandths."""
_SYN, _ACK = 0x02, 0x10


@dataclass(frozen=True)
class Dialled:
    """A connection to be made: from a machine to an address and port."""

    source: str
    address: str
    port: int


@dataclass(frozen=True)
class Seen:
    """What became of a connection."""

    arrived: bool
    """Whether its request got past the last security group."""
    answered: bool


@dataclass
class Post:
    """A machine's ears."""

    raw: socket.socket
    wire: socket.socket
    listeners: list[socket.socket] = field(default_factory=list)


class Kernel:
    """The machines of a lab, listening on some ports and dialling each other."""

    def __init__(self, lab: Lab, machines: Iterable[str], ports: Sequence[int]) -> None:
        self._lab = lab
        self._posts: dict[str, Post] = {}
        self._next_port = 20000
        for name in machines:
            with lab.network.inside(name):
                raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
                wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
                wire.bind(("eth0", 0x0003))
                listeners = [socket.create_server((name, port), backlog=4096) for port in ports]
            for each in (raw, wire, *listeners):
                each.setblocking(False)
                each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            self._posts[name] = Post(raw, wire, listeners)

    def dial(self, wanted: Sequence[Dialled]) -> Mapping[Dialled, Seen]:
        """Make all connections at once and return what became of each."""
        self._forget()
        dialling = self._start(wanted)
        answered = _wait(dialling)
        sent = {key: number for name in {item.source for item in wanted}
                for key, number in _requests(self._posts[name].wire, outgoing=True)}  # fmt: skip
        arrived = {number for post in self._posts.values() for _, number in _requests(post.raw)}
        found = {}
        for dialled, connection in dialling.items():
            key = (connection.getsockname()[1], dialled.address, dialled.port)
            found[dialled] = Seen(sent.get(key) in arrived, dialled in answered)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return found

    def _start(self, wanted: Sequence[Dialled]) -> dict[Dialled, socket.socket]:
        dialling = {}
        for source in dict.fromkeys(item.source for item in wanted):
            with self._lab.network.inside(source):
                for item in wanted:
                    if item.source != source:
                        continue
                    connection = socket.socket()
                    connection.setblocking(False)
                    # A port that no connection of the last minutes had: the kernel remembers those.
                    self._next_port = 20000 + (self._next_port - 19999) % 40000
                    connection.bind((source, self._next_port))
                    connection.connect_ex((item.address, item.port))
                    dialling[item] = connection
        return dialling

    def _forget(self) -> None:
        """Take away what is left of earlier connections."""
        for post in self._posts.values():
            for each in (post.raw, post.wire):
                with suppress(BlockingIOError):
                    while True:
                        each.recv(65535)
            for listener in post.listeners:
                with suppress(BlockingIOError):
                    while True:
                        listener.accept()[0].close()


def _wait(dialling: Mapping[Dialled, socket.socket]) -> set[Dialled]:
    """Return the connections that were answered, by an acceptance or a refusal."""
    poll = select.epoll()
    by_number = {connection.fileno(): dialled for dialled, connection in dialling.items()}
    for number in by_number:
        poll.register(number, select.EPOLLOUT | select.EPOLLET)
    answered: set[Dialled] = set()
    deadline = time.monotonic() + PATIENCE
    while len(answered) < len(dialling) and (left := deadline - time.monotonic()) > 0:
        for number, _ in poll.poll(left):
            dialled = by_number[number]
            error = dialling[dialled].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error in (0, errno.ECONNREFUSED) and _connected(dialling[dialled], error):
                answered.add(dialled)
    poll.close()
    return answered


def _connected(connection: socket.socket, error: int) -> bool:
    if error:
        return True
    with suppress(OSError):
        connection.getpeername()
        return True
    return False


def _requests(heard: socket.socket, *, outgoing: bool = False) -> Iterable[tuple[tuple[int, str, int], int]]:
    """Yield the connection requests that a socket has heard: source port, address and port, and number."""
    with suppress(BlockingIOError):
        while True:
            packet, address = heard.recvfrom(65535)
            if outgoing and address[2] != socket.PACKET_OUTGOING:
                continue
            header = (packet[0] & 15) * 4
            if packet[9] != socket.IPPROTO_TCP or len(packet) < header + 14:
                continue
            if packet[header + 13] & (_SYN | _ACK) != _SYN:
                continue
            source, destination, number = struct.unpack_from("!HHI", packet, header)
            yield (source, socket.inet_ntoa(packet[16:20]), destination), number
