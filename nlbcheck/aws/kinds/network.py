"""How are VPCs, subnets, route tables, network ACLs, security groups and prefix lists read?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, Values, each, maybe, owned
from nlbcheck.aws.network import (
    ALL_PORTS,
    AclEntry,
    GroupReference,
    NetworkAcl,
    Peer,
    PortRange,
    PrefixList,
    PrefixListReference,
    Route,
    RouteOrigin,
    RouteState,
    RouteTable,
    RouteTargetKind,
    SecurityGroup,
    SecurityRule,
    Subnet,
    Vpc,
)
from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Network

_CIDR_STATES = {"associating", "associated", "disassociating", "disassociated", "failing", "failed"}


def _vpc(raw: Raw, account_region: AccountRegion) -> Vpc:
    cidrs = [
        *_associated(fields.objects(raw, "CidrBlockAssociationSet"), "CidrBlock", "CidrBlockState"),
        *_associated(
            fields.objects_if_any(raw, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", "Ipv6CidrBlockState"
        ),
    ]
    primary = fields.network(raw, "CidrBlock")
    return Vpc(
        id=fields.needed(raw, "VpcId"),
        account_region=AccountRegion(fields.needed(raw, "OwnerId"), account_region.region),
        name=fields.name_tag(raw),
        cidrs=tuple(sorted(cidrs, key=lambda cidr: cidr != primary)),
    )


def _associated(items: Iterable[Raw], block: str, state_field: str) -> Iterable[Network]:
    for item in items:
        state = fields.text(fields.inner(item, state_field), "State")
        if state not in _CIDR_STATES:
            raise UnreadableError(state_field)
        if state == "associated":
            yield fields.needed_network(item, block)


def _subnet(raw: Raw, account_region: AccountRegion) -> Subnet:
    ipv6 = _associated(
        fields.objects_if_any(raw, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", "Ipv6CidrBlockState"
    )
    ipv4 = [] if fields.flag(raw, "Ipv6Native") else [fields.needed_network(raw, "CidrBlock")]
    return Subnet(
        id=fields.needed(raw, "SubnetId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        zone=fields.needed(raw, "AvailabilityZone"),
        cidrs=(*ipv4, *ipv6),
    )


_ROUTE_TARGETS = {
    "TransitGatewayId": RouteTargetKind.TRANSIT_GATEWAY,
    "VpcPeeringConnectionId": RouteTargetKind.PEERING,
    "NatGatewayId": RouteTargetKind.NAT_GATEWAY,
    "NetworkInterfaceId": RouteTargetKind.NETWORK_INTERFACE,
    "EgressOnlyInternetGatewayId": RouteTargetKind.EGRESS_ONLY_GATEWAY,
    "LocalGatewayId": RouteTargetKind.LOCAL_GATEWAY,
    "CarrierGatewayId": RouteTargetKind.CARRIER_GATEWAY,
    "CoreNetworkArn": RouteTargetKind.CORE_NETWORK,
}
_GATEWAY_PREFIXES = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
}


def _route(raw: Raw) -> Route:
    kind, target = None, None
    for key, candidate in _ROUTE_TARGETS.items():
        if found := fields.text(raw, key):
            kind, target = candidate, found
            break
    else:
        if gateway := fields.text(raw, "GatewayId"):
            kind, target = _GATEWAY_PREFIXES.get(gateway.partition("-")[0]), gateway
    return Route(
        destination=fields.network(raw, "DestinationCidrBlock")
        or fields.network(raw, "DestinationIpv6CidrBlock"),
        prefix_list_id=fields.text(raw, "DestinationPrefixListId"),
        target_kind=kind,
        target_id=target,
        state=fields.choice(raw, "State", RouteState),
        origin=fields.choice(raw, "Origin", RouteOrigin),
    )


def _associations(raw: Raw) -> list[Raw]:
    """Return a route table's associations that are in force; each must say what it is with."""
    found = []
    for item in fields.objects(raw, "Associations"):
        partner = any(fields.text(item, name) for name in ("SubnetId", "GatewayId", "PublicIpv4Pool"))
        if not partner and not fields.needed_flag(item, "Main"):
            raise UnreadableError("Associations")
        # Answers from before 2020 have no AssociationState.
        state = fields.text(fields.inner(item, "AssociationState"), "State")
        if state not in ("disassociating", "disassociated", "failed"):
            found.append(item)
    return found


def _route_table(raw: Raw, account_region: AccountRegion) -> RouteTable:
    associations = _associations(raw)
    return RouteTable(
        id=fields.needed(raw, "RouteTableId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        main=any(fields.needed_flag(item, "Main") for item in associations),
        subnet_ids=tuple(found for item in associations if (found := fields.text(item, "SubnetId"))),
        routes=tuple(_route(item) for item in fields.objects(raw, "Routes")),
        propagating_vgw_ids=tuple(
            fields.needed(item, "GatewayId") for item in fields.objects_if_any(raw, "PropagatingVgws")
        ),
    )


def _associated_with(key: str) -> Values:
    return lambda raw: [found for item in _associations(raw) if (found := fields.text(item, key))]


def _main(raw: Raw) -> Iterable[str]:
    return ["true" if any(fields.needed_flag(item, "Main") for item in _associations(raw)) else "false"]


_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}
_NAMED = ("tcp", "udp", "icmp", "icmpv6")


