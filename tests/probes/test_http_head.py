"""Plain heads are read at once, all others by requests; nobody may be able to tell which."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.probes import http_head
from nlbcheck.probes.http_head import Head, read, strictly

NAMES = st.sampled_from(
    ["Server", "server", "ETag", "X-A", "Content-Length", "Transfer-Encoding", "Location"]
)
VALUES = st.one_of(
    st.sampled_from(
        ["", "45", "45, 45", "4 5", "chunked", "-1", "nginx/1.22", "a  b", " a", "a ", "a\tb", "é"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
)
LINES = st.one_of(
    st.tuples(NAMES, st.sampled_from([": ", ":", " : ", ":  "]), VALUES).map("".join),
    st.sampled_from(["no colon", " folded", "X-\x00: a", ": nameless", "X Y: a"]),
)
STATUS_LINES = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.0 404 Not Found", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1  200 OK",
     "HTTP/1.1 200  two", "HTTP/1.1 999 Odd", "HTTP/1.1 101 Switching", "HTTP/1.2 200 OK", "HTTP/1.1 204 \tx"]
)  # fmt: skip


@settings(max_examples=500)
@given(STATUS_LINES, st.lists(LINES, max_size=5), st.sampled_from(["\r\n", "\n"]), st.binary(max_size=5))
def test_what_is_read_at_once_is_what_requests_reads(
    status: str, lines: list[str], newline: str, body: bytes
) -> None:
    head = newline.join([status, *lines, "", ""]).encode("latin-1") + body
    at_once = http_head._plain(head, 0)
    assert at_once is None or at_once == strictly(head)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b'HTTP/1.1 301 Moved Permanently\r\nLocation: https://x/?a=b:c\r\nETag: "2d"\r\nX-Empty: \r\n\r\n',
    ],
)
def test_ordinary_heads_are_read_at_once(head: bytes) -> None:
    assert http_head._plain(head, 0) == strictly(head) == read(head)


@pytest.mark.parametrize("count", [99, 100, 101])
@pytest.mark.parametrize("line", [b"X-%d: a\r\n", b"X: a%d\r\n", b"X-%d:\ta\r\n"])
def test_a_hundred_headers_pass_plain_or_not(line: bytes, count: int) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(line % n for n in range(count)) + b"\r\n"
    assert read(head) == strictly(head)
    assert isinstance(read(head), Head) == (count <= 100)


def test_after_interim_heads_the_final_one_is_read() -> None:
    interim, final = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
    )
    assert read(interim + final, len(interim)) == strictly(interim + final) == read(final)


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 +200 OK",
        b"HTTP/1.1 2_0_0 OK",
        b"HTTP/1.\x1b1 200 OK",
        b"HTTP/1.1\t200 OK",
        b"HTTP/1.1 0200 OK",
        b"HTTP/1.1 200\x0bOK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1\xa0200 OK",
        b"HTTP/11 200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1 2000 OK",
        "HTTP/1.1 ２００ OK".encode(),
        b" HTTP/1.1 200 OK",
        b"HTTP/1.1 200\rOK",
        b"HTTP/1.1 -99 OK",
    ],
)
@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_status_line_is_read_strictly(line: bytes, interim: bytes) -> None:
    assert isinstance(read(interim + line + b"\r\nServer: x\r\n\r\n", len(interim)), str)
