"""What does a VPC's router do with packets of each subnet?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.route_table import RouteTable
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation import acls, nft, routers, tables
from nlbcheck.lab.emulation.gateways import PrivateGateway
from nlbcheck.lab.emulation.groups import NOBODYS, Prefixes
from nlbcheck.lab.emulation.internet_edges import Edge
from nlbcheck.lab.emulation.links import Peering
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.emulation.transits import Attached, Door, Transit
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that leads out of VPCs of the lab."""

    peerings: tuple[Peering, ...]
    gateways: tuple[PrivateGateway, ...]
    transits: tuple[Transit, ...]
    edges: tuple[Edge, ...] = ()
    nats: tuple[Seat, ...] = ()
    """All NAT gateways."""

    def doors(self, vpc_id: str) -> Iterable[tuple[Transit, Attached]]:
        """Return the transit gateways that a VPC is attached to, with its attachment."""
        for transit in self.transits:
            for item in transit.attached:
                if item.vpc is not None and item.resource == vpc_id:
                    yield transit, item


def router(
    state: AwsState,
    vpc: Vpc,
    seats: Sequence[Seat],
    around: Surroundings,
    prefixes: Prefixes,
    remarks: Remarks,
) -> tuple[Namespace, tuple[Link, ...]]:
    """Return the router of a VPC, and the links to its machines."""
    return _Router(state, vpc, seats, around, prefixes, remarks).built()


