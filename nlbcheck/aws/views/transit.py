"""What hangs on a transit gateway, and where does it route?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.kinds.transit import (
    TRANSIT_ATTACHMENT,
    TRANSIT_GATEWAY,
    TRANSIT_PEERING,
    TRANSIT_ROUTE_TABLE,
    TRANSIT_ROUTES,
    TRANSIT_VPC_ATTACHMENT,
)
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.network import Vpc
from nlbcheck.aws.recording import Answer
from nlbcheck.aws.transit import (
    TransitAssociation,
    TransitAttachment,
    TransitGateway,
    TransitPeeringAttachment,
    TransitRoute,
    TransitRouteTable,
    TransitVpcAttachment,
)
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class TransitView(Lookups):
    """Lookups around transit gateways. Association and routes are shown to the gateway's owner only."""

    def transit_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitGateway | Absent | NotVisible:
        """Return a transit gateway by its id."""
        return self.by_id(TRANSIT_GATEWAY, key, account_region)

    def transit_attachment(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitAttachment | Absent | NotVisible:
        """Return an attachment of any kind by its id."""
        return self.by_id(TRANSIT_ATTACHMENT, key, account_region)

    def transit_vpc_attachment(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitVpcAttachment | Absent | NotVisible:
        """Return a VPC attachment by its id."""
        return self.by_id(TRANSIT_VPC_ATTACHMENT, key, account_region)

    def transit_peering(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitPeeringAttachment | Absent | NotVisible:
        """Return a link between two transit gateways by its id."""
        return self.by_id(TRANSIT_PEERING, key, account_region)

    def transit_route_table(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitRouteTable | Absent | NotVisible:
        """Return a transit gateway route table by its id; its routes are asked for apart."""
        places = (account_region,) if account_region else self._owners(key)
        return self._by_id(TRANSIT_ROUTE_TABLE, key, places, {TRANSIT_ROUTE_TABLE.id_attribute: key})

    def transit_attachments_of(self, gateway: TransitGateway) -> tuple[TransitAttachment, ...] | NotVisible:
        """Return everything that hangs on a transit gateway."""
        what = f"the attachments of {gateway.id}"
        found = self.every(
            TRANSIT_ATTACHMENT, what, gateway.account_region, {"transit-gateway-id": gateway.id}
        )
        if isinstance(found, NotVisible):
            return found
        return tuple(item for item in found if item.account_region == gateway.account_region)

    def transit_vpc_attachment_of(
        self, gateway_id: str, vpc: Vpc
    ) -> TransitVpcAttachment | Absent | NotVisible:
        """Return the attachment of a VPC to a transit gateway."""
        what = f"an attachment of {vpc.id} to {gateway_id}"
        return self.one(
            TRANSIT_VPC_ATTACHMENT,
            what,
            [vpc.account_region],
            {"vpc-id": vpc.id, "transit-gateway-id": gateway_id},
        )

    def transit_vpc_attachments_of(self, vpc: Vpc) -> tuple[TransitVpcAttachment, ...] | NotVisible:
        """Return all attachments of a VPC to transit gateways, whatever their state."""
        what = f"the transit gateway attachments of {vpc.id}"
        return self.every(TRANSIT_VPC_ATTACHMENT, what, vpc.account_region, {"vpc-id": vpc.id})

    def transit_far_end(
        self, peering: TransitPeeringAttachment, gateway_id: str
    ) -> TransitAttachment | NotVisible:
        """Return the attachment of the other transit gateway by which it is linked with this one.

        Within a Region that has an id of its own; between Regions both ends may have the same one.
        """
        far, account_region = peering.far_side(gateway_id)
        wanted = {"transit-gateway-id": far, "resource-id": gateway_id}
        for found in self.seen(TRANSIT_ATTACHMENT, wanted):
            return found
        what = f"the attachment of {far} that links it with {gateway_id}"
        places = (account_region,) if account_region else self.asked_in
        self._missing(TRANSIT_ATTACHMENT, what, places, wanted, also=("resource-id",))
        return self.unknown(what, "ec2", "DescribeTransitGatewayAttachments", account_region)

    def transit_association(
        self, attachment_id: str, gateway_id: str | None = None
    ) -> TransitAssociation | Absent | NotVisible:
        """Return the route table for packets that come from an attachment, at its transit gateway."""
        wanted = {"transit-gateway-attachment-id": attachment_id}
        if gateway_id:
            wanted["transit-gateway-id"] = gateway_id
        what, operation = f"a route table for {attachment_id}", "DescribeTransitGatewayAttachments"
        account_region = None
        for attachment in self.seen(TRANSIT_ATTACHMENT, wanted):
            if attachment.association is not None:
                return attachment.association
            owner = attachment.transit_gateway_owner
            account_region = AccountRegion(owner, attachment.account_region.region) if owner else None
            if account_region == attachment.account_region:
                return Absent(what, f"ec2:{operation}", account_region)
        places = (account_region,) if account_region else self.asked_in
        self._missing(TRANSIT_ATTACHMENT, what, places, wanted)
        return self.unknown(what, "ec2", operation, account_region)

    def transit_links(self, gateway_id: str) -> tuple[TransitAttachment, ...]:
        """Return what is seen to hang on a transit gateway, whoever sees it."""
        return self.sought(TRANSIT_ATTACHMENT, self.asked_in, {"transit-gateway-id": gateway_id})

    def transit_vpcs(self, gateway_id: str) -> tuple[TransitVpcAttachment, ...]:
        """Return the VPC attachments that are seen to hang on a transit gateway, whoever sees them."""
        return self.sought(TRANSIT_VPC_ATTACHMENT, self.asked_in, {"transit-gateway-id": gateway_id})

    def transit_routes(self, table_id: str, towards: Address) -> tuple[TransitRoute, ...] | NotVisible:
        """Return the routes of a table that an address may take: those whose destination holds it.

        Routes whose destination cannot be read are among them.
        """
        fact = f"the routes of {table_id} towards {towards}"
        for answer in self._answers.get(("ec2", "SearchTransitGatewayRoutes"), ()):
            if answer.parameters.get("TransitGatewayRouteTableId") == table_id and _shows(answer, towards):
                try:
                    routes = TRANSIT_ROUTES.parse(
                        answer.response, AccountRegion(answer.account, answer.region)
                    )
                except UnreadableError as error:
                    fact = f"{error.field} of the routes of {table_id}"
                    break
                return tuple(
                    item for item in routes if item.destination is None or towards in item.destination
                )
        else:
            for account_region in self._owners(table_id):
                self._miss(TRANSIT_ROUTES, account_region, {TRANSIT_ROUTES.id_attribute: table_id})
        return self.unknown(fact, "ec2", "SearchTransitGatewayRoutes", None)

    def _owners(self, table_id: str) -> tuple[AccountRegion, ...]:
        """Return who may be asked about a transit gateway route table: who owns it, where that is seen."""
        users = self.seen(TRANSIT_ATTACHMENT, {"association.transit-gateway-route-table-id": table_id})
        owners = (
            AccountRegion(item.transit_gateway_owner, item.account_region.region)
            for item in users
            if item.transit_gateway_owner
        )
        return tuple(dict.fromkeys(owners)) or self.asked_in


_EVERY = {"state": {"active", "blackhole"}, "type": {"static", "propagated"}}
"""The values of a filter that together let every usable route through."""


def _shows(answer: Answer, towards: Address) -> bool:
    """Whether an answer holds every route that decides about an address."""
    if answer.response.get("AdditionalRoutesAvailable") or answer.response.get("NextToken"):
        return False
    if not set(answer.parameters) <= {"TransitGatewayRouteTableId", "Filters", "MaxResults"}:
        return False
    filters: Any = answer.parameters.get("Filters")
    return isinstance(filters, (list, tuple)) and all(
        isinstance(item, Mapping) and _lets_through(item, towards) for item in filters
    )


def _lets_through(item: Mapping[str, Any], towards: Address) -> bool:
    name, values = item.get("Name"), item.get("Values")
    if not isinstance(values, (list, tuple)):
        return False
    if name == "route-search.longest-prefix-match":
        return list(values) in ([str(towards)], [f"{towards}/{towards.max_prefixlen}"])
    return name in _EVERY and _EVERY[name] <= set(map(str, values))
