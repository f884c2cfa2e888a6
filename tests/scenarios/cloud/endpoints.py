"""Interface endpoints, the services behind them, and what connects the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.scenarios.cloud.machines import Machines
from tests.scenarios.cloud.names import MADE_AT, Object, made_id, named


class Endpoints(Machines):
    """An account in which load balancers are offered, and used, as services."""

    def endpoint_service(self, name: str, *balancers: str, acceptance: bool = False) -> str:
        """Offer load balancers as a service; return its name."""
        key = made_id("vpce-svc", name)
        service = f"com.amazonaws.vpce.{self.region}.{key}"
        self.endpoints["DescribeVpcEndpointServiceConfigurations"].append(
            {
                "ServiceId": key,
                "ServiceName": service,
                "ServiceState": "Available",
                "ServiceType": [{"ServiceType": "Interface"}],
                "NetworkLoadBalancerArns": list(balancers),
                "AcceptanceRequired": acceptance,
                "Tags": named(name),
            }
        )
        return service

    def interface_endpoint(
        self,
        name: str,
        service: str,
        interfaces: Mapping[str, str],
        groups: Sequence[str] = (),
        *,
        state: str = "available",
    ) -> str:
        """Create an interface endpoint; ``interfaces`` maps each subnet to its address there."""
        key = made_id("vpce", name)
        seats = [
            self.interface(
                f"{name}-{subnet}",
                subnet,
                address,
                *groups,
                Description=f"VPC Endpoint Interface {key}",
                InterfaceType="vpc_endpoint",
                RequesterManaged=True,
            )
            for subnet, address in interfaces.items()
        ]
        vpc = self.find("DescribeSubnets", next(iter(interfaces)))["VpcId"]
        self.endpoints["DescribeVpcEndpoints"].append(
            {
                "VpcEndpointId": key,
                "VpcEndpointType": "Interface",
                "VpcId": vpc,
                "ServiceName": service,
                "State": state,
                "SubnetIds": list(interfaces),
                "NetworkInterfaceIds": seats,
                "Groups": self._groups(groups),
                "OwnerId": self.account,
                "CreationTimestamp": MADE_AT,
                "Tags": named(name),
            }
        )
        return key

    def endpoint_connection(self, service: str, endpoint: str, *, state: str = "available") -> None:
        """Note a connection, as the service's provider sees it."""
        connection: Object = {
            "ServiceId": service.rpartition(".")[2],
            "VpcEndpointId": endpoint,
            "VpcEndpointOwner": self.account,
            "VpcEndpointState": state,
            "CreationTimestamp": MADE_AT,
        }
        self.endpoints["DescribeVpcEndpointConnections"].append(connection)
