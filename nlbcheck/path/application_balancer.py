"""Where does an Application Load Balancer stand that is a target, and does it listen on a port?

It answers connections itself, whatever becomes of their requests. Health checks come to a listener, too:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import Target
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Code, Json
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
    addressed = [item for item in interfaces if item.addresses]
    if not addressed:
        fact = tell("the network interfaces of {balancer}", balancer=balancer.name)
        unknown = state.unknown(fact, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
        return (UnknownLocation(None, unknown),)
    return tuple(location.at_interface(state, interface) for interface in addressed)


def check(balancer: LoadBalancer, found: Listener | Absent | NotVisible, port: int) -> Outcome:
    """Say whether it has a listener on the port that it is registered with, or checked on."""
    evidence: dict[str, Json] = {"target": balancer.name, "port": port}
    match found:
        case Listener():
            return Passed(evidence)
        case Absent():
            named = {"balancer": balancer.name, "port": port}
            summary = tell("The target {balancer} has no listener on port {port}.", **named)
            fix = remedy.advice(tell("Create a listener on port {port} of {balancer}.", **named))
            return Stopped(Problem(Code.LISTENER_MISSING, summary, fix), evidence)
        case NotVisible():
            return unseen(found)
