"""Faults of the interface endpoint that the client dials."""

from __future__ import annotations

from nlbcheck.aws.resources.endpoint_service import ENDPOINT_CONNECTION
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.resources.vpc_endpoint import VPC_ENDPOINT, endpoint_of
from nlbcheck.aws.writes.edited import EditedState
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.faults.scene import Scene, alter


def admits_nothing(state: EditedState, scene: Scene) -> None:
    """Delete all inbound rules of the interface endpoint that the client dials."""
    seat, _ = _endpoint(scene)
    for group in scene.groups(seat):
        alter(state, SECURITY_GROUP, group.id, lambda item: item.update(IpPermissions=[]))


def rejected(state: EditedState, scene: Scene) -> None:
    """Reject the client's interface endpoint, as the provider of the service does."""
    _, key = _endpoint(scene)
    alter(state, VPC_ENDPOINT, key, lambda item: item.update(State="rejected"))
    alter(state, ENDPOINT_CONNECTION, key, lambda item: item.update(VpcEndpointState="rejected"))


def _endpoint(scene: Scene) -> tuple[Seat, str]:
    """Return an interface of the first endpoint in the client's VPC, and the endpoint's id."""
    for seat in scene.blueprint.survey.at(scene.client.site):
        interface = scene.state.interface(seat.interface_id or "") if seat.role is Role.ENDPOINT else None
        if isinstance(interface, NetworkInterface) and (key := endpoint_of(interface)):
            return seat, key
    raise InputError("the client's VPC has no interface endpoint")
