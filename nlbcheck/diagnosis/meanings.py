"""What does a failed probe say about a Network Load Balancer, and where should one look next?

What the sentences stand on:

- A packet to a port without a listener is dropped, not refused; TCP passes through a TCP listener, and a
  target's reset is handed on to the client; the load balancer resets by itself, too.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
- When all targets are unhealthy the load balancer still forwards to them (fail-open); of a target that turns
  unhealthy beside others the connections are reset, unless the group's attributes keep them.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html
- Route tables, security groups and network ACLs show as timeouts, not as errors.
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/TroubleshootingInstancesConnecting.html
- With cross-zone load balancing off a node uses the targets of its own zone alone.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html
- The load balancer's own security group filters clients, its rules can name single ports.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
- Proxy protocol v2 puts a header before the client's first byte; who does not expect it answers HTTP 400.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html

Which cause a pattern of failures points at is inferred from these, so the sentences say "likely".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlbcheck.language import marked, tell
from nlbcheck.model import Address, Check, Flow, Node, Observation, Status
from nlbcheck.model.observation import NOT_TRIED

_SILENT = frozenset({Status.TIMED_OUT, Status.UNREACHABLE})
_CONNECTED = frozenset({Status.OK, Status.RESET, Status.NO_REPLY, Status.BAD_REPLY, Status.UNEXPECTED})

SILENT_EVERYWHERE = marked(
    "No listener on any static IP answers. Check what all connections share: the client's path to the load "
    "balancer and back (routes, peering or VPN, network ACLs), the load balancer's security group, and "
    "whether these are still its static IPs."
)
SILENT_NODE = marked(
    "No listener on this static IP answers, and another static IP answers: listeners and targets are likely "
    "in order. Check the client's path to this static IP and its subnet (route back to the client, network "
    "ACL), or whether its zone has no target while cross-zone load balancing is off."
)
SILENT_TARGET = marked(
    "No listener for this target answers, and another target answers: the client's path is open. Check the "
    "nodes' path to this target (its security group, routes, network ACL, peering or VPN) and whether it is "
    "up."
)
SILENT_PORT = marked(
    "The same target answers through another listener, so its machine and the routes are in order. Likely "
    "there is no listener on this port (a load balancer drops such packets without an answer), or a security "
    "group, network ACL or host firewall does not allow this port."
)
SILENT_LISTENER = marked(
    "Other listeners answer, and this one answers on no static IP. Likely there is no listener on this port "
    "(a load balancer drops such packets without an answer) or its security group does not allow the port, "
    "or the nodes' path to this target is closed (its security group, route, network ACL, VPN), or the "
    "target is down."
)
SILENT_CELL = marked(
    "This listener answers on another static IP, and this static IP answers on another listener. Likely the "
    "cause is in this zone: it has no target while cross-zone load balancing is off, or the path from this "
    "node to the target is closed (its subnet's route table and network ACL, a security group without this "
    "node's address)."
)
SILENT_ZONE_OF_ROW = marked(
    "This listener answers on another static IP, so listener and target are in order. Check the client's "
    "path to this static IP and its subnet (route back, network ACL), or whether its zone has no target "
    "while cross-zone load balancing is off. Probes of other rows would show which."
)
SILENT_FOR_SOME = marked(
    "Other connections to this listener at the same static IP are answered, so the listener and the client's "
    "path are in order. Likely one of the targets is down, or the path from this node to it is closed (its "
    "security group, route, network ACL)."
)
SILENT_AT_TIMES = marked(
    "Other connections to this listener at the same static IP are answered, so listener and path are in "
    "order. Likely the target, or a device before it, drops some connections (a full queue, a limit), or the "
    "target group has a second target."
)
SILENT_ALONE = marked(
    "A timeout alone does not show the cause: no listener on this port, a route, security group or network "
    "ACL before or behind the load balancer, or a target that is down. Probe rows with other targets to see "
    "whether the path to the load balancer is in order."
)
REFUSED = marked(
    "Likely the target's host refuses because no process listens on the target's port, or a firewall on the "
    "host or before it rejects, or at a TLS listener the load balancer itself refuses. Routes, security "
    "groups and network ACLs never refuse: they drop packets without an answer."
)
REFUSED_HERE = marked(
    "The same listener connects on another static IP. Likely the zones use different targets and one of them "
    "has no process on the port, or the process was just restarting, or a firewall before this static IP "
    "rejects."
)
REFUSED_FOR_SOME = marked(
    "The path is open: other connections to this listener at the same static IP succeed. Likely one of the "
    "targets has no process on the port, or a firewall there rejects."
)
REFUSED_AT_TIMES = marked(
    "The path is open: other connections to this listener at the same static IP succeed. Likely the process "
    "restarts or accepts no more connections at once, or the target group has a second target."
)
REFUSED_EVERYWHERE = marked(
    "Every listener refuses, whatever its target. Likely one firewall, or another machine at the static IPs, "
    "answers for all of them, and not the process on each target."
)
UNREACHABLE = marked(
    "This machine, its VPN client or a device on premises reports that there is no route. AWS drops packets "
    "without an answer instead. Check the local routing table and the VPN: an AWS route table is hardly ever "
    "the cause."
)
RESET = marked(
    "The connection succeeded, so listener and path are open, and was reset before an answer. Likely the "
    "service itself resets it (access rule, connection limit, a proxy protocol header that it does not "
    "expect or misses), the target just became unhealthy, or a TLS listener has a target that is down."
)
NO_REPLY = marked(
    "The connection succeeded, so listener and path are open, but the service sends nothing. Likely it "
    "hangs, speaks another protocol, waits for a proxy protocol header, or its answers are too large for a "
    "VPN on the path (MTU)."
)
BAD_REPLY = marked(
    "Something answers, so listener and path are open, but not in the protocol of this check. Likely the "
    "listener or the target group leads to another port than the table says, the check is the wrong one, or "
    "proxy protocol v2 is on for a service that does not expect it."
)
UNEXPECTED_KEY = marked(
    "Listener and path are open, and an SSH server shows a host key that the table does not pin. Likely "
    "another machine answers, or it was reinstalled. Compare the key on the machine itself before you trust "
    "it."
)
UNEXPECTED_ANSWER = marked(
    "Listener and path are open, and a web server gives another answer than the table expects. Likely it is "
    "another server or virtual host, or the application itself, and not the network."
)
UNEXPECTED_CERTIFICATE = marked(
    "Listener and path are open, and the certificate is not valid for the expected name. Likely it has "
    "expired, another one is attached to the listener, or another server answers."
)
CRASHED = marked("This is a bug in nlbcheck and says nothing about the load balancer. Please report it.")

_BY_STATUS = {
    Status.UNREACHABLE: UNREACHABLE,
    Status.RESET: RESET,
    Status.NO_REPLY: NO_REPLY,
    Status.BAD_REPLY: BAD_REPLY,
    Status.CRASHED: CRASHED,
}


def of(flows: Sequence[Flow], results: Sequence[Observation | None]) -> list[str | None]:
    """Return for each result what its failure means beside all the others; None where nothing failed.

    ``results`` are in the order of ``flows``. Interrupted probes mean nothing and count for nothing.
    """
    if all(result is None or result.status is Status.OK for result in results):
        return [None] * len(flows)
    pattern = _Pattern()
    for flow, result in zip(flows, results, strict=True):
        if result and result.status not in NOT_TRIED:
            pattern.add(flow, result.status)
    meanings = (
        _meaning(pattern, flow, result) if result else None
        for flow, result in zip(flows, results, strict=True)
    )
    return [meaning and tell(meaning) for meaning in meanings]


@dataclass(slots=True)
class _Tally:
    """Which rows were silent, answered or connected, among the probes of one row, node or target."""

    silent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    connected: set[str] = field(default_factory=set)

    def add(self, row: str, status: Status) -> None:
        (self.silent if status in _SILENT else self.answered).add(row)
        if status in _CONNECTED:
            self.connected.add(row)


class _Pattern:
    """The failures seen by row, by static IP, by target and in all."""

    def __init__(self) -> None:
        self.all = _Tally()
        self.by_row: defaultdict[str, _Tally] = defaultdict(_Tally)
        self.by_node: defaultdict[Address, _Tally] = defaultdict(_Tally)
        self.by_target: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._sampled: defaultdict[tuple[str, Address], _Tally] = defaultdict(_Tally)
        """The rows at nodes to which there are several connections."""
        self._stripes: dict[Address, bool] = {}

    def add(self, flow: Flow, status: Status) -> None:
        for tally in (
            self.all,
            self.by_row[flow.row],
            self.by_node[flow.node.address],
            self.by_target[flow.target],
        ):
            tally.add(flow.row, status)
        if flow.samples > 1:
            self._sampled[flow.row, flow.node.address].add(flow.row, status)

    def answers_at_times(self, flow: Flow) -> bool:
        """Whether another connection of the same row to the same node is answered."""
        return flow.samples > 1 and bool(self._sampled[flow.row, flow.node.address].answered)

    def connects_at_times(self, flow: Flow) -> bool:
        """Whether another connection of the same row to the same node is made."""
        return flow.samples > 1 and bool(self._sampled[flow.row, flow.node.address].connected)

    def is_stripe(self, node: Node) -> bool:
        """Whether all of several rows are silent on this node, of which some answer on another one."""
        if node.address not in self._stripes:
            tally = self.by_node[node.address]
            elsewhere = not tally.silent.isdisjoint(self.all.answered)
            self._stripes[node.address] = elsewhere and len(tally.silent) > 1 and not tally.answered
        return self._stripes[node.address]


def _meaning(pattern: _Pattern, flow: Flow, result: Observation) -> str | None:
    match result.status:
        case Status.OK | Status.INTERRUPTED | Status.UNCHECKED:
            return None
        case Status.TIMED_OUT:
            return _silence(pattern, flow)
        case Status.REFUSED:
            return _refusal(pattern, flow)
        case Status.UNEXPECTED if "certificate_error" in result.detail:
            return UNEXPECTED_CERTIFICATE
        case Status.UNEXPECTED:
            return UNEXPECTED_KEY if flow.check is Check.SSH else UNEXPECTED_ANSWER
        case _:
            return _BY_STATUS[result.status]


def _silence(pattern: _Pattern, flow: Flow) -> str:
    row = pattern.by_row[flow.row]
    node = pattern.by_node[flow.node.address]
    target = pattern.by_target[flow.target]
    if pattern.answers_at_times(flow):
        return SILENT_FOR_SOME if flow.any_of else SILENT_AT_TIMES
    if not pattern.all.answered:
        return SILENT_EVERYWHERE if len(pattern.by_target) > 1 else SILENT_ALONE
    if pattern.is_stripe(flow.node):
        return SILENT_NODE
    if row.answered:
        return SILENT_CELL if node.answered else SILENT_ZONE_OF_ROW
    if target.answered:
        return SILENT_PORT
    return SILENT_TARGET if len(target.silent) > 1 else SILENT_LISTENER


def _refusal(pattern: _Pattern, flow: Flow) -> str:
    if pattern.connects_at_times(flow):
        return REFUSED_FOR_SOME if flow.any_of else REFUSED_AT_TIMES
    if pattern.by_row[flow.row].connected:
        return REFUSED_HERE
    refusing = pattern.all.answered and not pattern.all.connected and not pattern.all.silent
    return REFUSED_EVERYWHERE if refusing and len(pattern.by_target) > 1 else REFUSED