def _protocol(raw: Raw, key: str) -> str | None:
    """Return a protocol's name, or its number as text; None for a name that is not known here."""
    value = fields.text(raw, key) or ""
    known = value in _NAMED or (value.isascii() and value.isdigit())
    return _PROTOCOLS.get(value, value if known else None)


def _ports(protocol: str | None, raw: Raw, first: str, last: str) -> PortRange | None:
    if protocol is None:
        return None
    if protocol not in ("tcp", "udp"):
        return ALL_PORTS
    low, high = fields.number(raw, first), fields.number(raw, last)
    return PortRange(low, high) if low is not None and high is not None and 0 <= low <= high else None


_ALLOWS = {"allow": True, "deny": False}


def _acl_entry(raw: Raw) -> AclEntry:
    protocol = _protocol(raw, "Protocol")
    return AclEntry(
        number=fields.needed_number(raw, "RuleNumber"),
        egress=fields.needed_flag(raw, "Egress"),
        protocol=protocol,
        cidr=fields.network(raw, "CidrBlock") or fields.network(raw, "Ipv6CidrBlock"),
        ports=_ports(protocol, fields.inner(raw, "PortRange"), "From", "To"),
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


def _peers(raw: Raw) -> Iterable[Peer | None]:
    for key, cidr in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for item in _peer_list(raw, key):
            yield fields.network(item, cidr)
    for item in _peer_list(raw, "PrefixListIds"):
        prefix_list = fields.text(item, "PrefixListId")
        yield PrefixListReference(prefix_list) if prefix_list else None
    for item in _peer_list(raw, "UserIdGroupPairs"):
        yield _group_reference(item)


def _group_reference(raw: Raw) -> GroupReference | None:
    group = fields.text(raw, "GroupId")
    if group is None:
        return None
    return GroupReference(
        id=group,
        account=fields.text(raw, "UserId"),
        vpc_id=fields.text(raw, "VpcId"),
        peering_id=fields.text(raw, "VpcPeeringConnectionId"),
        peering_status=fields.text(raw, "PeeringStatus"),
    )


def _peer_list(raw: Raw, key: str) -> tuple[Raw, ...]:
    """Return a permission's list of peers; AWS always writes it, so a missing one hides any peer."""
    try:
        return fields.objects(raw, key)
    except UnreadableError:
        return ({},)


def _rules(permissions: Iterable[Raw]) -> Iterable[SecurityRule]:
    for permission in permissions:
        protocol = _protocol(permission, "IpProtocol")
        ports = _ports(protocol, permission, "FromPort", "ToPort")
        for peer in _peers(permission):
            yield SecurityRule(protocol, ports, peer)


def _security_group(raw: Raw, account_region: AccountRegion) -> SecurityGroup:
    group_id = fields.needed(raw, "GroupId")
    return SecurityGroup(
        id=group_id,
        account_region=owned(raw, account_region),
        name=fields.text(raw, "GroupName") or group_id,
        vpc_id=fields.text(raw, "VpcId"),
        ingress=tuple(_rules(fields.objects(raw, "IpPermissions"))),
        egress=tuple(_rules(fields.objects(raw, "IpPermissionsEgress"))),
    )


def _prefix_list(raw: Raw, account_region: AccountRegion) -> PrefixList:
    return PrefixList(
        id=fields.needed(raw, "PrefixListId"),
        account_region=account_region,
        entries=tuple(fields.needed_network(item, "Cidr") for item in fields.objects(raw, "Entries")),
    )


VPC = Kind(
    "VPC", "ec2", "DescribeVpcs", ("Vpcs",), "VpcId", _vpc, {"VpcIds": "vpc-id"},
)  # fmt: skip
SUBNET = Kind(
    "subnet", "ec2", "DescribeSubnets", ("Subnets",), "SubnetId", _subnet,
    {"SubnetIds": "subnet-id"}, {"vpc-id": each("VpcId")},
)  # fmt: skip
ROUTE_TABLE = Kind(
    "route table", "ec2", "DescribeRouteTables", ("RouteTables",), "RouteTableId", _route_table,
    {"RouteTableIds": "route-table-id"},
    {
        "vpc-id": each("VpcId"),
        "association.subnet-id": _associated_with("SubnetId"),
        "association.gateway-id": _associated_with("GatewayId"),
        "association.main": _main,
    },
)  # fmt: skip
NETWORK_ACL = Kind(
    "network ACL", "ec2", "DescribeNetworkAcls", ("NetworkAcls",), "NetworkAclId", _network_acl,
    {"NetworkAclIds": "network-acl-id"},
    {"vpc-id": each("VpcId"), "association.subnet-id": each("Associations", "SubnetId")}, leads_on=False,
)  # fmt: skip
SECURITY_GROUP = Kind(
    "security group", "ec2", "DescribeSecurityGroups", ("SecurityGroups",), "GroupId", _security_group,
    {"GroupIds": "group-id"}, {"vpc-id": maybe("VpcId")}, leads_on=False,
)  # fmt: skip
PREFIX_LIST = Kind(
    "prefix list", "ec2", "GetManagedPrefixListEntries", (), "PrefixListId", _prefix_list,
    {"PrefixListId": "prefix-list-id"},
)  # fmt: skip
