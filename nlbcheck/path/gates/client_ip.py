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
from nlbcheck.language import tell
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
        fact = tell("{attribute} of {name}", attribute=_KEY, name=group.name)
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
    summary = tell(
        "{group} preserves client IP addresses, and its target {target} is neither in the load balancer's "
        "VPC nor in a peered VPC of the same Region. AWS does not support this: connections are likely "
        "lost, even if health checks pass.",
        group=group.name,
        target=target.id,
    )
    code, fix = Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, _switch_off(group)
    return Stopped(Problem(code, summary, fix, confidence=Confidence.LIKELY), evidence)


def _answers(group: TargetGroup, target: Target) -> Problem | None:
    """Return the remark on a target in a peered VPC, where the group's protocol leaves no choice."""
    if group.protocol not in _ALWAYS or group.type is not TargetType.IP:
        return None
    summary = tell(
        "{target} is outside the load balancer's VPC, and {group} is for {protocol}: the target receives "
        "what clients send, but likely cannot answer.",
        target=target.id,
        group=group.name,
        protocol=group.protocol.value,
    )
    code, fix = Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, _switch_off(group)
    return Problem(code, summary, fix, Verdict.WARN, Confidence.LIKELY)


def check_front_door(group: TargetGroup, target: Target, door: str, *, preservation: bool) -> Outcome:
    """Say whether a target that is a front door itself gets connections.

    ``door`` says what it is, marked to be told: another load balancer's node, or an interface endpoint.
    """
    evidence: dict[str, Json] = {"target": target.id, "is": door, _KEY: preservation}
    if not preservation:
        return Passed(evidence)
    summary = tell(
        "{group} preserves client IP addresses, and its target {target} is {door}. AWS does not support "
        "this: connections to the target are lost.",
        group=group.name,
        target=target.id,
        door=tell(door),
    )
    fix = _switch_off(group)
    if group.protocol in _ALWAYS:
        text = tell(
            "Register the machines behind {target} in {group} instead.", group=group.name, target=target.id
        )
        fix = remedy.advice(text)
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
    summary = tell(
        "{balancer} preserves client IP addresses, and several of its nodes send to the same target. A "
        "client, or a NAT device in front of it, that uses one source port to two static IPs likely loses a "
        "connection now and then.",
        balancer=balancer,
    )
    fix = remedy.advice(
        tell(
            "If that happens, turn off client IP preservation, or register a target in every Availability "
            "Zone and turn off cross-zone load balancing."
        )
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
    summary = tell(
        "The client {client} is the target itself, and {group} preserves client IP addresses.",
        client=client,
        group=group.name,
    )
    problem = Problem(Code.HAIRPIN, summary, _switch_off(group), subject=str(client))
    if client == address:
        return Stopped(problem, evidence)
    summary = tell(
        "The client {client} and the target {target} run on the same machine, {machine}, and {group} "
        "preserves client IP addresses: connections between them likely time out.",
        client=client,
        target=address,
        machine=machine,
        group=group.name,
    )
    return Stopped(replace(problem, summary=summary, confidence=Confidence.LIKELY), evidence)


def _switch_off(group: TargetGroup) -> Remedy:
    if group.protocol in _ALWAYS and group.protocol:
        text = tell(
            "Register a target in the load balancer's VPC in {group}: for {protocol}, client IP addresses "
            "are always preserved.",
            group=group.name,
            protocol=group.protocol.value,
        )
        return remedy.advice(text)
    if group.type is TargetType.ALB:
        return remedy.advice(tell("Connect to the Application Load Balancer itself."))
    call = remedy.group_attribute(group.arn, _KEY, "false")
    return remedy.advice(tell("Turn off client IP preservation of {group}.", group=group.name), call)
