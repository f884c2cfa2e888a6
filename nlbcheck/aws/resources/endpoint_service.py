"""Which load balancers stand behind an endpoint service, and which endpoints are connected with it?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.vpc_endpoint import VpcEndpointState, endpoint_state
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import AccountRegion, NotVisible


@dataclass(frozen=True, slots=True)
class EndpointService:
    """An endpoint service, as its provider sees it."""

    id: str
    account_region: AccountRegion
    service_name: str
    balancer_arns: tuple[str, ...]
    """The Network Load Balancers that it hands connections to."""


@dataclass(frozen=True, slots=True)
class EndpointConnection:
    """An endpoint that is or wants to be connected with a service, as the provider sees it."""

    endpoint_id: str
    service_id: str
    owner: str | None
    state: VpcEndpointState | None


def _service(raw: Raw, account_region: AccountRegion) -> EndpointService:
    return EndpointService(
        id=fields.needed(raw, "ServiceId"),
        account_region=account_region,
        service_name=fields.needed(raw, "ServiceName"),
        balancer_arns=_balancer_arns(raw),
    )


def _balancer_arns(raw: Raw) -> tuple[str, ...]:
    """Return the Network Load Balancers of a service; one with Gateway Load Balancers likely has none.

    Inferred from its having a field for each kind:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceConfiguration.html.
    """
    if "NetworkLoadBalancerArns" not in raw and raw.get("GatewayLoadBalancerArns"):
        return ()
    return fields.texts(raw, "NetworkLoadBalancerArns")


def _connection(raw: Raw, _: AccountRegion) -> EndpointConnection:
    return EndpointConnection(
        endpoint_id=fields.needed(raw, "VpcEndpointId"),
        service_id=fields.needed(raw, "ServiceId"),
        owner=fields.text(raw, "VpcEndpointOwner"),
        state=endpoint_state(raw, "VpcEndpointState"),
    )


ENDPOINT_SERVICE = Kind(
    marked("endpoint service"), "ec2", "DescribeVpcEndpointServiceConfigurations", ("ServiceConfigurations",),
    "ServiceId", _service, {"ServiceIds": "service-id"}, {"service-name": each("ServiceName")},
)  # fmt: skip
ENDPOINT_CONNECTION = Kind(
    marked("endpoint connection"), "ec2", "DescribeVpcEndpointConnections", ("VpcEndpointConnections",),
    "VpcEndpointId", _connection, {"VpcEndpointIds": "vpc-endpoint-id"}, {"service-id": each("ServiceId")},
)  # fmt: skip


class EndpointServiceLookups(Lookups):
    """Lookups of endpoint services and of what is connected with them."""

    def endpoint_services_of(self, balancer: LoadBalancer) -> tuple[EndpointService, ...] | NotVisible:
        """Return the endpoint services that a load balancer stands behind, in its own account."""
        what = tell("the endpoint services of {balancer}", balancer=balancer.name)
        found = self.every(ENDPOINT_SERVICE, what, balancer.account_region, {})
        if isinstance(found, NotVisible):
            return found
        return tuple(item for item in found if balancer.arn in item.balancer_arns)

    def endpoint_service_named(self, name: str) -> EndpointService | NotVisible:
        """Return an endpoint service by its name; its provider alone is shown it."""
        found = self.sought(ENDPOINT_SERVICE, self.asked_in, {"service-name": name})
        if found:
            return found[0]
        places = self.asked_in
        call = ("ec2", "DescribeVpcEndpointServiceConfigurations")
        return self.unknown(
            tell("the load balancers behind {name}", name=name),
            *call,
            places[0] if len(places) == 1 else None,
        )

    def endpoint_connections(self, service: EndpointService) -> tuple[EndpointConnection, ...] | NotVisible:
        """Return the endpoints that are or want to be connected with a service."""
        what = tell("the endpoint connections of {service}", service=service.id)
        return self.every(ENDPOINT_CONNECTION, what, service.account_region, {"service-id": service.id})
