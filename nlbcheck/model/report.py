"""What does one run of a command have to say?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nlbcheck.errors import ExitStatus
from nlbcheck.model.finding import Direction, Finding, Leg, Resource
from nlbcheck.model.flow import Node, Port
from nlbcheck.model.json import Json
from nlbcheck.model.net import Address
from nlbcheck.model.probe import Observation
from nlbcheck.model.verdict import Verdict, worst


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
    probe: Observation | None
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
    target_address: Address | None
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
            key = (finding.identity, finding.verdict, finding.remedy and finding.remedy.identity)
            known = told.setdefault(key, finding)
            if known.zone != finding.zone:
                told[key] = replace(known, zone=None)
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
    remarks: tuple[str, ...] = ()
    """What a reader should know about the run besides its results."""

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
