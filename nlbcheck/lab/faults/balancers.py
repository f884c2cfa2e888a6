"""Faults of the load balancer, its listeners, target groups and targets."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

from nlbcheck.aws.edit.state import Object, State
from nlbcheck.aws.kinds.balancers import (
    LISTENER,
    LOAD_BALANCER,
    TARGET_GROUP,
    TARGETS,
)
from nlbcheck.errors import InputError
from nlbcheck.lab.faults.scene import Chain, Scene, alter, call


def renamed(state: State, scene: Scene) -> None:
    """Let the load balancer have another name."""
    name = f"{scene.relay.balancer.name}-2"
    alter(state, LOAD_BALANCER, scene.relay.balancer.arn, lambda item: item.update(LoadBalancerName=name))


def failed(state: State, scene: Scene) -> None:
    """Let the load balancer have failed to come up."""
    broken = {"Code": "failed", "Reason": "Subnet has no free address"}
    alter(state, LOAD_BALANCER, scene.relay.balancer.arn, lambda item: item.update(State=broken))


def listener_deleted(state: State, scene: Scene) -> None:
    """Delete the first listener."""
    call(state, "elbv2", "DeleteListener", ListenerArn=scene.inside.branch.listener.arn)


def listener_speaks_udp(state: State, scene: Scene) -> None:
    """Let the first listener speak UDP."""
    alter(state, LISTENER, scene.inside.branch.listener.arn, lambda item: item.update(Protocol="UDP"))
    alter(state, TARGET_GROUP, scene.inside.group.group.arn, lambda item: item.update(Protocol="UDP"))


def listener_added(state: State, scene: Scene) -> None:
    """Add a listener that nobody declared."""
    _add_listener(state, scene, _free_ports(scene)[0])


def many_listeners(state: State, scene: Scene) -> None:
    """Add listeners until there are 45."""
    missing = 45 - len(scene.relay.branches)
    for port in _free_ports(scene)[: max(0, missing)]:
        _add_listener(state, scene, port)


def forwards_elsewhere(state: State, scene: Scene) -> None:
    """Let the first listener forward to another listener's group."""
    first = scene.inside
    others = [chain for chain in scene.chains if chain.group.group.arn != first.group.group.arn]
    if not others:
        raise InputError("there is only one target group")
    action = {"Type": "forward", "TargetGroupArn": others[-1].group.group.arn}
    call(state, "elbv2", "ModifyListener", ListenerArn=first.branch.listener.arn, DefaultActions=[action])


def group_empty(state: State, scene: Scene) -> None:
    """Deregister the first group's targets."""
    arn = scene.inside.group.group.arn
    response = state.response(TARGETS, arn, "NotFound")
    state.respond(TARGETS, arn, {**response, "TargetHealthDescriptions": []})


def weight_zero(state: State, scene: Scene) -> None:
    """Give the first group no share of its listener's connections."""
    chain = scene.inside
    shares = [{"TargetGroupArn": chain.group.group.arn, "Weight": 0}]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
    call(state, "elbv2", "ModifyListener", ListenerArn=chain.branch.listener.arn, DefaultActions=[action])


def wrong_port(state: State, scene: Scene) -> None:
    """Register the first target on a port where nobody listens."""
    _on_targets(state, scene.inside, lambda item: _move(item, port=scene.inside.member.port + 1))


def wrong_target(state: State, scene: Scene) -> None:
    """Register another listener's machine in the place of the first target."""
    first = scene.inside
    others = [chain for chain in scene.chains if chain.member.address != first.member.address]
    if not others:
        raise InputError("there is only one target")
    target = {"Id": str(others[0].member.address), "AvailabilityZone": others[0].member.target.zone}
    _on_targets(state, first, lambda item: item["Target"].update(target))


def nobody_there(state: State, scene: Scene) -> None:
    """Register an address of the target's subnet that no machine has."""
    subnet = scene.subnet(scene.inside.seat)
    taken = {address for seat in scene.blueprint.survey.seats for address in seat.addresses}
    free = next(
        address for address in reversed(list(subnet.cidrs[0].hosts()))
        if isinstance(address, IPv4Address) and address not in taken
    )  # fmt: skip
    _on_targets(state, scene.inside, lambda item: item["Target"].update(Id=str(free)))


def public_target(state: State, scene: Scene) -> None:
    """Register a public address."""
    _on_targets(
        state, scene.inside,
        lambda item: item["Target"].update(Id="203.0.113.10", AvailabilityZone="all"),
    )  # fmt: skip


