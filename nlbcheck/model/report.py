"""What does one run of a command have to say?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from nlbcheck.errors import ExitStatus
from nlbcheck.model.facts import DENIED
from nlbcheck.model.finding import Finding
from nlbcheck.model.flow import DeclaredTarget, Flow, Port
from nlbcheck.model.gap import Gap
from nlbcheck.model.hops import Path, TargetsReached
from nlbcheck.model.json import Json
from nlbcheck.model.observation import Observation, outcomes
from nlbcheck.model.smoked import Smoke
from nlbcheck.model.verdict import FailOn, Verdict, worst


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one flow."""

    flow: Flow
    observation: Observation | None = None
    """What the vantage point's own probe saw, of several connections the gravest; None when it made none."""
    paths: tuple[Path, ...] | None = None
    """What the recorded state says of its packets' paths; None when nobody looked at it."""
    findings: tuple[Finding, ...] = ()
    cause: Finding | None = None
    """The finding that explains its failure best; None when nothing fails."""
    reached: TargetsReached | None = None
    """For which targets the path is open; None where none is walked to."""
    samples: tuple[Observation, ...] = ()
    """What each connection saw, where there were several."""

    @property
    def connections(self) -> tuple[Observation, ...]:
        """What each connection saw, however many there were."""
        if self.samples or self.observation is None:
            return self.samples
        return (self.observation,)

    @property
    def probed(self) -> Verdict:
        """What its connections say by themselves."""
        return worst(self.flow.spec.judged(seen.status) for seen in self.connections)

    @property
    def outcomes(self) -> Sequence[tuple[Observation, int]]:
        """Each way in which its connections ended, with how many did; gravest first."""
        if self.samples or self.observation is None:
            return outcomes(self.samples)
        return [(self.observation, 1)]

    @property
    def verdict(self) -> Verdict:
        """The gravest of probe and findings; without a probe, the recorded paths decide.

        What a path warns of is a finding's to say: of the load balancer as such, it is the row's.
        """
        if self.observation is not None and not self.findings:  # of thousands, almost all
            return self.probed
        verdicts = [finding.verdict for finding in self.findings]
        if self.observation is not None:
            verdicts.append(self.probed)
        elif self.paths and self.flow.spec.reachable:
            told = (path.verdict for path in self.paths)
            verdicts += [Verdict.PASS if verdict is Verdict.WARN else verdict for verdict in told]
        elif self.flow.spec.reachable or not verdicts:
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
    declared: bool | None = None
    """Whether the row declares it; None where that is not known."""
    health_check: Mapping[str, Json] = field(default_factory=dict)
    """What its health check asks: protocol, port, path, matcher, thresholds."""


@dataclass(frozen=True, slots=True)
class RowReport:
    """What is known of one row of the mapping table, whoever connects."""

    relay: str
    """The load balancer as the table names it, or the table's file."""
    name: str
    listener: Port
    target_group: str
    declared: tuple[DeclaredTarget, ...]
    """The servers that it must reach, at least one."""
    target_port: Port
    findings: tuple[Finding, ...] = ()
    """Those of the row as a whole; its results have their own."""
    cause: Finding | None = None
    """The finding that explains its failure best; None when nothing fails."""
    targets: tuple[TargetReport, ...] | None = None
    """The registered targets; None when only probes were made."""
    is_forbidden: bool = False
    """Whether it is an entry of ``forbidden``: an address of its own, behind no target group."""


@dataclass(frozen=True)
class RowResults:
    """A row with its results from every vantage point: a grouping, made when somebody wants one."""

    row: RowReport
    results: tuple[Result, ...]

    @cached_property
    def all_findings(self) -> Sequence[Finding]:
        """The row's own findings and those of its results; what is true of several zones, once."""
        each = [*self.row.findings]
        for result in self.results:
            if result.findings:
                each += result.findings
        told: dict[Hashable, Finding] = {}
        for finding in each:
            key = (finding.identity, finding.verdict, finding.remedy and finding.remedy.identity)
            known = told.setdefault(key, finding)
            if known.zone != finding.zone:
                told[key] = replace(known, zone=None)
        return list(told.values())

    @cached_property
    def verdict(self) -> Verdict:
        """The gravest verdict of the row's results and findings, from whichever vantage point.

        What it is for one of several vantage points, that one's results say; none speaks for another.
        """
        return worst(
            [*(result.verdict for result in self.results), *(item.verdict for item in self.row.findings)]
        )


@dataclass(frozen=True, slots=True)
class RelayReport:
    """The load balancer that rows belong to, and where AWS keeps it."""

    name: str
    """As rows and flows call it: the load balancer as the table names it, or the table's file."""
    table: str
    """The file of the table."""
    load_balancer: str | None = None
    """Its name, as AWS shows it or else the table; None when neither does."""
    account: str | None = None
    """None when only probes were made, or AWS could not be asked."""
    region: str | None = None
    """Where AWS shows it, or else where the table says."""
    dual_stack: bool = False
    """Whether clients can dial it by IPv6, too, whose paths are not walked."""
    problems: tuple[str, ...] = ()
    """Why nothing is told of it: the mistakes of its table, or why AWS could not be asked."""
    ending: ExitStatus = ExitStatus.OK
    """How these end the command."""

    @property
    def verdict(self) -> Verdict:
        """What its problems come to; without any, its rows say more."""
        if not self.problems:
            return Verdict.PASS
        return Verdict.UNKNOWN if self.ending is ExitStatus.UNSEEN else Verdict.ERROR


