"""What does a probe ask, and how does it end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.model.json import Json
from nlbcheck.model.verdict import Verdict


class Check(StrEnum):
    """What a probe asks of whoever answers on a listener port."""

    TCP = "tcp"
    HTTP = "http"
    HTTPS = "https"
    SSH = "ssh"


class Status(StrEnum):
    """How one probe ended."""

    OK = "ok"
    REFUSED = "refused"
    """The connection was answered with a reset."""
    TIMED_OUT = "timed-out"
    """Nobody answered the connection request in time."""
    RESET = "reset"
    """The connection was made, then reset by the other side."""
    UNREACHABLE = "unreachable"
    """This machine or a router on the way said that there is no way there."""
    NO_REPLY = "no-reply"
    """Connected, then silence, or closed without a word."""
    BAD_REPLY = "bad-reply"
    """It spoke, but not what was asked."""
    UNEXPECTED = "unexpected"
    """The right protocol with the wrong answer: other host key, other status, other certificate."""
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"
    """nlbcheck's own fault."""

    @property
    def verdict(self) -> Verdict:
        """What the status alone says about the endpoint."""
        match self:
            case Status.OK:
                return Verdict.PASS
            case Status.INTERRUPTED:
                return Verdict.UNKNOWN
            case Status.CRASHED:
                return Verdict.ERROR
            case _:
                return Verdict.FAIL


@dataclass(frozen=True, slots=True)
class HttpExpectation:
    """What the answer to HEAD must look like; what is empty is not checked."""

    statuses: tuple[range, ...] = ()
    """Accepted status codes; ``range(200, 400)`` stands for ``200-399``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header name to wanted value, with the wildcards ``*``, ``?`` and ``[…]``."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A pinned SSH host key: its fingerprint and, where the table says it, its type."""

    fingerprint: str
    """``SHA256:…`` as OpenSSH prints it, without padding."""
    key_type: str | None = None
    """``ssh-ed25519``, ``ecdsa-sha2-nistp256``, ``ssh-rsa`` …; None fits any type."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one probe of one endpoint saw."""

    check: Check
    status: Status
    connect_ms: float | None = None
    """Milliseconds until the connection stood; None when it never did."""
    total_ms: float | None = None
    attempts: int = 1
    local_address: str | None = None
    """The source address that was used, as ``192.168.1.214:40112``."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    error: str | None = None
    """What went wrong, in words; None when the status is ok."""
    meaning: str | None = None
    """What the failure means at a Network Load Balancer; added by the diagnosis."""
