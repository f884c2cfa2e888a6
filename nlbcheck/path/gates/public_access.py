"""Does VPC Block Public Access let the connection pass the internet gateway?

It blocks both directions, or what is opened from outside and does not concern a NAT gateway; VPCs and
subnets can be excluded, for both directions or for what they open themselves:
https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.public_access import BlockMode, ExclusionMode, PublicAccess, PublicAccessExclusion
from nlbcheck.language import tell
from nlbcheck.model import Code, Json, Remedy
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

Exclusions = Sequence[PublicAccessExclusion] | NotVisible


def check(
    access: PublicAccess | NotVisible,
    exclusions: Exclusions,
    vpc_id: str,
    subnet_id: str | None,
    *,
    outbound: bool,
    by_nat: bool,
) -> Outcome:
    """Say whether a connection may pass.

    ``outbound`` says that it is opened from inside, ``by_nat`` that a NAT gateway opens it, which stands in
    no subnet where it is a regional one.
    """
    if isinstance(access, NotVisible):
        return Unseen(access)
    evidence: dict[str, Json] = {"mode": access.mode.value if access.mode else None, "outbound": outbound}
    if access.mode is None:
        mode = tell("the mode of VPC Block Public Access")
        return Unseen(_fact(mode, "Options", access.account_region), evidence)
    if access.mode is BlockMode.OFF or (access.mode is BlockMode.INGRESS and by_nat):
        return Passed(evidence)
    if isinstance(exclusions, NotVisible):
        return Unseen(exclusions, evidence)
    about = [item for item in exclusions if item.resource_id in (vpc_id, subnet_id)]
    evidence["exclusions"] = [_describe(item) for item in about]
    helping = [item for item in about if _may_help(item, access.mode, outbound=outbound)]
    certain = [item for item in helping if item.in_force and item.mode]
    if by_nat:
        # Whether a subnet's exclusion is for the machines behind its NAT gateway as well is not documented.
        certain = [item for item in certain if item.resource_id == vpc_id]
    if certain:
        return Passed(evidence)
    if helping:
        what = tell("what the exclusion {name} allows", name=helping[0].id)
        return Unseen(_fact(what, "Exclusions", access.account_region), evidence)
    summary = tell(
        "VPC Block Public Access ({mode}) of account {account}, {region} blocks connections to and from the "
        "internet. {excluded}"
        if access.mode is BlockMode.BIDIRECTIONAL
        else "VPC Block Public Access ({mode}) of account {account}, {region} blocks connections from the "
        "internet. {excluded}",
        mode=access.mode.value,
        account=access.account_region.account,
        region=access.account_region.region,
        excluded=tell(
            "Neither {vpc} nor {subnet} is excluded." if subnet_id else "{vpc} is not excluded.",
            vpc=vpc_id,
            subnet=subnet_id,
        ),
    )
    excluded: dict[str, Json] = {"VpcId": vpc_id} if by_nat or not subnet_id else {"SubnetId": subnet_id}
    fix = _exclude(access, excluded, outbound=outbound)
    return Stopped(Problem(Code.INTERNET_PATH_BLOCKED, summary, fix), evidence)


def _may_help(item: PublicAccessExclusion, mode: BlockMode, *, outbound: bool) -> bool:
    if item.in_force is False:
        return False
    if item.mode is ExclusionMode.EGRESS:
        return outbound and mode is BlockMode.BIDIRECTIONAL
    return True


def _describe(item: PublicAccessExclusion) -> dict[str, Json]:
    return {
        "id": item.id,
        "of": item.resource_id,
        "mode": item.mode.value if item.mode else None,
        "in_force": item.in_force,
    }


def _fact(what: str, of: str, account_region: AccountRegion) -> NotVisible:
    return NotVisible(what, "ec2", f"DescribeVpcBlockPublicAccess{of}", account_region)


def _exclude(access: PublicAccess, resource: dict[str, Json], *, outbound: bool) -> Remedy:
    if access.exclusions_allowed is False:
        text = tell(
            "Ask the team that manages VPC Block Public Access for the organization: its setting allows no "
            "exclusions."
        )
        return remedy.advice(text)
    enough = outbound and access.mode is BlockMode.BIDIRECTIONAL
    mode = ExclusionMode.EGRESS if enough else ExclusionMode.BIDIRECTIONAL
    call = remedy.ec2(
        "CreateVpcBlockPublicAccessExclusion", **resource, InternetGatewayExclusionMode=mode.value
    )
    (name,) = resource.values()
    text = tell("If the team that set it agrees, exclude only {name} ({mode}).", name=name, mode=mode.value)
    return remedy.advice(text, call)
