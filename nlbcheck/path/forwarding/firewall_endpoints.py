"""What does a packet meet at a VPC endpoint that a route points at, and where does it go on?

Such endpoints are those of Gateway Load Balancers and of Network Firewall. What the firewall behind one
decides is not modelled; a packet that it lets through comes back to the endpoint, and the route table of the
endpoint's own subnet takes it on: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html,
https://docs.aws.amazon.com/network-firewall/latest/developerguide/route-tables.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.forwarding.positions import AtOneOf, AtRouteTarget, Forwarded, Met
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Unseen
from nlbcheck.path.packet import Packet
from nlbcheck.path.routes import routed

KIND = "firewall-endpoint"


def through_endpoint(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Meet a firewall endpoint, and go on from its subnet as if its firewall lets the packet through."""
    key, sender = position.target.id, position.sent_from
    what = tell("what the firewall behind {endpoint} does with the packet", endpoint=key)
    fact = NotVisible(what, "", "", None)
    met = (Met(KIND, Resource("vpc-endpoint", key), Unseen(fact)),)
    if not isinstance(sender.vpc, Vpc) or packet.bound_for is None:
        return Forwarded(met)
    stands = _stands_in(state, key, sender.vpc)
    places = _places(sender, key, stands or _may_stand_in(state, sender, sender.vpc, packet.bound_for))
    if not places:
        return Forwarded(met)
    choice = tell("which subnet {endpoint} is in", endpoint=key)
    return Forwarded(met, AtOneOf(places, choice, inferred=not stands))


def _places(sender: InVpc, key: str, subnets: tuple[Subnet, ...]) -> tuple[InVpc, ...]:
    here = replace(sender, route_table_id=None, by_gateway=None, by_firewall=key)
    return tuple(replace(here, subnet=subnet) for subnet in subnets)


def _stands_in(state: AwsState, key: str, vpc: Vpc) -> tuple[Subnet, ...]:
    """Return the subnet of an endpoint's interface; nothing where none is seen."""
    interfaces = state.interfaces_of_endpoint(key, vpc)
    shown = interfaces if not isinstance(interfaces, NotVisible) else ()
    found = (state.subnet(item.subnet_id, vpc_id=vpc.id) for item in shown if _is_in(item, vpc))
    return tuple(item for item in found if isinstance(item, Subnet))


def _is_in(interface: NetworkInterface, vpc: Vpc) -> bool:
    return interface.vpc_id == vpc.id


def _may_stand_in(state: AwsState, sender: InVpc, vpc: Vpc, address: Address) -> tuple[Subnet, ...]:
    """Return the subnets that an endpoint may stand in, of those with the same zone, table and ACL one.

    Where it does, the table leads on and not to a firewall again. Nothing is returned unless every table is
    seen.
    """
    subnets = state.subnets_of(vpc)
    found: dict[tuple[str, str, str], Subnet] = {}
    for subnet in () if isinstance(subnets, NotVisible) else subnets:
        route = routed(state, replace(sender, subnet=subnet, route_table_id=None), address)
        if not isinstance(route.table, RouteTable) or isinstance(route.choice, NotVisible):
            return ()
        if route.target is None or route.target.kind is not RouteTargetKind.VPC_ENDPOINT:
            acl = state.network_acl_of(subnet)
            rules = acl.id if isinstance(acl, NetworkAcl) else subnet.id
            found.setdefault((subnet.zone, route.table.id, rules), subnet)
    return tuple(found.values())
