"""Load balancers, target groups, listeners, and who is registered.

What an attribute is that Terraform leaves to AWS: client IP preservation is on by default for targets by
instance id, and for every protocol but TCP and TLS
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.listener import LISTENER, RULES
from nlbcheck.aws.resources.load_balancer import BALANCER_ATTRIBUTES, LOAD_BALANCER
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.target_group import GROUP_ATTRIBUTES, TARGET_GROUP, TARGETS
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import Object
from nlbcheck.aws.writes.listeners import use_groups
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import block, blocks, given, is_later, renamed, tags, texts

_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def _attributes(values: Mapping[str, Any]) -> list[Object]:
    """Return attributes as AWS lists them: every value is text."""
    return [
        {"Key": key, "Value": str(value).lower() if isinstance(value, (bool, int)) else value}
        for key, value in values.items()
        if value is not None
    ]


def _zones(overlay: Overlay, values: Attributes) -> list[Object] | AfterApply:
    """Return the zones of a load balancer; the provider computes mappings and subnets from each other."""
    mappings, subnets = blocks(values, "subnet_mapping"), texts(values, "subnets")
    if isinstance(mappings, AfterApply) or not mappings:
        if isinstance(subnets, AfterApply):
            return [_zone(overlay, {})] if overlay.alone else subnets
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
            **({"SecurityGroups": groups} if isinstance(groups, list) and groups else {}),
        },
    )
    cross_zone = given(values, "enable_cross_zone_load_balancing")
    attributes = {_CROSS_ZONE: False if cross_zone is None else cross_zone}
    overlay.record(BALANCER_ATTRIBUTES, {"LoadBalancerArn": arn}, {"Attributes": _attributes(attributes)})
    overlay.answer(LISTENER, {"LoadBalancerArn": arn}, {"Listeners": []})


def _put_balancer(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    if change.is_new:
        _new_balancer(overlay, after)
        return
    arn = after.get("arn")
    if change.changed("enable_cross_zone_load_balancing"):
        value = after.get("enable_cross_zone_load_balancing")
        attributes = _attributes({_CROSS_ZONE: value})
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


_CHECKS: Mapping[str, str] = {
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
    "path": "HealthCheckPath",
}


def _checked(values: Attributes) -> Object:
    """Return how a group's targets are checked; an unset block is what AWS does by default."""
    found = block(values, "health_check")
    shown = {"HealthCheckProtocol": "TCP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": True}
    set_ = {name: value for name, value in renamed(found, _CHECKS).items() if not is_later(value)}
    matcher = given(found, "matcher")
    return shown | set_ | ({"Matcher": {"HttpCode": matcher}} if isinstance(matcher, str) else {})


def _group_attributes(values: Attributes) -> Object:
    protocol, kind = given(values, "protocol"), given(values, "target_type")
    preserved = given(values, "preserve_client_ip")
    if preserved is None or is_later(preserved):
        preserved = kind in (None, "instance", "alb") or protocol not in ("TCP", "TLS")
    cross_zone = given(values, "load_balancing_cross_zone_enabled")
    unset = cross_zone is None or is_later(cross_zone)
    return {
        "preserve_client_ip.enabled": preserved,
        "proxy_protocol_v2.enabled": given(values, "proxy_protocol_v2") is True,
        _CROSS_ZONE: "use_load_balancer_configuration" if unset else cross_zone,
    }


def _new_group(overlay: Overlay, values: Attributes) -> None:
    arn = values.get("arn")
    names = {"name": "TargetGroupName", "port": "Port", "protocol": "Protocol", "vpc_id": "VpcId"}
    kind = given(values, "target_type")
    overlay.create(
        TARGET_GROUP,
        {
            "TargetGroupArn": arn,
            **renamed(values, names),
            "TargetType": "instance" if kind is None else kind,
            "IpAddressType": "ipv4",
            "LoadBalancerArns": [],
            **_checked(values),
            "Tags": tags(values),
        },
    )
    attributes = _attributes(_group_attributes(values))
    overlay.record(GROUP_ATTRIBUTES, {"TargetGroupArn": arn}, {"Attributes": attributes})
    overlay.record(TARGETS, {"TargetGroupArn": arn}, {"TargetHealthDescriptions": []})


