"""Where does a subnet's route table send a packet, and where does the walk go on?

Routes decide first. Only where they do not take the packet on is asked what should have: the walk goes on
there, to find what else blocks the path.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Code, Remedy, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.forwarding.positions import Decision
from nlbcheck.path.gates import route_table as gate
from nlbcheck.path.gates.route_table import Leads
from nlbcheck.path.leading import leads_elsewhere
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import Passed, Stopped, Unseen
from nlbcheck.path.repair import vpc_routes, ways_out
from nlbcheck.path.repair.vpc_routes import Lost
from nlbcheck.path.routes import RouteTarget, routed


def decide(
    state: AwsState, start: InVpc, destination: Location, address: Address, *, reply: bool = False
) -> Decision:
    """Return what the route table of the start's subnet does with a packet to an address.

    A NAT gateway opens connections, and drops a ``reply`` to one that it does not know.
    """
    found = routed(state, start, address)
    if isinstance(found.table, NotVisible):
        return Decision(found.resource, Unseen(found.table), None)
    if isinstance(found.choice, NotVisible):
        return Decision(found.resource, Unseen(found.choice), None)
    lost = Lost(state, found.table, start, destination, address, reply=reply)
    if found.choice is None:
        return _missing(found.resource, lost)
    leads = _leads(lost, found.target, reply=reply)
    outcome = gate.check(found.table, found.choice, address, start.vpc_id, leads)
    if not isinstance(outcome, Stopped) or found.target is None:
        return Decision(found.resource, outcome, found.target)
    if outcome.problem.code is Code.ADDRESS_OVERLAP:
        return Decision(found.resource, outcome, None)
    if outcome.problem.code is not Code.ROUTE_BLACKHOLE:
        repair = vpc_routes.of_elsewhere(lost, found.choice)
        return Decision(found.resource, _with(outcome, repair.remedy), repair.route_target)
    again = vpc_routes.of_blackhole(lost, found.choice, found.target)
    if again is None:
        return Decision(found.resource, Passed(outcome.evidence), found.target)
    return Decision(found.resource, _with(outcome, again.remedy), again.route_target)


def _missing(resource: Resource, lost: Lost) -> Decision:
    repair = vpc_routes.of_missing(lost)
    if repair is None:
        if _is_in_internet(lost.destination):
            missing = gate.check_missing(lost.table, lost.address)
            return Decision(resource, _with(missing, ways_out.advice_for(lost.start, lost.table)), None)
        far = lost.destination.vpc_id if isinstance(lost.destination, InVpc) else None
        return Decision(resource, gate.check_joined(lost.table, lost.address, lost.start.vpc_id, far), None)
    outcome = gate.check_missing(lost.table, lost.address)
    return Decision(resource, _with(outcome, repair.remedy), repair.route_target)


def _leads(lost: Lost, target: RouteTarget | None, *, reply: bool) -> Leads:
    if target is None:
        return Leads.THERE
    if reply and target.kind is RouteTargetKind.NAT_GATEWAY:
        return Leads.NO_REPLIES
    if reply and target.kind in _AWAY and _is_in_internet(lost.destination):
        return Leads.NOT_BACK
    elsewhere = leads_elsewhere(lost.state, target, lost.start, lost.destination, lost.address)
    return Leads.ELSEWHERE if elsewhere else Leads.THERE


_AWAY = (RouteTargetKind.VPN_GATEWAY, RouteTargetKind.TRANSIT_GATEWAY, RouteTargetKind.PEERING)
"""What never leads to the internet gateway that stands for a public address of the VPC."""


def _is_in_internet(destination: Location) -> bool:
    return isinstance(destination, OutsideAws) and destination.in_internet


def _with(outcome: Stopped, remedy: Remedy) -> Stopped:
    """Return an outcome with a remedy, unless its gate knows a better one."""
    return replace(outcome, problem=replace(outcome.problem, remedy=outcome.problem.remedy or remedy))
