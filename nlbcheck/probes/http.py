"""Does a web server answer HEAD on this connection, and is it the expected answer?"""

from __future__ import annotations

import fnmatch
import re
from functools import cache

import requests

from nlbcheck import __version__
from nlbcheck.language import marked, tell
from nlbcheck.model import Flow, HttpExpectation, Json, Status
from nlbcheck.probes import http_head
from nlbcheck.probes.answer import Answer, failed, first_line, protocol
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange
from nlbcheck.probes.http_head import Head

_HEADERS = {"User-Agent": f"nlbcheck/{__version__}", "Accept": "*/*", "Connection": "close"}
WANTED = marked("an answer to HEAD")
_LONGEST_LINE = 65536
_INTERIM = re.compile(rb"HTTP/\d\.\d 1(?!01)\d\d")
"""Heads before the final one only say that it will come (RFC 9110, 15.2); 101 is a final one."""
_END = re.compile(rb"\n\r?\n")


def exchange(flow: Flow) -> Exchange:
    """Return the question and the answer of a HEAD request to what the flow names.

    No proxy, no redirect and no second connection: what answers is what the connection reached.
    """
    return _HeadRequest(flow)


def probe(connection: Connection, flow: Flow) -> Answer:
    """Send HEAD over ``connection`` and hold the answer against the flow's expectation."""
    return exchange(flow).over(connection)


class _HeadRequest(Exchange):
    """HEAD, and the head of the final response."""

    def __init__(self, flow: Flow) -> None:
        host = flow.spec.host or str(flow.dialled)
        self.question = _request(flow.spec.path, host)
        self._expected = flow.spec.http
        self._final = 0
        """Where the head begins that is not known to be an interim one."""
        self._looked = 0
        """How far the end of that head has been looked for."""

    def complete(self, heard: bytearray) -> bool:
        """Return whether the final head is there, or what is there can be no such thing."""
        while True:
            line_end = heard.find(b"\n", self._final)
            if line_end < 0:
                return len(heard) - self._final > _LONGEST_LINE
            if not http_head.STATUS_LINE.match(heard, self._final):
                return True
            end = _END.search(heard, max(line_end, self._looked - 2))
            if not end:
                self._looked = len(heard)
                return False
            if not _INTERIM.match(heard, self._final):
                return True
            self._final = end.end()

    def judge(self, connection: Connection) -> Answer:
        """Hold the answer against what is expected of it."""
        if connection.was_reset or connection.expired or connection.flooded:
            return failed(connection, tell(WANTED))
        heard = bytes(connection.transcript)
        head = http_head.read(heard, self._final)
        if isinstance(head, str):
            fault = None
            if protocol(heard) == "HTTP":
                fault = tell(
                    "sent an answer to HEAD that cannot be read: {reason}",
                    reason=head or f'"{first_line(heard)}"',
                )
            return failed(connection, tell(WANTED), fault)
        detail: dict[str, Json] = {
            "status": head.status,
            "reason": head.reason,
            "http_version": head.version,
            "headers": head.headers,
        }
        difference = _difference(head, self._expected)
        return Answer(Status.UNEXPECTED if difference else Status.OK, detail, difference)


@cache
def _prepared(path: str) -> requests.PreparedRequest:
    return requests.Request("HEAD", f"http://relay{path}", _HEADERS).prepare()


def _request(path: str, host: str) -> bytes:
    """Return the request as requests prepares it, once for every path; the host is the connection's own."""
    before, after = _around_host(path)
    return before + _encoded(host) + after


@cache
def _around_host(path: str) -> tuple[bytes, bytes]:
    prepared = _prepared(path)
    lines = "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
    return f"HEAD {prepared.path_url} HTTP/1.1\r\nHost: ".encode("ascii"), f"\r\n{lines}\r\n".encode(
        "latin-1"
    )


def _encoded(host: str) -> bytes:
    if "\r" in host or "\n" in host:
        raise ValueError(f"no Host header can be written of {host!r}")
    return host.encode("latin-1")


def _difference(head: Head, expected: HttpExpectation) -> str | None:
    """Say what is not as expected, or None."""
    if expected.statuses and not any(head.status in allowed for allowed in expected.statuses):
        wanted = ",".join(
            str(allowed.start) if len(allowed) == 1 else f"{allowed.start}-{allowed.stop - 1}"
            for allowed in expected.statuses
        )
        status = f"{head.status} {head.reason}"
        return tell("status {status}, expected {wanted}", status=status, wanted=wanted)
    values = {name.lower(): value for name, value in head.headers.items()} if expected.headers else {}
    for name, pattern in expected.headers.items():
        value = values.get(name.lower())
        if value is None:
            return tell("header {name} is missing, expected {wanted}", name=name, wanted=pattern)
        if not fnmatch.fnmatchcase(value, pattern):
            header = f"{name}: {value}"
            return tell("header {header}, expected {wanted}", header=header, wanted=pattern)
    return None
