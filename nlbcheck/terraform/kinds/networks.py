"""VPCs and subnets.

A new VPC has a main route table with the local route, a default network ACL that admits everything, and a
default security group: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.acls import use_acl
from nlbcheck.terraform.kinds.kind import ResourceKind, joint, whole
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import given, renamed, tags


def local_route(block: object) -> Object:
    """Return the route by which a VPC's own range is reached."""
    return {
        "DestinationCidrBlock": block, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
    }  # fmt: skip


def ranges(overlay: Overlay, vpc: object) -> list[object]:
    """Return the ranges of a VPC, as far as they are shown."""
    found = overlay.find(VPC, vpc)
    shown = found.get("CidrBlockAssociationSet", ()) if found else ()
    return [item.get("CidrBlock") for item in shown]


def _association(block: object) -> Object:
    return {
        "AssociationId": f"vpc-cidr-assoc-({block})",
        "CidrBlock": block,
        "CidrBlockState": {"State": "associated"},
    }


def _vpc(overlay: Overlay, values: Attributes) -> Object:
    block = values.get("cidr_block")
    return {
        "VpcId": values.get("id"),
        "OwnerId": given(values, "owner_id") or overlay.where.account,
        "CidrBlock": block,
        "CidrBlockAssociationSet": [_association(block)],
        "Tags": tags(values),
    }


_VPC = whole(VPC, _vpc)


def _put_vpc(overlay: Overlay, change: ResourceChange) -> None:
    if not change.is_new:
        return  # no attribute of a VPC that carries packets can be changed
    _VPC.put(overlay, change)
    after = change.after or {}
    if overlay.alone and isinstance(given(after, "main_route_table_id"), str):
        return  # it is there already, and what is in it is not Terraform's
    key = str(after.get("id"))
    table, owner = f"rtb-({change.address}: main)", overlay.where.account
    association = {"Main": True, "RouteTableAssociationId": f"rtbassoc-({key})", "RouteTableId": table}
    overlay.create(
        ROUTE_TABLE,
        {
            "RouteTableId": table, "VpcId": key, "OwnerId": owner, "Associations": [association],
            "Routes": [local_route(after.get("cidr_block"))], "PropagatingVgws": [], "Tags": [],
        },
    )  # fmt: skip
    overlay.create(
        NETWORK_ACL,
        {
            "NetworkAclId": f"acl-({change.address}: default)", "VpcId": key, "OwnerId": owner,
            "IsDefault": True, "Associations": [], "Entries": list(_default_entries()), "Tags": [],
        },
    )  # fmt: skip


def _default_entries() -> Iterator[Object]:
    for number, action in ((100, "allow"), (32767, "deny")):
        for egress in (True, False):
            yield {
                "CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action,
                "RuleNumber": number,
            }  # fmt: skip


def _put_range(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    vpc, block = overlay.find(VPC, after.get("vpc_id")), after.get("cidr_block")
    if vpc is None:
        return
    vpc["CidrBlockAssociationSet"] = [*vpc["CidrBlockAssociationSet"], _association(block)]
    overlay.put(VPC, vpc)
    for table in list(overlay.objects(ROUTE_TABLE)):
        if table.get("VpcId") == vpc["VpcId"]:
            overlay.put(ROUTE_TABLE, {**table, "Routes": [*table["Routes"], local_route(block)]})


def _remove_range(overlay: Overlay, values: Attributes) -> None:
    vpc, block = overlay.find(VPC, values.get("vpc_id")), values.get("cidr_block")
    if vpc is None:
        return
    kept = [item for item in vpc["CidrBlockAssociationSet"] if item.get("CidrBlock") != block]
    overlay.put(VPC, {**vpc, "CidrBlockAssociationSet": kept})
    for table in list(overlay.objects(ROUTE_TABLE)):
        if table.get("VpcId") == vpc["VpcId"]:
            routes = [route for route in table["Routes"] if route != local_route(block)]
            overlay.put(ROUTE_TABLE, {**table, "Routes": routes})


def _subnet(overlay: Overlay, values: Attributes) -> Object:
    names = {
        "id": "SubnetId",
        "vpc_id": "VpcId",
        "cidr_block": "CidrBlock",
        "availability_zone": "AvailabilityZone",
        "availability_zone_id": "AvailabilityZoneId",
    }
    owner = given(values, "owner_id")
    return {
        **renamed(values, names),
        "OwnerId": owner if isinstance(owner, str) else overlay.where.account,
        "Tags": tags(values),
    }


_SUBNET = whole(SUBNET, _subnet, Ipv6CidrBlockAssociationSet=[], State="available")


def _put_subnet(overlay: Overlay, change: ResourceChange) -> None:
    _SUBNET.put(overlay, change)
    after = change.after or {}
    if change.is_new and not overlay.alone:
        default = (
            item["NetworkAclId"]
            for item in overlay.objects(NETWORK_ACL)
            if item.get("VpcId") == after.get("vpc_id") and item.get("IsDefault")
        )
        use_acl(overlay, str(after.get("id")), next(default, ""))


KINDS = {
    "aws_vpc": ResourceKind(_put_vpc, _VPC.remove),
    "aws_default_vpc": ResourceKind(_put_vpc, lambda *_: None),
    "aws_subnet": ResourceKind(_put_subnet, _SUBNET.remove),
    "aws_default_subnet": ResourceKind(_put_subnet, lambda *_: None),
    "aws_vpc_ipv4_cidr_block_association": joint(_put_range, _remove_range, "vpc_id", "cidr_block"),
}
