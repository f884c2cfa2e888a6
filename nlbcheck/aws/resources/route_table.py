"""Where does a VPC's route table send a packet, and who uses the table?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, Values, each, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Network


class RouteTargetKind(StrEnum):
    """What a route points at."""

    LOCAL = "local"
    INTERNET_GATEWAY = "internet-gateway"
    EGRESS_ONLY_GATEWAY = "egress-only-internet-gateway"
    VPN_GATEWAY = "vpn-gateway"
    NAT_GATEWAY = "nat-gateway"
    TRANSIT_GATEWAY = "transit-gateway"
    PEERING = "vpc-peering-connection"
    NETWORK_INTERFACE = "network-interface"
    VPC_ENDPOINT = "vpc-endpoint"
    LOCAL_GATEWAY = "local-gateway"
    CARRIER_GATEWAY = "carrier-gateway"
    CORE_NETWORK = "core-network"


class RouteState(StrEnum):
    """Whether a route can be used."""

    ACTIVE = "active"
    BLACKHOLE = "blackhole"
    FILTERED = "filtered"


class RouteOrigin(StrEnum):
    """How a route came into its table."""

    CREATE_ROUTE_TABLE = "CreateRouteTable"
    CREATE_ROUTE = "CreateRoute"
    ENABLE_VGW_ROUTE_PROPAGATION = "EnableVgwRoutePropagation"
    ADVERTISEMENT = "Advertisement"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a VPC route table; None in a field means that the answer does not say it."""

    destination: Network | None
    prefix_list_id: str | None
    """The destination is this prefix list's entries; then ``destination`` is None."""
    target_kind: RouteTargetKind | None
    """None also for kinds of target that are not known here."""
    target_id: str | None
    """``pcx-0…``, ``vgw-0…``, ``local`` …"""
    state: RouteState | None
    origin: RouteOrigin | None
    firewalled: bool = False
    """Whether an Automated Internet Firewall stands before its internet gateway."""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A VPC route table."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    main: bool
    """Whether subnets without an association of their own use it."""
    subnet_ids: tuple[str, ...]
    """The subnets that are associated explicitly."""
    routes: tuple[Route, ...]
    propagating_vgw_ids: tuple[str, ...]
    """Gateways that may add routes; what they added is in ``routes``."""


_ROUTE_TARGETS = {
    "TransitGatewayId": RouteTargetKind.TRANSIT_GATEWAY,
    "VpcPeeringConnectionId": RouteTargetKind.PEERING,
    "NatGatewayId": RouteTargetKind.NAT_GATEWAY,
    "NetworkInterfaceId": RouteTargetKind.NETWORK_INTERFACE,
    "EgressOnlyInternetGatewayId": RouteTargetKind.EGRESS_ONLY_GATEWAY,
    "LocalGatewayId": RouteTargetKind.LOCAL_GATEWAY,
    "CarrierGatewayId": RouteTargetKind.CARRIER_GATEWAY,
    "CoreNetworkArn": RouteTargetKind.CORE_NETWORK,
}


_GATEWAY_PREFIXES = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
}


def _route(raw: Raw) -> Route:
    kind, target = None, None
    for key, candidate in _ROUTE_TARGETS.items():
        if found := fields.text(raw, key):
            kind, target = candidate, found
            break
    else:
        if gateway := fields.text(raw, "GatewayId"):
            kind, target = _GATEWAY_PREFIXES.get(gateway.partition("-")[0]), gateway
    return Route(
        destination=fields.network(raw, "DestinationCidrBlock")
        or fields.network(raw, "DestinationIpv6CidrBlock"),
        prefix_list_id=fields.text(raw, "DestinationPrefixListId"),
        target_kind=kind,
        target_id=target,
        state=fields.choice(raw, "State", RouteState),
        origin=fields.choice(raw, "Origin", RouteOrigin),
        firewalled=bool(raw.get("IgwFirewall")),
    )


