"""Where does an Application Load Balancer stand that is a target, and does it listen on the target's port?

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import Target
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Code
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import location, remedy
from nlbcheck.path.location import Location, UnknownLocation
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, missing, unseen


def destinations(state: AwsState, target: Target) -> tuple[Location, ...]:
    """Return the locations of its nodes; connections go to any of them."""
    balancer = state.load_balancer(target.id)
    if not isinstance(balancer, LoadBalancer):
        return (UnknownLocation(None, missing(balancer)),)
    interfaces = state.interfaces_of_balancer(balancer)
    if isinstance(interfaces, NotVisible):
        return (UnknownLocation(None, interfaces),)
    if not interfaces:
        fact = f"the network interfaces of {balancer.name}"
        unknown = state.unknown(fact, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
        return (UnknownLocation(None, unknown),)
    return tuple(location.at_interface(state, interface) for interface in interfaces)


def check(state: AwsState, target: Target) -> Outcome:
    """Say whether it has a listener on the port that it is registered with."""
    balancer = state.load_balancer(target.id)
    if not isinstance(balancer, LoadBalancer):
        return unseen(balancer)
    evidence = {"target": balancer.name, "port": target.port}
    match state.listener_on(balancer, target.port or 0):
        case Listener():
            return Passed(evidence)
        case Absent():
            summary = f"The target {balancer.name} has no listener on port {target.port}."
            fix = remedy.advice(f"Create a listener on port {target.port} at {balancer.name}.")
            return Stopped(Problem(Code.LISTENER_MISSING, summary, fix), evidence)
        case NotVisible() as hidden:
            return unseen(hidden)
