"""How does the lab show a certificate? By one that it signs itself, for a key that it makes."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def showing(
    names: Sequence[str | IPv4Address], since: datetime, until: datetime, *, verifies: bool = False
) -> ssl.SSLContext:
    """Return a TLS server's side, with a certificate for ``names`` that is valid from one time to another.

    With ``verifies`` it admits clients alone that have a certificate which this very key has signed: nobody.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(names[0])[:64])])
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(_general(item) for item in names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    public = own.public_bytes(Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if verifies:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=public.decode("ascii"))
    _load(context, public + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return context


def _general(name: str | IPv4Address) -> x509.GeneralName:
    return x509.IPAddress(name) if isinstance(name, IPv4Address) else x509.DNSName(name)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    with os.fdopen(os.memfd_create("certificate"), "wb") as memory:  # ssl takes files alone
        memory.write(pem)
        memory.flush()
        context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
