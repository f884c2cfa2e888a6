"""What does a client in the lab see of an address and port?"""

from __future__ import annotations

import errno
import hashlib
import http.client
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import paramiko

from nlbcheck.lab.session import Lab

PATIENCE = 0.25
"""Seconds; an answer inside the lab takes about a hundredth of that."""


def connect_all(lab: Lab, *endpoints: tuple[str, int]) -> list[str]:
    """Connect from the client to all of ``endpoints`` at once and return how that ended."""
    with ThreadPoolExecutor(max(1, len(endpoints))) as pool:
        return list(pool.map(lambda endpoint: connect(lab, *endpoint), endpoints))


def connect(lab: Lab, address: str, port: int) -> str:
    """Connect from the client and return how that ended."""
    try:
        with lab.at_client(), socket.create_connection((address, port), timeout=PATIENCE):
            return "ok"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "timed-out"
    except OSError as error:
        if error.errno != errno.EHOSTUNREACH:
            raise
        return "unreachable"


def server_of(lab: Lab, address: str, port: int) -> str | None:
    """Return which host answers HTTP there."""
    with lab.at_client():
        connection = http.client.HTTPConnection(address, port, timeout=5)
        connection.request("HEAD", "/")
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.getheader("Server", "")[:13]) == (200, "nlbcheck-lab/")
    assert answer.getheader("Last-Modified")
    return answer.getheader("X-Served-By")


def fingerprint_of(lab: Lab, address: str, port: int) -> str:
    """Return the fingerprint of the host key that SSH shows there."""
    with lab.at_client():
        connection = socket.create_connection((address, port), timeout=5)
    transport = paramiko.Transport(connection)
    try:
        transport.start_client(timeout=5)
        key = transport.get_remote_server_key().asbytes()
    finally:
        transport.close()
    return b64encode(hashlib.sha256(key).digest()).decode()
