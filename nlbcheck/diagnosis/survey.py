"""What does the recorded state say of each row, at each node?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.apply import after
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import Target
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers, drift, proof
from nlbcheck.diagnosis.drift import Drift, RowDrift
from nlbcheck.diagnosis.drift.comparison import Registered
from nlbcheck.diagnosis.drift.finding import met, of_balancer
from nlbcheck.diagnosis.walkers import Walker, source_of, walker
from nlbcheck.model import (
    Address,
    Call,
    Client,
    Code,
    Finding,
    Leg,
    Node,
    TargetReport,
    Verdict,
)
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import unseen
from nlbcheck.path.walk import Walk
from nlbcheck.relays.table import Row, Table

_OF_ALL = (Code.LISTENER_UNDECLARED, Code.STATIC_IP_UNDECLARED)
"""What is to be said where all of a table is looked at."""
_OF_TABLE = (*_OF_ALL, Code.TARGET_GROUP_PORT_DIFFERS)
"""What is to be said of a table as a whole, and of none of its rows."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One row as recorded."""

    row: Row
    drift: tuple[Finding, ...]
    walks: tuple[Walk | None, ...]
    """One for each node; None where no node of the load balancer has that address or zone."""
    ahead: tuple[tuple[Finding, ...], ...]
    """For each node what is wrong with the path once listener and group hold what the table says."""
    instead: tuple[tuple[Finding, ...], ...]
    """For each node what is wrong with where connections go now instead."""
    targets: tuple[TargetReport, ...]
    is_deserted: bool = False
    """Whether the row's target group is seen to hold no target, or the row's are leaving."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Rows of a table, as the recorded state has them."""

    nodes: tuple[Node, ...]
    rows: tuple[Surveyed, ...]
    client: Client
    table: tuple[Finding, ...] = ()
    """What is to be said of the table as a whole, where all of it was surveyed."""
    balancer: LoadBalancer | None = None
    """None where AWS does not show it."""


def survey(state: AwsState, table: Table, rows: Sequence[Row], client: Client) -> Survey:
    """Walk ``rows`` to the static IPs of their ``table``, or to those that AWS shows where it has none."""
    found = drift.findings(state, table, rows)
    nodes = table.nodes
    hidden: tuple[Finding, ...] = ()
    if found.balancer and not nodes:
        nodes, hidden = _static_ips(state, found.balancer)
    if found.balancer is None:
        nothing = tuple(None for _ in nodes)
        empty = tuple(() for _ in nodes)
        lost = tuple(Surveyed(row, found.table, nothing, empty, empty, ()) for row in rows)
        return Survey(nodes, lost, client)
    source = source_of(state, client)
    walking = walker(state, found.balancer, source, nodes)
    walks = [walking.walks(row) for row in rows]
    ahead = _ahead(walking, source, rows, found, walks, nodes)
    surveyed = [
        Surveyed(
            row,
            (*hidden, *_of_row(found, about.findings)),
            of_row,
            then,
            tuple(_instead(now, later) for now, later in zip(of_row, then, strict=True)),
            _targets(state, of_row, row, about.registered or ()),
            about.is_deserted,
        )
        for row, about, of_row, then in zip(rows, found.rows, walks, ahead, strict=True)
    ]
    whole = len(rows) == len(table.rows)
    of_table = tuple(
        item for item in found.table if item.code in _OF_TABLE and (whole or item.code not in _OF_ALL)
    )
    return Survey(nodes, tuple(surveyed), _located(client, walking.client), of_table, found.balancer)


def _static_ips(state: AwsState, balancer: LoadBalancer) -> tuple[tuple[Node, ...], tuple[Finding, ...]]:
    """Return the addresses that clients dial, or the finding that they are not visible."""
    found = balancers.static_ips(state, balancer)
    if isinstance(found, NotVisible):
        return (), met(of_balancer(balancer), unseen(found))
    return found, ()


