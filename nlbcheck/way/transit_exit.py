"""Where do packets that enter a transit gateway leave it, or the last of several that are peered?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws.fields import Address
from nlbcheck.aws.kinds.transit import TRANSIT_ATTACHMENT
from nlbcheck.aws.network import Vpc
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.transit import (
    TransitAttachment,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitVpcAttachment,
)
from nlbcheck.aws.world import World
from nlbcheck.way.gates import transit_gateway as gate
from nlbcheck.way.outcome import missing

PEERINGS = (TransitResource.PEERING, TransitResource.TGW_PEERING)


@dataclass(frozen=True, slots=True)
class Exit:
    """The last transit gateway on a way, and its route that leads out."""

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


def exit_of(world: World, gateway_id: str, attachment_id: str, address: Address) -> Exit | NotVisible | None:
    """Return where packets to an address leave, that come from an attachment; None when nowhere."""
    passed: set[tuple[str, str]] = set()
    while (gateway_id, attachment_id) not in passed:
        passed.add((gateway_id, attachment_id))
        association = world.transit_association(attachment_id, gateway_id)
        if isinstance(association, Absent):
            return None
        if isinstance(association, NotVisible):
            return association
        routes = world.transit_routes(association.route_table_id, address)
        route = routes if isinstance(routes, NotVisible) else gate.select(routes, association.route_table_id)
        if isinstance(route, NotVisible):
            return route
        if route is None or not route.hops:
            return None
        found = Exit(gateway_id, route)
        if found.kind not in PEERINGS:
            return found
        peering = world.transit_peering(found.attachment_id)
        if not isinstance(peering, TransitPeeringAttachment):
            return missing(peering)
        far = world.transit_far_end(peering, gateway_id)
        if isinstance(far, NotVisible):
            return far
        gateway_id, attachment_id = far.transit_gateway_id, far.id
    return None


def peers(world: World, gateway_id: str) -> tuple[TransitAttachment, ...]:
    """Return the attachments of a transit gateway, as far as they are seen, that lead to another one."""
    found = world.seen(TRANSIT_ATTACHMENT, {"transit-gateway-id": gateway_id})
    return tuple(item for item in found if item.resource_type in PEERINGS and item.resource_id)


def links(world: World, gateway_id: str, vpc: Vpc) -> list[str]:
    """Return the attachments of a transit gateway that lead to one where a VPC is attached."""
    return [
        item.id
        for item in peers(world, gateway_id)
        if isinstance(world.transit_vpc_attachment_of(str(item.resource_id), vpc), TransitVpcAttachment)
    ]
