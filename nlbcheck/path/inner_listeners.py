"""Does a load balancer that is itself a target listen where connections and health checks come to it?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import application_balancer, front_doors, remedy
from nlbcheck.path.front_doors import FrontDoor
from nlbcheck.path.gates import listener as gate
from nlbcheck.path.location import Location
from nlbcheck.path.outcome import Outcome, Stopped, unseen
from nlbcheck.path.selected import Selected
from nlbcheck.path.trail import Trail


def record(
    state: AwsState, trail: Trail, selected: Selected, destination: Location, port: int | None, transport: str
) -> None:
    """Ask a target that is a load balancer for its listener on a port; nothing of other targets."""
    balancer: LoadBalancer | Absent | NotVisible | None = front_doors.balancer_at(state, destination)
    if selected.group.type is TargetType.ALB:
        balancer = state.load_balancer(selected.target.id)
    if balancer is None or port is None:
        return
    if not isinstance(balancer, LoadBalancer):
        trail.record("load-balancer", Resource("target", selected.target.id), unseen(balancer))
        return
    name = f"{balancer.name}:{port}"
    found = state.listener_on(balancer, port)
    resource = Resource("listener", found.arn if isinstance(found, Listener) else name, name)
    if front_doors.at(destination) is FrontDoor.NODE:
        trail.record("listener", resource, _of_network(balancer, found, port, transport))
    else:
        trail.record("listener", resource, application_balancer.check(balancer, found, port))


def _of_network(
    balancer: LoadBalancer, found: Listener | Absent | NotVisible, port: int, transport: str
) -> Outcome:
    outcome = gate.check(found, balancer, port, "UDP" if transport == "udp" else None, None)
    if not isinstance(found, Absent) or not isinstance(outcome, Stopped):
        return outcome
    fix = tell(
        "Create a listener on port {port} of {balancer}. "
        "Or register {balancer} with a port that has a listener.",
        port=port,
        balancer=balancer.name,
    )
    return replace(outcome, problem=replace(outcome.problem, remedy=remedy.advice(fix)))
