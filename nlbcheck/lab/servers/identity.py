"""Which keys prove that it is this host that answers?"""

from __future__ import annotations

import io
import ssl
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address
from threading import Lock

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nlbcheck.lab.servers import certificate
from nlbcheck.lean_paramiko import paramiko


class Identity:
    """One host's keys, made when they are first needed and kept while the lab runs.

    The first two clients may come at once: they see the same keys.
    """

    def __init__(self, address: IPv4Address) -> None:
        self.address = address
        self.since = datetime.now(UTC)
        self._making = Lock()

    @property
    def host_key(self) -> paramiko.PKey:
        """The SSH host key."""
        with self._making:  # since Python 3.12 a cached property may be made twice
            return self._host_key

    @property
    def tls(self) -> ssl.SSLContext:
        """The TLS server's side, with a certificate that the host signed itself."""
        with self._making:
            return self._tls

    @cached_property
    def _host_key(self) -> paramiko.PKey:
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return paramiko.Ed25519Key.from_private_key(io.StringIO(pem.decode("ascii")))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return certificate.showing(
            [self.address], self.since - timedelta(hours=1), self.since + timedelta(days=30)
        )
