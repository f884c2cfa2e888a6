"""Which network interface has an address, and whose is it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, each, maybe, owned
from nlbcheck.aws.lookups import unread
from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.subnet import Subnet, SubnetLookups
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


class InterfaceStatus(StrEnum):
    """Whether an interface is in use."""

    AVAILABLE = "available"
    ASSOCIATED = "associated"
    ATTACHING = "attaching"
    IN_USE = "in-use"
    DETACHING = "detaching"


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """An elastic network interface."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    subnet_id: str
    zone: str | None
    type: str
    """``interface``, ``network_load_balancer``, ``nat_gateway`` …, as AWS writes it."""
    description: str
    status: InterfaceStatus | None
    addresses: tuple[Address, ...]
    """Every private address, the primary one first, then IPv6."""
    prefixes: tuple[Network, ...]
    """Ranges delegated to the interface; containers have addresses from them."""
    public_addresses: tuple[tuple[Address, Address], ...]
    """Each private address that has a public one, with it; the primary one's first."""
    group_ids: tuple[str, ...] | NotVisible
    source_dest_check: bool | None
    instance_id: str | None
    """The instance it is attached to; None also for interfaces of AWS's own services."""

    def has(self, address: Address) -> bool:
        """Whether packets to ``address`` are delivered to this interface."""
        return address in self.addresses or any(address in prefix for prefix in self.prefixes)

    @property
    def public_address(self) -> Address | None:
        """The public address of the first private one that has any."""
        return self.public_addresses[0][1] if self.public_addresses else None

    def public_of(self, private: Address) -> Address | None:
        """Return the public address that internet gateways put in the place of a private one."""
        return next((public for own, public in self.public_addresses if own == private), None)

    def private_of(self, public: Address) -> Address | None:
        """Return the private address behind a public one."""
        return next((own for own, other in self.public_addresses if other == public), None)


def _addresses(items: Iterable[Raw], key: str) -> Iterable[Address]:
    for item in items:
        address = fields.address(item, key)
        if address is None:
            raise UnreadableError(key, item)
        yield address


