"""Nothing answers although nothing that can be seen is in the way: where does it lie then?

With client IP preservation a target sees the client's address on connections, and the node's on health
checks: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
So a target that answers checks may send its answers to clients elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from nlbcheck.diagnosis import now_and_then
from nlbcheck.diagnosis.evidence import Answering
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding, server, share, target
from nlbcheck.model import Code, Confidence, Finding, Remedy, Status
from nlbcheck.model.inspected import HostLook
from nlbcheck.path.health_asked import Asked

_CLEAR = ", and no fault is visible on the path through AWS"


def silent(row: Observed, seen: AtNode, elsewhere: Collection[Answering] = ()) -> Finding:
    """Return the finding on silence where nothing that can be seen blocks the path.

    ``elsewhere`` is where the target answers, though not here.
    """
    if seen.is_mixed and seen.status is not Status.NO_REPLY:
        return now_and_then.silent(row, seen)
    if seen.status is not Status.NO_REPLY and _preserves_client(seen):
        return _silent_to_client(row, seen)
    source = seen.node.address
    summary = f"{_missing(row)}{_CLEAR}: "
    if seen.status is Status.NO_REPLY:
        summary = f"{share(seen)}{target(row)} accepts the connection and says nothing: "
        why = "likely the service hangs, waits for a proxy protocol header, or a VPN drops large packets."
        fix = f"Look at the service on {server(row)}, and whether it expects a proxy protocol header."
        return finding(Code.TARGET_SILENT, row, seen, summary + why, Remedy(fix), Confidence.LIKELY)
    why = _why(row, seen, elsewhere)
    if _healthy(seen):
        why += f" AWS reports it as healthy: the health check ({_checks(seen)}) is answered."
    fix = (
        f"See whether packets from {source} arrive at {server(row)} (tcpdump); admit {source}/32 on "
        f"port {row.row.target_port.number} in its firewall and any before it, and route the answers back."
    )
    return finding(Code.TARGET_SILENT, row, seen, summary + why, Remedy(fix), Confidence.LIKELY)


def _why(row: Observed, seen: AtNode, elsewhere: Collection[Answering]) -> str:
    if any(item.port != row.row.target_port.number for item in elsewhere):
        return "the machine answers on another port, so likely its own firewall drops this one."
    if nodes := sorted({str(item.node) for item in elsewhere if item.node != seen.node.address}):
        return (
            f"the machine answers on this port through {' and '.join(nodes)}, so likely its firewall or one "
            f"before it drops what comes from {seen.node.address}, or the route back there is missing."
        )
    either = "likely a firewall on the host or on premises drops the packets"
    if elsewhere:  # to another listener's connections
        return f"{either}, or the route back is missing there."
    return f"{either}, the route back is missing there, or the machine is off."


def after_look(item: Finding, look: HostLook) -> Finding:
    """Return a finding of silence as it is once a look at the host has found nothing wrong there."""
    head, clear, _ = item.summary.partition(_CLEAR)
    if not clear:
        return item
    summary = (
        f"{head}{clear} and on the host: it listens on port {look.port}, its firewall admits who has to get "
        "in, and it answers them by the same path, as far as is seen. Likely a firewall before it or on "
        "premises drops the packets, or a router there leads them or the answers elsewhere."
    )
    fix = (
        f"See whether packets arrive at {look.name} (tcpdump, port {look.port}). If they do not, look at the "
        "firewalls and routers before it; if they do, at what its answers meet on their way back."
    )
    return replace(item, summary=summary, remedy=Remedy(fix))


def _missing(row: Observed) -> str:
    several = len(row.row.targets) > 1
    return f"No connection to {target(row)} is answered" if several else f"{target(row)} does not answer"


def _checks(seen: AtNode) -> str:
    targets = [Asked(item.group, item.target) for item in seen.walk.targets if item.used] if seen.walk else []
    return " or ".join(dict.fromkeys(map(str, targets)))


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
    summary = (
        f"{_missing(row)}{_CLEAR}. Client IP preservation "
        f"is on: packets come to it from the client ({client}), not from the node. Likely the host sends its "
        "answers elsewhere (its own route for the client's range: docker0, a container network, another "
        "interface), its reverse path filter (rp_filter) drops them, or its firewall drops the client."
    )
    if _healthy(seen):
        summary += " AWS reports it as healthy: health checks come from the node."
    fix = (
        f"On {server(row)}, see whether packets from {client} arrive (tcpdump), where answers go (ip route "
        f"get {client}), and what rp_filter is (sysctl net.ipv4.conf.all.rp_filter); give the client's range "
        f"a route back the same way, and admit it on port {port} in the host's firewall. Or switch client IP "
        "preservation off: the target then sees the nodes, which its security group has to admit."
    )
    return finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)
