"""What does the head of an HTTP response say, however strangely it says it?

Almost every head is a status line and plain header lines; one regular expression knows those, and they are
read at once. All others are read by requests, urllib3 and http.client, which decide what may pass. They take
250 microseconds for a plain head, and 650 with a connection of their own around it; this takes 6, and curl
200 for all that it does. A test holds the two against each other.
"""

from __future__ import annotations

import http.client
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from nlbcheck.language import tell
from nlbcheck.probes.answer import first_line

_MOST_HEADERS = 100
# http.client counts the empty line as well.
http.client._MAXHEADERS = _MOST_HEADERS + 1  # type: ignore[attr-defined]  # noqa: SLF001
STATUS_LINE = re.compile(rb"HTTP/\d\.\d [1-9]\d\d(?: [^\n]*|\r)?\n")
"""RFC 9112, section 4; http.client takes ``+200`` and ``2_0_0`` for a status, too."""
_PLAIN = re.compile(
    rb"HTTP/1\.([01]) ([2-9]\d\d)(?: ([!-~]+(?: [!-~]+)*)?)?\r\n"
    rb"((?:[0-9A-Za-z!#$%&'*+.^_`|~-]+: ?(?:[!-~]+(?: [!-~]+)*)?\r\n)*)\r\n"
)
_LONGEST_PLAIN = 16384


@dataclass(frozen=True, slots=True)
class Head:
    """The status line and the headers of a response."""

    status: int
    reason: str
    version: str
    """``1.0`` or ``1.1``."""
    headers: dict[str, str]
    """As the server writes their names; values of one name are joined by commas."""


def read(heard: bytes, final: int = 0) -> Head | str:
    """Return the final response's head, which begins at ``final``, among all that was ``heard``.

    What cannot be read is described in words instead; in none, where the first line says it all.
    """
    if b"\n" in heard[final:] and not STATUS_LINE.match(heard, final):
        return f'"{first_line(heard[final:])}"'
    return _plain(heard, final) or strictly(heard)


def _plain(heard: bytes, final: int) -> Head | None:
    """Return a head in which nothing is out of the ordinary; None for all others."""
    found = _PLAIN.match(heard, final, final + _LONGEST_PLAIN)
    if not found:
        return None
    version, status, reason, lines = found.groups()
    headers: dict[str, str] = {}
    split = lines.decode("ascii").split("\r\n")
    split.pop()
    for line in split:
        name, _, value = line.partition(":")
        headers[name] = value[1:] if value[:1] == " " else value
    values = {name.lower(): value for name, value in headers.items()}
    if len(values) < len(split) or len(split) > _MOST_HEADERS:
        return None
    if not values.get("content-length", "0").isdigit():
        return None
    return Head(int(status), (reason or b"").decode("ascii"), f"1.{version.decode()}", headers)


def strictly(heard: bytes) -> Head | str:
    """Return what requests makes of a response's bytes, or a description of what is wrong with them."""
    request = _Request()
    request.__dict__ |= _REQUEST.__dict__
    request.stream = _Heard(heard)
    try:
        response = _ADAPTER.send(request, stream=True)
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        return _fault(error)
    version = {10: "1.0", 11: "1.1"}.get(response.raw.version, "unknown")
    return Head(response.status_code, response.reason, version, dict(response.headers))


class _Heard:
    """What was heard, as a socket that http.client reads from."""

    def __init__(self, heard: bytes) -> None:
        self._heard = heard

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self._heard)

    def _nothing(self, *_: object) -> None:
        """Do nothing: the question has been asked, and nothing is left to wait for."""

    sendall = settimeout = close = _nothing


class _Request(requests.PreparedRequest):
    """A HEAD request that knows its answer."""

    stream: _Heard


_REQUEST = requests.Request("HEAD", "http://relay/").prepare()


_TELLING = (http.client.HTTPException, http.client.LineTooLong, urllib3.exceptions.InvalidHeader)
"""Errors that say what is wrong with an answer: too many headers, too long, or contradictory ones."""


def _fault(error: BaseException) -> str:
    """Say what is wrong with an answer, as far as an error knows."""
    words = ""
    for cause in _causes(error):
        if isinstance(cause, http.client.IncompleteRead):
            words = tell("it breaks off")
        elif type(cause) in _TELLING:
            words = str(cause).replace(f"than {_MOST_HEADERS + 1} ", f"than {_MOST_HEADERS} ")
    return words


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
    """An HTTP connection over which all has been said."""

    response_class = _WholeResponse

    def __init__(self, *args: Any, stream: _Heard, **options: Any) -> None:  # noqa: ANN401 (urllib3's)
        super().__init__(*args, **options)
        self._stream = stream

    def connect(self) -> None:
        self.sock = cast(Any, self._stream)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = cast(Any, _StandingConnection)


class _Adapter(HTTPAdapter):
    """Reads the answer that a request brings along, and asks for no other."""

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> urllib3.HTTPConnectionPool:
        return _Pool("relay", stream=cast(_Request, request).stream)


_ADAPTER = _Adapter()
