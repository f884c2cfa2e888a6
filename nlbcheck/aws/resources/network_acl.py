"""What does a network ACL let into and out of its subnets?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.ports import PortRange, ports_of, protocol_of
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Network


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One numbered rule of a network ACL; None in a field means that the answer does not say it."""

    number: int
    egress: bool
    protocol: str | None
    """``tcp``, ``udp``, ``icmp``, ``all``, or another protocol's number as text."""
    cidr: Network | None
    ports: PortRange | None
    allow: bool | None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL with its entries in the order of their numbers."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    default: bool | None
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


_ALLOWS = {"allow": True, "deny": False}


def _acl_entry(raw: Raw) -> AclEntry:
    protocol = protocol_of(raw, "Protocol")
    return AclEntry(
        number=fields.needed_number(raw, "RuleNumber"),
        egress=fields.needed_flag(raw, "Egress"),
        protocol=protocol,
        cidr=fields.network(raw, "CidrBlock") or fields.network(raw, "Ipv6CidrBlock"),
        ports=ports_of(protocol, fields.inner(raw, "PortRange"), "From", "To"),
        allow=_ALLOWS.get(fields.text(raw, "RuleAction") or ""),
    )


def _network_acl(raw: Raw, account_region: AccountRegion) -> NetworkAcl:
    entries = [_acl_entry(item) for item in fields.objects(raw, "Entries")]
    return NetworkAcl(
        id=fields.needed(raw, "NetworkAclId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        default=fields.flag(raw, "IsDefault"),
        subnet_ids=tuple(fields.needed(item, "SubnetId") for item in fields.objects(raw, "Associations")),
        entries=tuple(sorted(entries, key=lambda entry: entry.number)),
    )


NETWORK_ACL = Kind(
    marked("network ACL"), "ec2", "DescribeNetworkAcls", ("NetworkAcls",), "NetworkAclId", _network_acl,
    {"NetworkAclIds": "network-acl-id"},
    {"vpc-id": each("VpcId"), "association.subnet-id": each("Associations", "SubnetId")}, leads_on=False,
)  # fmt: skip


class NetworkAclLookups(Lookups):
    """Lookups of network ACLs."""

    def network_acl(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NetworkAcl | Absent | NotVisible:
        """Return a network ACL by its id."""
        return self.by_id(NETWORK_ACL, key, account_region)

    def network_acl_of(self, subnet: Subnet) -> NetworkAcl | Absent | NotVisible:
        """Return the network ACL of a subnet."""
        what = tell("the network ACL of {subnet}", subnet=subnet.id)
        return self.one(
            NETWORK_ACL,
            what,
            [subnet.account_region],
            {"association.subnet-id": subnet.id, "vpc-id": subnet.vpc_id},
        )
