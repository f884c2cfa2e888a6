"""Where do the nodes of a load balancer stand, and how is it set up?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups, part_of
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.network_interface import INTERFACE, NetworkInterface
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class BalancerType(StrEnum):
    """The kind of load balancer."""

    NETWORK = "network"
    APPLICATION = "application"
    GATEWAY = "gateway"


class BalancerState(StrEnum):
    """Where a load balancer is in its life."""

    ACTIVE = "active"
    PROVISIONING = "provisioning"
    ACTIVE_IMPAIRED = "active_impaired"
    FAILED = "failed"


class Scheme(StrEnum):
    """From where a load balancer can be reached."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


@dataclass(frozen=True, slots=True)
class BalancerZone:
    """A zone that a load balancer is enabled in; its node stands in the subnet."""

    zone: str
    subnet_id: str
    private_addresses: tuple[Address, ...]
    """Empty when AWS chose the address; then the node's interface has it."""
    public_addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer."""

    arn: str
    account_region: AccountRegion
    name: str
    type: BalancerType | None
    scheme: Scheme | None
    vpc_id: str
    state: BalancerState | None
    state_reason: str | None
    zones: tuple[BalancerZone, ...]
    group_ids: tuple[str, ...]
    """Its security groups; none at all when it was made without, and then all is admitted."""
    dns_name: str | None
    address_type: str | None
    """``ipv4``, ``dualstack`` …"""
    rules_for_endpoints: bool | None = None
    """Whether inbound rules apply to what comes through interface endpoints; None where AWS does not say."""

    @property
    def path(self) -> str:
        """``net/example-nlb/50dc6c495c0c9188``, as its interfaces' description says it."""
        return path_of(self.arn)


def path_of(arn: str) -> str:
    """Return the part of a load balancer's ARN by which its interfaces name it."""
    return arn.partition(":loadbalancer/")[2]


@dataclass(frozen=True, slots=True)
class BalancerNode:
    """One zone's node: the address that clients dial and that connections to targets come from."""

    zone: str
    subnet_id: str
    address: Address
    """The private address, in the subnet."""
    source_addresses: tuple[Address, ...]
    """Every address that connections to targets may come from, ``address`` among them."""
    public_address: Address | None
    interface_id: str | None
    """None when the node's interface is not visible."""


@dataclass(frozen=True, slots=True)
class BalancerAttributes:
    """A load balancer's attributes; None where AWS's answer does not name one."""

    cross_zone: bool | None
    values: Mapping[str, str] = field(hash=False)
    """All of them, as AWS writes them."""


def _zone(raw: Raw) -> BalancerZone:
    addresses = fields.objects_if_any(raw, "LoadBalancerAddresses")

    def listed(*keys: str) -> tuple[Address, ...]:
        return tuple(
            found for item in addresses for key in keys if (found := fields.address(item, key)) is not None
        )

    return BalancerZone(
        zone=fields.needed(raw, "ZoneName"),
        subnet_id=fields.needed(raw, "SubnetId"),
        private_addresses=listed("PrivateIPv4Address", "IPv6Address"),
        public_addresses=listed("IpAddress"),
    )


