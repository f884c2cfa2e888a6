"""Faults of what is registered behind the load balancer, and of how it is reached and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlbcheck.aws.resources.target_group import TARGET_GROUP, TARGETS
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.faults.routes import instance_stopped
from nlbcheck.lab.faults.scene import Chain, Scene, alter, call


def wrong_port(state: EditedState, scene: Scene) -> None:
    """Register the first target on a port where no process listens."""
    _on_targets(state, scene.inside, lambda item: _move(item, port=scene.inside.member.port + 1))


def wrong_target(state: EditedState, scene: Scene) -> None:
    """Register the machine of another listener in place of the first target."""
    first = scene.inside
    others = [chain for chain in scene.chains if chain.member.address != first.member.address]
    if not others:
        raise InputError("there is only one target")
    target = {"Id": str(others[0].member.address), "AvailabilityZone": others[0].member.zone}
    _on_targets(state, first, lambda item: item["Target"].update(target))


def target_added(state: EditedState, scene: Scene) -> None:
    """Register another machine beside the first target."""
    first = scene.inside
    others = [
        chain
        for chain in scene.chains
        if chain.member.address != first.member.address and chain.member.port == first.member.port
    ]
    if not others:
        raise InputError("there is no other machine that listens on the first target's port")
    arn = first.group.group.arn
    response = state.response(TARGETS, arn, "NotFound")
    target = {"Id": str(others[0].member.address), "Port": first.member.port}
    like = response["TargetHealthDescriptions"][0]
    zone = others[0].member.zone or "all"
    added = {**like, "Target": {**target, "AvailabilityZone": zone}, "TargetHealth": {"State": "healthy"}}
    response["TargetHealthDescriptions"] = [*response["TargetHealthDescriptions"], added]
    state.respond(TARGETS, arn, response)


def nobody_there(state: EditedState, scene: Scene) -> None:
    """Register an address of the target's subnet that no machine has."""
    free = str(scene.free_address(scene.inside.seat))
    _on_targets(state, scene.inside, lambda item: item["Target"].update(Id=free))


def public_target(state: EditedState, scene: Scene) -> None:
    """Register a public address."""
    _on_targets(
        state, scene.inside,
        lambda item: item["Target"].update(Id="203.0.113.10", AvailabilityZone="all"),
    )  # fmt: skip


def zone_not_enabled(state: EditedState, scene: Scene) -> None:
    """Register the first target in an Availability Zone that is not enabled for the load balancer."""
    zone = f"{scene.relay.balancer.account_region.region}z"
    _on_targets(state, scene.inside, lambda item: item["Target"].update(AvailabilityZone=zone))


def zone_shifted(state: EditedState, scene: Scene) -> None:
    """Shift traffic away from the Availability Zone of the first target."""
    shift = {
        "State": "zonal_shift_active",
        "Reason": "AdministrativeOverride.ZonalShiftActive",
        "Description": "Zonal shift is active",
    }
    _on_targets(state, scene.inside, lambda item: item.update(AdministrativeOverride=shift))


def zone_not_all(state: EditedState, scene: Scene) -> None:
    """Register the on-premises target in the first Availability Zone instead of all."""
    zone = scene.subnet(scene.node).zone
    _on_targets(state, scene.outside, lambda item: item["Target"].update(AvailabilityZone=zone))


def preserved_across_zones(state: EditedState, scene: Scene) -> None:
    """Turn client IP preservation on where nodes of several zones send to the first target."""
    if len(scene.relay.nodes) < 2 or not scene.inside.group.cross_zone:
        raise InputError("no target gets connections of several nodes")
    _set(state, scene.inside, "preserve_client_ip.enabled", "true")


def preserved_outside(state: EditedState, scene: Scene) -> None:
    """Turn client IP preservation on for the on-premises target."""
    _set(state, scene.outside, "preserve_client_ip.enabled", "true")


def hairpin(state: EditedState, scene: Scene) -> None:
    """Make the client the first target, with client IP preservation."""
    chain, subnet = scene.inside, scene.subnet(scene.client)
    _set(state, chain, "preserve_client_ip.enabled", "true")
    zone = subnet.zone if subnet.vpc_id == scene.relay.balancer.vpc_id else "all"
    target = {"Id": str(scene.client.address), "AvailabilityZone": zone}
    _on_targets(state, chain, lambda item: item["Target"].update(target))


