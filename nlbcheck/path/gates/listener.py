"""Is there a listener that takes the packet, and where does it forward to?

What fits no listener is dropped without an answer; an action may spread connections over several weighted
target groups: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.listener import FORWARDS_TO, Action, ActionType, Listener, Protocol
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.model import Code, Json, Remedy
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_TAKES = {
    "TCP": (Protocol.TCP, Protocol.TCP_UDP, Protocol.TCP_QUIC),
    "UDP": (Protocol.UDP, Protocol.TCP_UDP),
    "TLS": (Protocol.TLS,),
}
"""The listener protocols that serve a connection of one kind."""


def check(
    listener: Listener | Absent | NotVisible,
    balancer: LoadBalancer,
    port: int,
    protocol: str | None,
    intended: TargetGroup | None,
) -> Outcome:
    """Say whether a listener takes connections of a protocol on a port; None stands for any over TCP.

    ``intended`` is the group that the listener is meant to forward to.
    """
    evidence: dict[str, Json] = {"port": port, "protocol": protocol}
    match listener:
        case NotVisible():
            return Unseen(listener, evidence)
        case Absent():
            summary = (
                f"{balancer.name} has no listener on port {port}; it drops the packet without an answer."
            )
            return Stopped(
                Problem(Code.LISTENER_MISSING, summary, _create(balancer, port, protocol, intended)), evidence
            )
    evidence["listener_protocol"] = listener.protocol.value if listener.protocol else None
    if listener.protocol is None:
        fact = f"the protocol of the listener on port {port}"
        return Unseen(NotVisible(fact, "elbv2", "DescribeListeners", listener.account_region), evidence)
    taken = _TAKES["TCP"] + _TAKES["TLS"] if protocol is None else _TAKES.get(protocol, ())
    if listener.protocol in taken or listener.protocol.value == protocol:
        return Passed(evidence)
    wanted = protocol or "TCP"
    summary = f"The listener on port {port} is for {listener.protocol.value}, not for {wanted}."
    fix = _modify(listener, wanted, intended)
    return Stopped(Problem(Code.LISTENER_PROTOCOL_DIFFERS, summary, fix), evidence)


_CERTIFICATE = "with a certificate and a security policy"


def _modify(listener: Listener, wanted: str, group: TargetGroup | None) -> Remedy:
    """Return how a listener gets another protocol; its old action may lead to a group that does not fit.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/listener-update-rules.html
    """
    if group is None:
        return remedy.advice(f"Make it a {wanted} listener that forwards to the right group.")
    if group.protocol not in FORWARDS_TO.get(wanted, ()):
        kind = group.protocol.value if group.protocol else "another protocol"
        return remedy.advice(
            f"{group.name} is for {kind}, which stays so: create a {wanted} target group with the same "
            f"targets, then make the listener a {wanted} listener that forwards to it."
        )
    if wanted == "TLS":
        return remedy.advice(f"Make it a TLS listener, {_CERTIFICATE}, that forwards to {group.name}.")
    call = remedy.elbv2(
        "ModifyListener", ListenerArn=listener.arn, Protocol=wanted, DefaultActions=[_forward(group)]
    )
    return remedy.advice(f"Make it a {wanted} listener that forwards to {group.name}.", call)


def _forward(group: TargetGroup) -> dict[str, Json]:
    return {"Type": "forward", "TargetGroupArn": group.arn}


def _create(balancer: LoadBalancer, port: int, protocol: str | None, group: TargetGroup | None) -> Remedy:
    wanted = protocol or "TCP"
    if group is None:
        return remedy.advice(f"Create a {wanted} listener on port {port} that forwards to the right group.")
    if wanted == "TLS":
        text = f"Create a TLS listener on port {port}, {_CERTIFICATE}, that forwards to {group.name}."
        return remedy.advice(text)
    call = remedy.elbv2(
        "CreateListener",
        LoadBalancerArn=balancer.arn,
        Protocol=wanted,
        Port=port,
        DefaultActions=[_forward(group)],
    )
    return remedy.advice(f"Create a {wanted} listener on port {port} that forwards to {group.name}.", call)


def check_action(listener: Listener, actions: Sequence[Action]) -> Outcome:
    """Say whether the listener forwards to any target group."""
    groups = [group for action in actions for group in action.groups]
    evidence: dict[str, Json] = {
        "actions": [action.type.value if action.type else None for action in actions],
        "groups": [{"arn": group.arn, "weight": group.weight} for group in groups],
    }
    if any(action.type is None for action in actions):
        fact = f"the action of the listener on port {listener.port}"
        return Unseen(NotVisible(fact, "elbv2", "DescribeListeners", listener.account_region), evidence)
    if groups and any(action.type is ActionType.FORWARD for action in actions):
        return Passed(evidence)
    summary = f"The listener on port {listener.port} forwards to no target group."
    fix = remedy.advice("Let the listener's default action forward to the right target group.")
    return Stopped(Problem(Code.LISTENER_HAS_NO_TARGET, summary, fix), evidence)


def check_group(listener: Listener, group: TargetGroup) -> Outcome:
    """Say whether a listener that takes connections may hand them to a target group."""
    evidence: dict[str, Json] = {
        "listener_protocol": listener.protocol.value if listener.protocol else None,
        "group_protocol": group.protocol.value if group.protocol else None,
    }
    if listener.protocol not in _TAKES["TCP"] + _TAKES["TLS"]:
        return Passed(evidence)  # what the listener itself is told of
    if group.protocol is None:
        fact = f"the protocol of {group.name}"
        return Unseen(NotVisible(fact, "elbv2", "DescribeTargetGroups", group.account_region), evidence)
    if group.protocol in FORWARDS_TO[listener.protocol.value]:
        return Passed(evidence)
    kind, other = listener.protocol.value, group.protocol.value
    summary = (
        f"{group.name} is for {other}; the {kind} listener on port {listener.port} cannot forward to it."
    )
    text = (
        f"A group's protocol stays as it is: create a {kind} target group with the same targets, and let "
        "the listener forward to it."
    )
    problem = Problem(Code.LISTENER_PROTOCOL_DIFFERS, summary, remedy.advice(text), subject=group.arn)
    return Stopped(problem, evidence)
