"""Where does an address live: in which VPC and subnet, at which interface, or outside every VPC?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.peering_connection import PeeringSide
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import neighbours
from nlbcheck.path.outcome import missing
from nlbcheck.path.packet import GroupIds

_WILD = re.compile(r"[*?\\]")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class InVpc:
    """An address in a VPC."""

    address: Address
    vpc_id: str
    vpc: Vpc | Absent | NotVisible
    subnet: Subnet | Absent | NotVisible
    interface: NetworkInterface | Absent | NotVisible
    groups: GroupIds
    public_addresses: tuple[Address, ...] = ()
    """What internet gateways put in the place of its address: one of these."""
    balancer: LoadBalancer | None = None
    """The load balancer whose node it is."""
    by_nat: bool = False
    """Whether it is a NAT gateway's."""
    by_endpoint: bool = False
    """Whether its connections come through an interface endpoint."""
    by_gateway: str | None = None
    """The transit gateway that hands packets over here, in one of its attachment's subnets."""
    by_firewall: str | None = None
    """The firewall endpoint that hands packets over here, in its own subnet."""
    among: tuple[Address, ...] = ()
    """All addresses of which connections get one, where it is not told which."""
    route_table_id: str | None = None
    """The route table of what stands in no subnet and has a table of its own."""

    @property
    def public_address(self) -> Address | None:
        """The public address by which it is dialled, the first where it has several."""
        return self.public_addresses[0] if self.public_addresses else None

    @property
    def is_nowhere(self) -> bool:
        """Whether no subnet of the VPC has the address, so that neither ACL nor route table applies."""
        return isinstance(self.subnet, Absent)

    @property
    def is_between(self) -> bool:
        """Whether packets pass here that others send."""
        return self.by_gateway is not None or self.by_firewall is not None

    @property
    def resource(self) -> Resource:
        """The interface, or the address where that is not visible."""
        if self.balancer:
            return Resource("load-balancer", self.balancer.path, self.balancer.name)
        if isinstance(self.interface, NetworkInterface):
            return Resource("network-interface", self.interface.id, self.interface.name)
        return Resource("address", str(self.address))


@dataclass(frozen=True, slots=True)
class OutsideAws:
    """An address outside every VPC: on premises, or in the internet."""

    address: Address
    by_endpoint: bool = False
    """Whether its connections come through an interface endpoint."""
    among: tuple[Address, ...] = ()
    """All addresses of which connections get one, where it is not told which."""
    in_internet: bool = False
    """Whether it is certainly in the internet, and not on premises."""
    by_nat: bool = False
    """Whether it is a NAT gateway's."""


@dataclass(frozen=True, slots=True)
class UnknownLocation:
    """An address of which it cannot be told where it lives, or not even an address."""

    address: Address | None
    missing: NotVisible


Location = InVpc | OutsideAws | UnknownLocation


def of_its_family(start: Location, address: Address) -> Location:
    """Return where a connection to an address starts, which is not told of one of the other IP version."""
    if start.address is None or start.address.version == address.version:
        return start
    fact = tell(
        "the path from {client} to {address}: one is IPv4, the other IPv6",
        client=start.address,
        address=address,
    )
    return UnknownLocation(start.address, NotVisible(fact, "", "", None))


def at_interface(state: AwsState, interface: NetworkInterface, address: Address | None = None) -> InVpc:
    """Return the location of an interface's address, by default its primary one.

    An interface for the Elastic Fabric Adapter alone has no address, and so no location:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html.
    """
    own = address or interface.addresses[0]
    public = interface.public_of(own)
    return InVpc(
        own,
        interface.vpc_id,
        state.vpc(interface.vpc_id),
        _existing(state.subnet(interface.subnet_id, vpc_id=interface.vpc_id)),
        interface,
        interface.group_ids,
        () if public is None else (public,),
        by_nat=interface.type == "nat_gateway",
    )


def _existing(subnet: Subnet | Absent | NotVisible) -> Subnet | NotVisible:
    """Return a subnet that AWS itself names: where it is not listed, it is not visible."""
    return subnet if isinstance(subnet, Subnet) else missing(subnet)


def in_vpc(state: AwsState, vpc: Vpc, address: Address) -> InVpc:
    """Return the location of an address that lies in a VPC's ranges."""
    interface = state.interface_at(vpc, address)
    if isinstance(interface, NetworkInterface):
        return at_interface(state, interface, address)
    groups: GroupIds = () if isinstance(interface, Absent) else interface
    return InVpc(address, vpc.id, vpc, state.subnet_at(vpc, address), interface, groups)


