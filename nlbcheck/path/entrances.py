"""Through which interface endpoint may clients come to a load balancer, and where does one lead?

What an endpoint takes comes out at the load balancer's node in its own zone, without a route between the two
VPCs: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.resources.endpoint_service import EndpointService
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpc_endpoint import VpcEndpoint, VpcEndpointState, endpoint_of, without_endpoint
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Code, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import location
from nlbcheck.path.decision import decide
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Stopped, Unseen, missing
from nlbcheck.path.repair.candidates import candidate

_NO_WAY = (Code.ROUTE_MISSING, Code.VPCS_NOT_CONNECTED)
_SERVICE = "com.amazonaws.vpce."
"""What the names of endpoint services begin with that are none of AWS's own."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """An interface of an endpoint that leads, or may lead, to a load balancer."""

    at: InVpc
    endpoint_id: str
    state: VpcEndpointState | NotVisible | None
    doubts: tuple[NotVisible, ...] = ()
    """What would have to be known to be sure that connections take it; nothing where that is certain."""
    among: int = 1
    """Of how many endpoints it is one, where it is not told which of them is used."""

    @property
    def resource(self) -> Resource:
        """The endpoint."""
        return Resource("vpc-endpoint", self.endpoint_id)


def entrance(state: AwsState, client: Location, balancer: LoadBalancer, at_node: InVpc) -> Entrance | None:
    """Return by which endpoint a client comes to a load balancer; None where its network leads there itself.

    It is looked for only where nothing joins the two VPCs. That the client dials it, and not the node, is
    not told by the state.
    """
    interfaces = _endpoints(state, client, at_node)
    if isinstance(interfaces, NotVisible) or not isinstance(client, InVpc):
        return None
    found = [_leading(state, interface, balancer) for interface in interfaces]
    leading = [item for item in found if item]
    if not leading:
        return None
    best = min(leading, key=lambda item: (len(item.doubts), not same_zone(item.at, at_node)))
    fact = tell(
        "which address the client connects to: nothing connects {own} with {vpc}, where {node} is, "
        "but {own} has the interface endpoint {endpoint} ({address})",
        own=client.vpc_id,
        vpc=at_node.vpc_id,
        node=at_node.address,
        endpoint=best.endpoint_id,
        address=best.at.address,
    )
    alike = {item.endpoint_id for item in leading if len(item.doubts) == len(best.doubts)}
    return replace(best, doubts=(*best.doubts, NotVisible(fact, "", "", None)), among=len(alike))


def _endpoints(
    state: AwsState, client: Location, at_node: InVpc
) -> tuple[NetworkInterface, ...] | NotVisible:
    """Return the interfaces of endpoints in a client's VPC; none where its network may lead to a node."""
    if not isinstance(client, InVpc) or client.vpc_id == at_node.vpc_id or client.is_nowhere:
        return ()
    if not _apart(state, client, at_node):
        return ()
    if not isinstance(client.vpc, Vpc):
        return missing(client.vpc)
    return state.endpoint_interfaces(client.vpc)


def _apart(state: AwsState, client: InVpc, at_node: InVpc) -> bool:
    """Whether nothing joins two VPCs, also where the client's routes were asked for and are not seen."""
    decision = decide(state, client, at_node, at_node.address)
    match decision.outcome:
        case Stopped(problem):
            return problem.code in _NO_WAY and decision.route_target is None
        case Unseen(hidden) if hidden.was_asked:
            return candidate(state, client, at_node, at_node.address) is None
    return False


def dialled(state: AwsState, balancer: LoadBalancer, address: Address) -> Entrance | None:
    """Return the endpoint's interface that has an address, if the endpoint leads to a load balancer."""
    found = state.interfaces_with(address)
    for interface in () if isinstance(found, NotVisible) else found:
        leading = _leading(state, interface, balancer)
        if leading:
            return leading
    return None


def hidden(state: AwsState, balancer: LoadBalancer, address: Address) -> NotVisible | None:
    """Return what is missing where an endpoint may have an address, and may lead to a load balancer."""
    found = state.interfaces_with(address)
    missed = found if isinstance(found, NotVisible) else without_endpoint(found)
    return missed if missed and state.endpoint_services_of(balancer) != () else None


def as_consumer(state: AwsState, client: Location, balancer: LoadBalancer, at_node: InVpc) -> Location:
    """Return a client as one of which it is not told how it connects, if it may be a consumer.

    That is where no network leads to it, and endpoints are not seen: those in its own VPC, or those of the
    load balancer's service, which stand in networks that are not seen.
    """
    if not isinstance(client, OutsideAws):
        endpoints = _endpoints(state, client, at_node)
        return UnknownLocation(None, endpoints) if isinstance(endpoints, NotVisible) else client
    outcome = decide(state, at_node, client, client.address).outcome
    lost = isinstance(outcome, Stopped) and outcome.problem.code in _NO_WAY
    services = state.endpoint_services_of(balancer) if lost else ()
    if isinstance(services, NotVisible):
        return UnknownLocation(client.address, services)
    for service in services:
        connections = state.endpoint_connections(service)
        listed = () if isinstance(connections, NotVisible) else connections
        unseen = [
            item for item in listed if not isinstance(state.vpc_endpoint(item.endpoint_id), VpcEndpoint)
        ]
        if isinstance(connections, NotVisible) or unseen:
            fact = tell(
                "where {address} is: no route leads there, and clients may connect through interface "
                "endpoints of {service}, whose networks are not recorded",
                address=client.address,
                service=service.service_name,
            )
            return UnknownLocation(client.address, NotVisible(fact, "", "", None))
    return client


