"""What carries a packet between two subnets, and does it get through?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nlbcheck.aws.gateways import (
    NatGateway,
    NatGatewayState,
    PeeringConnection,
    VpnConnection,
    VpnGateway,
)
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.network import RouteTable, RouteTargetKind, Subnet
from nlbcheck.model import Code, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network
from nlbcheck.path import internet, locations, remedy, route_targets, transit
from nlbcheck.path.gates import (
    appliance,
    peering,
    route_table,
    vpn_connection,
    vpn_gateway,
)
from nlbcheck.path.locations import InVpc
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.route_targets import RouteTarget
from nlbcheck.path.routing import decide


def carry(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    """Take a packet on from where a route sends it."""
    CARRIERS[route_target.kind](passage, route_target, start)


def _local(_passage: Passage, _carrier: RouteTarget, _start: InVpc) -> None:
    """Do nothing: the VPC's own router delivers."""


def _peering(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    found = passage.state.peering(route_target.id)
    if not isinstance(found, PeeringConnection):
        passage.meet(
            "vpc-peering-connection", Resource("vpc-peering-connection", route_target.id), unseen(found)
        )
        return
    resource = Resource("vpc-peering-connection", found.id, found.name)
    passage.meet("vpc-peering-connection", resource, peering.check_status(found))
    address = passage.packet.bound_for
    far = found.far_side(start.vpc_id)
    ranges = locations.ranges(passage.state, far) if far else ()
    if ranges and address is not None:
        around = passage.decision.around if passage.decision else None
        outcome = peering.check_transit(found, ranges, address, around)
        passage.meet("vpc-peering-connection", resource, outcome)
    else:
        fact = f"the ranges on the far side of {found.id}"
        missing = NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", found.account_region)
        passage.meet("vpc-peering-connection", resource, Unseen(missing))


def _vpn_gateway(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    through_vpn_gateway(
        passage, route_target.id, start, outside=passage.packet.bound_for, inside=passage.packet.source
    )
    _on_premises(passage)


def through_vpn_gateway(
    passage: Passage,
    gateway_id: str,
    spot: InVpc,
    *,
    outside: Address | None,
    inside: Address | None,
    arriving: bool = False,
) -> None:
    """Meet the gateway and its tunnels; what comes from on-premises needs no prefix there."""
    found = passage.state.vpn_gateway(gateway_id)
    if not isinstance(found, VpnGateway):
        passage.meet("vpn-gateway", Resource("vpn-gateway", gateway_id), unseen(found))
        return
    resource = Resource("vpn-gateway", found.id, found.name)
    passage.meet("vpn-gateway", resource, vpn_gateway.check_attached(found, spot.vpc_id))
    connections = route_targets.vpn_connections(passage.state, found)
    if isinstance(connections, NotVisible):
        passage.meet("vpn-connection", Resource("vpn-connection", f"of {found.id}"), unseen(connections))
        return
    if outside is None:
        return
    dynamic = any(item.static is not True for item in connections)
    propagated, propagates = _learned(passage, spot, found.id, outside, dynamic=dynamic)
    if not arriving:
        prefix = vpn_gateway.check_prefix(found.id, connections, outside, propagated, propagates=propagates)
        passage.meet("vpn-gateway", resource, prefix)
        if isinstance(prefix, Stopped) and not connections:
            return
    carrying = vpn_gateway.route_targets(connections, outside, propagated) or connections
    if carrying:
        vpn(passage, carrying, outside, inside)
    else:
        listed = passage.state.vpn_connections_of(found)
        deleted = () if isinstance(listed, NotVisible) else listed
        passage.meet("vpn-gateway", resource, vpn_gateway.check_unconnected(found, deleted, outside))


def _learned(
    passage: Passage, spot: InVpc, gateway_id: str, outside: Address, *, dynamic: bool
) -> tuple[list[Network], bool]:
    """Return the prefixes that tables have learned from a gateway, and whether one must show all of them.

    What is learned by BGP can be read in any table of the VPC, but beside a static route for the same
    prefix it may not show.
    """
    own = passage.state.route_table_of(spot.subnet) if isinstance(spot.subnet, Subnet) else None
    tables = [own] if isinstance(own, RouteTable) else []
    if dynamic:
        tables += passage.state.route_tables_in(spot.vpc_id)
    learned = [prefix for table in tables for prefix in route_table.prefixes_towards(table, gateway_id)]
    shows = (
        gateway_id in table.propagating_vgw_ids and not route_table.has_static(table, outside)
        for table in tables
    )
    return list(dict.fromkeys(learned)), any(shows)


def vpn(
    passage: Passage, connections: tuple[VpnConnection, ...], outside: Address, inside: Address | None
) -> None:
    """Meet VPN connections: their tunnels, and the ranges that were negotiated."""
    first = connections[0]
    resource = Resource("vpn-connection", first.id, first.name)
    passage.meet("vpn-connection", resource, vpn_connection.check_tunnels(connections))
    for connection in connections:
        resource = Resource("vpn-connection", connection.id, connection.name)
        passage.meet("vpn-connection", resource, vpn_connection.check_ranges(connection, outside, inside))


def _on_premises(passage: Passage) -> None:
    address = passage.packet.destination
    meaning = "what lies behind the customer gateway is not visible from AWS"
    passage.meet("on-premises", Resource("address", str(address)), Passed({"meaning": meaning}))


def _nat_gateway(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    """Let a NAT gateway send the packet on by its own subnet's table, from its own address."""
    resource = Resource("nat-gateway", route_target.id)
    found = passage.state.nat_gateway(route_target.id)
    if not isinstance(found, NatGateway):
        passage.meet("nat-gateway", resource, unseen(found))
        return
    address = passage.packet.bound_for
    passage.meet("nat-gateway", Resource("nat-gateway", found.id, found.name), _nat_state(found))
    subnet = passage.state.subnet(found.subnet_id, vpc_id=found.vpc_id) if found.subnet_id else None
    if address is None or not found.private_addresses or not isinstance(subnet, Subnet):
        fact = NotVisible(f"the subnet of {found.id}", "ec2", "DescribeNatGateways", found.account_region)
        passage.meet("nat-gateway", resource, Unseen(fact))
        return
    own = found.private_addresses[0]
    gap = route_targets.subnet_gap(found)
    vpc = passage.state.vpc(found.vpc_id)
    spot = InVpc(own, found.vpc_id, vpc, subnet, gap, (), found.public_address, by_nat=True)
    crossed = not (isinstance(start.subnet, Subnet) and start.subnet.id == subnet.id)
    if crossed:
        passage.meet_acl(subnet, egress=False)
    passage.packet = replace(passage.packet, source=own)
    passage.seen_as, passage.start_groups = spot, ()
    passage.meet_acl(subnet, egress=True)
    onward = decide(passage.state, spot, passage.destination, address)
    passage.meet("route-table", onward.resource, onward.outcome)
    if onward.route_target and onward.route_target.kind is not RouteTargetKind.NAT_GATEWAY:
        carry(passage, onward.route_target, spot)


def _nat_state(gateway: NatGateway) -> Outcome:
    evidence = {"state": gateway.state.value if gateway.state else None, "public": gateway.public}
    if gateway.state is NatGatewayState.AVAILABLE:
        return Passed(evidence)
    if gateway.state is None:
        fact = f"the state of {gateway.id}"
        return Unseen(NotVisible(fact, "ec2", "DescribeNatGateways", gateway.account_region), evidence)
    summary = f"NAT gateway {gateway.id} is {gateway.state.value}."
    fix = remedy.advice("Replace the NAT gateway, or route around it.")
    return Stopped(Problem(Code.ROUTE_BLACKHOLE, summary, fix), evidence)


def _appliance(passage: Passage, route_target: RouteTarget, _start: InVpc) -> None:
    """Meet a machine that the route points at; what it does with the packet is its own affair."""
    found = passage.state.interface(route_target.id)
    if not isinstance(found, NetworkInterface):
        passage.meet("appliance", Resource("network-interface", route_target.id), unseen(found))
        return
    resource = Resource("network-interface", found.id, found.name)
    passage.meet("appliance", resource, appliance.check(found))
    fact = NotVisible(f"what the appliance behind {found.id} does with the packet", "", "", None)
    passage.meet("appliance", resource, Unseen(fact))


def _not_modelled(passage: Passage, route_target: RouteTarget, _start: InVpc) -> None:
    fact = NotVisible(
        f"what {route_target.id} ({route_target.kind.value}) does with the packet", "", "", None
    )
    passage.meet(route_target.kind.value, Resource(route_target.kind.value, route_target.id), Unseen(fact))


def _transit_gateway(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    connections = transit.leave(passage, route_target.id, start)
    address = passage.packet.bound_for
    if connections and address is not None:
        vpn(passage, connections, address, passage.packet.source)
        _on_premises(passage)


CARRIERS: dict[RouteTargetKind, Callable[[Passage, RouteTarget, InVpc], None]] = {
    RouteTargetKind.LOCAL: _local,
    RouteTargetKind.PEERING: _peering,
    RouteTargetKind.VPN_GATEWAY: _vpn_gateway,
    RouteTargetKind.TRANSIT_GATEWAY: _transit_gateway,
    RouteTargetKind.INTERNET_GATEWAY: internet.cross,
    RouteTargetKind.NAT_GATEWAY: _nat_gateway,
    RouteTargetKind.NETWORK_INTERFACE: _appliance,
    RouteTargetKind.EGRESS_ONLY_GATEWAY: _not_modelled,
    RouteTargetKind.VPC_ENDPOINT: _not_modelled,
    RouteTargetKind.LOCAL_GATEWAY: _not_modelled,
    RouteTargetKind.CARRIER_GATEWAY: _not_modelled,
    RouteTargetKind.CORE_NETWORK: _not_modelled,
}
"""What each kind of route target does with a packet."""
