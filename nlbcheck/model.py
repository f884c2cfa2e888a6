"""The values that every floor of nlbcheck speaks in: plain, frozen, and free of I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from nlbcheck.errors import ExitStatus

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""A value that JSON can carry."""


class Verdict(StrEnum):
    """What became of a check. Declared mildest first, and ordered that way."""

    PASS = "pass"  # noqa: S105 (no password)
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """The verdict's place in the order, mildest first."""
        return _SEVERITY[self]


_SEVERITY = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of ``verdicts``; nothing at all is a pass."""
    return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.PASS)


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
class Port:
    """A port with its protocol, written ``TCP:10022``."""

    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.protocol}:{self.number}"


@dataclass(frozen=True, slots=True)
class Node:
    """One static IP of the load balancer; each node has its own zone and its own fate."""

    zone: str | None
    address: str

    @property
    def label(self) -> str:
        """The zone, or the address where the zone is not known."""
        return self.zone or self.address


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
class Endpoint:
    """One static IP × listener port, and everything that a probe of it needs to know."""

    row: str
    """The name of the row, as in the table: ``tg-10022``."""
    node: Node
    port: int
    check: Check
    target: str
    """Whom the connection is meant for; the runner limits connections per target."""
    host_keys: tuple[HostKey, ...] = ()
    ssh_key_types: tuple[str, ...] = ()
    """Host key types to ask for first, where one must be seen that the server would not show by itself."""
    ssh_banner_only: bool = False
    http: HttpExpectation = HttpExpectation()
    path: str = "/"
    host: str | None = None
    """The HTTP Host header; by default the address and port that are dialled."""
    server_name: str | None = None
    """TLS server name (SNI), also the name the certificate must carry; by default ``host``."""
    verify: bool | str = True
    """Whether certificates are verified, or the file of authorities to verify them with."""

    @property
    def id(self) -> str:
        """A stable name for reports: ``tg-10022[ap-northeast-1a]``."""
        return f"{self.row}[{self.node.label}]"


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


class Leg(StrEnum):
    """The part of the way, or of the set-up, that a finding belongs to."""

    FRONT = "front"
    """Client to load balancer node."""
    BACK = "back"
    """Node to target."""
    HEALTH = "health"
    """Node to the target's health check port."""
    TABLE = "table"
    """The mapping table against reality."""
    BALANCER = "balancer"


class Direction(StrEnum):
    """Which way a packet travels on a leg."""

    REQUEST = "request"
    REPLY = "reply"


