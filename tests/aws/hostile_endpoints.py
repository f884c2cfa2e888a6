"""Servers that answer in AWS's place, and not as AWS does. Each is a real one on loopback."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread

PASSWORD = "wJalrXUtnFEMI"
"""Stands in answers as a secret would."""


class Asked:
    """One request, and the ways to answer it."""

    def __init__(self, stream: socket.socket, number: int, ended: Event) -> None:
        self.stream = stream
        self.number = number
        self.ended = ended

    def send(self, body: bytes, status: str = "200 OK", more: str = "", length: int | None = None) -> None:
        """Send a whole response; ``length`` is what it says of itself."""
        said = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Length: {said}\r\n{more}Connection: close\r\n\r\n"
        self.stream.sendall(head.encode() + body)

    def drip(self, begin: bytes, piece: bytes) -> None:
        """Send a beginning, and then something twice a second for ever."""
        self.stream.sendall(begin)
        while not self.ended.wait(0.5):
            self.stream.sendall(piece)


def _page(number: int, token: str) -> bytes:
    item = f"<item><vpcId>vpc-{number:08x}</vpcId></item>"
    return (
        f"<DescribeVpcsResponse><vpcSet>{item}</vpcSet><nextToken>{token}</nextToken></DescribeVpcsResponse>"
    ).encode()


def _chunks_without_end(asked: Asked) -> None:
    asked.stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not asked.ended.is_set():
        asked.stream.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")


_ENTITIES = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">'.encode() for at in range(8)
)
_KEYS = (
    f"<Credentials><SecretAccessKey>{PASSWORD}</SecretAccessKey><SessionToken>{PASSWORD}</SessionToken>"
).encode()

Answer = Callable[[Asked], None]
ENDPOINTS: Mapping[str, Answer] = {
    "HTML": lambda asked: asked.send(b"<!DOCTYPE html><html><br><body>Sign in &nbsp;"),
    "HTML that is XML": lambda asked: asked.send(b"<html><body>Sign in</body></html>"),
    "nothing": lambda asked: asked.send(b""),
    "JSON": lambda asked: asked.send(b'{"Account": "123456789012"}'),
    "bytes": lambda asked: asked.stream.sendall(bytes(range(256)) * 4),
    "a body cut short": lambda asked: asked.send(b"<DescribeVpcsResponse><vpcSet>", length=5000),
    "keys cut short": lambda asked: asked.send(_KEYS),
    "an error with keys": lambda asked: asked.send(_KEYS, "500 Internal Server Error"),
    "a redirect": lambda asked: asked.send(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"),
    "a redirect to itself": lambda asked: asked.send(b"", "307 Temporary Redirect", "Location: /\r\n"),
    "entities in entities": lambda asked: asked.send(_ENTITIES + b"]><a>&i;</a>"),
    "deep XML": lambda asked: asked.send(b"<a>" * 50_000 + b"</a>" * 50_000),
    "the same page for ever": lambda asked: asked.send(_page(1, "same")),
    "new pages for ever": lambda asked: asked.send(_page(asked.number, f"t{asked.number}")),
    "a body byte by byte": lambda asked: asked.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
    "headers one by one": lambda asked: asked.drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "a status byte by byte": lambda asked: asked.drip(b"HTTP/1.1 2", b"0"),
    "a body without end": _chunks_without_end,
}
"""What such a server does with every request."""


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve an answer on loopback; yield the URL."""
    ended, count = Event(), iter(range(1 << 30))

    def serve(stream: socket.socket) -> None:
        with stream, suppress(OSError):
            if _read_request(stream):
                answer(Asked(stream, next(count), ended))

    def listen() -> None:
        with suppress(OSError):
            while True:
                stream, _ = server.accept()
                Thread(target=serve, args=(stream,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        server.shutdown(socket.SHUT_RDWR)


def _read_request(stream: socket.socket) -> bool:
    stream.settimeout(30)
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = stream.recv(1 << 16)
        if not piece:
            return False
        heard += piece
    head, _, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length.group(1)):
        body += stream.recv(1 << 16)
    return True
