"""Nothing answers although nothing that can be seen is in the way: where does it lie then?

With client IP preservation a target sees the client's address on connections, and the node's on health
checks: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
So a target that answers checks may send its answers to clients elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from nlbcheck.diagnosis import now_and_then
from nlbcheck.diagnosis.evidence import AnsweringAt
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding, of_share, server, target
from nlbcheck.language import either, listed, paragraph, tell
from nlbcheck.model import Code, Confidence, Finding, Remedy, Status
from nlbcheck.model.inspected import HostLook
from nlbcheck.path.health_asked import Asked


def silent(row: Observed, seen: AtNode, elsewhere: Collection[AnsweringAt] = ()) -> Finding:
    """Return the finding on silence where nothing that can be seen blocks the path.

    ``elsewhere`` is where the target answers, though not here.
    """
    if seen.is_mixed and seen.status is not Status.NO_REPLY:
        return now_and_then.silent(row, seen)
    if seen.status is not Status.NO_REPLY and _preserves_client(seen):
        return _silent_to_client(row, seen)
    if seen.status is Status.NO_REPLY:
        return _mute(row, seen)
    why = _why(row, seen, elsewhere)
    healthy = ""
    if _healthy(seen):
        healthy = tell(
            "AWS reports it as healthy: the health check ({check}) is answered.", check=_checks(seen)
        )
    fix = tell(
        "Check whether packets from {address} arrive at {server} (tcpdump). Allow {range} on port {port} in "
        "its firewall and any firewall before it, and route the answers back.",
        address=seen.node.address,
        range=f"{seen.node.address}/32",
        server=server(row),
        port=row.row.target_port.number,
    )
    summary = paragraph(_missing(row), why, healthy)
    return finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def _mute(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on a connection that stands, and over which nothing comes."""
    told = tell(
        "{target} accepts the connection and sends nothing. Likely the service hangs, waits for a proxy "
        "protocol header, or a VPN drops large packets.",
        target=target(row),
    )
    fix = tell(
        "Look at the service on {server}, and find out whether it expects a proxy protocol header.",
        server=server(row),
    )
    summary = of_share(seen, told)
    return finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def _why(row: Observed, seen: AtNode, elsewhere: Collection[AnsweringAt]) -> str:
    port, address = row.row.target_port.number, seen.node.address
    nodes = sorted({str(item.node) for item in elsewhere if item.port == port and item.node != address})
    if any(item.port != port and item.node == address for item in elsewhere):
        return _to_this_port(nodes, str(address))
    if nodes:
        return tell(
            "The machine answers on this port through {nodes}. Likely its firewall or one before it drops "
            "packets from {address}, or the route back there is missing.",
            nodes=listed(nodes),
            address=address,
        )
    return tell(
        "Likely a firewall on the host or on premises drops the packets, or the route back is missing there."
        if elsewhere  # to another listener's connections
        else "Likely a firewall on the host or on premises drops the packets, the route back is missing "
        "there, or the machine is off."
    )


def _to_this_port(nodes: list[str], address: str) -> str:
    """Say what is likely where the node that gets no answer on this port gets one on another."""
    if not nodes:
        return tell("The machine answers on another port, so likely its own firewall drops this one.")
    return tell(
        "The machine answers on this port through {nodes}, and on another port through {address}. Likely its "
        "firewall or one before it drops packets from {address} to this port.",
        nodes=listed(nodes),
        address=address,
    )


def after_look(item: Finding, look: HostLook) -> Finding:
    """Return a finding of silence as it is once a look at the host has found nothing wrong there."""
    summary = tell(
        "{target} does not answer. No fault is visible on the path through AWS, and none on the host: it "
        "listens on port {port}, its firewall allows the connections, and it answers them by the same path, "
        "as far as is visible. Likely a firewall before it or on premises drops the packets, or a router "
        "sends them or the answers elsewhere.",
        target=look.name,
        port=look.port,
    )
    fix = tell(
        "Check whether packets arrive at {target} (tcpdump, port {port}). If they do not, look at the "
        "firewalls and routers before it. If they do, look at what its answers meet on their way back.",
        target=look.name,
        port=look.port,
    )
    return replace(item, summary=summary, remedy=Remedy(fix))


def _missing(row: Observed) -> str:
    return tell(
        "No connection to {target} is answered, and no fault is visible on the path through AWS."
        if len(row.row.targets) > 1
        else "{target} does not answer, and no fault is visible on the path through AWS.",
        target=target(row),
    )


def _checks(seen: AtNode) -> str:
    targets = [Asked(item.group, item.target) for item in seen.walk.targets if item.used] if seen.walk else []
    return either([*dict.fromkeys(map(str, targets))])


def _healthy(seen: AtNode) -> bool:
    targets = [item.target for item in seen.walk.targets if item.used] if seen.walk else []
    return bool(targets) and all(target.state == "healthy" for target in targets)


def beside(row: Observed, seen: AtNode, explanation: Finding) -> tuple[Finding, ...]:
    """Return what is likely beside a part of the path that is not visible: only checks are answered."""
    unclear = seen.status is Status.TIMED_OUT and explanation.code is Code.NOT_VISIBLE
    return (_silent_to_client(row, seen),) if unclear and _preserves_client(seen) and _healthy(seen) else ()


def _preserves_client(seen: AtNode) -> bool:
    targets = [item for item in seen.walk.targets if item.used] if seen.walk else []
    return bool(targets) and all(item.preserves_client for item in targets)


def _silent_to_client(row: Observed, seen: AtNode) -> Finding:
    """Return the finding where the packets that the target does not answer have the client's address."""
    probe, port = seen.probe, row.row.target_port.number
    client = probe.local_address.rpartition(":")[0].strip("[]") if probe and probe.local_address else "CLIENT"
    why = tell(
        "Client IP preservation is on: packets come to it from the client ({client}), not from the node. "
        "Likely the host sends its answers elsewhere (its own route for the client's range: docker0, a "
        "container network, another interface), its reverse path filter (rp_filter) drops the packets, or "
        "its firewall drops the client.",
        client=client,
    )
    healthy = tell("AWS reports it as healthy: health checks come from the node.")
    summary = paragraph(_missing(row), why, healthy if _healthy(seen) else "")
    fix = tell(
        "On {server}, check whether packets from {client} arrive (tcpdump), where answers go (ip route get "
        "{client}), and what rp_filter is (sysctl net.ipv4.conf.all.rp_filter). Give the client's range a "
        "route back the same way, and allow it on port {port} in the host's firewall. Or switch client IP "
        "preservation off: the target then sees the nodes' addresses, which its security group has to allow.",
        server=server(row),
        client=client,
        port=port,
    )
    return finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)
