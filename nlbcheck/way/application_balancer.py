"""Where does an Application Load Balancer stand that is a target, and does it listen on the target's port?

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
"""

from __future__ import annotations

from nlbcheck.aws.balancers import Listener, LoadBalancer, Target
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.world import World
from nlbcheck.way import ends, remedy
from nlbcheck.way.ends import End, Unlocated
from nlbcheck.way.outcome import Outcome, Passed, Problem, Stopped, missing, unseen


def goals(world: World, target: Target) -> tuple[End, ...]:
    """Return the places of its nodes; connections go to any of them."""
    balancer = world.load_balancer(target.id)
    if not isinstance(balancer, LoadBalancer):
        return (Unlocated(None, missing(balancer)),)
    interfaces = world.interfaces_of_balancer(balancer)
    if isinstance(interfaces, NotVisible):
        return (Unlocated(None, interfaces),)
    if not interfaces:
        fact = f"the network interfaces of {balancer.name}"
        unknown = world.unknown(fact, "ec2", "DescribeNetworkInterfaces", balancer.place)
        return (Unlocated(None, unknown),)
    return tuple(ends.at_interface(world, interface) for interface in interfaces)


def check(world: World, target: Target) -> Outcome:
    """Say whether it has a listener on the port that it is registered with."""
    balancer = world.load_balancer(target.id)
    if not isinstance(balancer, LoadBalancer):
        return unseen(balancer)
    evidence = {"target": balancer.name, "port": target.port}
    match world.listener_on(balancer, target.port or 0):
        case Listener():
            return Passed(evidence)
        case Absent():
            summary = f"The target {balancer.name} has no listener on port {target.port}."
            fix = remedy.advice(f"Create a listener on port {target.port} at {balancer.name}.")
            return Stopped(Problem("listener-missing", summary, fix), evidence)
        case NotVisible() as hidden:
            return unseen(hidden)
