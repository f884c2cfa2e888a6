"""A certificate authority for one test session."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID


def _der(tag: int, content: bytes) -> bytes:
    """Return a value as DER writes it."""
    size = len(content)
    digits = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 128 else bytes([0x80 + digits]) + size.to_bytes(digits, "big")
    return bytes([tag]) + length + content


def x400(*names: str) -> x509.UnrecognizedExtension:
    """Return alternative names of which the first is an X.400 address, as no library reads it."""
    entries = _der(0xA3, _der(0x30, b"")) + b"".join(_der(0x82, name.encode()) for name in names)
    return x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, _der(0x30, entries))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """Issues server certificates; ``file`` is what a client trusts it by."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._now = datetime.now(UTC)
        builder = self._builder("Test Authority", self._key, days=30)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def context(self, *names: str, days: int = 30) -> ssl.SSLContext:
        """Return a server's settings with a certificate for ``names`` that ends in ``days`` days."""
        key = ec.generate_private_key(ec.SECP256R1())
        entries: list[x509.GeneralName] = [
            x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
        ]
        builder = self._builder(names[0], key, days)
        builder = builder.add_extension(x509.SubjectAlternativeName(entries), critical=False)
        file = self._folder / f"{names[0]}-{days}.pem"
        file.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def odd(
        self,
        common: str,
        alternatives: x509.ExtensionType | None = None,
        change: Callable[[bytes], bytes] = lambda signed: signed,
    ) -> ssl.SSLContext:
        """Return a server's settings with a certificate as few authorities issue it.

        ``change`` changes the part that is signed, before it is.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(common, key, days=30)
        if alternatives:
            builder = builder.add_extension(alternatives, critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        signed = change(made.tbs_certificate_bytes)
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        # The algorithm is ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
        algorithm = _der(0x30, _der(0x06, bytes.fromhex("2a8648ce3d040302")))
        whole = _der(0x30, signed + algorithm + _der(0x03, b"\x00" + signature))
        file = self._folder / f"odd-{made.serial_number}.pem"
        file.write_bytes(
            ssl.DER_cert_to_PEM_cert(whole).encode()
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, common: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(common))
            .issuer_name(_name("Test Authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=60))
            .not_valid_after(self._now + timedelta(days=days))
        )
