"""Which service does an interface endpoint lead to, and may it be used?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, owned
from nlbcheck.aws.lookups import Lookups, unread
from nlbcheck.aws.resources.network_interface import INTERFACE, NetworkInterface
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible

ENDPOINT_INTERFACE = "vpc_endpoint"
"""The type of an interface endpoint's network interfaces."""


class VpcEndpointState(StrEnum):
    """Where an endpoint is in its life; AWS writes it with either case in front."""

    PENDING_ACCEPTANCE = "pendingacceptance"
    PENDING = "pending"
    AVAILABLE = "available"
    PARTIAL = "partial"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """A VPC endpoint, as its owner sees it."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    service_name: str | None
    """``com.amazonaws.vpce.REGION.vpce-svc-…``; None where it leads to something else than a service."""
    state: VpcEndpointState | None
    is_gateway: bool
    """Whether routes lead to it, for the addresses of an AWS service."""


def endpoint_state(raw: Raw, key: str) -> VpcEndpointState | None:
    """Return the state of an endpoint or of its connection."""
    return fields.choice({key: (fields.text(raw, key) or "").lower()}, key, VpcEndpointState)


def _endpoint(raw: Raw, account_region: AccountRegion) -> VpcEndpoint:
    return VpcEndpoint(
        id=fields.needed(raw, "VpcEndpointId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        service_name=_service_name(raw),
        state=endpoint_state(raw, "State"),
        is_gateway=fields.text(raw, "VpcEndpointType") == "Gateway",
    )


def _service_name(raw: Raw) -> str | None:
    """Return the service's name; endpoints of resources and of service networks have none."""
    to_service = fields.text(raw, "VpcEndpointType") not in ("Resource", "ServiceNetwork")
    return fields.needed(raw, "ServiceName") if to_service else fields.text_if_any(raw, "ServiceName")


VPC_ENDPOINT = Kind(
    marked("VPC endpoint"), "ec2", "DescribeVpcEndpoints", ("VpcEndpoints",), "VpcEndpointId", _endpoint,
    {"VpcEndpointIds": "vpc-endpoint-id"},
)  # fmt: skip


def endpoint_of(interface: NetworkInterface) -> str | None:
    """Return the id of the endpoint that an interface belongs to, as its description says it."""
    if interface.type != ENDPOINT_INTERFACE:
        return None
    return next((word for word in interface.description.split() if word.startswith("vpce-")), None)


def without_endpoint(interfaces: Iterable[NetworkInterface]) -> NotVisible | None:
    """Return what is missing where an endpoint's interface does not say which endpoint it belongs to."""
    for item in interfaces:
        if item.type == ENDPOINT_INTERFACE and endpoint_of(item) is None:
            whose = tell("which interface endpoint {interface} belongs to", interface=item.id)
            return unread(INTERFACE, "Description", whose, item.account_region)
    return None


class VpcEndpointLookups(Lookups):
    """Lookups of VPC endpoints and their interfaces."""

    def vpc_endpoint(
        self, key: str, account_region: AccountRegion | None = None
    ) -> VpcEndpoint | Absent | NotVisible:
        """Return a VPC endpoint by its id."""
        return self.by_id(VPC_ENDPOINT, key, account_region)

    def endpoint_interfaces(self, vpc: Vpc) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces of all interface endpoints in a VPC."""
        wanted = {"interface-type": ENDPOINT_INTERFACE, "vpc-id": vpc.id}
        what = tell("the interface endpoints in {vpc}", vpc=vpc.id)
        found = self.every(INTERFACE, what, vpc.account_region, wanted, also=("vpc-id",))
        return found if isinstance(found, NotVisible) else without_endpoint(found) or found
