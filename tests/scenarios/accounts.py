"""What does each account answer, where a network's VPCs and transit gateways belong to several?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy

from nlbcheck.aws.recording import Recording
from tests.scenarios.cloud import Cloud, Object

HOME, THEIRS, HUB = "123456789012", "999999999999", "777777777777"
_LISTED_TO_ALL = "DescribeTransitGateways"
_OF_GATEWAYS = ("DescribeTransitGatewayRouteTables", "DescribeTransitGatewayPeeringAttachments")
_OF_VPCS = ("VpcOwnerId", "ResourceOwnerId")
_PEERINGS = "DescribeVpcPeeringConnections"


def divided(
    cloud: Cloud,
    owners: Mapping[str, str],
    hub: str = HOME,
    zones: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Recording, ...]:
    """Return what each account answers, the load balancer's first.

    ``owners`` are the accounts of VPCs, ``hub`` that of the transit gateways; all else is the load
    balancer's. ``zones`` says by which letter an account calls which zone: ``{account: {"a": "c"}}``.
    """
    accounts = dict.fromkeys((HOME, *owners.values(), hub))
    parts = (_part(cloud, account, owners, hub, (zones or {}).get(account, {})) for account in accounts)
    return tuple(part.recording() for part in parts)


def _part(cloud: Cloud, account: str, owners: Mapping[str, str], hub: str, zones: Mapping[str, str]) -> Cloud:
    part = Cloud(account, cloud.region)
    part.block_mode, part.exclusions = cloud.block_mode, cloud.exclusions
    if account == HOME:
        part.balancers, part.listeners, part.groups = cloud.balancers, cloud.listeners, cloud.groups
        part.attributes, part.targets, part.prefix_lists = cloud.attributes, cloud.targets, cloud.prefix_lists
    if account == hub:
        part.transit_routes = cloud.transit_routes
    for operation, items in cloud.objects.items():
        for item in items:
            seen_by = set(_seen_by(operation, item, owners, hub))
            if account in seen_by:
                part.objects[operation].append(_told(operation, item, owners, hub, zones))
    return part


def _seen_by(operation: str, item: Object, owners: Mapping[str, str], hub: str) -> Iterator[str]:
    """Yield the accounts to which an object is shown."""
    if operation == _LISTED_TO_ALL:
        yield from (HOME, hub, *owners.values())
    elif operation == _PEERINGS:
        for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
            yield owners.get(item[side]["VpcId"], HOME)
    elif operation in _OF_GATEWAYS or item.get("TransitGatewayId"):
        yield hub
        if vpc := _vpc_of(item):
            yield owners.get(vpc, HOME)
    else:
        yield owners.get(_vpc_of(item) or "", HOME)


def _vpc_of(item: Object) -> str | None:
    instances = item.get("Instances")
    vpc = item.get("VpcId") or (instances[0]["VpcId"] if instances else None)
    return str(vpc or item["ResourceId"]) if vpc or item.get("ResourceType") == "vpc" else None


def _told(
    operation: str, item: Object, owners: Mapping[str, str], hub: str, zones: Mapping[str, str]
) -> Object:
    """Return an object as the account sees it that it is shown to."""
    told = deepcopy(item)
    owner = owners.get(_vpc_of(item) or "", HOME)
    told |= {key: owner for key in _OF_VPCS if key in told}
    if "TransitGatewayOwnerId" in told:
        told["TransitGatewayOwnerId"] = hub
    if "OwnerId" in told:
        told["OwnerId"] = hub if operation == _LISTED_TO_ALL else owner
    if operation == _PEERINGS:
        for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
            told[side]["OwnerId"] = owners.get(told[side]["VpcId"], HOME)
    if zone := told.get("AvailabilityZone"):
        told["AvailabilityZone"] = zone[:-1] + zones.get(zone[-1], zone[-1])
    return told
