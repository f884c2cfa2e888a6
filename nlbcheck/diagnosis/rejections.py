"""Who may have refused a connection: the target's host, or something before it?

- A TCP listener hands the target's reset on; the load balancer resets and rejects by itself, too:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
- A TLS listener makes the connection by itself:
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
- A Network Firewall's rule with the action reject sends a reset to the sender, other firewalls may:
  https://docs.aws.amazon.com/network-firewall/latest/developerguide/rule-action.html
- Security groups and network ACLs drop:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/TroubleshootingInstancesConnecting.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.diagnosis import now_and_then
from nlbcheck.diagnosis.observed import CONNECTED, AtNode, Observed
from nlbcheck.diagnosis.probe_findings import comes_in
from nlbcheck.diagnosis.wire_finding import finding, not_visible, server, target
from nlbcheck.language import either, tell
from nlbcheck.model import Code, Confidence, Direction, Finding, Hop, Leg, Remedy, Verdict
from nlbcheck.model.inspected import HostLook

_DROPPING = frozenset({"security-group", "network-acl"})
_CARRYING = frozenset(
    {
        *("route-table", "vpc-peering-connection", "vpn-gateway", "vpn-connection", "internet-gateway"),
        *("nat-gateway", "public-access", "transit-gateway", "transit-gateway-attachment", "client-ip"),
        *("transit-gateway-route-table", "transit-gateway-peering", "network-interface", "instance"),
        *("load-balancer", "listener", "target-group", "target", "address"),
    }
)
"""What a packet meets that answers nothing by itself."""
_NETWORKS = frozenset({"client", "outside", "internet", "on-premises"})
"""Networks of which AWS shows nothing: whoever stands there may have firewalls of its own."""


_LEGS = (Leg.FRONT, Leg.BACK)


def not_listening(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on a refused connection: the target's host has answered.

    That it was the target's is only likely where another static IP reaches the target, or where nobody sees
    that the connection comes to the load balancer at all.
    """
    if seen.is_mixed:
        return now_and_then.refused(row, seen)
    if any(other.furthest.status in CONNECTED for other in row.nodes):
        return _refused_here_alone(row, seen)
    if others := before_target(seen):
        return _maybe_refused_before(row, seen, others)
    if not comes_in(seen) or any(map(_is_hidden, _requests(seen, Leg.BACK))):
        return _refused_out_of_sight(row, seen)
    summary = tell(
        "{target} refuses the connection. The path to the host is open, and no process accepts on port "
        "{port} (or a firewall on the host rejects).",
        target=target(row),
        port=row.row.target_port.number,
    )
    fix = tell(
        "On {server}, start the service or let it listen on port {port} of all addresses (ss -ltnp shows "
        "it). Nothing needs to change in AWS.",
        server=server(row),
        port=row.row.target_port.number,
    )
    return finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.CERTAIN)


def _refused_here_alone(row: Observed, seen: AtNode) -> Finding:
    summary = tell(
        "The connection to {target} is refused at {address} and succeeds at another static IP. Likely "
        "this node chose another target, or a device before the load balancer refuses it.",
        target=target(row),
        address=seen.node.address,
    )
    fix = tell(
        "Check on {server} whether the request arrives (tcpdump). If it does not, find what sends the "
        "reset between the client and this static IP.",
        server=server(row),
    )
    return finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def _maybe_refused_before(row: Observed, seen: AtNode, others: Sequence[str]) -> Finding:
    port = row.row.target_port.number
    summary = tell(
        "The connection to {target} is refused. Likely no process accepts on port {port}, or it is "
        "rejected by {others}.",
        target=target(row),
        port=port,
        others=either(others),
    )
    fix = tell(
        "Check on {server} whether a process listens on port {port} (ss -ltnp), and whether the request "
        "arrives (tcpdump). If it does not, check the rules of what is before it on the path.",
        server=server(row),
        port=port,
    )
    return finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def _refused_out_of_sight(row: Observed, seen: AtNode) -> Finding:
    port = row.row.target_port.number
    summary = tell(
        "The connection to {target} is refused, and parts of the path are not visible. Likely no process "
        "accepts on port {port}.",
        target=target(row),
        port=port,
    )
    fix = tell(
        "Check on {server} whether a process listens on port {port} (ss -ltnp).",
        server=server(row),
        port=port,
    )
    return finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)


def after_look(item: Finding, look: HostLook) -> Finding:
    """Return a finding of a refusal as it is once a look at the host has found nothing wrong there."""
    summary = tell(
        "The connection to {target} is refused. A look at the host afterwards shows a process that listens "
        "on port {port}, and no fault of its firewall or routes. Likely the process was started after the "
        "probe, or a firewall before the host rejects the connection.",
        target=look.name,
        port=look.port,
    )
    fix = tell(
        "Probe again. If the connection is still refused, check whether the request arrives at {target} "
        "(tcpdump, port {port}). If it does not, find what sends the reset on the path before the host.",
        target=look.name,
        port=look.port,
    )
    return replace(item, summary=summary, remedy=Remedy(fix), confidence=Confidence.LIKELY)


def refused_by_node(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on a refusal at a TLS listener, which makes connections whatever the target does."""
    names = middleboxes(seen, Leg.FRONT)
    summary = tell(
        "Not visible: who refuses the connection to {address}. A TLS listener accepts connections by itself, "
        "so this says nothing about {target}. Likely {others} or the load balancer itself refuses.",
        address=seen.flow.dialled,
        target=target(row),
        others=either(names) if names else tell("a firewall before it"),
    )
    remedy = Remedy(
        tell(
            "Check the load balancer's metrics TCP_ELB_Reset_Count and RejectedFlowCount, and the rules of "
            "firewalls between the client and the load balancer."
        )
    )
    return not_visible(row, seen, summary, remedy)


def middleboxes(seen: AtNode, leg: Leg) -> tuple[str, ...]:
    """Return the firewalls and appliances that a request meets on a leg, each of which may refuse."""
    return tuple(dict.fromkeys(str(hop.resource) for hop in _requests(seen, leg) if _is_middlebox(hop)))


def before_target(seen: AtNode) -> tuple[str, ...]:
    """Return everything seen before the target that may refuse, in words; empty where nothing may."""
    names = [name for leg in _LEGS for name in middleboxes(seen, leg)]
    told = [tell("{name}, which is on the path", name=name) for name in names]
    if any(hop.kind == "on-premises" for hop in _requests(seen, Leg.BACK)):
        told.append(tell("an on-premises firewall before it"))
    if any(hop.kind in ("outside", "internet", "on-premises") for hop in _requests(seen, Leg.FRONT)):
        told.append(tell("a firewall on the client's side"))
    return tuple(told)


def _requests(seen: AtNode, leg: Leg) -> list[Hop]:
    paths = [path for path in seen.of_leg(leg) if path.direction is Direction.REQUEST]
    return [hop for path in paths for hop in path.hops]


def _is_middlebox(hop: Hop) -> bool:
    """Whether a hop judges packets by itself; of an endpoint on a route nobody sees what it does."""
    if hop.kind == "vpc-endpoint":
        return hop.verdict is Verdict.UNKNOWN
    return hop.kind not in _DROPPING | _CARRYING | _NETWORKS


def _is_hidden(hop: Hop) -> bool:
    """Whether something unseen may stand there; what drops refuses nothing."""
    return hop.verdict is Verdict.UNKNOWN and hop.kind not in _DROPPING
