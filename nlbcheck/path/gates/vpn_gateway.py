"""Does a virtual private gateway take the packet, and does it know where the packet goes?

It serves the VPC that it is attached to, and forwards only to prefixes that it knows: a route to it in the
VPC's table is not enough. https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html,
https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html.

It learns prefixes from Direct Connect, too, whose routes go before all others, and which is not looked at. So
what it does not know is proven only by a route table that takes all of its prefixes over.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.gateway_attachment import ATTACHED
from nlbcheck.aws.resources.vpn_connection import TunnelStatus, VpnConnection
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.language import listed, plural, tell
from nlbcheck.model import Code, Confidence, Json, Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check_attached(gateway: VpnGateway, vpc_id: str) -> Outcome:
    """Say whether the gateway is attached to the VPC."""
    states = {item.vpc_id: item.state for item in gateway.attachments}
    state = states.get(vpc_id)
    evidence: dict[str, Json] = {"vpc": vpc_id, "attachment": state.value if state else None}
    if state in ATTACHED:
        return Passed(evidence)
    if vpc_id in states and state is None:
        fact = tell("whether {gateway} is attached to {vpc}", gateway=gateway.id, vpc=vpc_id)
        return Unseen(NotVisible(fact, "ec2", "DescribeVpnGateways", gateway.account_region), evidence)
    call = remedy.ec2("AttachVpnGateway", VpcId=vpc_id, VpnGatewayId=gateway.id)
    summary = tell(
        "Virtual private gateway {gateway} is not attached to {vpc}.", gateway=gateway.id, vpc=vpc_id
    )
    fix = remedy.advice(tell("Attach {gateway} to {vpc}.", gateway=gateway.id, vpc=vpc_id), call)
    taken = [other for other, found in states.items() if other != vpc_id and found in ATTACHED]
    if taken:
        text = tell(
            "Detach {gateway} from {vpc}, or use another virtual private gateway. It can be attached to "
            "only one VPC at a time.",
            gateway=gateway.id,
            vpc=taken[0],
        )
        fix = remedy.advice(text)
    return Stopped(Problem(Code.GATEWAY_NOT_ATTACHED, summary, fix), evidence)


def carrying(connections: Sequence[VpnConnection], address: Address) -> tuple[VpnConnection, ...]:
    """Return the connections from which a gateway has a prefix for the address for certain."""
    return tuple(item for item in _usable(connections) if _static_prefixes(item, address))


def perhaps_carrying(connections: Sequence[VpnConnection]) -> tuple[VpnConnection, ...]:
    """Return the connections from which a gateway may have learned any prefix by BGP."""
    return tuple(
        item for item in _usable(connections) if item.static is not True and not _learned_nothing(item)
    )


def _usable(connections: Sequence[VpnConnection]) -> list[VpnConnection]:
    return [item for item in connections if item.state is not GatewayState.DELETED]


def _static_prefixes(connection: VpnConnection, address: Address) -> list[Network]:
    gone = (GatewayState.DELETING, GatewayState.DELETED)
    return [
        item.destination
        for item in connection.routes
        if item.state not in gone and address in item.destination
    ]


def check_prefix(
    gateway_id: str,
    connections: Sequence[VpnConnection],
    address: Address,
    propagated: Sequence[Network],
    *,
    propagates: bool | NotVisible,
) -> Outcome:
    """Say whether the gateway knows a prefix for the address.

    ``propagated`` are the prefixes that a route table has learned from it; ``propagates`` says whether the
    table learns all of them, so that what is not among them is not known. Not visible is a table that may.
    """
    usable = _usable(connections)
    static = [str(prefix) for item in usable for prefix in _static_prefixes(item, address)]
    learned = [str(prefix) for prefix in propagated if address in prefix]
    evidence: dict[str, Json] = {
        "destination": str(address),
        "connections": [item.id for item in usable],
        "static_routes": static,
        "propagated": learned,
    }
    dynamic = any(item.static is not True for item in usable)
    if static or (learned and (dynamic or not usable)):
        return Passed(evidence)
    if learned:
        fact = tell(
            "from where {gateway} has learned {prefix}: no VPN connection has such a static route in use, "
            "perhaps from Direct Connect",
            gateway=gateway_id,
            prefix=learned[0],
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    if usable and forgets_all(usable):
        return Passed(evidence | {"meaning": "with its BGP sessions down the gateway has learned nothing"})
    if isinstance(propagates, NotVisible):
        return Unseen(propagates, evidence)
    if not propagates:
        fact = tell(
            "whether {gateway} has learned a prefix for {address} by BGP or Direct Connect"
            if dynamic
            else "whether {gateway} has learned a prefix for {address} by Direct Connect",
            gateway=gateway_id,
            address=address,
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = tell(
        "{gateway} has no route for {address}: neither a static VPN route nor a prefix learned by BGP.",
        gateway=gateway_id,
        address=address,
    )
    return Stopped(Problem(Code.VPN_ROUTE_MISSING, summary, learning(usable, address)), evidence)


def check_unconnected(gateway: VpnGateway, deleted: Sequence[VpnConnection], address: Address) -> Outcome:
    """Say what becomes of packets of a gateway that has no VPN connection, or none any more.

    Its prefixes may come from Direct Connect, which is not looked at.
    """
    evidence: dict[str, Json] = {"connections": [], "deleted": [item.id for item in deleted]}
    lost = [item.id for item in deleted if any(address in route.destination for route in item.routes)]
    if not lost:
        fact = tell(
            "what forwards packets from {gateway} to {address}: no VPN connection does, perhaps Direct "
            "Connect",
            gateway=gateway.id,
            address=address,
        )
        return Unseen(NotVisible(fact, "", "", None), evidence)
    summary = plural(
        len(lost),
        "VPN connection {connections} is deleted. {gateway} likely reached {address} through it.",
        "VPN connections {connections} are deleted. {gateway} likely reached {address} through them.",
        connections=listed(lost),
        gateway=gateway.id,
        address=address,
    )
    text = tell(
        "Create a new VPN connection at {gateway} that leads to {address}.",
        gateway=gateway.id,
        address=address,
    )
    fix = remedy.advice(text)
    return Stopped(Problem(Code.VPN_DOWN, summary, fix, confidence=Confidence.LIKELY), evidence)


def forgets_all(connections: Sequence[VpnConnection]) -> bool:
    """Whether all connections are dynamic and down, so that their prefixes return with the tunnels."""
    tunnels = [tunnel for item in connections for tunnel in item.tunnels]
    down = bool(tunnels) and all(tunnel.status is TunnelStatus.DOWN for tunnel in tunnels)
    return down and all(item.static is False for item in connections)


def _learned_nothing(connection: VpnConnection) -> bool:
    return bool(connection.tunnels) and all(tunnel.accepted_routes == 0 for tunnel in connection.tunnels)


def learning(connections: Sequence[VpnConnection], address: Address) -> Remedy:
    """Return the remedy that makes a gateway know a prefix for an address."""
    static = [item for item in connections if item.static is True]
    if len(static) == 1:
        prefix = single(address)
        call = remedy.ec2(
            "CreateVpnConnectionRoute", VpnConnectionId=static[0].id, DestinationCidrBlock=str(prefix)
        )
        text = tell(
            "Add a static route for {prefix} to {connection}.", prefix=prefix, connection=static[0].id
        )
        return remedy.advice(text, call)
    if connections and not static:
        text = tell(
            "Advertise a prefix that includes {address} by BGP from the customer gateway.", address=address
        )
        return remedy.advice(text)
    text = tell(
        "Add a VPN connection that leads to {address}, or add a static route to a connection that does.",
        address=address,
    )
    return remedy.advice(text)
