"""Which VPC does an internet gateway serve, and for which addresses?"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.gateway_attachment import GatewayAttachment, gateway_attachments
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address

_PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
)
_NOBODY = tuple(map(ip_network, ("127.0.0.0/8", "224.0.0.0/3", "::1/128", "ff00::/8")))
"""Loopback, multicast and reserved addresses."""


def routable(address: Address) -> bool:
    """Whether an address is one that internet gateways carry packets to.

    https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (IGW_…)
    """
    return not any(address in cidr for cidr in (*_PRIVATE, *_NOBODY))


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """An internet gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    attachments: tuple[GatewayAttachment, ...]


def _internet_gateway(raw: Raw, account_region: AccountRegion) -> InternetGateway:
    return InternetGateway(
        id=fields.needed(raw, "InternetGatewayId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        attachments=gateway_attachments(raw, "Attachments"),
    )


INTERNET_GATEWAY = Kind(
    marked("internet gateway"), "ec2", "DescribeInternetGateways", ("InternetGateways",), "InternetGatewayId",
    _internet_gateway, {"InternetGatewayIds": "internet-gateway-id"},
    {"attachment.vpc-id": each("Attachments", "VpcId")},
)  # fmt: skip


class InternetGatewayLookups(Lookups):
    """Lookups of internet gateways."""

    def internet_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> InternetGateway | Absent | NotVisible:
        """Return an internet gateway by its id."""
        return self.by_id(INTERNET_GATEWAY, key, account_region)

    def internet_gateway_of(self, vpc: Vpc) -> InternetGateway | Absent | NotVisible:
        """Return the internet gateway of a VPC."""
        what = tell("an internet gateway at {vpc}", vpc=vpc.id)
        return self.one(INTERNET_GATEWAY, what, [vpc.account_region], {"attachment.vpc-id": vpc.id})