@dataclass(frozen=True, slots=True)
class Client:
    """Where the connections start."""

    source: str
    """An instance id, ENI id or address, as the user named it; ``this machine`` by default."""
    address: str | None = None
    interface: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    instance: str | None = None
    """The EC2 instance that it is, as that says itself."""
    towards: tuple[tuple[str, str], ...] = ()
    """Static IPs, each with the address that connections to it start from; empty where that is one."""
    error: str | None = None
    """Why nothing is seen from it; None where connections can be made there."""
    stands_for: tuple[str, ...] = ()
    """Other instances that stand where it stands: what is seen from it holds for them, too."""
    is_name: bool = field(default=False, compare=False)
    """Whether ``source`` is the name of a vantage point, and nothing that AWS knows."""


def agreed(times: Iterable[datetime | None]) -> datetime | None:
    """Return the time that several reports agree on, if they do."""
    known = set(times)
    return known.pop() if len(known) == 1 else None


@dataclass(frozen=True)
class Report:
    """Everything one run of a command has to say: rows, and a flat sequence of results."""

    version: str
    started_at: datetime
    command: str
    vantages: tuple[Client, ...]
    """From where connections start; first the client that was asked for."""
    rows: tuple[RowReport, ...]
    results: tuple[Result, ...]
    """Row by row, and of each row vantage point by vantage point, node by node."""
    interrupted: bool = False
    gaps: tuple[Gap, ...] | None = None
    """None when AWS was not asked."""
    table: tuple[Finding, ...] = ()
    """What is to be said of the mapping table as a whole, and of none of its rows."""
    remarks: tuple[str, ...] = ()
    """What a reader should know about the run besides its results."""
    uninspected: tuple[str, ...] = ()
    """Which targets could not be looked at from inside, and why; they are among the remarks, too."""
    relays: tuple[RelayReport, ...] = ()
    """The load balancers that the rows belong to."""
    smoke: Smoke | None = None
    """What a smoke test waited for, and how often it probed."""
    fail_on: FailOn = FailOn.FAIL
    """Which verdicts end the command in exit status 1."""
    recorded_at: datetime | None = None
    """When a snapshot recorded the state of AWS that is judged; None where there is no one such time."""
    probed_at: datetime | None = None
    """When the probes were made that a snapshot holds; None where this run has made them."""

    @property
    def client(self) -> Client:
        """Where the connections start that were asked for."""
        return self.vantages[0]

    def by_row(self) -> tuple[RowResults, ...]:
        """Return every row with its results; they are grouped once."""
        return self._groups

    @cached_property
    def _groups(self) -> tuple[RowResults, ...]:
        results: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self.results:
            results[result.flow.relay, result.flow.row].append(result)
        return tuple(RowResults(row, tuple(results[row.relay, row.name])) for row in self.rows)

    @property
    def missing_permissions(self) -> Mapping[str, Collection[str]]:
        """The IAM actions that would show what was refused or not asked, by the account to allow them in."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for gap in self.gaps or ():
            if gap.error in DENIED:
                found[gap.account].add(gap.permission)
        for finding in self.findings:
            fact = finding.missing
            if fact and fact.operation and not fact.unreadable and fact.error in (None, *DENIED):
                found[fact.account_region.account if fact.account_region else ""].add(fact.permission)
        return found

    @property
    def is_diagnosed(self) -> bool:
        """Whether AWS was looked at, and not only probes were made."""
        return any(row.targets is not None for row in self.rows)

    @cached_property
    def verdicts(self) -> Sequence[Verdict]:
        """One verdict per flow: what ``summary`` counts."""
        return [result.verdict for result in self.results]

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """Every finding, row by row; a row's own before those of its results, and the table's last."""
        return [*(finding for group in self.by_row() for finding in group.all_findings), *self.table]

    @property
    def exit_status(self) -> ExitStatus:
        """How the command ends: interrupted, a table is wrong, proven broken, our fault, not seen, in order.

        What is broken from one of several vantage points is broken: each was asked about.
        """
        return self._ending(self.fail_on)

    @property
    def outcome(self) -> ExitStatus:
        """What the run has come to, whatever it was asked to fail on."""
        return self._ending(FailOn.FAIL)

    def _ending(self, fail_on: FailOn) -> ExitStatus:
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        endings = {relay.ending for relay in self.relays}
        if ExitStatus.USAGE in endings:
            return ExitStatus.USAGE
        if self.smoke and self.smoke.baseline:
            return self.smoke.baseline.exit_status
        found = {finding.verdict for finding in self.findings} | set(self.verdicts)
        found |= {Verdict.UNKNOWN for client in self.vantages if client.error}
        found |= {relay.verdict for relay in self.relays if relay.problems}
        return fail_on.ending(found)