def of_node(state: AwsState, balancer: LoadBalancer, node: BalancerNode) -> InVpc:
    """Return the location of a load balancer's node."""
    fact = tell("the network interface of {balancer} in {zone}", balancer=balancer.name, zone=node.zone)
    unknown = state.unknown(fact, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
    interface = state.interface(node.interface_id) if node.interface_id else unknown
    return InVpc(
        node.address,
        balancer.vpc_id,
        state.vpc(balancer.vpc_id),
        _existing(state.subnet(node.subnet_id, vpc_id=balancer.vpc_id)),
        interface,
        balancer.group_ids,
        () if node.public_address is None else (node.public_address,),
        balancer,
    )


def of_source(state: AwsState, source: str, near: Vpc | NotVisible | None = None) -> Location:
    """Return the location of an instance id, interface id, address or Name tag, as a user names it.

    ``near`` is the VPC that it wants to reach. Raises InputError when it makes no sense or is proven
    not to exist.
    """
    if source.startswith("i-"):
        return _of_instance(state, source)
    if source.startswith("eni-"):
        interface = state.interface(source)
        if isinstance(interface, Absent):
            raise InputError(f"{source}: there is no such network interface")
        if isinstance(interface, NotVisible):
            return UnknownLocation(None, interface)
        if not interface.addresses:
            raise InputError(f"{source}: the network interface has no IP address")
        return at_interface(state, interface)
    try:
        address = ip_address(source)
    except ValueError:
        return _of_named(state, source)
    own = isinstance(near, Vpc) and near.contains(address)
    if not own and (unusable := _unusable(address)):
        raise InputError(f"{source!r}: no client connects from {unusable}")
    return of_address(state, address, near)


def _unusable(address: Address) -> str | None:
    """Return what an address is that no connection comes from; None of any other."""
    broadcast = address.version == 4 and address.is_reserved
    kinds = (
        (address.is_unspecified, "the unspecified address"),
        (address.is_loopback, "a loopback address, which means every machine itself"),
        (address.is_multicast, "a multicast address"),
        (broadcast, "a reserved address"),
    )
    return next((name for true, name in kinds if true), None)


def _of_named(state: AwsState, name: str) -> Location:
    """Return the location of the one instance with this tag ``Name``; InputError where that is not one."""
    expected = "an instance id (i-…), an interface id (eni-…), an IP address or an instance's Name tag"
    if not name.strip() or _WILD.search(name):  # AWS takes * and ? for any letters
        raise InputError(f"{name!r}: expected {expected}")
    found = state.instances_named(name)
    if isinstance(found, NotVisible):
        return UnknownLocation(None, found)
    if not found:
        raise InputError(f"{name!r}: no instance has this Name tag; expected {expected}")
    if len(found) > 1:
        told = ", ".join(f"{item.id} ({item.address or 'no address'})" for item in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise InputError(
            f"{name!r} is the Name tag of {len(found)} instances: {told}{more}; name one by its id"
        )
    return _of_instance(state, found[0].id)


def _of_instance(state: AwsState, source: str) -> Location:
    instance = state.instance(source)
    if isinstance(instance, Absent):
        raise InputError(f"{source}: there is no such instance")
    if isinstance(instance, NotVisible):
        return UnknownLocation(None, instance)
    interfaces = state.interfaces_of_instance(instance)
    if isinstance(interfaces, NotVisible):
        return UnknownLocation(instance.address, interfaces)
    addressed = [item for item in interfaces if item.addresses]
    if not addressed:
        raise InputError(f"{source}: the instance has no network interface with an IP address")
    return at_interface(state, addressed[0], instance.address)


def of_address(state: AwsState, address: Address, near: Vpc | NotVisible | None) -> Location:
    """Return the location of an address; ``near`` is the VPC whose own or peered ranges count first."""
    here = in_vpc(state, near, address) if isinstance(near, Vpc) and near.contains(address) else None
    if here is not None and not isinstance(here.interface, Absent):
        hidden = here.interface if isinstance(here.interface, NotVisible) else None
        others = state.other_vpcs_with(address, here.vpc_id) if hidden and hidden.was_asked else ()
        return UnknownLocation(address, hidden) if hidden and others else here
    found = state.interfaces_with(address)
    if here is not None:
        return UnknownLocation(address, found) if isinstance(found, NotVisible) else here
    if not isinstance(found, NotVisible) and len({item.vpc_id for item in found}) == 1:
        return at_interface(state, found[0], address)
    peered = neighbours.peered_with(state, near, address) if isinstance(near, Vpc) else near or ()
    if isinstance(peered, NotVisible):
        return UnknownLocation(address, peered)
    if len(peered) == 1:
        return in_peer(state, peered[0], address)
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    if found or peered:
        fact = tell(
            "which of several VPCs {address} is in (name the client by its instance or interface)",
            address=address,
        )
        return UnknownLocation(address, NotVisible(fact, "", "", None))
    return dialled_by(state, address) or OutsideAws(address)


def dialled_by(state: AwsState, public: Address) -> InVpc | UnknownLocation | None:
    """Return whose public address one is; None when no interface has it."""
    if not routable(public):
        return None
    found = state.interfaces_dialled_by(public)
    if isinstance(found, NotVisible):
        return UnknownLocation(public, found)
    return at_interface(state, found[0], found[0].private_of(public)) if found else None


def in_peer(state: AwsState, side: PeeringSide, address: Address) -> InVpc:
    """Return the location of an address in a peered VPC, which may not be visible itself."""
    vpc = state.vpc(side.vpc_id)
    if isinstance(vpc, Vpc) and vpc.contains(address):
        return in_vpc(state, vpc, address)
    fact = tell("what has the address {address} in {vpc}", address=address, vpc=side.vpc_id)
    unknown = state.unknown(fact, "ec2", "DescribeNetworkInterfaces", side.account_region)
    return InVpc(address, side.vpc_id, unknown, unknown, unknown, unknown)


def instance_of(state: AwsState, at: InVpc) -> Instance | NotVisible | None:
    """Return the instance behind an address; None when no instance is."""
    if not isinstance(at.interface, NetworkInterface) or at.interface.instance_id is None:
        return None
    found = state.instance(at.interface.instance_id)
    return found if isinstance(found, Instance) else missing(found)
