"""Whom does a security group admit?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, maybe, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.ports import PortRange, ports_of, protocol_of
from nlbcheck.aws.resources.peering_connection import PeeringStatus
from nlbcheck.language import marked
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Network


@dataclass(frozen=True, slots=True)
class PrefixListReference:
    """A rule's other side, named by a prefix list."""

    id: str


@dataclass(frozen=True, slots=True)
class GroupReference:
    """A rule's other side, named by a security group."""

    id: str
    account: str | None
    """The group's account, where AWS says it."""
    vpc_id: str | None
    peering_id: str | None
    peering_status: PeeringStatus | None
    """Set for a group of a peered VPC."""


Peer = Network | PrefixListReference | GroupReference
_PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One source or destination that a security group admits; None means that the answer does not say it."""

    protocol: str | None
    ports: PortRange | None
    peer: Peer | None
    place: str = ""
    """Where AWS's answer about the group has it: ``IpPermissions[2]``."""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group."""

    id: str
    account_region: AccountRegion
    name: str
    vpc_id: str | None
    ingress: tuple[SecurityRule, ...]
    egress: tuple[SecurityRule, ...]


def _peers(raw: Raw) -> Iterable[Peer | None]:
    """Yield the peers of a permission; None for one that is not told: where null stands for all lists."""
    if all(raw.get(key) is None for key in _PEERS):
        yield None
    for key, cidr in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for item in _peer_list(raw, key):
            yield fields.network(item, cidr)
    for item in _peer_list(raw, "PrefixListIds"):
        prefix_list = fields.text(item, "PrefixListId")
        yield PrefixListReference(prefix_list) if prefix_list else None
    for item in _peer_list(raw, "UserIdGroupPairs"):
        yield _group_reference(item)


def _group_reference(raw: Raw) -> GroupReference | None:
    """Return a group that a rule names; None where it is not told whether its VPC is still peered."""
    group = fields.text(raw, "GroupId")
    peering_id = fields.text(raw, "VpcPeeringConnectionId")
    status = fields.choice(raw, "PeeringStatus", PeeringStatus)
    is_peered = peering_id is not None or raw.get("PeeringStatus") is not None
    if group is None or (is_peered and status is None):
        return None
    return GroupReference(
        id=group,
        account=fields.text(raw, "UserId"),
        vpc_id=fields.text(raw, "VpcId"),
        peering_id=peering_id,
        peering_status=status,
    )


def _peer_list(raw: Raw, key: str) -> tuple[Raw, ...]:
    """Return a permission's list of peers; one that cannot be read hides any peer, and so does a missing one.

    AWS writes all of them, that of IPv6 since 2016.
    """
    try:
        may_be_missing = key in raw or key == "Ipv6Ranges"
        return fields.objects_if_any(raw, key) if may_be_missing else fields.objects(raw, key)
    except UnreadableError:
        return ({},)


def _rules(raw: Raw, key: str) -> Iterable[SecurityRule]:
    for number, permission in enumerate(fields.objects(raw, key)):
        protocol = protocol_of(permission, "IpProtocol")
        ports = ports_of(protocol, permission, "FromPort", "ToPort")
        for peer in _peers(permission):
            yield SecurityRule(protocol, ports, peer, f"{key}[{number}]")


def _security_group(raw: Raw, account_region: AccountRegion) -> SecurityGroup:
    group_id = fields.needed(raw, "GroupId")
    return SecurityGroup(
        id=group_id,
        account_region=owned(raw, account_region),
        name=fields.text(raw, "GroupName") or group_id,
        vpc_id=fields.text(raw, "VpcId"),
        ingress=tuple(_rules(raw, "IpPermissions")),
        egress=tuple(_rules(raw, "IpPermissionsEgress")),
    )


SECURITY_GROUP = Kind(
    marked("security group"), "ec2", "DescribeSecurityGroups", ("SecurityGroups",), "GroupId",
    _security_group,
    {"GroupIds": "group-id"}, {"vpc-id": maybe("VpcId")}, leads_on=False,
)  # fmt: skip


class SecurityGroupLookups(Lookups):
    """Lookups of security groups."""

    def security_group(
        self, key: str, account_region: AccountRegion | None = None
    ) -> SecurityGroup | Absent | NotVisible:
        """Return a security group by its id."""
        return self.by_id(SECURITY_GROUP, key, account_region)
