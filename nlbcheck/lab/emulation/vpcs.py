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
from nlbcheck.lab.emulation.groups import Prefixes
from nlbcheck.lab.emulation.internet_edges import Edge
from nlbcheck.lab.emulation.links import Peering
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.emulation.transits import Attached, Transit
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
        numbers: dict[str, int] = {}
        coming: dict[str, object] = {}
        found: list[PlannedRoute] = []
        for device, table in self._tables():
            if table.id not in numbers:
                numbers[table.id] = routers.FIRST_TABLE + len(numbers)
                found += tables.routes(
                    table, self.vpc, numbers[table.id], self._devices(), self.prefixes, self.remarks
                )
            coming[f'"{device}"'] = numbers[table.id]
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

    def _tables(self) -> Iterable[tuple[str, RouteTable]]:
        """Return the devices whose packets use a route table, with that table."""
        for seat in self.seats:
            table = self.state.route_table_of(seat.subnet) if seat.subnet else None
            if isinstance(table, RouteTable):
                yield seat.port, table
            elif table is not None:
                self.remarks.missing(table, "packets from there reach the VPC only")
        for gateway in self.gateways:
            table = self.state.gateway_route_table(self.vpc, gateway.gateway.id)
            if isinstance(table, RouteTable):
                yield gateway.device, table
        for edge in self.edges:
            table = self.state.gateway_route_table(self.vpc, edge.id)
            if isinstance(table, RouteTable):
                yield edge.device, table

    def _devices(self) -> Mapping[str, str]:
        """Return the devices that lead to what routes can name."""
        return {
            **{item.id: item.device for item in self.peerings},
            **{item.gateway.id: item.device for item in self.gateways},
            **{transit.id: transit.device for transit, _ in self.doors},
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
                f"ct state new ip dscp != cs0 oifname {nft.devices(self._near(backs))} "
                f"ct mark set iifname map {nft.mapping(quoted)}"
            )
        for item in self.peerings:
            lines += self._returning(item, backs)
            if not item.active:
                lines += routers.closed(item.device)
        for _, attached in self.doors:
            if not attached.usable:
                lines += routers.closed(attached.device)
        for subnet in self.subnets.values():
            ports = nft.devices(seat.port for seat in self.seats if seat.subnet == subnet)
            lines += self._edge(
                subnet, f"iifname {ports} oifname != {ports}", f"oifname {ports} iifname != {ports}"
            )
            for transit, attached in self.doors:
                lines += self._door(subnet, ports, transit, attached)
        return lines

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

    def _door(self, subnet: Subnet, ports: str, transit: Transit, attached: Attached) -> Iterable[str]:
        """Return the statements about packets between a subnet and a transit gateway.

        The gateway stands in one subnet of each zone that it serves. That subnet's network ACL sees what
        other subnets send to it or get from it: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
        """
        stands = [self.state.subnet(key) for key in (attached.vpc.subnet_ids if attached.vpc else ())]
        near = [item for item in stands if isinstance(item, Subnet) and item.zone == subnet.zone]
        to, back = (
            f'iifname {ports} oifname "{transit.device}"',
            f'oifname {ports} iifname "{transit.device}"',
        )
        if not near:
            return [f"{to} drop"]
        if near[0].id == subnet.id:
            return []
        # What leaves a machine's subnet enters the gateway's, and the other way round.
        return [*self._edge(near[0], back, to)]
