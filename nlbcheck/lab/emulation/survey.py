"""Which machines of the snapshot does the lab need, and where do they stand?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.aws.resources.network_interface import INTERFACE, NetworkInterface
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.security_group import SecurityGroup
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import VPC, Vpc
from nlbcheck.aws.resources.vpc_endpoint import ENDPOINT_INTERFACE
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.lab.emulation import endpoints, outside
from nlbcheck.lab.emulation.relays import Relay
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import ON_PREMISES, Role, Seat, public_pairs
from nlbcheck.model.facts import Absent, NotVisible

FIREWALL_ENDPOINT = "gateway_load_balancer_endpoint"
"""The type of the network interfaces of endpoints that firewalls stand behind."""


@dataclass(frozen=True, slots=True)
class Machines:
    """All machines of the lab."""

    seats: tuple[Seat, ...]
    client: Seat

    def at(self, site: str) -> tuple[Seat, ...]:
        """Return the machines of a VPC or of a network outside."""
        return tuple(seat for seat in self.seats if seat.site == site)

    def known_by(self, group_id: str) -> tuple[Seat, ...]:
        """Return the machines that have a security group."""
        return tuple(seat for seat in self.seats if group_id in seat.group_ids)


def survey(
    state: AwsState, relays: Iterable[Relay], client: str | None, also: Iterable[str], remarks: Remarks
) -> Machines:
    """Find everybody a place: nodes, targets, the client, interfaces that are named, and what routes name.

    InputError for addresses that cannot be where the snapshot says they are.
    """
    finder = _Finder(state, remarks)
    relays = tuple(relays)
    for relay in relays:
        finder.seat_nodes(relay)
    for relay in relays:
        for group in relay.groups:
            for member in group.members:
                finder.seat_address(member.address, relay.balancer.vpc_id)
    for source in also:
        finder.seat_source(source, relays)
    first = finder.seat_source(client, relays) if client else finder.seat_anybody(relays)
    for interface in endpoints.interfaces(state, relays):
        finder.seat_source(interface.id, relays)
    finder.seat_firewalls()
    finder.seat_appliances()
    if finder.problems:
        raise InputError(*finder.problems)
    return Machines(tuple(finder.seats.values()), first)


class _Finder:
    def __init__(self, state: AwsState, remarks: Remarks) -> None:
        self.state = state
        self.remarks = remarks
        self.seats: dict[tuple[str, IPv4Address], Seat] = {}
        self.problems: list[str] = []

    def seat_nodes(self, relay: Relay) -> None:
        balancer = relay.balancer
        groups = self._groups(balancer.group_ids) if balancer.group_ids else None
        for node in relay.nodes:
            subnet = self.state.subnet(node.subnet_id)
            if not isinstance(subnet, Subnet):
                raise UnseenError(f"{balancer.name}: the snapshot does not show its subnet {node.subnet_id}")
            addresses = tuple(item for item in node.source_addresses if isinstance(item, IPv4Address))
            self._check(f"the node of {balancer.name} in {node.zone}", addresses, subnet)
            self._add(
                Seat(
                    self._name(balancer.vpc_id, addresses[0]),
                    addresses,
                    balancer.vpc_id,
                    subnet,
                    groups,
                    balancer.group_ids,
                    Role.NODE,
                    node.interface_id,
                    public=public_pairs([(node.address, node.public_address)]),
                )
            )

    def seat_address(self, address: IPv4Address, home: str) -> Seat | None:
        """Seat whoever has an address, as it is seen from a VPC; None when nobody has it."""
        vpc = self.state.vpc(home)
        if isinstance(vpc, Vpc) and vpc.contains(address):
            return self._seat_in(vpc, address)
        others = [item for item in self.state.seen(VPC) if item.id != home and item.contains(address)]
        seated = [seat for other in others if (seat := self._seat_in(other, address, surely=True))]
        if seated:
            return seated[0]
        return self._add(
            Seat(
                self._name(ON_PREMISES, address),
                (address,),
                outside.site_of(self.state, address, self.remarks),
            )
        )

    def seat_source(self, source: str, relays: Iterable[Relay]) -> Seat:
        """Seat an instance, an interface, an address or a Name tag that a user or a table names."""
        if source.startswith(("i-", "eni-")):
            return self._seat_interface(self._named(source))
        try:
            address = IPv4Address(source)
        except AddressValueError:
            return self._seat_interface(self._named(source))
        found = self.state.interfaces_with(address)
        if not isinstance(found, NotVisible) and found:
            return self._seat_interface(found[0], address)
        dialled = self.state.interfaces_dialled_by(address) if routable(address) else ()
        if not isinstance(dialled, NotVisible) and dialled:
            return self._seat_interface(dialled[0])
        homes = [item.id for item in self.state.seen(VPC) if item.contains(address)]
        home = homes[0] if homes else next(relay.balancer.vpc_id for relay in relays)
        seat = self.seat_address(address, home)
        if seat is None:
            raise InputError(f"client: no network interface has the address {address}")
        return seat

    def seat_anybody(self, relays: tuple[Relay, ...]) -> Seat:
        """Seat some machine that is no target, rather one of another VPC, as the client."""
        homes = {relay.balancer.vpc_id for relay in relays}
        taken = {seat.interface_id for seat in self.seats.values()}
        free = [
            item for item in self.state.seen(INTERFACE)
            if item.instance_id and item.id not in taken
            and any(isinstance(own, IPv4Address) for own in item.addresses[:1])
        ]  # fmt: skip
        if not free:
            raise InputError("client: the snapshot shows no machine that could be the client: name one")
        chosen = min(free, key=lambda item: (item.vpc_id in homes, item.id))
        told = f"{chosen.addresses[0]} ({chosen.id})"
        self.remarks.say(f"no client is named: the client is {told}; --client names another")
        return self._seat_interface(chosen)

    def seat_firewalls(self) -> None:
        """Seat a firewall behind each Gateway Load Balancer's or Network Firewall's endpoint that is seen."""
        for item in self.state.seen(INTERFACE):
            subnet = self.state.subnet(item.subnet_id)
            words = (word for word in item.description.split() if word.startswith("vpce-"))
            endpoint = next(words, None) if item.type == FIREWALL_ENDPOINT else None
            own = tuple(address for address in item.addresses if isinstance(address, IPv4Address))
            if endpoint and own and isinstance(subnet, Subnet):
                name = self._name(item.vpc_id, own[0])
                self._add(
                    Seat(name, own, item.vpc_id, subnet, None, (), Role.FIREWALL, endpoint, passes_on=True)
                )

    def seat_appliances(self) -> None:
        """Seat the machines and NAT gateways that route tables name, and those that theirs name."""
        done: set[str] = set()
        while (
            waiting := {seat.subnet.id: seat.subnet for seat in self.seats.values() if seat.subnet}.keys()
            - done
        ):
            for seat in list(self.seats.values()):
                if seat.subnet and seat.subnet.id in waiting:
                    self._seat_hops(seat.subnet)
            done |= waiting

    def _seat_hops(self, subnet: Subnet) -> None:
        table = self.state.route_table_of(subnet)
        for route in table.routes if isinstance(table, RouteTable) else ():
            if route.target_kind is RouteTargetKind.NETWORK_INTERFACE and route.target_id:
                found = self.state.interface(route.target_id)
                if isinstance(found, NetworkInterface):
                    self._seat_interface(found)
            elif route.target_kind is RouteTargetKind.NAT_GATEWAY and route.target_id:
                nat = self.state.nat_gateway(route.target_id)
                if isinstance(nat, NatGateway) and nat.regional:
                    self.remarks.say(f"{nat.id} is regional: the lab drops what it carries")
                elif isinstance(nat, NatGateway) and nat.state is NatGatewayState.AVAILABLE and nat.subnet_id:
                    self._seat_nat(nat, self.state.subnet(nat.subnet_id))

    def _seat_nat(self, nat: NatGateway, subnet: Subnet | Absent | NotVisible) -> None:
        addresses = tuple(item for item in nat.private_addresses if isinstance(item, IPv4Address))
        if isinstance(subnet, Subnet) and addresses:
            name = self._name(nat.vpc_id, addresses[0])
            public = public_pairs([(item.private, item.public) for item in nat.addresses])[:1]
            seat = Seat(
                name, addresses, nat.vpc_id, subnet, None, (), Role.NAT, nat.id, passes_on=True, public=public
            )
            self._add(seat)

    def _seat_in(self, vpc: Vpc, address: IPv4Address, *, surely: bool = False) -> Seat | None:
        """Seat the machine with an address in a VPC; with ``surely``, only if an interface is seen."""
        found = self.state.interface_at(vpc, address)
        if isinstance(found, NetworkInterface):
            return self._seat_interface(found, address)
        if isinstance(found, Absent) or surely:
            return None
        self.remarks.missing(found, "it stands there with no security group")
        subnet = self.state.subnet_at(vpc, address)
        known = subnet if isinstance(subnet, Subnet) else None
        return self._add(Seat(self._name(vpc.id, address), (address,), vpc.id, known))

    def _seat_interface(self, interface: NetworkInterface, address: IPv4Address | None = None) -> Seat:
        own = tuple(item for item in interface.addresses if isinstance(item, IPv4Address))
        addresses = tuple(dict.fromkeys([*([address] if address else []), *own]))
        seated = self.seats.get((interface.vpc_id, own[0])) if own else None
        if seated is not None:
            return seated
        if not addresses:
            raise InputError(f"{interface.id} has no IPv4 address, and the lab carries IPv4 only")
        subnet = self.state.subnet(interface.subnet_id)
        if isinstance(subnet, Subnet):
            self._check(interface.id, own, subnet)
        else:
            self.remarks.missing(subnet, f"{interface.id} stands there with no network ACL and no route out")
        return self._add(
            Seat(
                self._name(interface.vpc_id, own[0]),
                own,
                interface.vpc_id,
                subnet if isinstance(subnet, Subnet) else None,
                self._groups(interface.group_ids),
                () if isinstance(interface.group_ids, NotVisible) else interface.group_ids,
                Role.ENDPOINT if interface.type == ENDPOINT_INTERFACE else Role.HOST,
                interface.id,
                passes_on=interface.source_dest_check is False,
                public=public_pairs(interface.public_addresses),
                running=self._runs(interface),
            )
        )

    def _runs(self, interface: NetworkInterface) -> bool:
        instance = self.state.instance(interface.instance_id) if interface.instance_id else None
        return not isinstance(instance, Instance) or instance.state in (InstanceState.RUNNING, None)

    def _named(self, source: str) -> NetworkInterface:
        if source.startswith("eni-"):
            found = self.state.interface(source)
            if isinstance(found, NetworkInterface):
                return found
            raise InputError(f"client: the snapshot does not show the network interface {printable(source)}")
        instance = self.state.only_instance(source)
        interfaces = self.state.interfaces_of_instance(instance) if isinstance(instance, Instance) else ()
        if isinstance(interfaces, NotVisible) or not interfaces:
            raise InputError(f"client: the snapshot does not show the instance {printable(source)}")
        return interfaces[0]

    def _groups(self, ids: Iterable[str] | NotVisible) -> tuple[SecurityGroup, ...] | None:
        if isinstance(ids, NotVisible):
            self.remarks.missing(ids, "the interface admits everything")
            return None
        groups = []
        for key in ids:
            group = self.state.security_group(key)
            if isinstance(group, SecurityGroup):
                groups.append(group)
            else:
                self.remarks.missing(group, "whoever has it admits everything")
                return None
        return tuple(groups)

    def _check(self, who: str, addresses: Iterable[IPv4Address], subnet: Subnet) -> None:
        for address in addresses:
            if not subnet.contains(address):
                ranges = ", ".join(map(str, subnet.cidrs))
                self.problems.append(
                    f"{who} has the address {address} outside its subnet {subnet.id} ({ranges})"
                )
            wanted = {"vpc-id": subnet.vpc_id, "addresses.private-ip-address": str(address)}
            holders = [item.id for item in self.state.seen(INTERFACE, wanted)]
            if len(holders) > 1:
                named = " and ".join(holders)
                self.problems.append(f"{named} of {subnet.vpc_id} have one and the same address {address}")

    def _name(self, site: str, address: IPv4Address) -> str:
        """Return a namespace's name: the address, if nobody else has it."""
        taken = any(seat.name == str(address) for seat in self.seats.values())
        return f"{address}@{site}" if taken and (site, address) not in self.seats else str(address)

    def _add(self, seat: Seat) -> Seat:
        return self.seats.setdefault((seat.site, seat.address), seat)
