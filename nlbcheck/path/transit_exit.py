"""Where do packets that enter a transit gateway leave it, or the last of several that are peered?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws.network import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.transit import (
    TransitAttachment,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitVpcAttachment,
)
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.outcome import missing

PEERINGS = (TransitResource.PEERING, TransitResource.TGW_PEERING)


@dataclass(frozen=True, slots=True)
class TransitExit:
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


def exit_of(
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
        routes = state.transit_routes(association.route_table_id, address)
        route = (
            routes
            if isinstance(routes, NotVisible)
            else gate.select(routes, association.route_table_id, address)
        )
        if isinstance(route, NotVisible):
            return route
        if route is None or not route.hops:
            return None
        found = TransitExit(gateway_id, route)
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


def peers(state: AwsState, gateway_id: str) -> tuple[TransitAttachment, ...]:
    """Return the attachments of a transit gateway, as far as they are seen, that lead to another one."""
    found = state.transit_links(gateway_id)
    return tuple(item for item in found if item.resource_type in PEERINGS and item.resource_id)


def links(state: AwsState, gateway_id: str, vpc: Vpc) -> list[str]:
    """Return the attachments of a transit gateway that lead to one where a VPC is attached."""
    return [
        item.id
        for item in peers(state, gateway_id)
        if isinstance(state.transit_vpc_attachment_of(str(item.resource_id), vpc), TransitVpcAttachment)
    ]
