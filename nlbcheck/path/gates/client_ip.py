"""Which source address does the target see, and may that address travel to it?

With client IP preservation the target must be in the load balancer's VPC or in a peered one of the same
Region, and a target cannot reach itself:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import GroupAttributes, Target, TargetGroup, TargetType
from nlbcheck.model import Code, Json, Remedy
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
    group: TargetGroup, target: Target, preservation: bool | NotVisible, nearby: bool | NotVisible
) -> Outcome:
    """Say whether the source address that is used may reach the target.

    ``nearby`` says whether the target is in the load balancer's VPC or in a peered one of the same Region.
    """
    evidence: dict[str, Json] = {
        "target": target.id,
        _KEY: preservation if isinstance(preservation, bool) else None,
        "in_or_peered_with_vpc": nearby if isinstance(nearby, bool) else None,
    }
    if isinstance(preservation, NotVisible):
        return Unseen(preservation, evidence)
    if not preservation or nearby is True:
        return Passed(evidence)
    if isinstance(nearby, NotVisible):
        return Unseen(nearby, evidence)
    summary = (
        f"{group.name} preserves client addresses, and its target {target.id} is neither in the load "
        "balancer's VPC nor in a peered one of the Region: connections are lost though health checks pass."
    )
    return Stopped(Problem(Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, summary, _switch_off(group)), evidence)


def check_hairpin(
    group: TargetGroup, target: Target, client: Address | None, address: Address, *, preservation: bool
) -> Outcome:
    """Say whether the client is the target itself."""
    evidence: dict[str, Json] = {
        "client": str(client) if client else None,
        "target": str(address),
        _KEY: preservation,
    }
    if not preservation or client != address:
        return Passed(evidence)
    summary = f"The client {client} is the target itself, and {group.name} preserves client addresses."
    problem = Problem(Code.HAIRPIN, summary, _switch_off(group), subject=str(client))
    return Stopped(problem, evidence | {"id": target.id})


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
