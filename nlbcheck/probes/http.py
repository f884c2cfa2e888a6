"""Does a web server answer HEAD on this connection, and is it the expected answer?"""

from __future__ import annotations

import fnmatch
import http.client
import io
from dataclasses import replace
from functools import cache
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from nlbcheck import __version__
from nlbcheck.model import Check, Endpoint, HttpExpectation, Json, Status
from nlbcheck.probes import tls
from nlbcheck.probes.connection import Answer, Connection, failed

_HEADERS = {"User-Agent": f"nlbcheck/{__version__}", "Accept": "*/*", "Connection": "close"}


def probe(connection: Connection, endpoint: Endpoint) -> Answer:
    """Send HEAD over ``connection`` and hold the answer against the endpoint's expectation.

    No proxy, no redirect and no second connection: what answers is what the connection reached. For
    ``https`` the handshake comes first; a certificate that does not verify is an unexpected answer.
    """
    detail: dict[str, Json] = {}
    stream: tls.Stream = connection
    if endpoint.check is Check.HTTPS:
        try:
            stream, detail = tls.handshake(connection, endpoint)
        except tls.CertificateRefused as refused:
            return Answer(Status.UNEXPECTED, refused.detail, str(refused))
        except OSError:  # ssl.SSLError is one
            return failed(connection, "a TLS handshake")
    try:
        response = _head(stream, endpoint)
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        answer = failed(connection, "an answer to HEAD", _own_words(error))
        return replace(answer, detail=detail | answer.detail)
    detail |= {
        "status": response.status_code,
        "reason": response.reason,
        "http_version": {10: "1.0", 11: "1.1"}.get(response.raw.version, "unknown"),
        "headers": dict(response.headers),
    }
    difference = _difference(response, endpoint.http)
    return Answer(Status.UNEXPECTED if difference else Status.OK, detail, difference)


class _Head(requests.PreparedRequest):
    """A HEAD request that knows the connection it goes over."""

    stream: tls.Stream


@cache
def _prepared(path: str) -> requests.PreparedRequest:
    return requests.Request("HEAD", f"http://relay{path}", _HEADERS).prepare()


def _head(stream: tls.Stream, endpoint: Endpoint) -> requests.Response:
    prepared = _prepared(endpoint.path)
    request = _Head()
    request.__dict__ |= prepared.__dict__
    request.headers = prepared.headers.copy()
    request.headers["Host"] = endpoint.host or f"{endpoint.node.address}:{endpoint.port}"
    request.stream = stream
    return _ADAPTER.send(request, stream=True)


def _own_words(error: Exception) -> str | None:
    """Return what is wrong with an answer that began as HTTP, such as too many headers; else None."""
    cause: BaseException | None = error
    while cause:
        if type(cause) in (http.client.HTTPException, http.client.LineTooLong, http.client.IncompleteRead):
            return str(cause)
        reason = cause.args[0] if cause.args else None
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__
    return None


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
    """A response whose head must be complete; http.client takes the end of the stream for its end."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (http.client's)
        super().__init__(*args, **options)
        self.fp = cast(Any, _WholeLines(self.fp))


class _StandingConnection(HTTPConnection):
    """An HTTP connection over a stream that is connected already."""

    response_class = _WholeResponse

    def __init__(self, *args: Any, stream: tls.Stream, **options: Any) -> None:  # noqa: ANN401 (urllib3's)
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
