"""Who are the victims of faults: which client, load balancer, listener, target, subnet?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, TypeVar

from nlbcheck.aws.apply import CHANGES
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.route_table import RouteTable
from nlbcheck.aws.resources.security_group import SecurityGroup
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes.edited import EditedState, Object, edit
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation import Blueprint
from nlbcheck.lab.emulation.relays import Branch, Group, Member, Relay
from nlbcheck.lab.emulation.seats import ON_PREMISES, Role, Seat
from nlbcheck.model import Check

_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class Chain:
    """A listener with the target that its connections end at."""

    branch: Branch
    group: Group
    member: Member
    seat: Seat


class Scene:
    """The things of a snapshot that faults happen to: always the first that fits."""

    def __init__(self, blueprint: Blueprint, recording: Recording) -> None:
        self.blueprint = blueprint
        self.state = AwsState(recording)

    @property
    def relay(self) -> Relay:
        """The load balancer."""
        return self.blueprint.relays[0]

    @property
    def client(self) -> Seat:
        """Where connections start."""
        return self.blueprint.survey.client

    @property
    def node(self) -> Seat:
        """The node of the first zone."""
        return next(
            seat for seat in self.blueprint.survey.at(self.relay.balancer.vpc_id) if seat.role is Role.NODE
        )

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Every listener with its first target that somebody has the address of."""
        found = []
        for branch in self.relay.branches:
            for group, _ in branch.shares:
                for member in group.members[:1]:
                    seats = [seat for seat in self.blueprint.survey.seats if member.address in seat.addresses]
                    found += [Chain(branch, group, member, seats[0])] if seats else []
        return tuple(found)

    @property
    def inside(self) -> Chain:
        """The first listener with a target in a VPC."""
        return _first(
            (chain for chain in self.chains if chain.seat.site != ON_PREMISES),
            "no listener has a target in a VPC that the snapshot shows",
        )

    @property
    def outside(self) -> Chain:
        """The first listener with a target on-premises."""
        return _first(
            (chain for chain in self.chains if chain.seat.site == ON_PREMISES),
            "no listener has a target on-premises",
        )

    @property
    def tls_listener(self) -> Listener:
        """The first listener of TLS."""
        found = next((item.listener for item in self.relay.branches if item.ends_tls), None)
        if found is None:
            raise InputError("no listener speaks TLS")
        return found

    def speaks(self, address: IPv4Address, port: int) -> Check | None:
        """Return what is spoken on a machine's port."""
        services = self.blueprint.plan.services
        return next((item.check for item in services if (item.address, item.port) == (address, port)), None)

    def table(self, seat: Seat) -> RouteTable:
        """Return the route table of a machine's subnet."""
        table = self.state.route_table_of(self.subnet(seat))
        return _known(table, RouteTable, f"the route table of {seat.address}")

    def acl(self, seat: Seat) -> NetworkAcl:
        """Return the network ACL of a machine's subnet."""
        acl = self.state.network_acl_of(self.subnet(seat))
        return _known(acl, NetworkAcl, f"the network ACL of {seat.address}")

    def subnet(self, seat: Seat) -> Subnet:
        """Return a machine's subnet."""
        return _known(seat.subnet, Subnet, f"the subnet of {seat.address}")

    def vpc(self, seat: Seat) -> Vpc:
        """Return a machine's VPC."""
        return _known(self.state.vpc(seat.site), Vpc, f"the VPC of {seat.address}")

    def free_address(self, seat: Seat) -> IPv4Address:
        """Return an address of a machine's subnet that nobody has."""
        taken = {address for other in self.blueprint.survey.seats for address in other.addresses}
        return next(
            address for address in reversed(list(self.subnet(seat).cidrs[0].hosts()))
            if isinstance(address, IPv4Address) and address not in taken
        )  # fmt: skip

    def groups(self, seat: Seat) -> tuple[SecurityGroup, ...]:
        """Return a machine's security groups."""
        if not seat.groups:
            raise InputError(f"the snapshot does not show a security group of {seat.address}")
        return seat.groups


def _first(chains: Iterable[Chain], otherwise: str) -> Chain:
    found = next(iter(chains), None)
    if found is None:
        raise InputError(otherwise)
    return found


def _known(found: object, kind: type[_Known], what: str) -> _Known:
    if not isinstance(found, kind):
        raise InputError(f"the snapshot does not show {what}")
    return found


def call(state: EditedState, service: str, operation: str, **parameters: Any) -> None:  # noqa: ANN401
    """Change a state as a call would."""
    CHANGES[service, operation](state, parameters)


def alter(state: EditedState, kind: Kind[Any], key: str, change: Callable[[Object], None]) -> None:
    """Change one object of a state as no call could."""
    edit(state, kind, key, "NotFound", change)
