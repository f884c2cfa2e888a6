"""Where does a registered target stand, and at which address?"""

from __future__ import annotations

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.target_group import TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import application_balancer
from nlbcheck.path import destinations as places
from nlbcheck.path.location import InVpc, Location, UnknownLocation
from nlbcheck.path.outcome import missing
from nlbcheck.path.selected import Selected


def address_of(state: AwsState, selected: Selected) -> Address | NotVisible:
    """Return the address of a registered target."""
    target = selected.target
    if target.address is not None:
        return target.address
    call = "DescribeInstances" if selected.group.type is TargetType.INSTANCE else "DescribeNetworkInterfaces"
    unknown = NotVisible(tell("the address of target {target}", target=target.id), "ec2", call, None)
    if selected.group.type is TargetType.INSTANCE:
        instance = state.instance(target.id)
        if isinstance(instance, Instance):
            return instance.address or unknown
        return missing(instance)
    return unknown


def destinations(state: AwsState, at_node: InVpc, selected: Selected) -> tuple[Location, ...]:
    """Return where a target stands; an Application Load Balancer in several places."""
    if selected.group.type is TargetType.ALB:
        return application_balancer.destinations(state, selected.target)
    address = address_of(state, selected)
    if isinstance(address, NotVisible):
        return (UnknownLocation(None, address),)
    return (places.meant_by(state, at_node, address),)
