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
from nlbcheck.model.net import SocketAddress

_END = 1
"""What the kernel counts as a byte received when the peer ends the connection (FIN)."""
_Key = tuple[int, SocketAddress]
"""What tells a connection from others: the host's port, and the peer."""


def told_apart(
    looks: Sequence[Sequence[HostConnection]], question: HostQuestion
) -> tuple[HostConnection, ...]:
    """Return every connection to one of the ports once, as it was seen last, with whose it is."""
    merged: dict[_Key, HostConnection] = {}
    for seen in (item for look in looks for item in look if item.port in question.ports):
        before = merged.get(_key(seen))
        received = [item.received for item in (before, seen) if item and item.received is not None]
        merged[_key(seen)] = replace(seen, received=max(received, default=None))
    ends = [set(map(_key, look)) for look in (looks[0], looks[-1])] if len(looks) > 1 else [set(), set()]
    found = [replace(item, lasts=key in ends[0] & ends[1]) for key, item in merged.items()]
    told = [replace(item, kind=_kind(item, question)) for item in found]
    return tuple(sorted(told, key=lambda item: (item.port, list(PeerKind).index(item.kind), item.peer)))


def _key(seen: HostConnection) -> _Key:
    return seen.port, seen.peer


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
    if seen.received > _END:
        return PeerKind.RELAYED
    return PeerKind.CHECK_OR_RELAYED if seen.lasts else PeerKind.HEALTH_CHECK
