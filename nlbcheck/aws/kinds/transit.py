"""How are transit gateways, their attachments and their routes read?"""

from __future__ import annotations

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each, maybe, owned
from nlbcheck.aws.transit import (
    AssociationState,
    TransitAssociation,
    TransitAttachment,
    TransitGateway,
    TransitHop,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitRouteState,
    TransitRouteTable,
    TransitRouteType,
    TransitState,
    TransitVpcAttachment,
)
from nlbcheck.model.facts import AccountRegion


def _gateway(raw: Raw, account_region: AccountRegion) -> TransitGateway:
    return TransitGateway(
        id=fields.needed(raw, "TransitGatewayId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        owner=fields.text(raw, "OwnerId"),
        state=fields.choice(raw, "State", TransitState),
        group_references=fields.flag(fields.inner(raw, "Options"), "SecurityGroupReferencingSupport"),
    )


def _attachment(raw: Raw, account_region: AccountRegion) -> TransitAttachment:
    return TransitAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        transit_gateway_id=fields.needed(raw, "TransitGatewayId"),
        transit_gateway_owner=fields.text(raw, "TransitGatewayOwnerId"),
        resource_type=fields.choice(raw, "ResourceType", TransitResource),
        resource_id=fields.text(raw, "ResourceId"),
        resource_owner=fields.text(raw, "ResourceOwnerId"),
        state=fields.choice(raw, "State", TransitState),
        association=_association(fields.inner(raw, "Association")),
    )


def _association(raw: Raw) -> TransitAssociation | None:
    table = fields.text(raw, "TransitGatewayRouteTableId")
    return TransitAssociation(table, fields.choice(raw, "State", AssociationState)) if table else None


def _vpc_attachment(raw: Raw, account_region: AccountRegion) -> TransitVpcAttachment:
    options = fields.inner(raw, "Options")
    return TransitVpcAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        transit_gateway_id=fields.needed(raw, "TransitGatewayId"),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_ids=fields.texts(raw, "SubnetIds"),
        state=fields.choice(raw, "State", TransitState),
        group_references=fields.flag(options, "SecurityGroupReferencingSupport"),
    )


def _gateway_place(raw: Raw) -> AccountRegion | None:
    account, region = fields.text(raw, "OwnerId"), fields.text(raw, "Region")
    return AccountRegion(account, region) if account and region else None


def _peering(raw: Raw, account_region: AccountRegion) -> TransitPeeringAttachment:
    requester, accepter = fields.inner(raw, "RequesterTgwInfo"), fields.inner(raw, "AccepterTgwInfo")
    return TransitPeeringAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        requester_gateway_id=fields.needed(requester, "TransitGatewayId"),
        requester_place=_gateway_place(requester),
        accepter_gateway_id=fields.needed(accepter, "TransitGatewayId"),
        accepter_place=_gateway_place(accepter),
        accepter_attachment_id=fields.text(raw, "AccepterTransitGatewayAttachmentId"),
        state=fields.choice(raw, "State", TransitState),
    )


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


TRANSIT_GATEWAY = Kind(
    "transit gateway", "ec2", "DescribeTransitGateways", ("TransitGateways",), "TransitGatewayId",
    _gateway, {"TransitGatewayIds": "transit-gateway-id"},
)  # fmt: skip
TRANSIT_ATTACHMENT = Kind(
    "transit gateway attachment", "ec2", "DescribeTransitGatewayAttachments",
    ("TransitGatewayAttachments",), "TransitGatewayAttachmentId", _attachment,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
    {
        "transit-gateway-id": each("TransitGatewayId"),
        "resource-id": each("ResourceId"),
        "association.transit-gateway-route-table-id": maybe("Association", "TransitGatewayRouteTableId"),
    },
    per_place=True,  # both ends of a link between Regions have one id
)  # fmt: skip
TRANSIT_VPC_ATTACHMENT = Kind(
    "transit gateway VPC attachment", "ec2", "DescribeTransitGatewayVpcAttachments",
    ("TransitGatewayVpcAttachments",), "TransitGatewayAttachmentId", _vpc_attachment,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
    {"transit-gateway-id": each("TransitGatewayId"), "vpc-id": each("VpcId")},
)  # fmt: skip
TRANSIT_PEERING = Kind(
    "transit gateway peering attachment", "ec2", "DescribeTransitGatewayPeeringAttachments",
    ("TransitGatewayPeeringAttachments",), "TransitGatewayAttachmentId", _peering,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
)  # fmt: skip
TRANSIT_ROUTE_TABLE = Kind(
    "transit gateway route table", "ec2", "DescribeTransitGatewayRouteTables",
    ("TransitGatewayRouteTables",), "TransitGatewayRouteTableId", _route_table,
    {"TransitGatewayRouteTableIds": "transit-gateway-route-table-id"},
    {"transit-gateway-id": each("TransitGatewayId")},
)  # fmt: skip
TRANSIT_ROUTES = Kind(
    "routes of transit gateway route table", "ec2", "SearchTransitGatewayRoutes", (),
    "TransitGatewayRouteTableId", _routes,
    {"TransitGatewayRouteTableId": "transit-gateway-route-table-id"},
    always={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
)  # fmt: skip
