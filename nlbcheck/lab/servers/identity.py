"""Which keys prove that it is this host that answers?"""

from __future__ import annotations

import io
import os
import ssl
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from nlbcheck.probes.lean_paramiko import paramiko


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
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(self.address))])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.since - timedelta(hours=1))
            .not_valid_after(self.since + timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(self.address)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, SHA256())
        )
        pem = certificate.public_bytes(Encoding.PEM) + key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with os.fdopen(os.memfd_create("certificate"), "wb") as memory:  # ssl takes files alone
            memory.write(pem)
            memory.flush()
            context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
        return context
