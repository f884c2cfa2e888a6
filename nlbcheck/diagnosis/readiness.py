"""Is what a table declares ready for connections: are the targets of each row healthy?

States: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html. When no
target is healthy all of them get connections, so that one that answers proves nothing of health:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
A target that is being deregistered, or drained while unhealthy, gets no new connections after a while:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers, inside_tls
from nlbcheck.diagnosis.drift import listeners
from nlbcheck.language import in_english, marked, paragraph, tell
from nlbcheck.model import (
    Address,
    Code,
    Confidence,
    Finding,
    Leg,
    Node,
    Remedy,
    Resource,
    TargetReport,
    Verdict,
)
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import missing
from nlbcheck.relays.table import Row, Table

_LEAVING = (HealthState.DRAINING, HealthState.UNHEALTHY_DRAINING)


@dataclass(frozen=True, slots=True)
class RowHealth:
    """The targets of the group that a row means."""

    row: Row
    targets: tuple[TargetReport, ...] = ()
    waits_for: tuple[str, ...] = ()
    """What is not healthy yet, as ``172.31.129.10:22 initial``."""
    is_serving: bool = False
    """Whether one target at least is healthy: then only healthy ones get connections."""
    is_parting: bool = False
    """Whether no target is left that gets connections while none is healthy: all are leaving, or unused."""
    hidden: NotVisible | None = None
    """The fact that is missing to say so."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What AWS shows of the rows of a table before they are probed."""

    rows: tuple[RowHealth, ...]
    """Each row as it is probed: inside TLS where its listener speaks it."""
    nodes: tuple[Node, ...]
    """The table's static IPs, else those that AWS shows."""


def unseen(table: Table, rows: Sequence[Row], fact: NotVisible) -> Readiness:
    """Return what is known where AWS does not show the load balancer."""
    health = tuple(RowHealth(row, hidden=fact if row.spec.reachable else None) for row in rows)
    return Readiness(health, table.static_ips)


def look(state: AwsState, table: Table, rows: Sequence[Row]) -> Readiness:
    """Return the health of each row's targets, and where its clients dial."""
    addresses = [node.address for node in table.static_ips]
    balancer = balancers.find(state, table.load_balancer, table.region, addresses)
    if not isinstance(balancer, LoadBalancer):
        return unseen(table, rows, _not_found(balancer))
    shown = () if table.static_ips else balancers.static_ips(state, balancer)
    nodes = table.static_ips or (() if isinstance(shown, NotVisible) else shown)
    return Readiness(tuple(_row(state, balancer, row) for row in rows), nodes)


def _not_found(found: balancers.BalancerLookup) -> NotVisible:
    if isinstance(found, Absent | NotVisible):
        return missing(found)
    fact = tell("which load balancer the table means")
    return NotVisible(fact, "elbv2", "DescribeLoadBalancers", None)


def _row(state: AwsState, balancer: LoadBalancer, row: Row) -> RowHealth:
    listener = state.listener_on(balancer, row.listener.number)
    if isinstance(listener, Listener) and listener.protocol is Protocol.TLS:
        row = inside_tls.fit(row)
    if not row.spec.reachable:  # nobody waits for it
        return RowHealth(row)
    group = listeners.meant(state, balancer, row)
    if not isinstance(group, TargetGroup):
        return RowHealth(row, hidden=missing(group))
    targets = state.targets(group)
    if isinstance(targets, NotVisible):
        return RowHealth(row, hidden=targets)
    return _of_targets(row, group, targets)


def _of_targets(row: Row, group: TargetGroup, targets: Sequence[Target]) -> RowHealth:
    """Return what a group's targets are for a row; those that are leaving and not the row's play no part."""
    declared = {target.address for target in row.targets}
    own = [item for item in targets if item.state not in _LEAVING or item.address in declared]
    late = tuple(
        f"{item.id}:{item.port} {item.state or 'unknown'}"
        for item in own
        if item.state is not HealthState.HEALTHY
    )
    is_unknown = any(item.state in (None, HealthState.UNAVAILABLE) for item in own)
    fact = tell("the health of the targets of {group}", group=group.name)
    return RowHealth(
        row,
        tuple(_told(group, item, declared) for item in targets),
        late or (() if own else (tell("a target in {group}", group=group.name),)),
        any(item.state is HealthState.HEALTHY for item in own),
        bool(own) and all(item.state in (*_LEAVING, HealthState.UNUSED) for item in own),
        NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region) if is_unknown else None,
    )


def _told(group: TargetGroup, target: Target, declared: Set[Address | None]) -> TargetReport:
    return TargetReport(
        target.id,
        target.port,
        target.zone,
        target.state.value if target.state else None,
        target.reason,
        target.description,
        target.address in declared if target.address and None not in declared else None,
        Asked(group, target).evidence,
    )


def hidden(health: RowHealth) -> tuple[Finding, ...]:
    """Return the finding that a row's health is not seen, where it is not."""
    fact = health.hidden
    if fact is None:
        return ()
    told = tell("Not visible: whether its targets are healthy ({fact}).", fact=fact.fact)
    refused = tell("AWS answered {error} to {call}.", error=fact.error, call=fact.call) if fact.error else ""
    summary = paragraph(told, refused)
    text = tell(
        "Allow {permission}, or use credentials that have it, and run the smoke test again.",
        permission=fact.permission,
    )
    return (
        Finding(
            Code.NOT_VISIBLE,
            Verdict.UNKNOWN,
            summary,
            Leg.HEALTH,
            resource=Resource("target-group", health.row.target_group, health.row.target_group),
            evidence={"fact": in_english(fact.fact), "call": fact.call, "error": fact.error},
            remedy=Remedy(text),
            confidence=Confidence.CERTAIN,
            subject=str(fact),
            missing=fact,
        ),
    )


def passed(health: RowHealth) -> str:
    """Say what good probes of a row do not prove, while it waits for a target."""
    sentence = _NOT_HEALTHY
    if health.is_serving:
        sentence = _SOME_HEALTHY
    elif health.is_parting:
        sentence = _PARTING
    return tell(sentence, row=health.row.name, targets=", ".join(health.waits_for))


_SOME_HEALTHY = marked("{row} passed, but not every target is healthy: {targets}.")
_PARTING = marked(
    "{row} passed, but the target is not healthy: {targets}. In this state a target gets no new connections, "
    "or only for a short time: the next connection may fail."
)
_NOT_HEALTHY = marked(
    "{row} passed, but the target is not healthy: {targets}. While no target is healthy, a load balancer "
    "sends connections to all of them (fail-open): a probe that passes then proves no more than that."
)
