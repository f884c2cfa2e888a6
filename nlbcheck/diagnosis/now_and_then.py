"""Some of a row's connections to one node are answered and others are not: what does that tell?

A load balancer chooses a target for each connection, and keeps to it
(https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html). So
where several targets are declared, likely some of them answer and others do not. Where there is one, what
fails does so now and then.
"""

from __future__ import annotations

from nlbcheck.diagnosis import wire_finding
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import server, share_of
from nlbcheck.model import Code, Confidence, Finding, Remedy


def refused(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on connections of which some are refused."""
    port = row.row.target_port.number
    if len(row.row.targets) > 1:
        why = f"likely {wire_finding.target(row)} has no process on port {port}, or a firewall there rejects"
    else:
        why = (
            f"likely {wire_finding.target(row)} refuses now and then: its process restarts, or takes no more "
            "connections at once"
        )
    fix = f"See on {server(row)} whether a process listens on port {port} all the time (ss -ltnp)."
    summary = f"{_share(seen)} refused: {why}."
    return wire_finding.finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def silent(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on connections of which some get no answer, where nothing seen explains it."""
    if len(row.row.targets) > 1:
        why = (
            f"likely {wire_finding.target(row)} does not answer this node: its firewall drops, the path back "
            "from there is missing, or it is off"
        )
    else:
        why = (
            f"likely {wire_finding.target(row)} drops now and then: a full queue of connections, a firewall "
            "that limits them, or one of several paths to it"
        )
    fix = (
        f"See on {server(row)} whether packets of these connections arrive (tcpdump), and whether each is "
        "answered."
    )
    summary = f"{_share(seen)} not answered, though everything that can be seen is in order: {why}."
    return wire_finding.finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def _share(seen: AtNode) -> str:
    """Return how many of a node's connections, with the verb."""
    count = share_of(seen)
    every = wire_finding.len_of(seen)
    return f"{count} of {every} connections to {seen.node.address} {'is' if count == 1 else 'are'}"
