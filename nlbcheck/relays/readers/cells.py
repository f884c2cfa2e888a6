"""What does one cell of a table say that people keep for themselves: which port, which target, or nothing?"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from nlbcheck.relays.fields import SEPARATOR

_NOTHING = frozenset(("", "-", "--", "–", "—", "―", "ー", "n/a", "なし", "無し", "無", "未定", "未使用"))
"""What people write into a cell that says nothing."""
_AS_ABOVE = frozenset(("〃", "″", '"', "''", "々", "同上", "同左上", "ditto", "same as above", "↑"))
"""What a cell holds that says the same as the one above: https://www.unicode.org/charts/PDF/U3000.pdf"""
_UDP = frozenset(("UDP", "QUIC", "DTLS", "TCP_QUIC"))
_OVER_TCP = frozenset(
    (
        "HTTP", "HTTPS", "SSH", "SFTP", "FTP", "FTPS", "RDP", "SMTP", "SMTPS", "IMAP", "IMAPS", "POP3",
        "POP3S", "LDAP", "LDAPS", "MYSQL", "POSTGRES", "POSTGRESQL", "REDIS", "MQTT", "MQTTS", "AMQP",
        "AMQPS", "KAFKA", "GRPC", "WS", "WSS", "WEBSOCKET", "TELNET", "VNC", "SMB", "NFS", "MONGODB",
        "ORACLE", "MSSQL",
    )
)  # fmt: skip
"""What people write for a protocol that is spoken over TCP."""
_CHECKS = {"HTTP": "http", "HTTPS": "https", "SSH": "ssh"}
_NUMBER = r"([1-9][0-9]{0,4})"
_WORDS = r"([A-Za-z][A-Za-z0-9_]*(?:\s*[/+&,・]\s*[A-Za-z][A-Za-z0-9_]*)*)"
_PORTS = (
    re.compile(rf"(?:(?i:port|ポート)\s*)?{_NUMBER}\s*番?(?:ポート)?(?:\s*[/\s(]\s*{_WORDS}\s*\)?)?"),
    re.compile(rf"{_WORDS}\s*[:/\s(_-]\s*{_NUMBER}\s*\)?"),
    re.compile(rf"(\*|[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)+)?:{_NUMBER}"),
)
_RANGE = re.compile(
    rf"(?:{_WORDS}\s*[:/\s]\s*)?{_NUMBER}(?:\s*[-–~〜,、/・;+]\s*{_NUMBER})+(?:\s*[/\s(]\s*{_WORDS}\s*\)?)?"
)
_TARGET = re.compile(
    r"(?:[a-z]+://)?([^\s:/()]+):([1-9][0-9]{0,4})/?(?:\s*\(\s*[A-Za-z]+\s*\))?", re.IGNORECASE
)
_ADDRESS = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_NAMED = (
    re.compile(rf"(?P<name>[^()]*[^()\s/])\s*[(/\s]\s*(?P<address>{_ADDRESS})\s*\)?"),
    re.compile(rf"(?P<address>{_ADDRESS})\s*[(/\s]\s*(?P<name>(?!\d+\s*\)?$)[^()\s/][^()]*?)\s*\)?"),
)


@dataclass(frozen=True, slots=True)
class PortCell:
    """A port as a cell has it."""

    number: str
    protocol: str | None = None
    """As NLB listeners call it; None where the cell does not say."""
    check: str | None = None
    """The check that the protocol beside it stands for."""


@dataclass(frozen=True, slots=True)
class TargetCell:
    """The targets of a cell, with what it says of them."""

    names: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...] = ()
    """Names that have an address beside them."""
    ports: tuple[str, ...] = ()
    """The ports behind them, each once."""


def normal(text: str) -> str:
    """Return a cell's text with the letters and digits that are plain."""
    return unicodedata.normalize("NFKC", text).strip()


def is_range(text: str) -> bool:
    """Whether a cell names several ports, as ``8000-8010`` and ``80/443`` do."""
    return _RANGE.fullmatch(normal(text[:200])) is not None


def says_nothing(text: str) -> bool:
    """Whether a cell is empty, or holds a dash or the like."""
    return text in _NOTHING or text.casefold() in _NOTHING


def is_as_above(text: str) -> bool:
    """Whether a cell says the same as the one above."""
    return text in _AS_ABOVE or text.casefold() in _AS_ABOVE


@lru_cache(maxsize=4096)
def port(text: str) -> PortCell | None:
    """Return the one port of a cell such as ``TCP/10022``, ``10022/tcp``, ``TCP 443`` or ``22 (SSH)``."""
    word = normal(text[:60])
    first, second, third = (pattern.fullmatch(word) for pattern in _PORTS)
    if first:
        return _port(first[1], first[2])
    if second:
        return _port(second[2], second[1])
    return _port(third[2], None) if third and not protocol(third[1] or "") else None


def _port(number: str, words: str | None) -> PortCell | None:
    if int(number) > 65535:
        return None
    if not words:
        return PortCell(number)
    said = protocol(words)
    return PortCell(number, *said) if said else None


def protocol(text: str) -> tuple[str, str | None] | None:
    """Return the protocol of a listener that a word such as ``tcp``, ``TCP/UDP`` or ``HTTPS`` stands for.

    With it comes the check that it means; None where the word is no protocol that nlbcheck knows.
    """
    words = [word for word in re.split(r"[^A-Z0-9_]+", normal(text).upper()) if word]
    check = next((_CHECKS[word] for word in words if word in _CHECKS), None)
    if "TCP_UDP" in words or {"TCP", "UDP"} <= set(words):
        return "TCP_UDP", check
    plain = next((word for word in words if word in ("TCP", "TLS", "SSL")), None)
    if plain and not (check == "https" and plain != "TCP"):
        return plain.replace("SSL", "TLS"), check
    udp = next((word for word in words if word in _UDP), None)
    if udp:
        return "UDP" if udp == "DTLS" else udp, None
    return ("TCP", check) if _OVER_TCP.intersection(words) else None


def target(text: str) -> TargetCell:
    """Return the targets of a cell: ``web-1``, ``10.0.0.1:22``, ``web-1 (10.0.0.1)``, or several of them."""
    found = [_target(word) for word in SEPARATOR.split(text) if word.strip()]
    ports = dict.fromkeys(port for _, _, port in found if port)
    named = tuple((name, address) for name, address, _ in found if address)
    return TargetCell(tuple(name for name, _, _ in found), named, tuple(ports))


def _target(word: str) -> tuple[str, str, str]:
    """Return the name, address and port of one target; empty where the cell has none."""
    plain = normal(word)
    with_port = _TARGET.fullmatch(plain)
    if with_port and int(with_port[2]) <= 65535:
        return with_port[1], "", with_port[2]
    for pattern in _NAMED:
        both = pattern.fullmatch(plain)
        if both and not re.fullmatch(_ADDRESS, both["name"]):
            return both["name"], both["address"], ""
    return word.strip(), "", ""
