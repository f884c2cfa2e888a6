"""Does a web server answer HEAD on this connection, and is it the expected answer?"""

from __future__ import annotations

import fnmatch
import http.client
import io
import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.util.ssltransport import SSLTransport

from nlbcheck import __version__
from nlbcheck.model import Endpoint, HttpExpectation, Json, Status
from nlbcheck.probes.connection import Answer, Connection, failed, first_line, protocol

_HEADERS = {"User-Agent": f"nlbcheck/{__version__}", "Accept": "*/*", "Connection": "close"}


Stream = Connection | SSLTransport
"""What HEAD is sent over: a connection, or the TLS inside it."""


def probe(connection: Connection, endpoint: Endpoint) -> Answer:
    """Send HEAD over ``connection`` and hold the answer against the endpoint's expectation.

    No proxy, no redirect and no second connection: what answers is what the connection reached.
    """
    return ask(connection, connection, endpoint)


def ask(connection: Connection, stream: Stream, endpoint: Endpoint) -> Answer:
    """Send HEAD over ``stream``, which is ``connection`` or the TLS inside it, and judge the answer."""
    try:
        response = _head(stream, endpoint)
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        return failed(connection, "an answer to HEAD", _fault(connection, error))
    detail: dict[str, Json] = {
        "status": response.status_code,
        "reason": response.reason,
        "http_version": {10: "1.0", 11: "1.1"}.get(response.raw.version, "unknown"),
        "headers": dict(response.headers),
    }
    difference = _difference(response, endpoint.http)
    return Answer(Status.UNEXPECTED if difference else Status.OK, detail, difference)


def refusal(error: BaseException) -> str | None:
    """Return why TLS could not be spoken, as OpenSSL says it; None where the error is none of TLS."""
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError) or not error.reason:
        return None
    return f"no TLS connection came about: {error.reason.lower().replace('_', ' ')}"


class _Head(requests.PreparedRequest):
    """A HEAD request that knows the connection it goes over."""

    stream: Stream


@cache
def _prepared(path: str) -> requests.PreparedRequest:
    return requests.Request("HEAD", f"http://relay{path}", _HEADERS).prepare()


def _head(stream: Stream, endpoint: Endpoint) -> requests.Response:
    prepared = _prepared(endpoint.path)
    request = _Head()
    request.__dict__ |= prepared.__dict__
    request.headers = prepared.headers.copy()
    request.headers["Host"] = endpoint.host or f"{endpoint.node.address}:{endpoint.port}"
    request.stream = stream
    return _ADAPTER.send(request, stream=True)


_TELLING = (http.client.HTTPException, http.client.LineTooLong, urllib3.exceptions.InvalidHeader)
"""Errors that say what is wrong with an answer: too many headers, too long, or contradictory ones."""


def _fault(connection: Connection, error: BaseException) -> str | None:
    """Say what is wrong with an answer that began as HTTP, or with the TLS around it; else None."""
    causes = list(_causes(error))
    if refused := next(filter(None, map(refusal, causes)), None):
        return refused
    if protocol(connection.transcript) != "HTTP":
        return None
    words = f'"{first_line(connection.transcript)}"'
    for cause in causes:
        if isinstance(cause, http.client.IncompleteRead):
            words = "it breaks off"
        elif type(cause) in _TELLING:
            words = str(cause)
    return f"sent an answer to HEAD that cannot be read: {words}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it was made of: urllib3 wraps them, requests once more."""
    cause: BaseException | None = error
    while cause:
        yield cause
        reason = cause.args[0] if cause.args else None
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__


class _WholeLines:
    """A response's bytes, of which a line that was cut short is none."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(limit)
        if not line.endswith(b"\n") and len(line) != limit:
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the file has)
        return getattr(self._file, name)


class _WholeResponse(http.client.HTTPResponse):
    """The final response, its head complete; http.client takes the end of the stream for the head's."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (http.client's)
        super().__init__(*args, **options)
        self.fp = cast(Any, _WholeLines(self.fp))

    def begin(self) -> None:
        """Read the head; those before the final one (1xx) only say that it will come (RFC 9110, 15.2)."""
        super().begin()
        while 100 <= self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = cast(Any, None)  # begin() does nothing where there are headers
            super().begin()


class _StandingConnection(HTTPConnection):
    """An HTTP connection over a stream that is connected already."""

    response_class = _WholeResponse

    def __init__(self, *args: Any, stream: Stream, **options: Any) -> None:  # noqa: ANN401 (urllib3's)
        super().__init__(*args, **options)
        self._stream = stream

    def connect(self) -> None:
        self.sock = cast(Connection, self._stream)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = cast(Any, _StandingConnection)


class _Adapter(HTTPAdapter):
    """Sends a request over the connection that the request brings along, and over no other."""

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> urllib3.HTTPConnectionPool:
        return _Pool("relay", stream=cast(_Head, request).stream)


_ADAPTER = _Adapter()


def _difference(response: requests.Response, expected: HttpExpectation) -> str | None:
    """Say what is not as expected, or None."""
    if expected.statuses and not any(response.status_code in allowed for allowed in expected.statuses):
        wanted = ",".join(
            str(allowed.start) if len(allowed) == 1 else f"{allowed.start}-{allowed.stop - 1}"
            for allowed in expected.statuses
        )
        return f"status {response.status_code} {response.reason}, expected {wanted}"
    for name, pattern in expected.headers.items():
        value = response.headers.get(name)
        if value is None:
            return f"header {name} is missing, expected {pattern}"
        if not fnmatch.fnmatchcase(value, pattern):
            return f"header {name}: {value}, expected {pattern}"
    return None
