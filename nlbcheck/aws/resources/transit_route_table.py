"""Where does a transit gateway send a packet?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.recording import AnsweredCall
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT, TransitResource
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


class TransitRouteState(StrEnum):
    """Whether a transit gateway route can be used."""

    PENDING = "pending"
    ACTIVE = "active"
    BLACKHOLE = "blackhole"
    DELETING = "deleting"
    DELETED = "deleted"


class TransitRouteType(StrEnum):
    """How a route came into a transit gateway route table."""

    STATIC = "static"
    PROPAGATED = "propagated"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class TransitHop:
    """An attachment that a route leads to; several only for VPN with equal-cost paths."""

    attachment_id: str
    resource_type: TransitResource | None
    resource_id: str | None


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One line of a transit gateway route table."""

    destination: Network | None
    prefix_list_id: str | None
    type: TransitRouteType | None
    state: TransitRouteState | None
    hops: tuple[TransitHop, ...]


@dataclass(frozen=True, slots=True)
class TransitRouteTable:
    """A transit gateway route table, without its routes."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str


def _route_table(raw: Raw, account_region: AccountRegion) -> TransitRouteTable:
    return TransitRouteTable(
        id=fields.needed(raw, "TransitGatewayRouteTableId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        transit_gateway_id=fields.needed(raw, "TransitGatewayId"),
    )


def _routes(raw: Raw, _: AccountRegion) -> tuple[TransitRoute, ...]:
    return tuple(_route(item) for item in fields.objects(raw, "Routes"))


def _route(raw: Raw) -> TransitRoute:
    return TransitRoute(
        destination=fields.network(raw, "DestinationCidrBlock"),
        prefix_list_id=fields.text(raw, "PrefixListId"),
        type=fields.choice(raw, "Type", TransitRouteType),
        state=fields.choice(raw, "State", TransitRouteState),
        hops=tuple(
            TransitHop(
                attachment_id=fields.needed(item, "TransitGatewayAttachmentId"),
                resource_type=fields.choice(item, "ResourceType", TransitResource),
                resource_id=fields.text(item, "ResourceId"),
            )
            for item in fields.objects_if_any(raw, "TransitGatewayAttachments")
        ),
    )


TRANSIT_ROUTE_TABLE = Kind(
    marked("transit gateway route table"), "ec2", "DescribeTransitGatewayRouteTables",
    ("TransitGatewayRouteTables",), "TransitGatewayRouteTableId", _route_table,
    {"TransitGatewayRouteTableIds": "transit-gateway-route-table-id"},
    {"transit-gateway-id": each("TransitGatewayId")},
)  # fmt: skip
TRANSIT_ROUTES = Kind(
    marked("routes of transit gateway route table"), "ec2", "SearchTransitGatewayRoutes", (),
    "TransitGatewayRouteTableId", _routes,
    {"TransitGatewayRouteTableId": "transit-gateway-route-table-id"},
    always={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
)  # fmt: skip


class TransitRouteTableLookups(Lookups):
    """Lookups of transit gateway route tables. Routes are shown to the gateway's owner only."""

    def transit_route_table(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitRouteTable | Absent | NotVisible:
        """Return a transit gateway route table by its id; its routes are asked for apart."""
        places = (account_region,) if account_region else self._owners(key)
        return self._by_id(TRANSIT_ROUTE_TABLE, key, places, {TRANSIT_ROUTE_TABLE.id_attribute: key})

    def transit_routes(self, table_id: str, towards: Address | None) -> tuple[TransitRoute, ...] | NotVisible:
        """Return the routes of a table that an address may take, those whose destination holds it; else all.

        Routes whose destination cannot be read are among them.
        """
        fact = tell(
            "the routes of {table} for {address}" if towards else "the routes of {table}",
            table=table_id,
            address=towards,
        )
        owners = self._owners(table_id)
        for answer in self._answers.get(("ec2", "SearchTransitGatewayRoutes"), ()):
            if answer.parameters.get("TransitGatewayRouteTableId") == table_id and _shows(answer, towards):
                try:
                    routes = TRANSIT_ROUTES.parse(
                        answer.response, AccountRegion(answer.account, answer.region)
                    )
                except UnreadableError as error:
                    where = AccountRegion(answer.account, answer.region)
                    field = error.place_in(answer.response) or error.field
                    return NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", where, unreadable=field)
                return tuple(
                    item
                    for item in routes
                    if towards is None or item.destination is None or towards in item.destination
                )
        else:
            for account_region in owners:
                self._miss(TRANSIT_ROUTES, account_region, {TRANSIT_ROUTES.id_attribute: table_id})
        owner = owners[0] if len(owners) == 1 else None
        return self.unknown(fact, "ec2", "SearchTransitGatewayRoutes", owner)

    def _owners(self, table_id: str) -> tuple[AccountRegion, ...]:
        """Return who may be asked about a transit gateway route table: who owns it, where that is seen."""
        users = self.seen(TRANSIT_ATTACHMENT, {"association.transit-gateway-route-table-id": table_id})
        owners = (
            AccountRegion(item.transit_gateway_owner, item.account_region.region)
            for item in users
            if item.transit_gateway_owner
        )
        return tuple(dict.fromkeys(owners)) or self.asked_in


_EVERY = {"state": {"active", "blackhole"}, "type": {"static", "propagated", "system"}}
"""The values of a filter that together let every usable route through."""


def _shows(answer: AnsweredCall, towards: Address | None) -> bool:
    """Whether an answer holds every route that decides about an address; without one, about any."""
    if answer.response.get("AdditionalRoutesAvailable") or answer.response.get("NextToken"):
        return False
    if not set(answer.parameters) <= {"TransitGatewayRouteTableId", "Filters", "MaxResults"}:
        return False
    filters: Any = answer.parameters.get("Filters")
    return isinstance(filters, (list, tuple)) and all(
        isinstance(item, Mapping) and _lets_through(item, towards) for item in filters
    )


def _lets_through(item: Mapping[str, Any], towards: Address | None) -> bool:
    name, values = item.get("Name"), item.get("Values")
    if not isinstance(values, (list, tuple)):
        return False
    if name == "route-search.longest-prefix-match":
        return towards is not None and list(values) in (
            [str(towards)],
            [f"{towards}/{towards.max_prefixlen}"],
        )
    return name in _EVERY and _EVERY[name] <= set(map(str, values))
