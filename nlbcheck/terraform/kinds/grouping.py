"""Target groups.

What an attribute is that Terraform leaves to AWS: client IP preservation is on by default for targets by
instance id, and for every protocol but TCP and TLS
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).
"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.target_group import GROUP_ATTRIBUTES, TARGET_GROUP, TARGETS
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.attribute_lists import CROSS_ZONE, attribute_list
from nlbcheck.terraform.kinds.kind import ResourceKind
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import block, blocks, given, is_default, renamed, tags

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
    found = blocks(values, "health_check")
    if isinstance(found, AfterApply) and not is_default(found):
        return dict.fromkeys(_CHECKS.values(), found)
    said = block(values, "health_check")
    shown = {"HealthCheckProtocol": "TCP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": True}
    own = {name: value for name, value in renamed(said, _CHECKS).items() if not is_default(value)}
    matcher = given(said, "matcher")
    return shown | own | ({} if is_default(matcher) else {"Matcher": {"HttpCode": matcher}})


def _group_attributes(values: Attributes) -> Object:
    protocol, kind = given(values, "protocol"), given(values, "target_type")
    preserved = given(values, "preserve_client_ip")
    if is_default(preserved):
        preserved = kind in (None, "instance", "alb") or protocol not in ("TCP", "TLS")
    cross_zone = given(values, "load_balancing_cross_zone_enabled")
    proxied = given(values, "proxy_protocol_v2")
    return {
        "preserve_client_ip.enabled": preserved,
        "proxy_protocol_v2.enabled": False if is_default(proxied) else proxied,
        CROSS_ZONE: "use_load_balancer_configuration" if is_default(cross_zone) else cross_zone,
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
    attributes = attribute_list(_group_attributes(values))
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
        parameters = {"TargetGroupArn": arn, "Attributes": attribute_list(differs)}
        overlay.call("elbv2", "ModifyTargetGroupAttributes", parameters)
    if change.changed("health_check"):
        overlay.call("elbv2", "ModifyTargetGroup", {"TargetGroupArn": arn, **_checked(after)})


def _remove_group(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(TARGET_GROUP, str(values.get("arn")))


_GROUP = ResourceKind(_put_group, _remove_group, needs=("arn",))
KINDS = {"aws_lb_target_group": _GROUP, "aws_alb_target_group": _GROUP}
