"""Which keys prove that it is this host that answers?"""

from __future__ import annotations

import io
import ssl
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nlbcheck.lab.servers import certificate
from nlbcheck.lean_paramiko import paramiko


class Identity:
    """One host's keys, made when they are first needed and kept while the lab runs."""

    def __init__(self, address: IPv4Address) -> None:
        self.address = address
        self.since = datetime.now(UTC)

    @cached_property
    def host_key(self) -> paramiko.PKey:
        """The SSH host key."""
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return paramiko.Ed25519Key.from_private_key(io.StringIO(pem.decode("ascii")))

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The TLS server's side, with a certificate that the host signed itself."""
        return certificate.showing(
            [self.address], self.since - timedelta(hours=1), self.since + timedelta(days=30)
        )