def default_port_differs(state: State, scene: Scene) -> None:
    """Let the first group have another default port than its target."""
    port = scene.inside.member.port + 1
    alter(state, TARGET_GROUP, scene.inside.group.group.arn, lambda item: item.update(Port=port))


def cross_zone_off(state: State, scene: Scene) -> None:
    """Let each node use the targets of its own zone only."""
    attributes = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    call(
        state, "elbv2", "ModifyLoadBalancerAttributes",
        LoadBalancerArn=scene.relay.balancer.arn, Attributes=attributes,
    )  # fmt: skip


def zone_not_enabled(state: State, scene: Scene) -> None:
    """Register the first target in a zone that the load balancer is not enabled in."""
    zone = f"{scene.relay.balancer.place.region}z"
    _on_targets(state, scene.inside, lambda item: item["Target"].update(AvailabilityZone=zone))


def zone_shifted(state: State, scene: Scene) -> None:
    """Shift connections away from the first target's zone."""
    shift = {
        "State": "zonal_shift_active",
        "Reason": "AdministrativeOverride.ZonalShiftActive",
        "Description": "Zonal shift is active",
    }
    _on_targets(state, scene.inside, lambda item: item.update(AdministrativeOverride=shift))


def preserved_outside(state: State, scene: Scene) -> None:
    """Switch client IP preservation on for the on-premises target."""
    _set(state, scene.outside, "preserve_client_ip.enabled", "true")


def hairpin(state: State, scene: Scene) -> None:
    """Make the client the first target, with client IP preservation."""
    chain, subnet = scene.inside, scene.subnet(scene.client)
    _set(state, chain, "preserve_client_ip.enabled", "true")
    zone = subnet.zone if subnet.vpc_id == scene.relay.balancer.vpc_id else "all"
    target = {"Id": str(scene.client.address), "AvailabilityZone": zone}
    _on_targets(state, chain, lambda item: item["Target"].update(target))


def proxy_protocol(state: State, scene: Scene) -> None:
    """Send the first target a proxy protocol header that it does not expect."""
    _set(state, scene.inside, "proxy_protocol_v2.enabled", "true")


def health_port_closed(state: State, scene: Scene) -> None:
    """Check the first group's targets on a port that their security group does not admit."""
    call(
        state, "elbv2", "ModifyTargetGroup",
        TargetGroupArn=scene.inside.group.group.arn, HealthCheckPort="8099",
    )  # fmt: skip
    _on_targets(state, scene.inside, lambda item: item.update(HealthCheckPort="8099"))


def draining(state: State, scene: Scene) -> None:
    """Let the first target be on its way out."""
    health = {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    }
    _on_targets(state, scene.inside, lambda item: item.update(TargetHealth=health))


def health_unknown(state: State, scene: Scene) -> None:
    """Let AWS not know the first target's health."""
    health = {"State": "unavailable", "Reason": "Elb.InternalError", "Description": "Internal error"}
    _on_targets(state, scene.inside, lambda item: item.update(TargetHealth=health))


def _add_listener(state: State, scene: Scene, port: int) -> None:
    action = {"Type": "forward", "TargetGroupArn": scene.inside.group.group.arn}
    call(
        state, "elbv2", "CreateListener", LoadBalancerArn=scene.relay.balancer.arn, Protocol="TCP",
        Port=port, DefaultActions=[action],
    )  # fmt: skip


def _free_ports(scene: Scene) -> list[int]:
    taken = {branch.listener.port for branch in scene.relay.branches}
    return [port for port in range(40001, 40101) if port not in taken]


def _set(state: State, chain: Chain, key: str, value: str) -> None:
    call(
        state, "elbv2", "ModifyTargetGroupAttributes",
        TargetGroupArn=chain.group.group.arn, Attributes=[{"Key": key, "Value": value}],
    )  # fmt: skip


def _move(item: Object, port: int) -> None:
    item["Target"]["Port"] = port
    item["HealthCheckPort"] = str(port)


def _on_targets(state: State, chain: Chain, change: Callable[[Object], Any]) -> None:
    """Change the descriptions of one target."""
    arn = chain.group.group.arn
    response = state.response(TARGETS, arn, "NotFound")
    for item in response["TargetHealthDescriptions"]:
        if item["Target"]["Id"] == chain.member.target.id:
            change(item)
    state.respond(TARGETS, arn, response)
