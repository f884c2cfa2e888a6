"""Has an authority that the user trusts signed an SSH server's key, for this name and this time?"""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections.abc import Collection
from contextlib import suppress
from fnmatch import fnmatchcase

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    SSHCertPublicKeyTypes,
    load_ssh_public_identity,
)


def certified(certificate: bytes, name: str, authorities: Collection[bytes]) -> bool:
    """Return whether a host's certificate is signed by one of the authorities' keys, for ``name`` and now.

    Rules: ``PROTOCOL.certkeys`` of OpenSSH. One that names no host is for none; one with a critical option,
    of which none is defined for hosts, is not accepted.
    """
    found = _read(certificate)
    if found is None or found.type is not SSHCertificateType.HOST or found.critical_options:
        return False
    if not found.valid_after <= time.time() < found.valid_before:
        return False
    names = [one.decode("utf-8", "replace").lower() for one in found.valid_principals]
    if (
        not any(fnmatchcase(name.lower(), pattern) for pattern in names)
        or signer(certificate) not in authorities
    ):
        return False
    with suppress(InvalidSignature):
        found.verify_cert_signature()
        return True
    return False


def signer(certificate: bytes) -> bytes | None:
    """Return the key of the authority that a certificate names; None where that cannot be read."""
    found = _read(certificate)
    return _blob(found.signature_key()) if found else None


def plain(key: bytes) -> bytes:
    """Return the public key that a certificate is about; any other key as it is."""
    found = _read(key)
    return _blob(found.public_key()) if found else key


def _blob(key: SSHCertPublicKeyTypes) -> bytes:
    return b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])


def _read(certificate: bytes) -> SSHCertificate | None:
    length = int.from_bytes(certificate[:4], "big")
    line = certificate[4 : 4 + length] + b" " + b64encode(certificate)
    try:
        found = load_ssh_public_identity(line)
    except Exception:  # whatever the parser makes of a hostile server's bytes
        return None
    return found if isinstance(found, SSHCertificate) else None
