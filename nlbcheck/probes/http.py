"""Does a web server answer HEAD on this connection, and is it the expected answer?"""

from __future__ import annotations

import fnmatch
import http.client
import ssl
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
    try:
        if endpoint.check is Check.HTTPS:
            stream, detail = tls.handshake(connection, endpoint)
        response = _head(stream, endpoint)
    except tls.CertificateRefused as refused:
        return Answer(Status.UNEXPECTED, refused.detail, str(refused))
    except ssl.SSLError:
        return failed(connection, "a TLS handshake")
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException):
        return failed(connection, "an answer to HEAD")
    detail |= {
        "status": response.status_code,
        "reason": response.reason,
        "http_version": {10: "1.0", 11: "1.1"}.get(response.raw.version, "unknown"),
        "headers": dict(response.headers),
    }
    error = _difference(response, endpoint.http)
    return Answer(Status.UNEXPECTED if error else Status.OK, detail, error)


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


class _StandingConnection(HTTPConnection):
    """An HTTP connection over a stream that is connected already."""

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
