"""Is a registered target one that the load balancer can send to, and does it speak what is sent?

Allowed addresses and the zone ``all``:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html. Proxy
protocol: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.target_group import EVERYWHERE, GroupAttributes, Target, TargetGroup
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import tell
from nlbcheck.model import Code, Json, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Evidence, Outcome, Passed, Problem, Stopped, Unseen


def check_address(
    group: TargetGroup, target: Target, vpc: Vpc | NotVisible, *, peered: bool | NotVisible = False
) -> Outcome:
    """Say whether a target of type ip has an address that AWS accepts, and a zone that all nodes use.

    ``peered`` says whether a peered VPC has it: an IPv6 address must be the VPC's or a peered VPC's.
    A zone's name is accepted for an address outside the VPC, but then only that zone's node uses it, unless
    the nodes cross zones (``API_TargetDescription``); whether one is left without is asked elsewhere.
    """
    evidence: dict[str, Json] = {"target": target.id, "zone": target.zone}
    if target.address is None or isinstance(vpc, NotVisible) or vpc.contains(target.address):
        return Passed(evidence)
    evidence["vpc_ranges"] = [str(cidr) for cidr in vpc.cidrs]
    private = not routable(target.address) and target.address.version == 4
    if private and target.zone in (EVERYWHERE, None):
        return Passed(evidence)
    if not vpc.has_all_cidrs:
        fact = tell("whether {address} is in a range of {vpc}", address=target.address, vpc=vpc.id)
        field = "Vpcs[].CidrBlockAssociationSet"
        where = vpc.account_region
        return Unseen(NotVisible(fact, "ec2", "DescribeVpcs", where, unreadable=field), evidence)
    if target.address.version == 6:
        return _ipv6(group, target, vpc, peered, evidence)
    if routable(target.address):
        summary = tell(
            "{address} is a public address. AWS does not accept it as a target of {group}.",
            address=target.address,
            group=group.name,
        )
        fix = remedy.advice(tell("Register a private address of the target."))
        return Stopped(Problem(Code.TARGET_ADDRESS_NOT_ALLOWED, summary, fix), evidence)
    summary = tell(
        "{address} is outside {vpc} and is registered for {zone}, not for zone all. Without cross-zone load "
        "balancing only the node of that zone uses it.",
        address=target.address,
        vpc=vpc.id,
        zone=target.zone,
    )
    # To deregister it first would take a group's only target out of service.
    new = target.named | {"AvailabilityZone": EVERYWHERE}
    call = remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[new])
    fix = remedy.advice(tell("Register the target with zone all."), call)
    return Passed(evidence, Problem(Code.TARGET_NEEDS_ZONE_ALL, summary, fix, Verdict.WARN))


def _ipv6(
    group: TargetGroup, target: Target, vpc: Vpc, peered: bool | NotVisible, evidence: Evidence
) -> Outcome:
    if isinstance(peered, NotVisible):
        return Unseen(peered, evidence)
    if peered:
        return Passed(evidence)
    summary = tell(
        "{address} is neither in an IPv6 range of {vpc} nor in one of a peered VPC. AWS does not accept it "
        "as a target of {group}.",
        address=target.address,
        vpc=vpc.id,
        group=group.name,
    )
    fix = remedy.advice(tell("Register an address of the VPC or of a peered VPC."))
    return Stopped(Problem(Code.TARGET_ADDRESS_NOT_ALLOWED, summary, fix), evidence)


def check_proxy_protocol(group: TargetGroup, attributes: GroupAttributes) -> Outcome:
    """Remark that connections to the targets begin with a proxy protocol header."""
    evidence: dict[str, Json] = {"proxy_protocol_v2.enabled": attributes.proxy_protocol}
    if not attributes.proxy_protocol:
        return Passed(evidence)
    summary = tell(
        "{group} sends a proxy protocol v2 header before the data. The target must expect it.",
        group=group.name,
    )
    call = remedy.group_attribute(group.arn, "proxy_protocol_v2.enabled", "false")
    fix = remedy.advice(tell("Turn off proxy protocol, unless the target expects the header."), call)
    return Passed(evidence, Problem(Code.PROXY_PROTOCOL_ON, summary, fix, Verdict.WARN))
