"""Which transit gateways do packets of the lab meet, with which attachments and routes?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import product

from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import AssociationState, TransitAssociation, TransitResource
from nlbcheck.aws.resources.transit_gateway import TransitGateway, TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitRoute
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT, TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation.links import targets
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import device
from nlbcheck.model.facts import NotVisible

USABLE = (TransitState.AVAILABLE, TransitState.MODIFYING)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a transit gateway stands in one zone of a VPC: a link of its own, so that zones stay apart."""

    attachment_id: str
    subnet: Subnet

    @property
    def inside(self) -> str:
        """The VPC router's device."""
        return device("tgw", f"{self.attachment_id} {self.subnet.zone}")

    @property
    def outside(self) -> str:
        """The transit gateway's device."""
        return device("att", f"{self.attachment_id} {self.subnet.zone}")


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a transit gateway."""

    id: str
    kind: TransitResource
    resource: str
    """A VPC, a VPN connection, or the other transit gateway."""
    usable: bool
    table: str | None
    """The route table for what comes from it."""
    vpc: TransitVpcAttachment | None = None
    doors: tuple[Door, ...] = ()
    """Of a VPC."""

    @property
    def device(self) -> str:
        """The transit gateway's link to what is no VPC."""
        return device("att", self.id)

    @property
    def devices(self) -> tuple[str, ...]:
        """All of the transit gateway's links to it."""
        return tuple(door.outside for door in self.doors) if self.vpc else (self.device,)

    def leaving(self, zone: str | None) -> str | None:
        """Return the device for packets that have come in in a zone.

        They stay in it where that is possible and no appliance mode forbids it:
        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-appliance-scenario.
        With that a hash chooses, which here takes the first.
        """
        if self.vpc is None:
            return self.device
        near = [door for door in self.doors if door.subnet.zone == zone and not self.vpc.appliance_mode]
        return next((door.outside for door in (*near, *self.doors)), None)


@dataclass(frozen=True, slots=True)
class Transit:
    """A transit gateway, as far as packets of the lab's machines meet it."""

    id: str
    references: bool
    attached: tuple[Attached, ...]
    routes: tuple[tuple[str, TransitRoute], ...]
    """Each route with the table that it is in."""

    @property
    def referencing(self) -> frozenset[str]:
        """The VPCs whose attachment lets security group references through."""
        vpcs = [item for item in self.attached if item.vpc and item.vpc.group_references]
        return frozenset(item.resource for item in vpcs)


def transits(
    state: AwsState,
    vpcs: Iterable[Vpc],
    tables: Iterable[RouteTable],
    addresses: Iterable[IPv4Address],
    remarks: Remarks,
) -> tuple[Transit, ...]:
    """Return the transit gateways that route tables name, and those that their routes lead to."""
    vpcs, addresses = tuple(vpcs), tuple(addresses)
    named = [
        *targets(tables, RouteTargetKind.TRANSIT_GATEWAY),
        *(
            item.transit_gateway_id
            for vpc in vpcs
            for item in state.seen(TRANSIT_VPC_ATTACHMENT, {"vpc-id": vpc.id})
        ),
    ]
    waiting, found = list(dict.fromkeys(named)), dict[str, Transit]()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = _transit(state, key, vpcs, addresses, remarks)
            waiting += [item.resource for item in found[key].attached if item.kind is TransitResource.PEERING]
    return tuple(found[key] for key in sorted(found))


def _transit(
    state: AwsState, key: str, vpcs: tuple[Vpc, ...], addresses: tuple[IPv4Address, ...], remarks: Remarks
) -> Transit:
    gateway = state.transit_gateway(key)
    attached: dict[str, Attached] = {}
    for vpc in vpcs:
        item = state.transit_vpc_attachment_of(key, vpc)
        if isinstance(item, TransitVpcAttachment):
            attached[item.id] = _attached(
                state, item.id, TransitResource.VPC, vpc.id, item.state, item, remarks
            )
    shown = state.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
    for other in () if isinstance(shown, NotVisible) else shown:
        if other.resource_type in (TransitResource.VPN, TransitResource.PEERING) and other.resource_id:
            attached[other.id] = _attached(
                state, other.id, other.resource_type, other.resource_id, other.state, None, remarks
            )
    routes: dict[tuple[str, TransitRoute], None] = {}
    read: set[str] = set()
    while fresh := {item.table for item in attached.values() if item.table} - read:
        read |= fresh
        for table, address in product(sorted(fresh), addresses):
            seen = state.transit_routes(table, address)
            if isinstance(seen, NotVisible):
                remarks.missing(seen, "the lab has none")
                continue
            for route in seen:
                routes[table, route] = None
                for new in _hops(state, key, route, attached, remarks):
                    attached[new.id] = new
    references = isinstance(gateway, TransitGateway) and gateway.group_references is True
    return Transit(key, references, tuple(attached.values()), tuple(routes))


def _hops(
    state: AwsState, key: str, route: TransitRoute, attached: dict[str, Attached], remarks: Remarks
) -> Iterable[Attached]:
    """Return the attachments that a route names and that were not known yet."""
    for hop in route.hops:
        if hop.attachment_id in attached or hop.resource_type is None:
            continue
        if hop.resource_type is TransitResource.PEERING:
            peering = state.transit_peering(hop.attachment_id)
            if isinstance(peering, TransitPeeringAttachment):
                ends = (peering.requester_gateway_id, peering.accepter_gateway_id)
                far = ends[1] if ends[0] == key else ends[0]
                yield _attached(
                    state, hop.attachment_id, hop.resource_type, far, peering.state, None, remarks
                )
        elif hop.resource_type is TransitResource.VPN and hop.resource_id:
            reached = TransitState.AVAILABLE
            yield _attached(
                state, hop.attachment_id, hop.resource_type, hop.resource_id, reached, None, remarks
            )
        elif hop.resource_type is not TransitResource.VPC:
            remarks.say(f"{hop.attachment_id} of {key} is {hop.resource_type}: the lab drops what it carries")


def _attached(
    state: AwsState,
    key: str,
    kind: TransitResource,
    resource: str,
    reached: TransitState | None,
    vpc: TransitVpcAttachment | None,
    remarks: Remarks,
) -> Attached:
    association = state.transit_association(key)
    table = None
    if isinstance(association, NotVisible):
        remarks.missing(association, "the lab has none")
    elif isinstance(association, TransitAssociation):
        table = (
            association.route_table_id if association.state in (AssociationState.ASSOCIATED, None) else None
        )
    stands = [state.subnet(item) for item in (vpc.subnet_ids if vpc else ())]
    doors = tuple(Door(key, subnet) for subnet in stands if isinstance(subnet, Subnet))
    return Attached(key, kind, resource, reached in (*USABLE, None), table, vpc, doors)
