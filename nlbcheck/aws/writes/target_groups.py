"""What do calls on target groups and their targets change?"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from nlbcheck.aws import fields
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.target_group import GROUP_ATTRIBUTES, TARGET_GROUP, TARGETS
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit, set_attributes

_NO_GROUP = "TargetGroupNotFound"


def register_targets(state: EditedState, parameters: Parameters) -> None:
    """Register targets, as after the registration itself: ``initial`` until health checks have passed."""
    arn = parameters["TargetGroupArn"]
    group = state.get(TARGET_GROUP, arn, _NO_GROUP)
    response = state.response(TARGETS, arn, _NO_GROUP)
    for asked in parameters["Targets"]:
        port = asked.get("Port", group["Port"])
        zone = asked.get("AvailabilityZone") or _zone_of(state, group["VpcId"], asked["Id"])
        described = {
            "Target": {"Id": asked["Id"], "Port": port, **({"AvailabilityZone": zone} if zone else {})},
            "HealthCheckPort": str(port)
            if group["HealthCheckPort"] == "traffic-port"
            else group["HealthCheckPort"],
            "TargetHealth": {"State": "initial", "Reason": "Elb.InitialHealthChecking"},
        }
        others = [item for item in response["TargetHealthDescriptions"] if not _is(item, asked["Id"], port)]
        response["TargetHealthDescriptions"] = [*others, described]
    state.respond(TARGETS, arn, response)


def _zone_of(state: EditedState, vpc: str, target: str) -> str | None:
    """Return the zone that AWS finds by itself; an address outside the VPC has none."""
    if target.startswith("i-"):
        return None
    for subnet in state.objects(SUBNET):
        if subnet["VpcId"] == vpc and ip_address(target) in ip_network(subnet["CidrBlock"]):
            return fields.needed(subnet, "AvailabilityZone")
    raise RefusedError("ValidationError")


def deregister_targets(state: EditedState, parameters: Parameters) -> None:
    """Take targets out of a group, as after the deregistration delay."""
    arn = parameters["TargetGroupArn"]
    group = state.get(TARGET_GROUP, arn, _NO_GROUP)
    response = state.response(TARGETS, arn, _NO_GROUP)
    for asked in parameters["Targets"]:
        port = asked.get("Port", group["Port"])
        kept = [item for item in response["TargetHealthDescriptions"] if not _is(item, asked["Id"], port)]
        if len(kept) == len(response["TargetHealthDescriptions"]):
            raise RefusedError("InvalidTarget")
        response["TargetHealthDescriptions"] = kept
    state.respond(TARGETS, arn, response)


def _is(item: Object, target: str, port: int) -> bool:
    return bool(item["Target"]["Id"] == target and item["Target"].get("Port") == port)


def modify_target_group(state: EditedState, parameters: Parameters) -> None:
    """Change how a group's targets are checked."""
    changes = {key: value for key, value in parameters.items() if key != "TargetGroupArn"}
    edit(
        state, TARGET_GROUP, parameters["TargetGroupArn"], _NO_GROUP, lambda group: group.update(changes)
    )  # fmt: skip


def modify_group_attributes(state: EditedState, parameters: Parameters) -> None:
    """Change attributes of a target group."""
    set_attributes(state, GROUP_ATTRIBUTES, parameters["TargetGroupArn"], _NO_GROUP, parameters)
