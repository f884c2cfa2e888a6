"""Which protocol and ports does a rule speak of?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports from ``first`` to ``last``, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS = PortRange(0, 65535)


_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}


_NAMED = ("tcp", "udp", "icmp", "icmpv6")


def protocol_of(raw: Raw, key: str) -> str | None:
    """Return a protocol's name, or its number as text; None for a name that is not known here."""
    value = fields.text(raw, key) or ""
    known = value in _NAMED or (value.isascii() and value.isdigit())
    return _PROTOCOLS.get(value, value if known else None)


def ports_of(protocol: str | None, raw: Raw, first: str, last: str) -> PortRange | None:
    """Return a rule's ports; None when they cannot be told, all of them for protocols without ports."""
    if protocol is None:
        return None
    if protocol not in ("tcp", "udp"):
        return ALL_PORTS
    low, high = fields.number(raw, first), fields.number(raw, last)
    return PortRange(low, high) if low is not None and high is not None and 0 <= low <= high else None