class Confidence(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that a finding is about."""

    type: str
    id: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id


@dataclass(frozen=True, slots=True)
class Call:
    """An AWS call that changes something, as boto3 takes it."""

    service: str
    """``ec2``, ``elbv2`` …"""
    operation: str
    """``AuthorizeSecurityGroupIngress`` …"""
    parameters: Mapping[str, Json] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a finding."""

    text: str
    commands: tuple[str, ...] = ()
    """``aws …`` command lines."""
    verified: bool | None = None
    """True when the fix was tried on the recorded state and the way opened; None when nothing was tried."""
    calls: tuple[Call, ...] = ()
    """The calls that the command lines make; empty when nothing in AWS can be changed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or cannot be seen, with the evidence for it."""

    code: str
    """A word of the public vocabulary, such as ``wrong-server-answers``."""
    verdict: Verdict
    summary: str
    leg: Leg
    direction: Direction | None = None
    zone: str | None = None
    resource: Resource | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    remedy: Remedy | None = None
    confidence: Confidence = Confidence.CERTAIN


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that a packet meets on its way, and what it does with the packet."""

    kind: str
    """``security-group``, ``network-acl``, ``route-table``, ``listener`` …"""
    resource: Resource
    verdict: Verdict
    evidence: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """What the packets of one leg and direction meet, in order."""

    leg: Leg
    direction: Direction
    hops: tuple[Hop, ...]
    target: str | None = None
    """Of a leg that ends at a target: which, as ``172.31.129.10:22``."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of the hops' verdicts."""
        return worst(hop.verdict for hop in self.hops)


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What is known of one row on one static IP."""

    node: Node
    port: int
    probe: ProbeResult | None
    """None when it was not probed."""
    findings: tuple[Finding, ...] = ()
    paths: tuple[Path, ...] | None = None
    """What the recorded state says of the way; None when nobody looked at it."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of the probe's verdict and the findings'; without a probe, the recorded way decides."""
        if self.probe is not None and not self.findings:  # of thousands, almost all
            return self.probe.status.verdict
        verdicts = [finding.verdict for finding in self.findings]
        if self.probe is not None:
            verdicts.append(self.probe.status.verdict)
        elif self.paths:
            verdicts += [path.verdict for path in self.paths]
        else:
            verdicts.append(Verdict.UNKNOWN)
        return worst(verdicts)


@dataclass(frozen=True, slots=True)
class TargetReport:
    """A registered target of a row, and what AWS says of its health."""

    id: str
    """An address, an instance id, or an ARN."""
    port: int | None
    zone: str | None
    state: str | None
    """``healthy``, ``unhealthy`` …; None when it is not visible."""
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the recorded state, held against the wire, says of a row."""

    cause: Finding | None
    """The finding that explains the failure best; None when nothing fails."""
    targets: tuple[TargetReport, ...]


@dataclass(frozen=True, slots=True)
class MappingReport:
    """What is known of one row of the mapping table."""

    name: str
    listener: Port
    target_group: str
    target: str
    target_address: str | None
    target_port: Port
    nodes: tuple[NodeReport, ...]
    findings: tuple[Finding, ...] = ()
    """Those of the row as a whole; its nodes have their own."""
    diagnosis: Diagnosis | None = None
    """None when only the wire was looked at."""

    @property
    def all_findings(self) -> Sequence[Finding]:
        """The row's own findings and those of its nodes; what is true of several zones, once."""
        told: dict[object, Finding] = {}
        for finding in (*self.findings, *(found for node in self.nodes for found in node.findings)):
            fix = finding.remedy and (finding.remedy.text, finding.remedy.commands)
            key = (finding.code, finding.leg, finding.direction, finding.resource, finding.summary, fix)
            same = told.setdefault(key, finding)
            if same.zone != finding.zone:
                told[key] = replace(same, zone=None)
        return list(told.values())

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the row's nodes and findings."""
        return worst(
            [*(node.verdict for node in self.nodes), *(finding.verdict for finding in self.findings)]
        )


@dataclass(frozen=True, slots=True)
class Client:
    """Where the connections start."""

    source: str
    """An instance id, ENI id or address, as the user named it; ``this machine`` by default."""
    address: str | None = None
    interface: str | None = None
    subnet: str | None = None
    vpc: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that AWS refused to answer."""

    service: str
    operation: str
    account: str
    region: str
    error: str
    permission: str
    """The IAM action that allows the call."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run of a command has to say; renderers turn it into text."""

    version: str
    started_at: datetime
    command: str
    client: Client
    mappings: tuple[MappingReport, ...]
    interrupted: bool = False
    gaps: tuple[Gap, ...] | None = None
    """None when AWS was not asked."""
    table: tuple[Finding, ...] = ()
    """What is to be said of the mapping table as a whole, and of none of its rows."""

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """One verdict per row and node: what ``summary`` counts."""
        return [node.verdict for mapping in self.mappings for node in mapping.nodes]

    @property
    def findings(self) -> Sequence[Finding]:
        """Every finding, row by row; a row's own before those of its nodes, and the table's last."""
        of_rows = [finding for mapping in self.mappings for finding in mapping.all_findings]
        return [*of_rows, *self.table]

    @property
    def exit_status(self) -> ExitStatus:
        """How the command ends: interrupted, then proven broken, then not seen, then all in order."""
        found = {finding.verdict for finding in self.findings} | set(self.verdicts)
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        if Verdict.FAIL in found:
            return ExitStatus.BROKEN
        if found & {Verdict.UNKNOWN, Verdict.ERROR}:
            return ExitStatus.UNSEEN
        return ExitStatus.OK
