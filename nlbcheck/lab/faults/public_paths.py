"""Faults on the way between the internet and an internet-facing load balancer."""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import INTERNET_GATEWAY, InternetGateway
from nlbcheck.aws.resources.load_balancer import Scheme
from nlbcheck.aws.resources.nat_gateway import NAT_GATEWAY
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.vpc import VPC, Vpc
from nlbcheck.aws.writes.edited import EditedState
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.seats import Role
from nlbcheck.lab.faults.scene import Scene, alter


def gateway_detached(state: EditedState, scene: Scene) -> None:
    """Detach the internet gateway of the VPC of an internet-facing load balancer."""
    found = scene.state.internet_gateway_of(_vpc(scene))
    if not isinstance(found, InternetGateway):
        raise InputError("the snapshot shows no internet gateway at the load balancer")
    alter(state, INTERNET_GATEWAY, found.id, lambda item: item.update(Attachments=[]))


def nat_failed(state: EditedState, scene: Scene) -> None:
    """Set the client's NAT gateway to the state failed."""
    gateways = [seat for seat in scene.blueprint.survey.at(scene.client.site) if seat.role is Role.NAT]
    if not gateways or gateways[0].interface_id is None:
        raise InputError("the client uses no NAT gateway")
    alter(state, NAT_GATEWAY, gateways[0].interface_id, lambda item: item.update(State="failed"))


def firewall_one_way(state: EditedState, scene: Scene) -> None:
    """Block traffic from the internet to the load balancer by an Automated Internet Firewall."""
    vpc = _vpc(scene)
    arn = f"arn:aws:network-firewall:{vpc.account_region.region}:{vpc.account_region.account}:firewall/lab"
    firewall = {"FirewallArn": arn, "FirewallOnboardingStatus": "active", "FirewallMode": "enforce"}
    alter(state, VPC, vpc.id, lambda item: item.update(NetworkFirewallAssociations=[firewall]))
    for node in scene.relay.nodes:
        subnet = node.subnet_id
        alter(
            state, SUBNET, subnet, lambda item: item.update(NetworkFirewallConnectivityType="outbound-only")
        )


def _vpc(scene: Scene) -> Vpc:
    if scene.relay.balancer.scheme is not Scheme.INTERNET_FACING:
        raise InputError("the load balancer is not internet-facing")
    return scene.vpc(scene.node)