def _interface(raw: Raw, account_region: AccountRegion) -> NetworkInterface:
    private = sorted(_private(raw), key=lambda item: fields.flag(item, "Primary") is not True)
    prefixes = [
        *(fields.needed_network(item, "Ipv4Prefix") for item in fields.objects_if_any(raw, "Ipv4Prefixes")),
        *(fields.needed_network(item, "Ipv6Prefix") for item in fields.objects_if_any(raw, "Ipv6Prefixes")),
    ]
    return NetworkInterface(
        id=fields.needed(raw, "NetworkInterfaceId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw, "TagSet"),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_id=fields.needed(raw, "SubnetId"),
        zone=fields.text(raw, "AvailabilityZone"),
        type=fields.needed(raw, "InterfaceType"),
        description=fields.text(raw, "Description") or "",
        status=fields.choice(raw, "Status", InterfaceStatus),
        addresses=(
            *_addresses(private, "PrivateIpAddress"),
            *_addresses(fields.objects_if_any(raw, "Ipv6Addresses"), "Ipv6Address"),
        ),
        prefixes=tuple(prefixes),
        public_addresses=tuple(_public_addresses(raw, private)),
        group_ids=_group_ids(raw, account_region),
        source_dest_check=fields.flag(raw, "SourceDestCheck"),
        instance_id=fields.text_if_any(fields.inner_if_any(raw, "Attachment"), "InstanceId"),
    )


def _private(raw: Raw) -> tuple[Raw, ...]:
    """Return an interface's IPv4 addresses; the primary one alone where nothing else is said."""
    if raw.get("PrivateIpAddresses") is None and fields.text(raw, "PrivateIpAddress"):
        return (raw,)
    return fields.objects(raw, "PrivateIpAddresses")


def _group_ids(raw: Raw, account_region: AccountRegion) -> tuple[str, ...] | NotVisible:
    if raw.get("Groups") is None:
        what = tell("the security groups of {interface}", interface=raw["NetworkInterfaceId"])
        return unread(INTERFACE, "Groups", what, account_region)
    return tuple(fields.needed(item, "GroupId") for item in fields.objects(raw, "Groups"))


def _public_addresses(raw: Raw, private: Sequence[Raw]) -> Iterable[tuple[Address, Address]]:
    """Yield the private addresses with a public one: of the primary one the interface itself says it, too."""
    if _associated(raw) and not private:
        raise UnreadableError("PrivateIpAddresses", raw)
    for number, item in enumerate(private):
        own = fields.address(item, "PrivateIpAddress")
        public = _associated(item) or (_associated(raw) if number == 0 else None)
        if own is not None and public is not None:
            yield own, public


def _associated(raw: Raw) -> Address | None:
    """Return the public address, which AWS leaves out with its association when there is none."""
    association = fields.inner(raw, "Association")
    found = fields.address(association, "PublicIp")
    if found is None and "Association" in raw and not fields.text(association, "CarrierIp"):
        raise UnreadableError("Association", raw)
    return found


def _private_addresses(raw: Raw) -> Iterable[str]:
    """Yield the IPv4 addresses of an interface, as far as they are shown."""
    for item in _private(raw):
        yield fields.needed(item, "PrivateIpAddress")
    fields.objects(raw, "PrivateIpAddresses")


def _public(raw: Raw) -> Iterable[str]:
    items = (raw, *fields.objects_if_any(raw, "PrivateIpAddresses"))
    return {str(found) for item in items if (found := _associated(item)) is not None}


def _delegated(raw: Raw) -> Iterable[str]:
    return ["true"] if fields.objects_if_any(raw, "Ipv4Prefixes") else []


DELEGATED = "has-delegated-prefixes"
"""An attribute that no call can select by: whether ranges are delegated to an interface."""


INTERFACE = Kind(
    marked("network interface"), "ec2", "DescribeNetworkInterfaces", ("NetworkInterfaces",),
    "NetworkInterfaceId", _interface, {"NetworkInterfaceIds": "network-interface-id"},
    {
        "vpc-id": each("VpcId"),
        "subnet-id": each("SubnetId"),
        "addresses.private-ip-address": _private_addresses,
        "attachment.instance-id": maybe("Attachment", "InstanceId"),
        "association.public-ip": _public,
        "description": maybe("Description"),
        "interface-type": each("InterfaceType"),
        DELEGATED: _delegated,
    },
)  # fmt: skip


class NetworkInterfaceLookups(SubnetLookups):
    """Lookups of network interfaces."""

    def interface(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NetworkInterface | Absent | NotVisible:
        """Return a network interface by its id."""
        return self.by_id(INTERFACE, key, account_region)

    def interface_at(self, vpc: Vpc, address: Address) -> NetworkInterface | Absent | NotVisible:
        """Return the interface that has an address in a VPC.

        Absent is proven only by all interfaces of the subnet: a container's address, from a range that is
        delegated to an interface, cannot be asked for.
        """
        what = tell("an interface with {address} in {vpc}", address=address, vpc=vpc.id)
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
        if not self.inventory(INTERFACE).complete(vpc.account_region, around | with_it):
            return self._not_visible(INTERFACE, what, vpc.account_region, around | with_it)
        return Absent(what, "ec2:DescribeNetworkInterfaces", vpc.account_region)

    def interfaces_with(self, address: Address) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces that have an address, in any VPC that the recording shows."""
        wanted = {"addresses.private-ip-address": str(address)}
        return self._interfaces_anywhere(tell("an interface with {address}", address=address), wanted)

    def interfaces_of_endpoint(self, key: str, vpc: Vpc) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces of a VPC endpoint, which AWS describes by its id."""
        wanted = {"description": f"VPC Endpoint Interface {key}"}
        return self.every(INTERFACE, tell("the interfaces of {key}", key=key), vpc.account_region, wanted)

    def interfaces_dialled_by(self, address: Address) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces with a public address: at most one, unless one moved while AWS was asked."""
        wanted = {"association.public-ip": str(address)}
        return self._interfaces_anywhere(
            tell("an interface with the public address {address}", address=address), wanted
        )

    def _interfaces_anywhere(
        self, what: str, wanted: Mapping[str, str]
    ) -> tuple[NetworkInterface, ...] | NotVisible:
        found = self.sought(INTERFACE, self.asked_in, wanted)
        if found:
            return found
        for account_region in self.asked_in:
            every = self.every(INTERFACE, what, account_region, wanted)
            if isinstance(every, NotVisible):
                return every
        return ()

    def interfaces_in(
        self, subnet_id: str, account_region: AccountRegion
    ) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return all network interfaces in a subnet."""
        what = tell("the network interfaces in {subnet}", subnet=subnet_id)
        return self.every(INTERFACE, what, account_region, {"subnet-id": subnet_id})

    def interfaces_of_instance(self, instance: Instance) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the interfaces of an instance, the one with its primary address first."""
        found: list[NetworkInterface] = []
        if isinstance(instance.interface_ids, NotVisible):
            return instance.interface_ids
        for key in instance.interface_ids:
            interface = self.interface(key, instance.account_region)
            if isinstance(interface, NotVisible):
                return interface
            if isinstance(interface, NetworkInterface):
                found.append(interface)
        return tuple(sorted(found, key=lambda item: instance.address not in item.addresses))