def _put_group(overlay: Overlay, change: ResourceChange) -> None:
    before, after = change.before or {}, change.after or {}
    if change.is_new:
        _new_group(overlay, after)
        return
    arn, now, then = after.get("arn"), _group_attributes(before), _group_attributes(after)
    differs = {key: value for key, value in then.items() if now[key] != value}
    if differs:
        parameters = {"TargetGroupArn": arn, "Attributes": _attributes(differs)}
        overlay.call("elbv2", "ModifyTargetGroupAttributes", parameters)
    if change.changed("health_check"):
        overlay.call("elbv2", "ModifyTargetGroup", {"TargetGroupArn": arn, **_checked(after)})


def _remove_group(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(TARGET_GROUP, str(values.get("arn")))


def _actions(values: Attributes) -> list[Object] | AfterApply:
    found = blocks(values, "default_action")
    return found if isinstance(found, AfterApply) else [_action(item) for item in found]


def _action(values: Object) -> Object:
    forward = block(values, "forward")
    groups = blocks(forward, "target_group") if forward else []
    single = given(values, "target_group_arn")
    if isinstance(groups, AfterApply) or (not groups and isinstance(single, AfterApply)):
        later = groups if isinstance(groups, AfterApply) else single
        return {"Type": given(values, "type"), "ForwardConfig": {"TargetGroups": later}}
    shown = [_weighted(item) for item in groups] or (
        [{"TargetGroupArn": single, "Weight": 1}] if single else []
    )
    one = {"TargetGroupArn": shown[0]["TargetGroupArn"]} if len(shown) == 1 else {}
    return {"Type": given(values, "type"), **one, "Order": 1, "ForwardConfig": {"TargetGroups": shown}}


def _weighted(values: Object) -> Object:
    weight = given(values, "weight")
    return {"TargetGroupArn": values.get("arn"), "Weight": 1 if weight is None else weight}


def _put_listener(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    arn, balancer = after.get("arn"), after.get("load_balancer_arn")
    if isinstance(balancer, AfterApply):
        for key in overlay.created.get(LOAD_BALANCER.noun, ()):
            overlay.answer(LISTENER, {"LoadBalancerArn": key}, {"Listeners": balancer})
        return
    known = None if change.is_new else overlay.find(LISTENER, arn)
    if not change.is_new and known is None:
        return
    if not overlay.alone and _taken(overlay, balancer, arn, after.get("port")):
        raise RefusedError("the load balancer has a listener on that port already")
    secured = block(after, "mutual_authentication")
    listener: Object = {
        **(known or {}), "ListenerArn": arn, "LoadBalancerArn": balancer, "Port": after.get("port"),
        "Protocol": given(after, "protocol"), "DefaultActions": _actions(after),
        **({"MutualAuthentication": {"Mode": secured.get("mode")}} if secured else {}),
    }  # fmt: skip
    overlay.put(LISTENER, listener)
    default = {
        "IsDefault": True,
        "Priority": "default",
        "Conditions": [],
        "Actions": listener["DefaultActions"],
    }
    rules = {"Rules": [{"RuleArn": f"{arn}/default", **default}]}
    if change.is_new:
        overlay.record(RULES, {"ListenerArn": arn}, rules)
    _used(overlay, balancer)


def _used(overlay: Overlay, balancer: object) -> None:
    if all(isinstance(listener["DefaultActions"], list) for listener in overlay.objects(LISTENER)):
        use_groups(overlay, str(balancer))


def _taken(overlay: Overlay, balancer: object, arn: object, port: object) -> bool:
    return any(
        (other["LoadBalancerArn"], other["Port"]) == (balancer, port) and other["ListenerArn"] != arn
        for other in overlay.objects(LISTENER)
    )


def _remove_listener(overlay: Overlay, values: Attributes) -> None:
    listener = overlay.find(LISTENER, values.get("arn"))
    overlay.remove(LISTENER, str(values.get("arn")))
    if listener:
        _used(overlay, listener["LoadBalancerArn"])


def _register(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    arn, target = after.get("target_group_arn"), after.get("target_id")
    if isinstance(arn, AfterApply):
        overlay.hide(TARGETS, ["TargetHealthDescriptions"], arn)
        return
    group, response = overlay.find(TARGET_GROUP, arn), overlay.recorded(TARGETS, str(arn))
    if response is None or isinstance(response.get("TargetHealthDescriptions"), AfterApply):
        return
    port = given(after, "port") or (group or {}).get("Port")
    zone = given(after, "availability_zone")
    if zone is None or is_later(zone):
        zone = _zone_of(overlay, group or {}, target)
    shown = {"Id": target, "Port": port, **({"AvailabilityZone": zone} if zone else {})}
    check = (group or {}).get("HealthCheckPort", "traffic-port")
    item = {
        "Target": shown, "HealthCheckPort": str(port) if check == "traffic-port" else check,
        "TargetHealth": {"State": "initial", "Reason": "Elb.InitialHealthChecking"},
    }  # fmt: skip
    others = [other for other in response["TargetHealthDescriptions"] if not _same(other["Target"], shown)]
    overlay.respond(TARGETS, str(arn), {**response, "TargetHealthDescriptions": [*others, item]})


def _same(one: Object, other: Object) -> bool:
    return one.get("Id") == other.get("Id") and one.get("Port") == other.get("Port")


def _zone_of(overlay: Overlay, group: Object, target: object) -> str | None:
    """Return the zone that AWS finds by itself, where the network is shown; None where it is not.

    An address outside the VPC has none: AWS refuses it without the zone all.
    """
    vpc = overlay.find(VPC, group.get("VpcId"))
    try:
        address = ip_address(str(target))
    except ValueError:
        return None
    if vpc is None:
        return None
    for subnet in overlay.objects(SUBNET):
        if subnet.get("VpcId") == group.get("VpcId") and _lies_in(address, [subnet.get("CidrBlock")]):
            return str(subnet["AvailabilityZone"])
    blocks_ = [item.get("CidrBlock") for item in vpc["CidrBlockAssociationSet"]]
    known = all(isinstance(item, str) for item in blocks_)
    if known and not _lies_in(address, blocks_) and not overlay.alone:
        raise RefusedError("an address outside the VPC needs the zone all")
    return None


def _lies_in(address: Any, cidrs: Iterable[object]) -> bool:  # noqa: ANN401  # an address of either family
    return any(address in ip_network(cidr, strict=False) for cidr in cidrs if isinstance(cidr, str))


def _deregister(overlay: Overlay, values: Attributes) -> None:
    arn = values.get("target_group_arn")
    group, response = overlay.find(TARGET_GROUP, arn) or {}, overlay.recorded(TARGETS, str(arn))
    if response is None:
        return
    gone = {"Id": values.get("target_id"), "Port": given(values, "port") or group.get("Port")}
    kept = [item for item in response["TargetHealthDescriptions"] if not _same(item["Target"], gone)]
    overlay.respond(TARGETS, str(arn), {**response, "TargetHealthDescriptions": kept})


def _by_others(attribute: str) -> ResourceKind:
    """Return a kind that registers targets which no plan shows, such as those of an Auto Scaling group."""

    def put(overlay: Overlay, change: ResourceChange) -> None:
        after = change.after or {}
        named = (
            [given(item, "target_group_arn") for item in _services(after)]
            if attribute == "load_balancer"
            else []
        )
        found = texts(after, attribute) if attribute == "target_group_arns" else [given(after, attribute)]
        for arn in [*named, *(found if isinstance(found, list) else [])]:
            if isinstance(arn, str) and overlay.recorded(TARGETS, arn) is not None:
                hidden = AfterApply(f"which targets {change.address} registers")
                overlay.respond(TARGETS, arn, {"TargetHealthDescriptions": hidden})

    return ResourceKind(put, lambda *_: None, is_part=True, is_amended=False)


def _services(values: Attributes) -> list[Object]:
    found = blocks(values, "load_balancer")
    return found if isinstance(found, list) else []


_BALANCER = ResourceKind(_put_balancer, _remove_balancer)
_GROUP = ResourceKind(_put_group, _remove_group)
_LISTENER = ResourceKind(_put_listener, _remove_listener, is_part=True)
_ATTACHMENT = ResourceKind(_register, _deregister, is_part=True, is_amended=False)
KINDS = {
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_target_group": _GROUP,
    "aws_alb_target_group": _GROUP,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_target_group_attachment": _ATTACHMENT,
    "aws_alb_target_group_attachment": _ATTACHMENT,
    "aws_autoscaling_attachment": _by_others("lb_target_group_arn"),
    "aws_autoscaling_group": _by_others("target_group_arns"),
    "aws_ecs_service": _by_others("load_balancer"),
}
