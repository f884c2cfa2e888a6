"""Is there a listener that takes the packet, and where does it forward to?

What fits no listener is dropped without an answer; an action may spread connections over several weighted
target groups: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.listener import FORWARDS_TO, Action, ActionType, Listener, Protocol
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.language import tell
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
            summary = tell(
                "{balancer} has no listener on port {port}. It drops packets to this port without an answer.",
                balancer=balancer.name,
                port=port,
            )
            fix = _create(balancer, port, protocol or "TCP", intended)
            return Stopped(Problem(Code.LISTENER_MISSING, summary, fix), evidence)
    evidence["listener_protocol"] = listener.protocol.value if listener.protocol else None
    if listener.protocol is None:
        fact = tell("the protocol of the listener on port {port}", port=port)
        return Unseen(NotVisible(fact, "elbv2", "DescribeListeners", listener.account_region), evidence)
    taken = _TAKES["TCP"] + _TAKES["TLS"] if protocol is None else _TAKES.get(protocol, ())
    if listener.protocol in taken or listener.protocol.value == protocol:
        return Passed(evidence)
    wanted = protocol or "TCP"
    summary = tell(
        "The listener on port {port} is for {protocol}, not for {wanted}.",
        port=port,
        protocol=listener.protocol.value,
        wanted=wanted,
    )
    fix = _modify(listener, wanted, intended)
    return Stopped(Problem(Code.LISTENER_PROTOCOL_DIFFERS, summary, fix), evidence)


def _modify(listener: Listener, wanted: str, group: TargetGroup | None) -> Remedy:
    """Return how a listener gets another protocol; its old action may lead to a group that does not fit.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/listener-update-rules.html
    """
    if group is None:
        text = tell(
            "Change the listener to {wanted}, and let it forward to the right target group.", wanted=wanted
        )
        return remedy.advice(text)
    if group.protocol not in FORWARDS_TO.get(wanted, ()):
        text = tell(
            "Create a {wanted} target group with the same targets, then change the listener to {wanted} and "
            "let it forward to the new group. {group} is for {protocol}, which cannot be changed.",
            group=group.name,
            protocol=group.protocol.value if group.protocol else tell("another protocol"),
            wanted=wanted,
        )
        return remedy.advice(text)
    if wanted == "TLS":
        text = tell(
            "Change the listener to TLS with a certificate and a security policy, and let it forward to "
            "{group}.",
            group=group.name,
        )
        return remedy.advice(text)
    call = remedy.elbv2(
        "ModifyListener", ListenerArn=listener.arn, Protocol=wanted, DefaultActions=[_forward(group)]
    )
    text = tell(
        "Change the listener to {wanted}, and let it forward to {group}.", wanted=wanted, group=group.name
    )
    return remedy.advice(text, call)


def _forward(group: TargetGroup) -> dict[str, Json]:
    return {"Type": "forward", "TargetGroupArn": group.arn}


def _create(balancer: LoadBalancer, port: int, wanted: str, group: TargetGroup | None) -> Remedy:
    if group is None:
        text = tell(
            "Create a {wanted} listener on port {port} that forwards to the right target group.",
            wanted=wanted,
            port=port,
        )
        return remedy.advice(text)
    if wanted == "TLS":
        text = tell(
            "Create a TLS listener on port {port} with a certificate and a security policy, and let it "
            "forward to {group}.",
            port=port,
            group=group.name,
        )
        return remedy.advice(text)
    call = remedy.elbv2(
        "CreateListener",
        LoadBalancerArn=balancer.arn,
        Protocol=wanted,
        Port=port,
        DefaultActions=[_forward(group)],
    )
    text = tell(
        "Create a {wanted} listener on port {port} that forwards to {group}.",
        wanted=wanted,
        port=port,
        group=group.name,
    )
    return remedy.advice(text, call)


def check_action(listener: Listener, actions: Sequence[Action]) -> Outcome:
    """Say whether the listener forwards to any target group."""
    groups = [group for action in actions for group in action.groups]
    evidence: dict[str, Json] = {
        "actions": [action.type.value if action.type else None for action in actions],
        "groups": [{"arn": group.arn, "weight": group.weight} for group in groups],
    }
    if any(action.type is None for action in actions):
        fact = tell("the action of the listener on port {port}", port=listener.port)
        return Unseen(NotVisible(fact, "elbv2", "DescribeListeners", listener.account_region), evidence)
    if groups and any(action.type is ActionType.FORWARD for action in actions):
        return Passed(evidence)
    summary = tell("The listener on port {port} forwards to no target group.", port=listener.port)
    fix = remedy.advice(tell("Let the listener's default action forward to the right target group."))
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
        fact = tell("the protocol of {name}", name=group.name)
        return Unseen(NotVisible(fact, "elbv2", "DescribeTargetGroups", group.account_region), evidence)
    if group.protocol in FORWARDS_TO[listener.protocol.value]:
        return Passed(evidence)
    wanted = listener.protocol.value
    summary = tell(
        "{group} is for {protocol}: the {wanted} listener on port {port} cannot forward to it.",
        group=group.name,
        protocol=group.protocol.value,
        wanted=wanted,
        port=listener.port,
    )
    text = tell(
        "Create a {wanted} target group with the same targets, and let the listener forward to it. The "
        "protocol of a target group cannot be changed.",
        wanted=wanted,
    )
    problem = Problem(Code.LISTENER_PROTOCOL_DIFFERS, summary, remedy.advice(text), subject=group.arn)
    return Stopped(problem, evidence)
