"""What follows from the source address that a target sees: may it come there, and who else sends it?"""

from __future__ import annotations

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.target_group import EVERYWHERE, TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import front_doors
from nlbcheck.path.front_doors import FrontDoor
from nlbcheck.path.gates import client_ip, target_group
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import Outcome
from nlbcheck.path.selected import Selected

_NEVER_PRESERVING = (FrontDoor.NODE, FrontDoor.ENDPOINT)
"""Targets that a client's address does not come to."""


def check(
    balancer: LoadBalancer,
    selected: Selected,
    destination: Location,
    preservation: bool | NotVisible,
    nearby: bool | NotVisible,
) -> Outcome:
    """Say whether the source address that is used may reach the target."""
    door = front_doors.at(destination)
    if door in _NEVER_PRESERVING and isinstance(preservation, bool):
        return client_ip.check_front_door(
            selected.group, selected.target, door.value, preservation=preservation
        )
    own = isinstance(destination, InVpc) and destination.vpc_id == balancer.vpc_id
    return client_ip.check(selected.group, selected.target, preservation, nearby, own_vpc=own)


def preserved(client: Location, selected: Selected) -> bool | NotVisible:
    """Return whether a target sees the client's address; of what comes through endpoints it never does.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    if _by_endpoint(client):
        return False
    return client_ip.preserved(selected.group, selected.attributes)


HIDDEN_BALANCER = marked(
    "A reference to the load balancer's group likely does not match: the load balancer does not apply its "
    "rules to connections through interface endpoints. A rule for the nodes' addresses is likely needed."
)
"""Why rules that name the load balancer's group may not see it."""


def hides_balancer(client: Location, balancer: LoadBalancer) -> bool:
    """Whether connections likely come to targets without the load balancer's security groups.

    Where its inbound rules are not applied to what comes through endpoints, targets are to admit the nodes'
    addresses:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
    """
    return _by_endpoint(client) and balancer.rules_for_endpoints is False


def _by_endpoint(client: Location) -> bool:
    return isinstance(client, (InVpc, OutsideAws)) and client.by_endpoint


def may_keep(destination: Location) -> bool:
    """Whether a client's address can come to what stands there."""
    return front_doors.at(destination) not in _NEVER_PRESERVING


def shared_machine(client: Location, target: InVpc) -> str | None:
    """Return the instance, or the interface, that a client and a target share; None where they do not."""
    if not isinstance(client, InVpc) or not isinstance(client.interface, NetworkInterface):
        return None
    if not isinstance(target.interface, NetworkInterface):
        return None
    if client.interface.id == target.interface.id:
        return client.interface.instance_id or client.interface.id
    one, other = client.interface.instance_id, target.interface.instance_id
    return one if one == other else None


def check_collisions(state: AwsState, balancer: LoadBalancer, selected: Selected) -> Outcome | None:
    """Say whether several nodes send to a target in a client's name; None for those that it cannot harm.

    An Application Load Balancer is no target by address and port.
    """
    if selected.group.type is TargetType.ALB:
        return None
    crossing = target_group.cross_zone(
        selected.group, selected.attributes, state.balancer_attributes(balancer)
    )
    everywhere = crossing is True or selected.target.zone == EVERYWHERE
    nodes = len(balancer.zones) if everywhere else 1
    return client_ip.check_collisions(balancer.name, selected.group, nodes)
