"""Who is at the other end of this TLS connection, and does its certificate verify?"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from nlbcheck.language import in_english, marked, tell
from nlbcheck.model import Flow, Json
from nlbcheck.probes.answer import Answer, failed, protocol
from nlbcheck.probes.connection import Connection

_Stepped = TypeVar("_Stepped")


class CertificateRefused(Exception):  # noqa: N818 (it is a finding, not an accident)
    """The handshake was spoken, but the certificate is not one to trust."""

    def __init__(self, message: str, detail: Mapping[str, Json]) -> None:
        super().__init__(message)
        self.detail = {**detail, "certificate_error": in_english(message)}


_RECORD = 1 << 14
"""Bytes that a TLS record carries at most."""


class TlsStream:
    """TLS over a connection: whatever bounds the connection bounds what is said inside, too."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, name: str) -> None:
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        try:
            self._until_done(self._tls.do_handshake)
        except ssl.SSLCertVerificationError as error:
            detail = self.describe()
            message = tell("the certificate does not verify: {reason}", reason=error.verify_message)
            if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
                is_address = error.verify_code == _OTHER_ADDRESS
                message = self._difference(detail, name, is_address=is_address)
            raise CertificateRefused(message, detail) from None
        except ssl.SSLError as error:
            if error.reason or "ASN1" not in str(error):
                raise
            raise CertificateRefused(tell(_MALFORMED), {"names": []}) from None

    def recv(self, size: int) -> bytes:
        """Return what was said inside TLS; a connection that just closes has ended, too."""
        try:
            return self._until_done(lambda: self._tls.read(size))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def send(self, data: bytes) -> int:
        """Say something inside TLS."""
        return self._until_done(lambda: self._tls.write(data))

    def settimeout(self, seconds: float | None) -> None:
        """Bound each read and write of the connection."""
        self._connection.settimeout(seconds)

    def shutdown(self, how: int) -> None:
        """End the connection, without ceremony."""
        self._connection.shutdown(how)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _until_done(self, step: Callable[[], _Stepped]) -> _Stepped:
        """Repeat ``step`` until OpenSSL is through with it, carrying bytes between it and the connection."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                self._flush()  # the alert that says why
                raise
            else:
                self._flush()
                return result
            if data := self._connection.recv(_RECORD):
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        if said := self._outgoing.read():
            self._connection.sendall(said)

    def describe(self) -> dict[str, Json]:
        """Return the TLS version, and what the server's certificate says of itself, verified or not."""
        detail: dict[str, Json] = {"tls_version": self._tls.version(), "names": []}
        try:
            certificate = self._certificate()
            detail["not_before"] = _time(certificate.not_valid_before_utc)
            detail["not_after"] = _time(certificate.not_valid_after_utc)
            detail["valid_for_days"] = _days(certificate)
            detail["issuer"] = certificate.issuer.rfc4514_string()
            detail["names"] = _names(certificate)
        except Exception as error:  # whatever cryptography makes of a stranger's certificate
            detail["certificate"] = f"cannot be read: {error}"
        return detail

    def _difference(self, detail: Mapping[str, Json], name: str, *, is_address: bool) -> str:
        """Say how a certificate is another server's than the one of ``name``."""
        names = cast(list[str], detail["names"])
        if "certificate" in detail:
            return tell("the certificate is not for {name}, and its names cannot be read", name=name)
        if name in names and _alternatives(self._certificate()) is None:
            return tell(
                "the certificate has {name} only as its common name, which clients ignore; expected {name} "
                "as a subject alternative name",
                name=name,
            )
        if name in names and is_address:
            return tell(
                "the certificate has {name} as a DNS name; expected {name} as an IP address", name=name
            )
        return tell(
            "the certificate is for {names}, expected {name}"
            if names
            else "the certificate names nobody, expected {name}",
            names=", ".join(names),
            name=name,
        )

    def _certificate(self) -> x509.Certificate:
        """Return the server's own certificate; ``getpeercert`` hides one that did not verify."""
        sslobj: Any = self._tls
        if hasattr(sslobj, "get_unverified_chain"):  # Python 3.13
            return x509.load_der_x509_certificate(sslobj.get_unverified_chain()[0])
        shown = sslobj._sslobj.get_unverified_chain()[0]  # noqa: SLF001
        return x509.load_der_x509_certificate(shown.public_bytes(_DER))


_DER = 2
"""``_ssl.ENCODING_DER``."""
_OTHER_NAME, _OTHER_ADDRESS = 62, 64
"""``X509_V_ERR_HOSTNAME_MISMATCH`` and ``X509_V_ERR_IP_ADDRESS_MISMATCH`` of OpenSSL."""
_MALFORMED = marked("the certificate is malformed: OpenSSL cannot read it")
HANDSHAKE = marked("a TLS handshake")
NO_TLS = marked("the TLS handshake failed: {reason}")


def handshake(connection: Connection, flow: Flow) -> tuple[TlsStream, dict[str, Json]]:
    """Speak TLS over ``connection``; return the stream, and the certificate's names and expiry.

    The name that is asked for (SNI), and that the certificate must carry, is the row's ``server_name``
    or ``host``, else the address. Raises `CertificateRefused`, and ``ssl.SSLError`` or ``OSError`` where no
    handshake comes about.
    """
    stream = TlsStream(connection, _context(flow.spec.verify), flow.server_name)
    return stream, stream.describe()


@cache
def _context(verify: bool | str) -> ssl.SSLContext:
    """Return the settings for one kind of verification; reading the authorities takes milliseconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False  # RFC 9525, section 2; OpenSSL looks at it by default
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif verify is True:
        context.load_default_certs()  # what this machine trusts, such as the company's own authority
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    else:
        context.load_verify_locations(verify)
    return context


def refusal(error: OSError) -> str | None:
    """Return why TLS could not be spoken, as OpenSSL says it; None where the error is none of TLS."""
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError) or not error.reason:
        return None
    return tell(NO_TLS, reason=error.reason.lower().replace("_", " "))


def not_spoken(connection: Connection, error: OSError) -> Answer:
    """Return the answer to a handshake that did not come about, with the alert that the server sent."""
    is_tls = protocol(connection.transcript) == "TLS"
    answer = failed(connection, tell(HANDSHAKE), refusal(error) if is_tls else None, of="TLS")
    return replace(answer, detail=answer.detail | alert(error))


def alert(error: OSError | None) -> dict[str, Json]:
    """Return the alert by which a server refused, as OpenSSL names it: ``certificate required``."""
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    _, said, name = (reason or "").partition("_ALERT_")
    return {"tls_alert": name.lower().replace("_", " ")} if said else {}


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _days(certificate: x509.Certificate) -> int | None:
    """Return for how many whole days a certificate is still valid: -1 once it is over, None before it is."""
    now = datetime.now(UTC)
    if now < certificate.not_valid_before_utc:
        return None
    return max((certificate.not_valid_after_utc - now).days, -1)


def _names(certificate: x509.Certificate) -> list[str]:
    """Return for whom a certificate is; by its common name, where it has no subject alternative names."""
    alternatives = _alternatives(certificate)
    if alternatives is None:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(attribute.value) for attribute in common]
    addresses = alternatives.get_values_for_type(x509.IPAddress)
    return [*alternatives.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)]


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return None
    return cast(x509.SubjectAlternativeName, extension.value)