def _leading(state: AwsState, interface: NetworkInterface, balancer: LoadBalancer) -> Entrance | None:
    """Return an endpoint's interface, if the endpoint leads to a load balancer as far as is known."""
    key = endpoint_of(interface)
    if key is None or not interface.addresses:
        return None
    at = location.at_interface(state, interface)
    services = state.endpoint_services_of(balancer)
    endpoint = state.vpc_endpoint(key)
    if isinstance(endpoint, VpcEndpoint):
        return _of_known(at, endpoint, services)
    if isinstance(services, NotVisible):
        hidden = _whose(services, key, balancer)
        return Entrance(at, key, hidden, (hidden,))
    for service in services:
        connections = state.endpoint_connections(service)
        if isinstance(connections, NotVisible):
            hidden = _whose(missing(endpoint), key, balancer)
            return Entrance(at, key, hidden, (hidden,))
        for connection in connections:
            if connection.endpoint_id == key:
                return Entrance(at, key, connection.state, _several(service))
    return None


def _of_known(
    at: InVpc, endpoint: VpcEndpoint, services: tuple[EndpointService, ...] | NotVisible
) -> Entrance | None:
    name = endpoint.service_name or ""
    if isinstance(services, NotVisible):
        return Entrance(at, endpoint.id, endpoint.state, (services,)) if name.startswith(_SERVICE) else None
    for service in services:
        if service.service_name == name:
            return Entrance(at, endpoint.id, endpoint.state, _several(service))
    return None


def _whose(hidden: NotVisible, endpoint_id: str, balancer: LoadBalancer) -> NotVisible:
    fact = tell(
        "whether the interface endpoint {endpoint} leads to {balancer}",
        endpoint=endpoint_id,
        balancer=balancer.name,
    )
    return replace(hidden, fact=fact)


def _several(service: EndpointService) -> tuple[NotVisible, ...]:
    """Return what is not told where a service has several load balancers: which of them is used."""
    if len(service.balancer_arns) < 2:
        return ()
    fact = tell(
        "which of the {count} load balancers of {service} is used",
        count=len(service.balancer_arns),
        service=service.service_name,
    )
    return (NotVisible(fact, "", "", None),)


def _beyond(service: str | None, endpoint_id: str) -> NotVisible:
    """Return what is not known of an endpoint that leads to no load balancer that is seen."""
    fact = tell(
        "what {service} behind {endpoint} does with connections"
        if service
        else "what the service behind {endpoint} does with connections",
        service=service,
        endpoint=endpoint_id,
    )
    return NotVisible(fact, "", "", None)


def same_zone(one: InVpc, other: InVpc) -> bool:
    """Whether two addresses are seen to stand in one zone."""
    if not isinstance(one.subnet, Subnet) or not isinstance(other.subnet, Subnet):
        return False
    return one.subnet.shares_zone(other.subnet) is True


@dataclass(frozen=True, slots=True)
class Behind:
    """What an endpoint's interface leads to."""

    by: Entrance
    balancer: LoadBalancer
    node: BalancerNode


def behind(state: AwsState, at: InVpc) -> Behind | NotVisible:
    """Return the load balancer's node that an endpoint's interface leads to."""
    key = endpoint_of(at.interface) if isinstance(at.interface, NetworkInterface) else None
    if key is None:
        fact = tell("the interface endpoint at {address}", address=at.address)
        return NotVisible(fact, "ec2", "DescribeVpcEndpoints", None)
    endpoint = state.vpc_endpoint(key)
    if not isinstance(endpoint, VpcEndpoint):
        return missing(endpoint)
    name = endpoint.service_name
    if name is None or not name.startswith(_SERVICE):
        return _beyond(name, key)
    service = state.endpoint_service_named(name)
    if isinstance(service, NotVisible):
        return service
    if not service.balancer_arns:
        return _beyond(name, key)
    unsure = _several(service)
    if unsure:
        return unsure[0]
    balancer = state.load_balancer(service.balancer_arns[0])
    if not isinstance(balancer, LoadBalancer):
        return missing(balancer)
    nodes = state.nodes(balancer)
    if isinstance(nodes, NotVisible):
        return nodes
    near = [node for node in nodes if same_zone(at, location.of_node(state, balancer, node))]
    by = Entrance(at, key, endpoint.state)
    return Behind(by, balancer, (near or list(nodes))[0])