class _Router:
    def __init__(
        self,
        state: AwsState,
        vpc: Vpc,
        seats: Sequence[Seat],
        around: Surroundings,
        prefixes: Prefixes,
        remarks: Remarks,
    ) -> None:
        self.state, self.vpc, self.seats, self.around = state, vpc, seats, around
        self.prefixes, self.remarks = prefixes, remarks
        self.peerings = [item for item in around.peerings if vpc.id in item.sites]
        self.gateways = [item for item in around.gateways if item.vpc.id == vpc.id]
        self.doors = tuple(around.doors(vpc.id))
        self.edges = [item for item in around.edges if item.vpc.id == vpc.id]
        self.subnets = {seat.subnet.id: seat.subnet for seat in seats if seat.subnet}
        self.acls: dict[str, NetworkAcl] = {}

    def built(self) -> tuple[Namespace, tuple[Link, ...]]:
        numbers: dict[tuple[str, str | None], int] = {}
        coming: dict[str, object] = {}
        found: list[PlannedRoute] = []
        for device, table, zone in self._tables():
            key = table.id, zone
            if key not in numbers:
                numbers[key] = routers.FIRST_TABLE + len(numbers)
                found += tables.routes(
                    table, self.vpc, numbers[key], self._devices(zone), self.prefixes, self.remarks
                )
            coming[f'"{device}"'] = numbers[key]
        own = [routers.machine(address, seat.port) for seat in self.seats for address in seat.addresses]
        backs = routers.way_back(self._steered())
        forward = self._forward(backs)
        namespace = routers.router(
            self.vpc.id,
            [*found, *own],
            list(numbers.values()),
            backs,
            self._prerouting(coming, backs),
            forward,
            [chain for acl in self.acls.values() for chain in acls.chains(acl, self.remarks)],
        )
        return namespace, tuple(
            Link(LinkEnd(seat.name, "eth0"), LinkEnd(self.vpc.id, seat.port)) for seat in self.seats
        )

    def _tables(self) -> Iterable[tuple[str, RouteTable, str | None]]:
        """Return the devices whose packets use a route table, with that table and their zone.

        What a transit gateway hands over uses that of the subnet where it stands.
        """
        for door in self._stands():
            handed = self.state.route_table_of(door.subnet)
            if isinstance(handed, RouteTable):
                yield door.inside, handed, door.subnet.zone
        for seat in self.seats:
            table = self.state.route_table_of(seat.subnet) if seat.subnet else None
            if isinstance(table, RouteTable) and seat.subnet:
                yield seat.port, table, seat.subnet.zone
            elif table is not None and not isinstance(table, RouteTable):
                self.remarks.missing(table, "packets from there reach the VPC only")
        for gateway in self.gateways:
            table = self.state.gateway_route_table(self.vpc, gateway.gateway.id)
            if isinstance(table, RouteTable):
                yield gateway.device, table, None
        for edge in self.edges:
            table = self.state.gateway_route_table(self.vpc, edge.id)
            if isinstance(table, RouteTable):
                yield edge.device, table, None

    def _stands(self) -> list[Door]:
        return [door for _, attached in self.doors for door in attached.doors]

    def _devices(self, zone: str | None) -> Mapping[str, str]:
        """Return the devices that lead from a zone to what routes can name.

        A transit gateway is reached only in zones where it stands:
        https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html.
        """
        return {
            **{item.id: item.device for item in self.peerings},
            **{item.gateway.id: item.device for item in self.gateways},
            **{
                transit.id: door.inside
                for transit, attached in self.doors
                for door in attached.doors
                if door.subnet.zone == zone
            },
            **{item.id: item.device for item in self.edges},
            **{seat.interface_id: seat.port for seat in self.seats if seat.interface_id},
        }

    def _steered(self) -> list[str]:
        """Return the devices that connections with a preserved client address come from.

        Their replies go back there, whatever the routes say. That works inside the VPC and over peering
        connections of the Region only.
        """
        nodes = [seat.port for seat in self.seats if seat.role is Role.NODE]
        return nodes + [item.device for item in self.peerings if item.same_region]

    def _prerouting(self, coming: Mapping[str, object], backs: Mapping[str, int]) -> Iterable[str]:
        others = [seat.port for seat in self.seats if seat.role is not Role.NODE]
        if others:  # only nodes may claim to speak in a client's name
            yield f"iifname {nft.devices(others)} ip dscp set cs0"
        if coming:
            yield f"meta mark set iifname map {nft.mapping(coming)}"
        if backs:
            replying = nft.devices(self._near(backs))
            yield f"ct direction reply ct mark != 0 iifname {replying} meta mark set ct mark"

    def _near(self, backs: Mapping[str, int]) -> list[str]:
        """Return the devices behind which a target may be that sees the client's address."""
        return list(dict.fromkeys([*(seat.port for seat in self.seats), *backs]))

    def _forward(self, backs: Mapping[str, int]) -> list[str]:
        lines: list[str] = []
        if backs:
            quoted = {f'"{device}"': number for device, number in backs.items()}
            lines.append(
                f"ct state new ip dscp != {NOBODYS} oifname {nft.devices(self._near(backs))} "
                f"ct mark set iifname map {nft.mapping(quoted)}"
            )
        for item in self.peerings:
            lines += self._returning(item, backs)
            if not item.active:
                lines += routers.closed(item.device)
        for _, attached in self.doors:
            if not attached.usable:
                lines += [line for door in attached.doors for line in routers.closed(door.inside)]
        for subnet in self.subnets.values():
            own = [seat.port for seat in self.seats if seat.subnet == subnet]
            ports = nft.devices(own)
            handed = nft.devices([*own, *(door.inside for door in self._stands() if door.subnet == subnet)])
            lines += self._edge(
                subnet, f"iifname {ports} oifname != {ports}", f"oifname {ports} iifname != {handed}"
            )
        for door in self._stands():
            lines += self._door(door)
        return lines + self._no_transit()

    def _no_transit(self) -> list[str]:
        """Return the statements that keep a VPC from passing on what is another network's.

        Neither a peering connection nor a virtual private gateway takes what a transit gateway hands over:
        https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html
        """
        handed = [door.inside for door in self._stands()]
        closed = [item.device for item in self.peerings] + [item.device for item in self.gateways]
        if not handed or not closed:
            return []
        return [f"iifname {nft.devices(handed)} oifname {nft.devices(closed)} drop"]

    def _returning(self, item: Peering, backs: Mapping[str, int]) -> Iterable[str]:
        """Return the statement that lets replies to a NAT gateway go back as its connection came.

        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
        """
        far = [seat for seat in self.around.nats if seat.site == item.far(self.vpc.id)]
        addresses = [address for seat in far for address in seat.addresses]
        if addresses and item.device in backs:
            yield (
                f'ct state new iifname "{item.device}" ip saddr {nft.networks(addresses)} '
                f"ct mark set {backs[item.device]}"
            )

    def _edge(self, subnet: Subnet, leaving: str, entering: str) -> Iterable[str]:
        """Return the statements that ask a subnet's network ACL."""
        acl = self.state.network_acl_of(subnet)
        if not isinstance(acl, NetworkAcl):
            self.remarks.missing(acl, "everything passes there")
            return
        self.acls[acl.id] = acl
        yield f"{leaving} jump {acls.name(acl, egress=True)}"
        yield f"{entering} jump {acls.name(acl, egress=False)}"

    def _door(self, door: Door) -> Iterable[str]:
        """Return the statements about packets between the VPC and a transit gateway, in one zone.

        The network ACL of the subnet where it stands sees what is sent to it, from that subnet, too, and what
        it hands over to other subnets: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
        """
        own = [seat.port for seat in self.seats if seat.subnet == door.subnet]
        others = f" oifname != {nft.devices(own)}" if own else ""
        return self._edge(door.subnet, f'iifname "{door.inside}"{others}', f'oifname "{door.inside}"')
