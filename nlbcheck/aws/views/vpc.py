"""What is inside a VPC: which subnet, route table, network ACL, security group, interface?"""

from __future__ import annotations

from nlbcheck.aws.interfaces import Instance, NetworkInterface
from nlbcheck.aws.kinds.interfaces import DELEGATED, INSTANCE, INTERFACE
from nlbcheck.aws.kinds.network import NETWORK_ACL, PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.network import NetworkAcl, PrefixList, RouteTable, SecurityGroup, Subnet, Vpc
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class VpcView(Lookups):
    """Lookups inside VPCs. What proves an absence is an answer to the VPC's owner: others see less."""

    def vpc(self, key: str, account_region: AccountRegion | None = None) -> Vpc | Absent | NotVisible:
        """Return a VPC by its id."""
        return self.by_id(VPC, key, account_region)

    def subnet(
        self, key: str, account_region: AccountRegion | None = None, *, vpc_id: str | None = None
    ) -> Subnet | Absent | NotVisible:
        """Return a subnet by its id; where its VPC is known, AWS is asked for all of that."""
        places = (account_region,) if account_region else self.asked_in
        wanted = {"vpc-id": vpc_id} if vpc_id else {}
        return self._by_id(SUBNET, key, places, wanted | {SUBNET.id_attribute: key})

    def route_table(
        self, key: str, account_region: AccountRegion | None = None
    ) -> RouteTable | Absent | NotVisible:
        """Return a VPC route table by its id."""
        return self.by_id(ROUTE_TABLE, key, account_region)

    def network_acl(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NetworkAcl | Absent | NotVisible:
        """Return a network ACL by its id."""
        return self.by_id(NETWORK_ACL, key, account_region)

    def security_group(
        self, key: str, account_region: AccountRegion | None = None
    ) -> SecurityGroup | Absent | NotVisible:
        """Return a security group by its id."""
        return self.by_id(SECURITY_GROUP, key, account_region)

    def prefix_list(
        self, key: str, account_region: AccountRegion | None = None
    ) -> PrefixList | Absent | NotVisible:
        """Return a prefix list with its entries by its id."""
        return self.by_id(PREFIX_LIST, key, account_region)

    def interface(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NetworkInterface | Absent | NotVisible:
        """Return a network interface by its id."""
        return self.by_id(INTERFACE, key, account_region)

    def instance(
        self, key: str, account_region: AccountRegion | None = None
    ) -> Instance | Absent | NotVisible:
        """Return an instance by its id."""
        return self.by_id(INSTANCE, key, account_region)

    def subnets_of(self, vpc: Vpc) -> tuple[Subnet, ...] | NotVisible:
        """Return all subnets of a VPC."""
        return self.every(SUBNET, f"the subnets of {vpc.id}", vpc.account_region, {"vpc-id": vpc.id})

    def subnet_at(self, vpc: Vpc, address: Address) -> Subnet | Absent | NotVisible:
        """Return the subnet of a VPC that an address lies in."""
        for subnet in self.seen(SUBNET, {"vpc-id": vpc.id}):
            if subnet.contains(address):
                return subnet
        what = f"a subnet of {vpc.id} with {address}"
        if not vpc.contains(address):
            return Absent(what, "ec2:DescribeVpcs", vpc.account_region)
        every = self.every(SUBNET, what, vpc.account_region, {"vpc-id": vpc.id})
        return (
            every
            if isinstance(every, NotVisible)
            else Absent(what, "ec2:DescribeSubnets", vpc.account_region)
        )

    def route_table_of(self, subnet: Subnet) -> RouteTable | Absent | NotVisible:
        """Return the route table that a subnet uses: its own, or else the VPC's main one."""
        what = f"the route table of {subnet.id}"
        own = self.one(
            ROUTE_TABLE,
            what,
            [subnet.account_region],
            {"association.subnet-id": subnet.id, "vpc-id": subnet.vpc_id},
        )
        if not isinstance(own, Absent):
            return own
        return self.one(
            ROUTE_TABLE,
            what,
            [subnet.account_region],
            {"vpc-id": subnet.vpc_id, "association.main": "true"},
            also=("association.main",),
        )

    def route_tables_in(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """Return the route tables of a VPC that are visible."""
        return self.sought(ROUTE_TABLE, self.asked_in, {"vpc-id": vpc_id})

    def gateway_route_table(self, vpc: Vpc, gateway_id: str) -> RouteTable | Absent | NotVisible:
        """Return the route table for what arrives through a gateway; most gateways have none."""
        what = f"a route table for what arrives through {gateway_id}"
        return self.one(
            ROUTE_TABLE, what, [vpc.account_region], {"association.gateway-id": gateway_id, "vpc-id": vpc.id}
        )

    def network_acl_of(self, subnet: Subnet) -> NetworkAcl | Absent | NotVisible:
        """Return the network ACL of a subnet."""
        what = f"the network ACL of {subnet.id}"
        return self.one(
            NETWORK_ACL,
            what,
            [subnet.account_region],
            {"association.subnet-id": subnet.id, "vpc-id": subnet.vpc_id},
        )

    def interface_at(self, vpc: Vpc, address: Address) -> NetworkInterface | Absent | NotVisible:
        """Return the interface that has an address in a VPC.

        Absent is proven only by all interfaces of the subnet: a container's address, from a range that is
        delegated to an interface, cannot be asked for.
        """
        what = f"an interface with {address} in {vpc.id}"
        with_it = {"addresses.private-ip-address": str(address), "vpc-id": vpc.id}
        for interface in self.seen(INTERFACE, with_it):
            return interface
        subnet = self.subnet_at(vpc, address)
        if isinstance(subnet, Absent):
            return subnet
        around = {"subnet-id": subnet.id, "vpc-id": vpc.id} if isinstance(subnet, Subnet) else {}
        for interface in self.seen(INTERFACE, around | {DELEGATED: "true"}) if around else ():
            if interface.has(address):
                return interface
        if not around or not self.inventory(INTERFACE).complete(vpc.account_region, around):
            alone = self.every(INTERFACE, what, vpc.account_region, with_it, also=("vpc-id",))
            if isinstance(subnet, NotVisible):
                return subnet
            if isinstance(alone, NotVisible):
                return alone
        every = self.every(INTERFACE, what, vpc.account_region, around)
        if isinstance(every, NotVisible):
            return every
        return Absent(what, "ec2:DescribeNetworkInterfaces", vpc.account_region)

    def interfaces_with(self, address: Address) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces that have an address, in any VPC that the recording shows."""
        wanted = {"addresses.private-ip-address": str(address)}
        found = self.sought(INTERFACE, self.asked_in, wanted)
        if found:
            return found
        what = f"an interface with {address}"
        for account_region in self.asked_in:
            every = self.every(INTERFACE, what, account_region, wanted)
            if isinstance(every, NotVisible):
                return every
        return ()

    def interfaces_of_instance(self, instance: Instance) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces of an instance, the one with its primary address first."""
        found: list[NetworkInterface] = []
        for key in instance.interface_ids:
            interface = self.interface(key, instance.account_region)
            if isinstance(interface, NotVisible):
                return interface
            if isinstance(interface, NetworkInterface):
                found.append(interface)
        return tuple(sorted(found, key=lambda item: instance.address not in item.addresses))