def _associations(raw: Raw) -> list[Raw]:
    """Return a route table's associations that are in force; each must say what it is with."""
    found = []
    for item in fields.objects(raw, "Associations"):
        partner = any(fields.text(item, name) for name in ("SubnetId", "GatewayId", "PublicIpv4Pool"))
        if not partner and not fields.needed_flag(item, "Main"):
            raise UnreadableError("SubnetId", item)
        # Answers from before 2020 have no AssociationState.
        state = fields.text(fields.inner(item, "AssociationState"), "State")
        if state not in ("disassociating", "disassociated", "failed"):
            found.append(item)
    return found


def _route_table(raw: Raw, account_region: AccountRegion) -> RouteTable:
    associations = _associations(raw)
    return RouteTable(
        id=fields.needed(raw, "RouteTableId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        main=any(fields.needed_flag(item, "Main") for item in associations),
        subnet_ids=tuple(found for item in associations if (found := fields.text(item, "SubnetId"))),
        routes=tuple(_route(item) for item in fields.objects(raw, "Routes")),
        propagating_vgw_ids=tuple(
            fields.needed(item, "GatewayId") for item in fields.objects_if_any(raw, "PropagatingVgws")
        ),
    )


def _associated_with(key: str) -> Values:
    return lambda raw: [found for item in _associations(raw) if (found := fields.text(item, key))]


def _main(raw: Raw) -> Iterable[str]:
    return ["true" if any(fields.needed_flag(item, "Main") for item in _associations(raw)) else "false"]


ROUTE_TABLE = Kind(
    marked("route table"), "ec2", "DescribeRouteTables", ("RouteTables",), "RouteTableId", _route_table,
    {"RouteTableIds": "route-table-id"},
    {
        "vpc-id": each("VpcId"),
        "association.subnet-id": _associated_with("SubnetId"),
        "association.gateway-id": _associated_with("GatewayId"),
        "association.main": _main,
    },
)  # fmt: skip


class RouteTableLookups(Lookups):
    """Lookups of VPC route tables."""

    def route_table(
        self, key: str, account_region: AccountRegion | None = None
    ) -> RouteTable | Absent | NotVisible:
        """Return a VPC route table by its id."""
        return self.by_id(ROUTE_TABLE, key, account_region)

    def route_table_of(self, subnet: Subnet) -> RouteTable | Absent | NotVisible:
        """Return the route table that a subnet uses: its own, or else the VPC's main one."""
        what = tell("the route table of {subnet}", subnet=subnet.id)
        own = self.one(
            ROUTE_TABLE,
            what,
            [subnet.account_region],
            {"association.subnet-id": subnet.id, "vpc-id": subnet.vpc_id},
        )
        if not isinstance(own, Absent):
            return own
        return self.one(
            ROUTE_TABLE,
            what,
            [subnet.account_region],
            {"vpc-id": subnet.vpc_id, "association.main": "true"},
            also=("association.main",),
        )

    def route_tables_in(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """Return the route tables of a VPC that are visible."""
        return self.sought(ROUTE_TABLE, self.asked_in, {"vpc-id": vpc_id})

    def route_tables_of(self, vpc: Vpc) -> tuple[RouteTable, ...] | NotVisible:
        """Return all route tables of a VPC."""
        what = tell("the route tables of {vpc}", vpc=vpc.id)
        return self.every(ROUTE_TABLE, what, vpc.account_region, {"vpc-id": vpc.id})

    def gateway_route_table(self, vpc: Vpc, gateway_id: str) -> RouteTable | Absent | NotVisible:
        """Return the route table for what arrives through a gateway; most gateways have none."""
        what = tell("a route table for packets that arrive through {gateway}", gateway=gateway_id)
        return self.one(
            ROUTE_TABLE, what, [vpc.account_region], {"association.gateway-id": gateway_id, "vpc-id": vpc.id}
        )
