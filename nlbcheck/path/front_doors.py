"""Does something at an address take connections only to hand them on: a load balancer, an endpoint?"""

from __future__ import annotations

from enum import StrEnum

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.vpc_endpoint import ENDPOINT_INTERFACE
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import missing


class FrontDoor(StrEnum):
    """What stands at an address, in words that continue 'it is'; as evidence they are not translated."""

    NODE = marked("a Network Load Balancer's node")
    APPLICATION = marked("an Application Load Balancer's node")
    ENDPOINT = marked("an interface endpoint")


def at(location: Location) -> FrontDoor | None:
    """Return which front door stands somewhere; None for machines, and where it is not visible."""
    if not isinstance(location, InVpc) or not isinstance(location.interface, NetworkInterface):
        return None
    interface = location.interface
    if interface.type == "network_load_balancer" or interface.description.startswith("ELB net/"):
        return FrontDoor.NODE
    if interface.description.startswith("ELB app/"):
        return FrontDoor.APPLICATION
    return FrontDoor.ENDPOINT if interface.type == ENDPOINT_INTERFACE else None


def balancer_at(state: AwsState, location: Location) -> LoadBalancer | NotVisible | None:
    """Return the load balancer whose node stands somewhere, as its interface names it; None if none does."""
    if at(location) not in (FrontDoor.NODE, FrontDoor.APPLICATION):
        return None
    if not isinstance(location, InVpc) or not isinstance(location.interface, NetworkInterface):
        return None
    interface = location.interface
    path = interface.description.removeprefix("ELB ").split("/")
    if len(path) < 2:
        fact = tell("the load balancer of {interface}", interface=interface.id)
        return NotVisible(fact, "elbv2", "DescribeLoadBalancers", interface.account_region)
    found = state.load_balancer_named(path[1], interface.account_region)
    return found if isinstance(found, LoadBalancer) else missing(found)
