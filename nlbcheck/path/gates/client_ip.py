"""Which source address does the target see, and may that address travel to it?

With client IP preservation the target must be in the load balancer's VPC or in a peered one of the same
Region, and must be neither an interface endpoint's interface nor another Network Load Balancer's: those are
lost. A target cannot reach itself, nor a pod another one on its worker node:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html. Targets of
UDP, TCP_UDP, QUIC and TCP_QUIC groups outside the load balancer's own VPC may be unable to answer:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import GroupAttributes, Target, TargetGroup, TargetType
from nlbcheck.model import Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_KEY = "preserve_client_ip.enabled"
_ALWAYS = (Protocol.UDP, Protocol.TCP_UDP, Protocol.QUIC, Protocol.TCP_QUIC)
"""The protocols for which it cannot be switched off."""


def preserved(group: TargetGroup, attributes: GroupAttributes | NotVisible) -> bool | NotVisible:
    """Return whether targets of a group see the client's address."""
    unsaid = isinstance(attributes, NotVisible) or attributes.preserve_client_ip is None
    if group.type is TargetType.ALB or (unsaid and group.protocol in _ALWAYS):
        return True
    if isinstance(attributes, NotVisible):
        return attributes
    if attributes.preserve_client_ip is None:
        fact = f"{_KEY} of {group.name}"
        return NotVisible(fact, "elbv2", "DescribeTargetGroupAttributes", group.account_region)
    return attributes.preserve_client_ip


def check(
    group: TargetGroup,
    target: Target,
    preservation: bool | NotVisible,
    nearby: bool | NotVisible,
    *,
    own_vpc: bool = True,
) -> Outcome:
    """Say whether the source address that is used may reach the target.

    ``nearby`` says whether the target is in the load balancer's VPC or in a peered one of the same Region,
    ``own_vpc`` whether it is in the load balancer's own. That AWS does not support other places is certain;
    what becomes of connections there is not said.
    """
    evidence: dict[str, Json] = {
        "target": target.id,
        _KEY: preservation if isinstance(preservation, bool) else None,
        "in_or_peered_with_vpc": nearby if isinstance(nearby, bool) else None,
    }
    if isinstance(preservation, NotVisible):
        return Unseen(preservation, evidence)
    if not preservation or nearby is True:
        return Passed(evidence, _answers(group, target) if preservation and not own_vpc else None)
    if isinstance(nearby, NotVisible):
        return Unseen(nearby, evidence)
    summary = (
        f"{group.name} preserves client addresses, and its target {target.id} is neither in the load "
        "balancer's VPC nor in a peered one of the Region, which AWS does not support: connections are "
        "likely lost though health checks pass."
    )
    code, fix = Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, _switch_off(group)
    return Stopped(Problem(code, summary, fix, confidence=Confidence.LIKELY), evidence)


def _answers(group: TargetGroup, target: Target) -> Problem | None:
    """Return the remark on a target in a peered VPC, where the group's protocol leaves no choice."""
    if group.protocol not in _ALWAYS or group.type is not TargetType.IP:
        return None
    summary = (
        f"{target.id} lies outside the load balancer's VPC, and {group.name} is for {group.protocol.value}: "
        "such a target gets what clients send, but is likely unable to answer."
    )
    code, fix = Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, _switch_off(group)
    return Problem(code, summary, fix, Verdict.WARN, Confidence.LIKELY)


def check_front_door(group: TargetGroup, target: Target, door: str, *, preservation: bool) -> Outcome:
    """Say whether a target that is a front door itself gets connections.

    ``door`` says what it is: another load balancer's node, or an interface endpoint.
    """
    evidence: dict[str, Json] = {"target": target.id, "is": door, _KEY: preservation}
    if not preservation:
        return Passed(evidence)
    summary = (
        f"{group.name} preserves client addresses, and its target {target.id} is {door}, for which AWS does "
        "not support that: connections to it are lost."
    )
    fix = _switch_off(group)
    if group.protocol in _ALWAYS:
        fix = remedy.advice(f"Give {group.name} the machines behind {target.id} as targets.")
    problem = Problem(Code.CLIENT_IP_PRESERVED_UNSUPPORTED, summary, fix, subject=target.id)
    return Stopped(problem, evidence)


def check_collisions(balancer: str, group: TargetGroup, nodes: int) -> Outcome:
    """Remark that one port of a client may reach one target through several nodes.

    ``nodes`` is how many send to the group's target, with the client's address. The target takes two such
    connections for one; a NAT device in front of the clients makes it frequent.
    """
    evidence: dict[str, Json] = {"nodes": nodes, "group": group.name, _KEY: True}
    if nodes < 2:
        return Passed(evidence)
    summary = (
        f"{balancer} preserves client addresses, and several of its nodes send to one target: a client, or a "
        "NAT device in front of it, that uses one port for two static IPs likely loses a connection now and "
        "then."
    )
    fix = remedy.advice(
        "Where that happens, switch client IP preservation off, or register a target in every zone and "
        "switch cross-zone load balancing off."
    )
    problem = Problem(Code.CONNECTIONS_COLLIDE, summary, fix, Verdict.WARN, Confidence.LIKELY)
    return Passed(evidence, problem)


def check_hairpin(
    group: TargetGroup,
    target: Target,
    client: Address | None,
    address: Address,
    *,
    preservation: bool,
    machine: str | None = None,
) -> Outcome:
    """Say whether the client is the target itself; ``machine`` is where both run, where it is one."""
    evidence: dict[str, Json] = {
        "client": str(client) if client else None,
        "target": str(address),
        _KEY: preservation,
    }
    if not preservation or (client != address and machine is None):
        return Passed(evidence)
    evidence |= {"id": target.id, "machine": machine}
    summary = f"The client {client} is the target itself, and {group.name} preserves client addresses."
    problem = Problem(Code.HAIRPIN, summary, _switch_off(group), subject=str(client))
    if client == address:
        return Stopped(problem, evidence)
    summary = (
        f"The client {client} and the target {address} run on one machine, {machine}, and {group.name} "
        "preserves client addresses: connections between them likely time out."
    )
    return Stopped(replace(problem, summary=summary, confidence=Confidence.LIKELY), evidence)


def _switch_off(group: TargetGroup) -> Remedy:
    if group.protocol in _ALWAYS and group.protocol:
        return remedy.advice(
            f"Give {group.name} a target in the load balancer's VPC: for {group.protocol.value} client "
            "addresses are always preserved."
        )
    if group.type is TargetType.ALB:
        return remedy.advice("Connect to the Application Load Balancer itself.")
    call = remedy.group_attribute(group.arn, _KEY, "false")
    return remedy.advice(f"Switch client IP preservation off for {group.name}.", call)
