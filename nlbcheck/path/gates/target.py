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
        fact = f"whether {target.address} lies in a range of {vpc.id}"
        field = "Vpcs[].CidrBlockAssociationSet"
        where = vpc.account_region
        return Unseen(NotVisible(fact, "ec2", "DescribeVpcs", where, unreadable=field), evidence)
    if target.address.version == 6:
        return _ipv6(group, target, vpc, peered, evidence)
    if routable(target.address):
        summary = f"{target.address} is a public address; AWS does not take it as a target of {group.name}."
        fix = remedy.advice("Register a private address of the target.")
        return Stopped(Problem(Code.TARGET_ADDRESS_NOT_ALLOWED, summary, fix), evidence)
    summary = (
        f"{target.address} lies outside {vpc.id} and is registered for {target.zone}, not for zone all: "
        "without cross-zone load balancing only that zone's node uses it."
    )
    # To deregister it first would take a group's only target out of service.
    new = target.named | {"AvailabilityZone": EVERYWHERE}
    call = remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[new])
    fix = remedy.advice("Register it with the zone all.", call)
    return Passed(evidence, Problem(Code.TARGET_NEEDS_ZONE_ALL, summary, fix, Verdict.WARN))


def _ipv6(
    group: TargetGroup, target: Target, vpc: Vpc, peered: bool | NotVisible, evidence: Evidence
) -> Outcome:
    if isinstance(peered, NotVisible):
        return Unseen(peered, evidence)
    if peered:
        return Passed(evidence)
    summary = (
        f"{target.address} is neither in an IPv6 range of {vpc.id} nor of a peered VPC; AWS does not take it "
        f"as a target of {group.name}."
    )
    fix = remedy.advice("Register an address of the VPC or of a peered one.")
    return Stopped(Problem(Code.TARGET_ADDRESS_NOT_ALLOWED, summary, fix), evidence)


def check_proxy_protocol(group: TargetGroup, attributes: GroupAttributes) -> Outcome:
    """Remark that connections to the targets begin with a proxy protocol header."""
    evidence: dict[str, Json] = {"proxy_protocol_v2.enabled": attributes.proxy_protocol}
    if not attributes.proxy_protocol:
        return Passed(evidence)
    summary = f"{group.name} sends a proxy protocol v2 header first; the target must expect it."
    call = remedy.group_attribute(group.arn, "proxy_protocol_v2.enabled", "false")
    fix = remedy.advice("Unless the target expects the header, switch proxy protocol off.", call)
    return Passed(evidence, Problem(Code.PROXY_PROTOCOL_ON, summary, fix, Verdict.WARN))
