"""What does a probe ask, and how does it end?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    TLS = "tls"


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
    """This machine or a router on the path said that there is no route."""
    NO_REPLY = "no-reply"
    """Connected, then silence, or closed without a word."""
    BAD_REPLY = "bad-reply"
    """It spoke, but not what was asked."""
    UNEXPECTED = "unexpected"
    """The right protocol with the wrong answer: other host key, other status, other certificate."""
    INTERRUPTED = "interrupted"
    UNCHECKED = "unchecked"
    """The vantage point has no means to ask this, or to look at all that is expected of the answer."""
    CRASHED = "crashed"
    """nlbcheck's own fault."""

    @property
    def verdict(self) -> Verdict:
        """What the status alone says about the flow."""
        match self:
            case Status.OK:
                return Verdict.PASS
            case Status.INTERRUPTED | Status.UNCHECKED:
                return Verdict.UNKNOWN
            case Status.CRASHED:
                return Verdict.ERROR
            case _:
                return Verdict.FAIL


NOT_TRIED = frozenset({Status.INTERRUPTED, Status.UNCHECKED, Status.CRASHED})
"""How probes end that say nothing of the flow."""


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
class ProbeSpec:
    """What a probe asks of whoever answers, and which answer is expected."""

    check: Check = Check.TCP
    host_keys: tuple[HostKey, ...] = ()
    """The SSH host keys of which one must be shown; none: any will do."""
    ssh_key_types: tuple[str, ...] = ()
    """Host key types to ask for first, where one must be seen that the server would not show by itself."""
    ssh_banner_only: bool = False
    """Whether the SSH version line is all that is asked for."""
    http: HttpExpectation = field(default_factory=HttpExpectation)
    path: str = "/"
    """What HEAD asks for."""
    host: str | None = None
    """The HTTP Host header; by default the address and port that are dialled."""
    server_name: str | None = None
    """TLS server name (SNI), also the name the certificate must carry; by default ``host``."""
    verify: bool | str = True
    """Whether certificates are verified, or the file of authorities to verify them with."""
    is_said: bool = field(default=True, compare=False)
    """Whether the table says how to probe, and it is no default."""
    reachable: bool = True
    """False where nobody may get through: then silence is right, and an answer or a refusal is not."""

    def judged(self, status: Status) -> Verdict:
        """Return what the end of a probe says where this was asked and expected.

        A refusal shows that packets get through. So may the word of a router or host that there is no path:
        a firewall that rejects says it, too.
        """
        if self.reachable or status in NOT_TRIED:
            return status.verdict
        silent = {Status.TIMED_OUT: Verdict.PASS, Status.UNREACHABLE: Verdict.UNKNOWN}
        return silent.get(status, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe of one flow saw."""

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


_GRAVITY = {
    status: number
    for number, status in enumerate(
        (
            Status.OK,
            Status.INTERRUPTED,
            Status.UNCHECKED,
            Status.CRASHED,
            Status.UNEXPECTED,
            Status.BAD_REPLY,
            Status.NO_REPLY,
            Status.RESET,
            Status.REFUSED,
            Status.UNREACHABLE,
            Status.TIMED_OUT,
        )
    )
}
"""What failed outweighs what was not tried, and our own fault, which says nothing of the flow; the less came
back, the graver."""


def outcomes(samples: Sequence[Observation]) -> list[tuple[Observation, int]]:
    """Return each way in which connections ended, by the first that did, with how many did; gravest first."""
    ended: dict[Status, list[Observation]] = {}
    for sample in samples:
        ended.setdefault(sample.status, []).append(sample)
    ways = sorted(ended.values(), key=lambda alike: -_GRAVITY[alike[0].status])
    return [(alike[0], len(alike)) for alike in ways]
