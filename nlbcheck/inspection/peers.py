"""Whose are the connections to a target: health checks, relayed clients, or others?

Health checks come from the load balancer's own addresses, and so do clients whose address is not preserved:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
That a check by TCP says nothing is inferred: it is to open a connection,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.inspection.question import HostQuestion
from nlbcheck.model.inspected import HostConnection, PeerKind


def told_apart(
    looks: Sequence[Sequence[HostConnection]], question: HostQuestion
) -> tuple[HostConnection, ...]:
    """Return every connection to one of the ports once, as it was seen last, with whose it is."""
    merged: dict[tuple[int, object], HostConnection] = {}
    times: dict[tuple[int, object], int] = {}
    for look in looks:
        for seen in {(item.port, item.peer): item for item in look if item.port in question.ports}.values():
            key = seen.port, seen.peer
            before = merged.get(key)
            received = [item.received for item in (before, seen) if item and item.received is not None]
            merged[key] = replace(seen, received=max(received, default=None))
            times[key] = times.get(key, 0) + 1
    lasting = {key for key, count in times.items() if count == len(looks) > 1}
    found = [replace(item, lasts=key in lasting) for key, item in merged.items()]
    told = [replace(item, kind=_kind(item, question)) for item in found]
    return tuple(sorted(told, key=lambda item: (item.port, list(PeerKind).index(item.kind), item.peer)))


def _kind(seen: HostConnection, question: HostQuestion) -> PeerKind:
    address = ip_address(seen.peer.address)
    if address not in question.nodes:
        return PeerKind.RELAYED if address in question.clients else PeerKind.OTHER
    if question.preserves_client or seen.port != question.port:
        return PeerKind.HEALTH_CHECK
    if question.health_port not in (None, seen.port):
        return PeerKind.RELAYED if question.preserves_client is False else PeerKind.CHECK_OR_RELAYED
    if not question.checks_by_tcp or seen.received is None:
        return PeerKind.CHECK_OR_RELAYED
    if seen.received:
        return PeerKind.RELAYED
    return PeerKind.CHECK_OR_RELAYED if seen.lasts else PeerKind.HEALTH_CHECK