def preserved_to_node(state: EditedState, scene: Scene) -> None:
    """Turn client IP preservation on for a target that is a node of another load balancer."""
    for group in scene.relay.groups:
        if any(member.front_door for member in group.members):
            _switch(state, group.group.arn, "preserve_client_ip.enabled", "true")
            return
    raise InputError("no target is another load balancer's node")


def proxy_protocol(state: EditedState, scene: Scene) -> None:
    """Send the first target a proxy protocol header that it does not expect."""
    _set(state, scene.inside, "proxy_protocol_v2.enabled", "true")


def group_sticky(state: EditedState, scene: Scene) -> None:
    """Turn stickiness on for the first target group with several targets."""
    for group in scene.relay.groups:
        if len(group.members) > 1:
            _switch(state, group.group.arn, "stickiness.enabled", "true")
            return
    raise InputError("no group has several targets")


def health_port_closed(state: EditedState, scene: Scene) -> None:
    """Check the first target group on a port that the security group of its targets does not allow."""
    call(
        state, "elbv2", "ModifyTargetGroup",
        TargetGroupArn=scene.inside.group.group.arn, HealthCheckPort="8099",
    )  # fmt: skip
    _on_targets(state, scene.inside, lambda item: item.update(HealthCheckPort="8099"))


def health_check_wrong(state: EditedState, scene: Scene) -> None:
    """Set the HTTP health check of the first target group to a status that its targets do not return."""
    call(
        state, "elbv2", "ModifyTargetGroup", TargetGroupArn=scene.inside.group.group.arn,
        HealthCheckProtocol="HTTP", HealthCheckPath="/", Matcher={"HttpCode": "204"},
    )  # fmt: skip


def health_check_by_http(state: EditedState, scene: Scene) -> None:
    """Check the first target group by HTTP, which its targets do not speak."""
    call(
        state, "elbv2", "ModifyTargetGroup", TargetGroupArn=scene.inside.group.group.arn,
        HealthCheckProtocol="HTTP", HealthCheckPath="/", Matcher={"HttpCode": "200-399"},
    )  # fmt: skip


def initial(state: EditedState, scene: Scene) -> None:
    """Set the first target to the state initial."""
    health = {
        "State": "initial",
        "Reason": "Elb.RegistrationInProgress",
        "Description": "Target registration is in progress",
    }
    _on_targets(state, scene.inside, lambda item: item.update(TargetHealth=health))


def draining(state: EditedState, scene: Scene) -> None:
    """Set the first target to the state draining."""
    health = {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    }
    _on_targets(state, scene.inside, lambda item: item.update(TargetHealth=health))


def stopped_instance(state: EditedState, scene: Scene) -> None:
    """Register the first target by its instance, and stop the instance."""
    instance_stopped(state, scene)
    interface = scene.state.interface(scene.inside.seat.interface_id or "")
    key = getattr(interface, "instance_id", None)
    alter(state, TARGET_GROUP, scene.inside.group.group.arn, lambda item: item.update(TargetType="instance"))
    health = {
        "State": "unused",
        "Reason": "Target.InvalidState",
        "Description": "Target is in the stopped state",
    }
    target = {"Id": key, "Port": scene.inside.member.port}
    _on_targets(state, scene.inside, lambda item: item.update(Target=target, TargetHealth=health))


def health_unknown(state: EditedState, scene: Scene) -> None:
    """Make the health of the first target unavailable."""
    health = {"State": "unavailable", "Reason": "Elb.InternalError", "Description": "Internal error"}
    _on_targets(state, scene.inside, lambda item: item.update(TargetHealth=health))


def _set(state: EditedState, chain: Chain, key: str, value: str) -> None:
    _switch(state, chain.group.group.arn, key, value)


def _switch(state: EditedState, arn: str, key: str, value: str) -> None:
    call(
        state, "elbv2", "ModifyTargetGroupAttributes",
        TargetGroupArn=arn, Attributes=[{"Key": key, "Value": value}],
    )  # fmt: skip


def _move(item: Object, port: int) -> None:
    item["Target"]["Port"] = port
    item["HealthCheckPort"] = str(port)


def _on_targets(state: EditedState, chain: Chain, change: Callable[[Object], Any]) -> None:
    """Change the descriptions of one target."""
    arn = chain.group.group.arn
    response = state.response(TARGETS, arn, "NotFound")
    for item in response["TargetHealthDescriptions"]:
        if item["Target"]["Id"] == chain.member.target.id:
            change(item)
    state.respond(TARGETS, arn, response)