def _of_row(found: Drift, about: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what differs for a row: its own, and what is wrong with the addresses that its clients dial."""
    dialled = (
        item for item in found.table if item.code is Code.STATIC_IP_DIFFERS or item.verdict is Verdict.UNKNOWN
    )
    return (*dialled, *about)


def _ahead(
    walking: Walker,
    client: str | None,
    rows: Sequence[Row],
    found: Drift,
    walks: Sequence[tuple[Walk | None, ...]],
    nodes: Sequence[Node],
) -> list[tuple[tuple[Finding, ...], ...]]:
    """Return each row's findings on the path to the target that the table means, node by node."""
    mending = [[item for item in row.findings if _is_mendable(row, item)] for row in found.rows]
    state = after(walking.state, _calls(found, mending)) if any(mending) else None
    if state is None:
        return [tuple(walk.findings if walk else () for walk in of_row) for of_row in walks]
    balancer = state.load_balancer(walking.balancer.arn)
    if not isinstance(balancer, LoadBalancer):
        balancer = walking.balancer
    then = walker(state, balancer, client, nodes)
    ahead = []
    for row, items, of_row in zip(rows, mending, walks, strict=True):
        mended = then.walks(row) if items else of_row
        ahead.append(tuple(_still(now, later) for now, later in zip(of_row, mended, strict=True)))
    return ahead


def _calls(found: Drift, mending: Sequence[Sequence[Finding]]) -> list[Call]:
    """Return what makes AWS hold what the table says.

    Where others are registered instead of a row's targets, connections are walked as if those were gone: they
    stay, but how they are reached is none of the row's.
    """
    calls = [call for items in mending for item in items if item.remedy for call in item.remedy.calls]
    gone = [row.instead for row, items in zip(found.rows, mending, strict=True) if items and row.instead]
    return [*calls, *(call for call in gone if all(call.identity != other.identity for other in calls))]


def _is_mendable(row: RowDrift, finding: Finding) -> bool:
    """Whether packets go elsewhere than the table says; of an empty group the walk itself speaks."""
    if finding.code is Code.TARGET_DIFFERS and row.is_deserted:
        return False
    replaced = finding.is_behind_listener and row.instead is not None
    is_failure = finding.leg is Leg.TABLE and finding.verdict is Verdict.FAIL
    return is_failure and (replaced or proof.has_calls(finding))


_OF_TRYING = (Code.TARGET_INITIAL, Code.LISTENER_HAS_NO_TARGET)
"""What is found of targets that have just been registered, or only taken out: neither is so."""


def _still(now: Walk | None, later: Walk | None) -> tuple[Finding, ...]:
    """Return what is wrong later; what may only come of trying it, where it is wrong now, too."""
    if now is None or later is None:
        return ()
    today = {item.code for item in now.findings}
    return tuple(item for item in later.findings if item.code not in _OF_TRYING or item.code in today)


def _instead(now: Walk | None, later: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what is wrong now and not any more once the table's differences are mended.

    Nothing is to be changed for it, so it has no remedy; what calls would open is none of the row's.
    """
    known = {item.identity for item in later}
    gone = [item for item in now.findings if item.identity not in known] if now else []
    return tuple(
        replace(item, remedy=None)
        for item in gone
        if item.leg is Leg.BALANCER or (item.leg is Leg.BACK and not proof.has_calls(item))
    )


def _targets(
    state: AwsState, walks: Sequence[Walk | None], row: Row, registered: Sequence[Registered]
) -> tuple[TargetReport, ...]:
    """Return the registered targets of the groups behind a row's listener, each once."""
    groups = {item.group.arn: item.group for walk in walks if walk for item in walk.targets}
    addresses = {item.target.id: item.addresses for item in registered}
    found: list[Asked] = []
    for group in groups.values():
        targets = state.targets(group)
        found += [] if isinstance(targets, NotVisible) else [Asked(group, item) for item in targets]
    return tuple(
        TargetReport(
            target.id,
            target.port,
            target.zone,
            target.state.value if target.state else None,
            target.reason,
            target.description,
            _is_declared(row, target, addresses.get(target.id)),
            asked.evidence,
        )
        for asked in found
        for target in (asked.target,)
    )


def _is_declared(row: Row, target: Target, known: frozenset[Address] | NotVisible | None) -> bool | None:
    """Whether a row declares a target; None where the table or AWS does not show its address."""
    own = [target.address] if target.address else [] if isinstance(known, NotVisible | None) else known
    if not own or any(item.address is None for item in row.targets):
        return None
    return target.port == row.target_port.number and any(item.address in own for item in row.targets)


def _located(client: Client, end: Location) -> Client:
    """Return the client with what is known of where it stands."""
    if not isinstance(end, InVpc):
        return client if client.address or end.address is None else replace(client, address=str(end.address))
    return replace(
        client,
        address=str(end.address),
        interface=end.interface.id if isinstance(end.interface, NetworkInterface) else None,
        subnet=end.subnet.id if isinstance(end.subnet, Subnet) else None,
        vpc=end.vpc_id,
    )
