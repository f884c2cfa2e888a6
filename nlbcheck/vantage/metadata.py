"""Which EC2 instance is a host, and which of its interfaces has an address? Its metadata service says so.

IMDSv2, asked over a connection that the host's SSH server makes, so that nothing needs to be installed there:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from nlbcheck.model.net import SocketAddress
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.stream import Stream

SERVICE = SocketAddress("169.254.169.254", 80)
Connect = Callable[[SocketAddress, float], Stream]
_SECONDS = 2.0
"""Seconds for all questions together: no instance takes longer, and elsewhere nobody answers."""
_LARGEST = 1 << 14
_MOST_INTERFACES = 16
_ID = re.compile(r"[a-z]+-[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class InstanceInterface:
    """An interface of an instance, as the instance's metadata have it."""

    id: str
    subnet: str
    vpc: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstanceMetadata:
    """An EC2 instance, as it knows itself."""

    id: str
    interfaces: tuple[InstanceInterface, ...]


def instance(
    opener: Connect, at: SocketAddress | None = None, seconds: float | None = None
) -> InstanceMetadata | None:
    """Return the instance that a host is; None where its metadata service is off, or where it is none.

    ``opener`` opens a stream from that host, ``at`` is where the service is, by default where every instance
    has it, and ``seconds`` for all questions together. Where ``AWS_EC2_METADATA_DISABLED`` is true nobody is
    asked.
    """
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    service = _Service(opener, at or SERVICE, time.monotonic() + (seconds or _SECONDS))
    try:
        service.log_in()
        document = json.loads(service.get("dynamic/instance-identity/document"))
        macs = service.get("meta-data/network/interfaces/macs/").split()[:_MOST_INTERFACES]
        found = [_interface(service, mac) for mac in macs if re.fullmatch(r"[0-9a-f:]+/?", mac)]
        return InstanceMetadata(_id(document["instanceId"]), tuple(found))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return None
    finally:
        service.hang_up()


def _interface(service: _Service, mac: str) -> InstanceInterface:
    place = f"meta-data/network/interfaces/macs/{mac.rstrip('/')}"
    names = (f"{place}/{name}" for name in ("interface-id", "subnet-id", "vpc-id"))
    own, subnet, vpc = (_id(service.get(name)) for name in names)
    addresses = service.get(f"{place}/local-ipv4s").split()
    return InstanceInterface(own, subnet, vpc, (*addresses, *service.find(f"{place}/ipv6s").split()))


def _id(text: str) -> str:
    """Return an id of AWS; raises ValueError for anything else, which somebody else may answer."""
    if not _ID.fullmatch(text):
        raise ValueError("no id of AWS")
    return text


class _Service(http.client.HTTPConnection):
    """The metadata service."""

    def __init__(self, opener: Connect, at: SocketAddress, deadline: float) -> None:
        super().__init__(*at)
        self._opener = opener
        self._at = at
        self._deadline = deadline
        self._token = ""
        self._connections: list[Connection] = []

    def connect(self) -> None:
        """Connect from the host; called by ``http.client``."""
        stream = self._opener(self._at, max(self._deadline - time.monotonic(), 0.0))
        self._connections.append(Connection(stream, self._deadline))
        self.sock = _AsSocket(self._connections[-1])

    def hang_up(self) -> None:
        """End all connections."""
        for connection in self._connections:
            connection.close()

    def log_in(self) -> None:
        """Get a token; raises ValueError where none is given."""
        self._token = self._answer("PUT", "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})

    def get(self, name: str) -> str:
        """Return what the service says of something; raises ValueError where it says nothing."""
        return self._answer("GET", name, {"X-aws-ec2-metadata-token": self._token})

    def find(self, name: str) -> str:
        """Do as `get`, with nothing where there is nothing."""
        try:
            return self.get(name)
        except ValueError:
            return ""

    def _answer(self, method: str, name: str, headers: dict[str, str]) -> str:
        self.request(method, f"/latest/{name}", headers=headers)
        response = self.getresponse()
        body = response.read(_LARGEST)
        response.close()
        if response.status != http.client.OK:
            raise ValueError(f"status {response.status}")
        return body.decode()


class _AsSocket:
    """A connection as ``http.client`` wants it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sendall = connection.sendall

    def close(self) -> None:
        """Leave the connection to who still reads from it."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what is heard, as a file."""
        return io.BufferedReader(_Heard(self._connection))  # type: ignore[arg-type]


class _Heard(io.RawIOBase):
    """What is heard on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read some bytes, or none at the end."""
        data = self._connection.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)
