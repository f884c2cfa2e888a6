"""Faults of the load balancer, its listeners and its target groups."""

from __future__ import annotations

from nlbcheck.aws.resources.listener import LISTENER
from nlbcheck.aws.resources.load_balancer import LOAD_BALANCER
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.target_group import TARGET_GROUP, TARGETS
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.faults.scene import Scene, alter, call


def renamed(state: EditedState, scene: Scene) -> None:
    """Give the load balancer another name."""
    name = f"{scene.relay.balancer.name}-2"
    alter(state, LOAD_BALANCER, scene.relay.balancer.arn, lambda item: item.update(LoadBalancerName=name))


def node_moved(state: EditedState, scene: Scene) -> None:
    """Give the first node another address, as when the load balancer is created again."""
    old, new = str(scene.node.address), str(scene.free_address(scene.node))

    def of_interface(item: Object) -> None:
        item.update(PrivateIpAddress=new)
        for own in item.get("PrivateIpAddresses", []):
            own.update(PrivateIpAddress=new if own["PrivateIpAddress"] == old else own["PrivateIpAddress"])

    def of_balancer(item: Object) -> None:
        for own in (own for zone in item["AvailabilityZones"] for own in zone["LoadBalancerAddresses"]):
            if own.get("PrivateIPv4Address") == old:
                own.update(PrivateIPv4Address=new)

    if scene.node.interface_id:
        alter(state, INTERFACE, scene.node.interface_id, of_interface)
    alter(state, LOAD_BALANCER, scene.relay.balancer.arn, of_balancer)


def failed(state: EditedState, scene: Scene) -> None:
    """Set the load balancer to the state failed."""
    broken = {"Code": "failed", "Reason": "Subnet has no free address"}
    alter(state, LOAD_BALANCER, scene.relay.balancer.arn, lambda item: item.update(State=broken))


def listener_deleted(state: EditedState, scene: Scene) -> None:
    """Delete the first listener."""
    call(state, "elbv2", "DeleteListener", ListenerArn=scene.inside.branch.listener.arn)


def inner_listener_deleted(state: EditedState, scene: Scene) -> None:
    """Delete a listener of a load balancer whose node is a target."""
    targets = {member.address for group in scene.relay.groups for member in group.members}
    for relay in scene.blueprint.relays[1:]:
        own = {address for node in relay.nodes for address in node.source_addresses}
        if relay.branches and not own.isdisjoint(targets):
            call(state, "elbv2", "DeleteListener", ListenerArn=relay.branches[0].listener.arn)
            return
    raise InputError("no target is another load balancer's node")


def listener_speaks_udp(state: EditedState, scene: Scene) -> None:
    """Change the protocol of the first listener to UDP."""
    alter(state, LISTENER, scene.inside.branch.listener.arn, lambda item: item.update(Protocol="UDP"))
    alter(state, TARGET_GROUP, scene.inside.group.group.arn, lambda item: item.update(Protocol="UDP"))


def verifies_clients(state: EditedState, scene: Scene) -> None:
    """Turn client certificate verification on for the first TLS listener."""
    arn = scene.tls_listener.arn
    trust = f"{arn.partition(':listener/')[0]}:truststore/clients/0123456789abcdef"
    mutual = {"Mode": "verify", "TrustStoreArn": trust, "IgnoreClientCertificateExpiry": False}
    alter(state, LISTENER, arn, lambda item: item.update(MutualAuthentication=mutual))


def listener_added(state: EditedState, scene: Scene) -> None:
    """Add a listener that the table does not declare."""
    _add_listener(state, scene, _free_ports(scene)[0])


def many_listeners(state: EditedState, scene: Scene) -> None:
    """Add listeners until there are 45."""
    missing = 45 - len(scene.relay.branches)
    for port in _free_ports(scene)[: max(0, missing)]:
        _add_listener(state, scene, port)


def forwards_elsewhere(state: EditedState, scene: Scene) -> None:
    """Forward the first listener to the target group of another listener."""
    first = scene.inside
    others = [chain for chain in scene.chains if chain.group.group.arn != first.group.group.arn]
    if not others:
        raise InputError("there is only one target group")
    action = {"Type": "forward", "TargetGroupArn": others[-1].group.group.arn}
    call(state, "elbv2", "ModifyListener", ListenerArn=first.branch.listener.arn, DefaultActions=[action])


def group_empty(state: EditedState, scene: Scene) -> None:
    """Deregister the targets of the first target group."""
    arn = scene.inside.group.group.arn
    response = state.response(TARGETS, arn, "NotFound")
    state.respond(TARGETS, arn, {**response, "TargetHealthDescriptions": []})


def weight_zero(state: EditedState, scene: Scene) -> None:
    """Set the weight of the first target group to 0."""
    chain = scene.inside
    shares = [{"TargetGroupArn": chain.group.group.arn, "Weight": 0}]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
    call(state, "elbv2", "ModifyListener", ListenerArn=chain.branch.listener.arn, DefaultActions=[action])


def default_port_differs(state: EditedState, scene: Scene) -> None:
    """Give the first target group another default port than its target."""
    port = scene.inside.member.port + 1
    alter(state, TARGET_GROUP, scene.inside.group.group.arn, lambda item: item.update(Port=port))


def cross_zone_off(state: EditedState, scene: Scene) -> None:
    """Turn cross-zone load balancing off."""
    attributes = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    call(
        state, "elbv2", "ModifyLoadBalancerAttributes",
        LoadBalancerArn=scene.relay.balancer.arn, Attributes=attributes,
    )  # fmt: skip


def _add_listener(state: EditedState, scene: Scene, port: int) -> None:
    action = {"Type": "forward", "TargetGroupArn": scene.inside.group.group.arn}
    call(
        state, "elbv2", "CreateListener", LoadBalancerArn=scene.relay.balancer.arn, Protocol="TCP",
        Port=port, DefaultActions=[action],
    )  # fmt: skip


def _free_ports(scene: Scene) -> list[int]:
    taken = {branch.listener.port for branch in scene.relay.branches}
    return [port for port in range(40001, 40101) if port not in taken]
