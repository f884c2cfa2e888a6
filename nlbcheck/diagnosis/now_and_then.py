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
from nlbcheck.language import paragraph, plural, tell
from nlbcheck.model import Code, Confidence, Finding, Remedy


def refused(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on connections of which some are refused."""
    port = row.row.target_port.number
    told = plural(
        share_of(seen),
        "{count} of {total} connections to {address} is refused.",
        "{count} of {total} connections to {address} are refused.",
        total=wire_finding.len_of(seen),
        address=seen.node.address,
    )
    why = tell(
        "Likely {target} has no process on port {port}, or a firewall there rejects."
        if len(row.row.targets) > 1
        else "Likely {target} refuses connections at times: its process restarts, or accepts no more at "
        "once.",
        target=wire_finding.target(row),
        port=port,
    )
    fix = tell(
        "Check on {server} whether a process listens on port {port} all the time (ss -ltnp).",
        server=server(row),
        port=port,
    )
    summary = paragraph(told, why)
    return wire_finding.finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def silent(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on connections of which some get no answer, where nothing seen explains it."""
    told = plural(
        share_of(seen),
        "{count} of {total} connections to {address} gets no answer, and no fault is visible.",
        "{count} of {total} connections to {address} get no answer, and no fault is visible.",
        total=wire_finding.len_of(seen),
        address=seen.node.address,
    )
    why = tell(
        "Likely {target} does not answer this node: its firewall drops the packets, it has no route back, or "
        "it is off."
        if len(row.row.targets) > 1
        else "Likely {target} drops connections at times: its connection queue is full, a firewall limits "
        "connections, or one of several paths to it fails.",
        target=wire_finding.target(row),
    )
    fix = tell(
        "Check on {server} whether packets of these connections arrive (tcpdump), and whether each is "
        "answered.",
        server=server(row),
    )
    summary = paragraph(told, why)
    return wire_finding.finding(Code.TARGET_SILENT, row, seen, summary, Remedy(fix), Confidence.LIKELY)
