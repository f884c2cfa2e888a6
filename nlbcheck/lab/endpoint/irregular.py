"""Which filters do not say where their values stand in the answer?

Their meanings: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/, each call's ``Filter.N``.
"""

from __future__ import annotations

from collections.abc import Mapping


def _permissions(direction: str, field: str, *regular: str) -> dict[str, tuple[str, ...]]:
    inner = {
        "cidr": "IpRanges.CidrIp",
        "ipv6-cidr": "Ipv6Ranges.CidrIpv6",
        "group-id": "UserIdGroupPairs.GroupId",
        "group-name": "UserIdGroupPairs.GroupName",
        "user-id": "UserIdGroupPairs.UserId",
        "prefix-list-id": "PrefixListIds.PrefixListId",
        "protocol": "IpProtocol",
        **{name: {"from-port": "FromPort", "to-port": "ToPort"}[name] for name in regular},
    }
    return {f"{direction}ip-permission.{name}": (f"{field}.{path}",) for name, path in inner.items()}


FILTERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "DescribeVpcs": {
        "cidr": ("CidrBlock",),
        "cidr-block-association.state": ("CidrBlockAssociationSet.CidrBlockState.State",),
        "ipv6-cidr-block-association.state": ("Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",),
    },
    "DescribeSubnets": {
        "ipv6-cidr-block-association.state": ("Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",),
    },
    "DescribeNetworkAcls": {
        "association.association-id": ("Associations.NetworkAclAssociationId",),
        "default": ("IsDefault",),
        "entry.cidr": ("Entries.CidrBlock",),
        "entry.ipv6-cidr": ("Entries.Ipv6CidrBlock",),
        "entry.icmp.code": ("Entries.IcmpTypeCode.Code",),
        "entry.icmp.type": ("Entries.IcmpTypeCode.Type",),
    },
    "DescribeSecurityGroups": {
        **_permissions("", "IpPermissions"),
        **_permissions("egress.", "IpPermissionsEgress", "from-port", "to-port"),
    },
    "DescribeNetworkInterfaces": {
        "addresses.association.owner-id": ("PrivateIpAddresses.Association.IpOwnerId",),
        "addresses.association.public-ip": ("PrivateIpAddresses.Association.PublicIp",),
        "addresses.primary": ("PrivateIpAddresses.Primary",),
        "addresses.private-ip-address": ("PrivateIpAddresses.PrivateIpAddress",),
        "group-id": ("Groups.GroupId",),
    },
    "DescribeInstances": {
        "availability-zone": ("Placement.AvailabilityZone",),
        "dns-name": ("PublicDnsName",),
        "instance-state-code": ("State.Code",),
        "instance-state-name": ("State.Name",),
        "instance.group-id": ("SecurityGroups.GroupId",),
        "instance.group-name": ("SecurityGroups.GroupName",),
        "ip-address": ("PublicIpAddress",),
        "network-interface.addresses.primary": ("NetworkInterfaces.PrivateIpAddresses.Primary",),
        "network-interface.addresses.private-ip-address": (
            "NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress",
        ),
        "network-interface.group-id": ("NetworkInterfaces.Groups.GroupId",),
        "tenancy": ("Placement.Tenancy",),
    },
    "DescribeVpcPeeringConnections": {
        "status-code": ("Status.Code",),
        "status-message": ("Status.Message",),
    },
    "DescribeVpnGateways": {
        "attachment.state": ("VpcAttachments.State",),
        "attachment.vpc-id": ("VpcAttachments.VpcId",),
    },
    "DescribeTransitGatewayPeeringAttachments": {
        "transit-gateway-id": ("RequesterTgwInfo.TransitGatewayId", "AccepterTgwInfo.TransitGatewayId"),
    },
    "SearchTransitGatewayRoutes": {
        "attachment.transit-gateway-attachment-id": ("TransitGatewayAttachments.TransitGatewayAttachmentId",),
        "attachment.resource-id": ("TransitGatewayAttachments.ResourceId",),
        "attachment.resource-type": ("TransitGatewayAttachments.ResourceType",),
        "route-search.exact-match": ("DestinationCidrBlock",),
    },
}
"""By call and filter: the paths where its values may stand."""
