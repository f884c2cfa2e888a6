"""Who is at the other end of this TLS connection, and does its certificate verify?"""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any, cast

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_match_hostname import CertificateError, match_hostname
from urllib3.util.ssltransport import SSLTransport

from nlbcheck.model import Endpoint, Json
from nlbcheck.probes.connection import Connection

Stream = Connection | SSLTransport


class CertificateRefused(Exception):  # noqa: N818 (it is a finding, not an accident)
    """The handshake was spoken, but the certificate is not one to trust."""

    def __init__(self, message: str, detail: dict[str, Json]) -> None:
        super().__init__(message)
        self.detail = detail


def handshake(connection: Connection, endpoint: Endpoint) -> tuple[SSLTransport, dict[str, Json]]:
    """Speak TLS over ``connection``; return the stream, and the certificate's names and expiry.

    The name that is asked for (SNI), and that the certificate must carry, is the row's ``server_name``
    or ``host``, else the address. Raises `CertificateRefused`, and ``ssl.SSLError`` or ``OSError`` where no
    handshake comes about.
    """
    name = endpoint.server_name or endpoint.host or endpoint.node.address
    try:
        # An SSLTransport speaks TLS over whatever has recv and send, so the deadline holds there too.
        stream = SSLTransport(connection, _context(endpoint.verify), name)
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(f"the certificate does not verify: {error.verify_message}", {}) from None
    certificate = x509.load_der_x509_certificate(cast(bytes, stream.getpeercert(binary_form=True)))
    detail: dict[str, Json] = {
        "tls_version": stream.version(),
        "names": list(_names(certificate)),
        "issuer": certificate.issuer.rfc4514_string(),
        "not_after": certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
    }
    if endpoint.verify:
        try:
            match_hostname(cast(Any, stream.getpeercert()), name)
        except CertificateError:
            names = ", ".join(_names(certificate)) or "nobody"
            message = f"the certificate is for {names}, expected {name}"
            raise CertificateRefused(message, detail) from None
    return stream, detail


@cache
def _context(verify: bool | str) -> ssl.SSLContext:
    """Return the settings for one kind of verification; reading the authorities takes milliseconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The name is compared after the handshake, so that a wrong name can still be reported in full.
    context.check_hostname = False
    if verify is False:
        context.verify_mode = ssl.CERT_NONE
    elif verify is True:
        context.load_default_certs()  # what this machine trusts, such as the company's own authority
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    else:
        context.load_verify_locations(verify)
    return context


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(attribute.value) for attribute in common]
    alternatives = cast(x509.SubjectAlternativeName, extension.value)
    addresses = alternatives.get_values_for_type(x509.IPAddress)
    return [*alternatives.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)]
