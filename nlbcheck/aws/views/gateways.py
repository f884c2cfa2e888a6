"""What leads out of a VPC?"""

from __future__ import annotations

from nlbcheck.aws.gateways import (
    InternetGateway,
    NatGateway,
    PeeringConnection,
    VpnConnection,
    VpnGateway,
)
from nlbcheck.aws.kinds.gateways import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PEERING,
    VPN_CONNECTION,
    VPN_GATEWAY,
)
from nlbcheck.aws.kinds.public_access import PUBLIC_ACCESS, PUBLIC_ACCESS_EXCLUSION
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.network import Vpc
from nlbcheck.aws.public_access import PublicAccess, PublicAccessExclusion
from nlbcheck.aws.transit import TransitGateway
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


class GatewayView(Lookups):
    """Lookups of peering connections, gateways and VPN connections."""

    def peering(
        self, key: str, account_region: AccountRegion | None = None
    ) -> PeeringConnection | Absent | NotVisible:
        """Return a peering connection by its id."""
        return self.by_id(PEERING, key, account_region)

    def internet_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> InternetGateway | Absent | NotVisible:
        """Return an internet gateway by its id."""
        return self.by_id(INTERNET_GATEWAY, key, account_region)

    def nat_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NatGateway | Absent | NotVisible:
        """Return a NAT gateway by its id."""
        return self.by_id(NAT_GATEWAY, key, account_region)

    def vpn_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> VpnGateway | Absent | NotVisible:
        """Return a virtual private gateway by its id."""
        return self.by_id(VPN_GATEWAY, key, account_region)

    def vpn_connection(
        self, key: str, account_region: AccountRegion | None = None
    ) -> VpnConnection | Absent | NotVisible:
        """Return a VPN connection by its id."""
        return self.by_id(VPN_CONNECTION, key, account_region)

    def peerings_of(self, vpc: Vpc) -> tuple[PeeringConnection, ...] | NotVisible:
        """Return all peering connections of a VPC, whatever their state."""
        what = f"the peering connections of {vpc.id}"
        requested = self.every(PEERING, what, vpc.account_region, {"requester-vpc-info.vpc-id": vpc.id})
        accepted = self.every(PEERING, what, vpc.account_region, {"accepter-vpc-info.vpc-id": vpc.id})
        if isinstance(requested, NotVisible):
            return requested
        return accepted if isinstance(accepted, NotVisible) else tuple(dict.fromkeys(requested + accepted))

    def internet_gateway_of(self, vpc: Vpc) -> InternetGateway | Absent | NotVisible:
        """Return the internet gateway of a VPC."""
        what = f"an internet gateway at {vpc.id}"
        return self.one(INTERNET_GATEWAY, what, [vpc.account_region], {"attachment.vpc-id": vpc.id})

    def public_access(self, account_region: AccountRegion) -> PublicAccess | NotVisible:
        """Return whether VPC Block Public Access closes internet gateways in an account and Region."""
        what = f"whether VPC Block Public Access closes internet gateways in {account_region}"
        found = self.every(PUBLIC_ACCESS, what, account_region, {})
        if isinstance(found, NotVisible):
            return found
        unknown = self.unknown(what, PUBLIC_ACCESS.service, PUBLIC_ACCESS.operation, account_region)
        return next(iter(found), unknown)

    def public_access_exclusions(
        self, account_region: AccountRegion
    ) -> tuple[PublicAccessExclusion, ...] | NotVisible:
        """Return what is excluded from VPC Block Public Access in an account and Region."""
        return self.every(
            PUBLIC_ACCESS_EXCLUSION, "the exclusions from VPC Block Public Access", account_region, {}
        )

    def vpn_gateway_of(self, vpc: Vpc) -> VpnGateway | Absent | NotVisible:
        """Return the virtual private gateway of a VPC; the attachment's state may be any."""
        what = f"a virtual private gateway at {vpc.id}"
        return self.one(VPN_GATEWAY, what, [vpc.account_region], {"attachment.vpc-id": vpc.id})

    def vpn_connections_of(
        self, gateway: VpnGateway | TransitGateway
    ) -> tuple[VpnConnection, ...] | NotVisible:
        """Return all VPN connections that end at a gateway, whatever their state."""
        what = f"the VPN connections of {gateway.id}"
        if isinstance(gateway, TransitGateway):
            return self.every(
                VPN_CONNECTION, what, gateway.account_region, {"transit-gateway-id": gateway.id}
            )
        return self.every(VPN_CONNECTION, what, gateway.account_region, {"vpn-gateway-id": gateway.id})
