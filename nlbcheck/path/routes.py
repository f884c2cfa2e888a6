"""Which route takes a packet on: of a subnet's route table, and of a transit gateway's?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitRoute
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpc_endpoint import VpcEndpoint
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import route_choice
from nlbcheck.path.gates import transit_gateway_route
from nlbcheck.path.location import InVpc
from nlbcheck.path.neighbours import PEERINGS
from nlbcheck.path.outcome import missing
from nlbcheck.path.route_choice import Choice


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """The target of a route: the next hop of packets that take it."""

    kind: RouteTargetKind
    id: str


@dataclass(frozen=True, slots=True)
class Routed:
    """What a subnet's route table holds for an address."""

    resource: Resource
    table: RouteTable | NotVisible
    choice: Choice | NotVisible | None
    """The route that wins; None when there is none, or no table is seen."""

    @property
    def target(self) -> RouteTarget | None:
        """The target of the route that wins; None when there is none, or it cannot be read."""
        if not isinstance(self.choice, Choice):
            return None
        route = self.choice.route
        if route.target_kind is None or route.target_id is None:
            return None
        return RouteTarget(route.target_kind, route.target_id)


def routed(state: AwsState, start: InVpc, address: Address) -> Routed:
    """Return which route packets to an address take where they leave a subnet."""
    if start.route_table_id is not None:
        whose, table = start.route_table_id, state.route_table(start.route_table_id)
    elif isinstance(start.subnet, Subnet):
        whose, table = f"of {start.subnet.id}", state.route_table_of(start.subnet)
    else:
        return Routed(Resource("route-table", f"of {start.address}"), missing(start.subnet), None)
    if not isinstance(table, RouteTable):
        return Routed(Resource("route-table", whose), missing(table), None)
    resource = Resource("route-table", table.id, table.name)
    return Routed(resource, table, choose(state, table, address))


_Choices = dict[tuple[str, Address], Choice | NotVisible | None]
_KNOWN: WeakKeyDictionary[AwsState, _Choices] = WeakKeyDictionary()
"""Asked often, so remembered per recorded state."""


def choose(state: AwsState, table: RouteTable, address: Address) -> Choice | NotVisible | None:
    """Return the route of a table for an address, as ``route_choice.select`` does."""
    known = _KNOWN.setdefault(state, {})
    key = table.id, address
    if key not in known:
        is_gateway = partial(_is_gateway_endpoint, state)
        known[key] = route_choice.select(table, address, state.prefix_list, is_gateway)
    return known[key]


def _is_gateway_endpoint(state: AwsState, key: str) -> bool:
    found = state.vpc_endpoint(key)
    return isinstance(found, VpcEndpoint) and found.is_gateway


def transit_route(state: AwsState, table_id: str, address: Address) -> TransitRoute | NotVisible | None:
    """Return the route of a transit gateway's table for an address; None when there is none."""
    found = state.transit_routes(table_id, address)
    return found if isinstance(found, NotVisible) else transit_gateway_route.select(found, table_id, address)


@dataclass(frozen=True, slots=True)
class TransitExit:
    """The last transit gateway on a path, and its route that leads out."""

    gateway_id: str
    route: TransitRoute

    @property
    def attachment_id(self) -> str:
        """What packets leave by."""
        return self.route.hops[0].attachment_id

    @property
    def kind(self) -> TransitResource | None:
        """What hangs on that attachment."""
        return self.route.hops[0].resource_type


def _through_vpc(state: AwsState, found: TransitExit, address: Address) -> tuple[str, str] | None:
    """Return the transit gateway to which a VPC that has not an address sends packets on, and by what.

    Firewalls stand in such a VPC: a table of it leads to a transit gateway again.
    """
    vpc = state.vpc(found.route.hops[0].resource_id or "")
    if not isinstance(vpc, Vpc) or vpc.contains(address):
        return None
    for table in state.route_tables_in(vpc.id):
        choice = choose(state, table, address)
        route = choice.route if isinstance(choice, Choice) else None
        if route and route.target_kind is RouteTargetKind.TRANSIT_GATEWAY and route.target_id:
            attachment = state.transit_vpc_attachment_of(route.target_id, vpc)
            if isinstance(attachment, TransitVpcAttachment):
                return route.target_id, attachment.id
    return None


def transit_exit(
    state: AwsState, gateway_id: str, attachment_id: str, address: Address
) -> TransitExit | NotVisible | None:
    """Return where packets to an address leave, that come from an attachment; None when nowhere."""
    passed: set[tuple[str, str]] = set()
    while (gateway_id, attachment_id) not in passed:
        passed.add((gateway_id, attachment_id))
        association = state.transit_association(attachment_id, gateway_id)
        if isinstance(association, Absent):
            return None
        if isinstance(association, NotVisible):
            return association
        route = transit_route(state, association.route_table_id, address)
        if isinstance(route, NotVisible):
            return route
        if route is None or not route.hops:
            return None
        found = TransitExit(gateway_id, route)
        if found.kind is TransitResource.VPC:
            through = _through_vpc(state, found, address)
            if through is None or through in passed:
                return found
            gateway_id, attachment_id = through
            continue
        if found.kind not in PEERINGS:
            return found
        peering = state.transit_peering(found.attachment_id)
        if not isinstance(peering, TransitPeeringAttachment):
            return missing(peering)
        far = state.transit_far_end(peering, gateway_id)
        if isinstance(far, NotVisible):
            return far
        gateway_id, attachment_id = far.transit_gateway_id, far.id
    return None
