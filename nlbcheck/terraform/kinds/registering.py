"""Who is registered in target groups."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.target_group import TARGET_GROUP, TARGETS
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind, joint
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, texts


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
    if is_default(zone):
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

    return joint(put, lambda *_: None)


def _services(values: Attributes) -> list[Object]:
    found = blocks(values, "load_balancer")
    return found if isinstance(found, list) else []


_ATTACHMENT = joint(_register, _deregister, "target_group_arn", "target_id")
KINDS = {
    "aws_lb_target_group_attachment": _ATTACHMENT,
    "aws_alb_target_group_attachment": _ATTACHMENT,
    "aws_autoscaling_attachment": _by_others("lb_target_group_arn"),
    "aws_autoscaling_group": _by_others("target_group_arns"),
    "aws_ecs_service": _by_others("load_balancer"),
}
