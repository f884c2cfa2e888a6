"""How long may one answer of AWS take, and how large may it be? Who answers in AWS's place keeps no limit.

botocore's own limit is a pause between two bytes: an answer that comes byte by byte never ends for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import HTTPClientError
from urllib3.exceptions import HTTPError

from nlbcheck.errors import UnseenError

LONGEST = 60.0
"""Seconds from a request to the last byte of its answer; AWS takes a few."""
_LARGEST = 64 << 20
"""Bytes of an answer; AWS's pages have a few million."""
_PIECE = 1 << 16


class BoundedSession:
    """An HTTP session of botocore whose answers end; UnseenError where one does not."""

    def __init__(self, session: Any, longest: float) -> None:  # noqa: ANN401  # botocore has no types
        self._session = session
        self._longest = longest

    def send(self, request: Any) -> AWSResponse:  # noqa: ANN401
        """Return the whole answer to a request, or raise what came instead of one."""
        heard: SimpleQueue[AWSResponse | Exception] = SimpleQueue()
        Thread(target=self._ask, args=(request, heard), daemon=True).start()
        try:
            answer = heard.get(timeout=self._longest)
        except Empty:
            raise UnseenError(f"AWS cannot be asked: an answer takes more than {self._longest:g} s") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _ask(self, request: Any, heard: SimpleQueue[AWSResponse | Exception]) -> None:  # noqa: ANN401
        try:
            request.stream_output = True  # the body is read here, by pieces
            heard.put(_read(self._session.send(request)))
        except Exception as error:  # whoever waits raises it
            heard.put(error)


class _Body:
    """A body that has been read, as botocore takes one."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """Yield all of it."""
        yield self._content

    def read(self, most: int | None = None) -> bytes:
        """Return the next bytes of it, as whoever reads an object of S3 asks for them."""
        piece, self._content = self._content[:most], self._content[len(self._content[:most]) :]
        return piece


def _read(answer: AWSResponse) -> AWSResponse:
    pieces, size = [], 0
    try:
        for piece in answer.raw.stream(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > _LARGEST:
                raise UnseenError(f"AWS cannot be asked: an answer is larger than {_LARGEST >> 20} MiB")
    except HTTPError as error:
        raise HTTPClientError(error=error) from error
    return AWSResponse(answer.url, answer.status_code, answer.headers, _Body(b"".join(pieces)))
