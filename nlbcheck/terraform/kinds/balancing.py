"""Load balancers."""

from __future__ import annotations

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.listener import LISTENER
from nlbcheck.aws.resources.load_balancer import BALANCER_ATTRIBUTES, LOAD_BALANCER, path_of
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.attribute_lists import CROSS_ZONE, attribute_list
from nlbcheck.terraform.kinds.kind import ResourceKind
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, is_later, texts


def _zones(overlay: Overlay, values: Attributes) -> list[Object] | AfterApply:
    """Return the zones of a load balancer; the provider computes mappings and subnets from each other."""
    mappings, subnets = blocks(values, "subnet_mapping"), texts(values, "subnets")
    if isinstance(mappings, AfterApply) or not mappings:
        later = next((item for item in (subnets, mappings) if isinstance(item, AfterApply)), None)
        if isinstance(subnets, AfterApply) or (later and not subnets):
            return [_zone(overlay, {})] if overlay.alone else later or []
        mappings = [{"subnet_id": subnet} for subnet in subnets]
    return [_zone(overlay, item) for item in mappings]


def _zone(overlay: Overlay, mapping: Object) -> Object:
    """Return a zone with its node's address.

    Where Terraform is all that is asked, a subnet that is not in it leaves the zone without a name, so that
    the load balancer is there all the same: a name in parentheses is none of AWS's.
    """
    subnet, address = mapping.get("subnet_id"), given(mapping, "private_ipv4_address")
    known = overlay.find(SUBNET, subnet) or {}
    zone = known.get("AvailabilityZone") or AfterApply(f"the zone of {subnet}")
    if overlay.alone:
        told = address if isinstance(address, str) else subnet
        subnet = subnet if isinstance(subnet, str) else f"subnet-(of {told})"
        zone = zone if isinstance(zone, str) else f"(the zone of {told})"
    addresses = [{"PrivateIPv4Address": address}] if isinstance(address, str) else []
    return {"ZoneName": zone, "SubnetId": subnet, "LoadBalancerAddresses": addresses}


def _vpc_of(overlay: Overlay, values: Attributes, zones: list[Object] | AfterApply) -> object:
    """Return the VPC of a load balancer: that of its subnets, where they are known."""
    found = given(values, "vpc_id")
    subnets = (
        [] if isinstance(zones, AfterApply) else [overlay.find(SUBNET, zone["SubnetId"]) for zone in zones]
    )
    known = next((subnet["VpcId"] for subnet in subnets if subnet), found)
    if overlay.alone and not isinstance(known, str):
        return f"vpc-(of {values.get('arn')})"
    return known


def _new_balancer(overlay: Overlay, values: Attributes) -> None:
    arn, zones = values.get("arn"), _zones(overlay, values)
    groups = texts(values, "security_groups")
    groups = [] if is_default(groups) else groups
    internal, kind = given(values, "internal"), given(values, "load_balancer_type")
    address_type = given(values, "ip_address_type")
    overlay.create(
        LOAD_BALANCER,
        {
            "LoadBalancerArn": arn,
            "LoadBalancerName": values.get("name"),
            "DNSName": values.get("dns_name"),
            "Scheme": internal
            if is_later(internal)
            else "internal"
            if internal is True
            else "internet-facing",
            "VpcId": _vpc_of(overlay, values, zones),
            "State": {"Code": "active"},
            "Type": "application" if kind is None else kind,
            "AvailabilityZones": zones,
            "IpAddressType": address_type if isinstance(address_type, str) else "ipv4",
            # Unset groups are computed: a new load balancer has none then.
            **({} if not groups or is_default(groups) else {"SecurityGroups": groups}),
        },
    )
    for zone in zones if isinstance(zones, list) else ():
        _new_node(overlay, str(arn), zone, groups)
    cross_zone = given(values, "enable_cross_zone_load_balancing")
    attributes = {CROSS_ZONE: False if cross_zone is None else cross_zone}
    overlay.record(BALANCER_ATTRIBUTES, {"LoadBalancerArn": arn}, {"Attributes": attribute_list(attributes)})
    overlay.answer(LISTENER, {"LoadBalancerArn": arn}, {"Listeners": []})


def _new_node(overlay: Overlay, arn: str, zone: Object, groups: object) -> None:
    """Show the interface of a zone's node, where the configuration gives it an address."""
    subnet = overlay.find(SUBNET, zone["SubnetId"])
    for address in zone["LoadBalancerAddresses"] if subnet else ():
        private = address["PrivateIPv4Address"]
        known = groups if isinstance(groups, list) else []
        overlay.create(
            INTERFACE,
            {
                "NetworkInterfaceId": f"eni-({path_of(arn)}, {private})",
                "Description": f"ELB {path_of(arn)}",
                "InterfaceType": "network_load_balancer",
                "SubnetId": zone["SubnetId"],
                "VpcId": subnet["VpcId"] if subnet else None,
                "AvailabilityZone": zone["ZoneName"],
                "OwnerId": overlay.where.account,
                "Status": "in-use",
                "SourceDestCheck": False,
                "PrivateIpAddress": private,
                "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": private}],
                "Ipv6Addresses": [],
                "Groups": groups if isinstance(groups, AfterApply) else [{"GroupId": item} for item in known],
            },
        )


def _put_balancer(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    if change.is_new:
        _new_balancer(overlay, after)
        return
    arn = after.get("arn")
    if change.changed("enable_cross_zone_load_balancing"):
        value = after.get("enable_cross_zone_load_balancing")
        attributes = attribute_list({CROSS_ZONE: value})
        overlay.call(
            "elbv2", "ModifyLoadBalancerAttributes", {"LoadBalancerArn": arn, "Attributes": attributes}
        )
    groups = texts(after, "security_groups")
    if change.changed("security_groups") and isinstance(groups, list):
        overlay.call("elbv2", "SetSecurityGroups", {"LoadBalancerArn": arn, "SecurityGroups": groups})
    if change.changed("subnet_mapping") or change.changed("subnets"):
        _set_subnets(overlay, after)


def _set_subnets(overlay: Overlay, values: Attributes) -> None:
    balancer, zones = overlay.find(LOAD_BALANCER, values.get("arn")), _zones(overlay, values)
    if balancer is None:
        return
    if isinstance(zones, AfterApply):
        overlay.put(LOAD_BALANCER, {**balancer, "AvailabilityZones": zones})
        return
    mappings = [
        {"SubnetId": zone["SubnetId"], **(zone["LoadBalancerAddresses"] or [{}])[0]} for zone in zones
    ]
    parameters = {"LoadBalancerArn": balancer["LoadBalancerArn"], "SubnetMappings": mappings}
    overlay.call("elbv2", "SetSubnets", parameters)


def _remove_balancer(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(LOAD_BALANCER, str(values.get("arn")))


_BALANCER = ResourceKind(_put_balancer, _remove_balancer, needs=("arn",))
KINDS = {"aws_lb": _BALANCER, "aws_alb": _BALANCER}