def _balancer(raw: Raw, account_region: AccountRegion) -> LoadBalancer:
    state = fields.inner(raw, "State")
    return LoadBalancer(
        arn=fields.needed(raw, "LoadBalancerArn"),
        account_region=account_region,
        name=fields.needed(raw, "LoadBalancerName"),
        type=fields.choice(raw, "Type", BalancerType),
        scheme=fields.choice(raw, "Scheme", Scheme),
        vpc_id=fields.needed(raw, "VpcId"),
        state=fields.choice(state, "Code", BalancerState),
        state_reason=fields.text(state, "Reason"),
        zones=tuple(_zone(item) for item in fields.objects(raw, "AvailabilityZones")),
        # AWS leaves the field out for a load balancer without security groups.
        group_ids=fields.texts(raw, "SecurityGroups") if "SecurityGroups" in raw else (),
        dns_name=fields.text(raw, "DNSName"),
        address_type=fields.text(raw, "IpAddressType"),
        rules_for_endpoints=_SWITCH.get(
            fields.text(raw, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic") or ""
        ),
    )


_SWITCH = {"on": True, "off": False}


def attribute_values(raw: Raw) -> dict[str, str]:
    """Return the attributes of a load balancer or target group."""
    return {
        fields.needed(item, "Key"): item["Value"] if isinstance(item.get("Value"), str) else ""
        for item in fields.objects(raw, "Attributes")
    }


def _balancer_attributes(raw: Raw, _: AccountRegion) -> BalancerAttributes:
    values = attribute_values(raw)
    return BalancerAttributes(
        cross_zone=fields.flag(values, "load_balancing.cross_zone.enabled"),
        values=values,
    )


LOAD_BALANCER = Kind(
    marked("load balancer"), "elbv2", "DescribeLoadBalancers", ("LoadBalancers",), "LoadBalancerArn",
    _balancer,
    {"LoadBalancerArns": "load-balancer-arn", "Names": "name"}, {"name": each("LoadBalancerName")},
)  # fmt: skip
BALANCER_ATTRIBUTES = Kind(
    marked("attributes of load balancer"), "elbv2", "DescribeLoadBalancerAttributes", (), "LoadBalancerArn",
    _balancer_attributes, {"LoadBalancerArn": "load-balancer-arn"}, leads_on=False,
)  # fmt: skip


class LoadBalancerLookups(Lookups):
    """Lookups of load balancers and their nodes."""

    @property
    def load_balancers(self) -> tuple[LoadBalancer, ...]:
        """The load balancers that the recording shows; there may be more."""
        return self.seen(LOAD_BALANCER)

    @property
    def balancers_asked_in(self) -> tuple[AccountRegion, ...]:
        """Where load balancers were asked for, or are to be."""
        return self.inventory(LOAD_BALANCER).asked_in or self.sources[:1]

    def balancers_at(self, address: Address) -> tuple[LoadBalancer, ...]:
        """Return the load balancers that are seen to have an address, private or public, at a node.

        Where none has been asked for, the interface with the address tells which it is.
        """
        with_it = {"addresses.private-ip-address": str(address)}
        interfaces = self.sought(INTERFACE, self.asked_in, with_it)
        if routable(address):
            interfaces += self.sought(INTERFACE, self.asked_in, {"association.public-ip": str(address)})
        found = [item for item in self.load_balancers if any(_has(zone, address) for zone in item.zones)]
        for interface in interfaces:
            _, network, path = interface.description.partition("ELB net/")
            if network:
                name = path.partition("/")[0]
                balancer = self.load_balancer_named(name, interface.account_region)
                found += [balancer] if isinstance(balancer, LoadBalancer) else []
        return tuple(dict.fromkeys(found))

    def load_balancer(
        self, arn: str, account_region: AccountRegion | None = None
    ) -> LoadBalancer | Absent | NotVisible:
        """Return a load balancer by its ARN."""
        return self.by_id(LOAD_BALANCER, arn, account_region)

    def load_balancer_named(
        self, name: str, account_region: AccountRegion | None = None
    ) -> LoadBalancer | Absent | NotVisible:
        """Return a load balancer by its name; absent when no place that was asked for one has it."""
        places = (account_region,) if account_region else self.balancers_asked_in
        return self.one(
            LOAD_BALANCER, tell("load balancer {name}", name=name), places, {"name": name}, shown_there=True
        )

    def all_load_balancers(self, account_region: AccountRegion) -> tuple[LoadBalancer, ...] | NotVisible:
        """Return all load balancers of an account and Region, of every type."""
        return self.every(
            LOAD_BALANCER, tell("the load balancers of {place}", place=account_region), account_region, {}
        )

    def balancer_attributes(self, balancer: LoadBalancer) -> BalancerAttributes | NotVisible:
        """Return a load balancer's attributes."""
        return part_of(self.by_id(BALANCER_ATTRIBUTES, balancer.arn, balancer.account_region))

    def interfaces_of_balancer(self, balancer: LoadBalancer) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the network interfaces of a load balancer's nodes."""
        what = tell("the network interfaces of {balancer}", balancer=balancer.name)
        return self.every(INTERFACE, what, balancer.account_region, {"description": f"ELB {balancer.path}"})

    def nodes(self, balancer: LoadBalancer) -> tuple[BalancerNode, ...] | NotVisible:
        """Return the node of each zone, with its addresses.

        Addresses that AWS chose are not in the load balancer's own answer, but at its interfaces.
        """
        described = {"description": f"ELB {balancer.path}"}
        interfaces = self.sought(INTERFACE, [balancer.account_region], described)
        by_subnet = {interface.subnet_id: interface for interface in interfaces}
        nodes = []
        for zone in balancer.zones:
            node = _node(zone, by_subnet.get(zone.subnet_id))
            if node is None:
                what = tell("the address of {balancer} in {zone}", balancer=balancer.name, zone=zone.zone)
                return self.unknown(what, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
            nodes.append(node)
        return tuple(nodes)


def _has(zone: BalancerZone, address: Address) -> bool:
    return address in (*zone.private_addresses, *zone.public_addresses)


def _node(zone: BalancerZone, interface: NetworkInterface | None) -> BalancerNode | None:
    own = tuple(address for address in zone.private_addresses if address.version == 4)
    at_interface = tuple(a for a in interface.addresses if a.version == 4) if interface else ()
    addresses = tuple(dict.fromkeys(own + at_interface))
    if not addresses:
        return None
    at_node = interface.public_address if interface else None
    return BalancerNode(
        zone=zone.zone,
        subnet_id=zone.subnet_id,
        address=addresses[0],
        source_addresses=addresses,
        public_address=zone.public_addresses[0] if zone.public_addresses else at_node,
        interface_id=interface.id if interface else None,
    )
