"""Who takes part in a relay's rows: client, nodes, targets, and the machines on the way?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from nlbcheck.aws.balancers import Listener, LoadBalancer, TargetGroup, path_of
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.kinds.balancers import TARGET_GROUP
from nlbcheck.aws.kinds.interfaces import INTERFACE
from nlbcheck.aws.network import Subnet, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.model.net import Address


@dataclass(frozen=True, slots=True)
class Question:
    """What a command is about."""

    balancer: str
    """The load balancer's name."""
    account_region: AccountRegion
    """Where the load balancer is."""
    ports: frozenset[int] | None = None
    """The listener ports of the rows; None for every listener."""
    groups: frozenset[str] = frozenset()
    """The rows' target groups as the table names them."""
    client: str | None = None
    """An instance id, interface id or address."""
    client_place: AccountRegion | None = None
    """Where the client is; None for where the load balancer is."""
    targets: frozenset[Address] = frozenset()
    """Addresses that the table names as targets, registered or not."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A subnet that packets of the rows start from, pass or arrive in."""

    account_region: AccountRegion
    vpc_id: str
    subnet_id: str
    group_ids: tuple[str, ...] = ()
    instance_id: str | None = None


class Players:
    """Everyone who takes part, as far as a recorded state shows them."""

    def __init__(self, state: AwsState, question: Question) -> None:
        self.state = state
        self.question = question
        self.client_place = question.client_place or question.account_region
        found = state.load_balancer_named(question.balancer, question.account_region)
        self.balancer = found if isinstance(found, LoadBalancer) else None
        self.listeners = tuple(self._listeners())
        self.groups = tuple(self._groups())
        self.target_ids = tuple(dict.fromkeys(self._target_ids()))
        self.spots = tuple(dict.fromkeys(self._spots()))

    def _listeners(self) -> Iterator[Listener]:
        listeners = self.state.listeners(self.balancer) if self.balancer else ()
        for listener in () if isinstance(listeners, NotVisible) else listeners:
            if self.question.ports is None or listener.port in self.question.ports:
                yield listener

    def _groups(self) -> Iterator[TargetGroup]:
        """Yield the groups that the rows' listeners forward to, and those that the table names."""
        groups = self.state.target_groups(self.balancer) if self.balancer else ()
        used = {group.arn for listener in self.listeners for group in listener.groups}
        behind = () if isinstance(groups, NotVisible) else groups
        others = [
            group
            for group in self.state.seen(TARGET_GROUP)
            if group.account_region == self.question.account_region
        ]
        for group in dict.fromkeys((*behind, *others)):
            if group.arn in used or any(named(group, name) for name in self.question.groups):
                yield group

    def _target_ids(self) -> Iterator[str]:
        for group in self.groups:
            targets = self.state.targets(group)
            yield from () if isinstance(targets, NotVisible) else (target.id for target in targets)
        yield from map(str, self.question.targets)

    @property
    def client_interfaces(self) -> tuple[NetworkInterface, ...]:
        """The client's interfaces."""
        client = self.question.client
        if client is None:
            return ()
        if client.startswith("eni-"):
            interface = self.state.interface(client)
            return (interface,) if isinstance(interface, NetworkInterface) else ()
        attribute = "attachment.instance-id" if client.startswith("i-") else "addresses.private-ip-address"
        return self.state.seen(INTERFACE, {attribute: client})

    @property
    def targets_by_vpc(self) -> dict[str, tuple[AccountRegion, list[str]]]:
        """The targets' addresses that lie in the load balancer's VPC or in one that is peered with it."""
        vpc = self.state.vpc(self.balancer.vpc_id) if self.balancer else None
        if not isinstance(vpc, Vpc) or self.balancer is None:
            return {}
        ranges = [(vpc.id, self.balancer.account_region, vpc.cidrs)]
        peerings = self.state.peerings_of(vpc)
        for peering in () if isinstance(peerings, NotVisible) else peerings:
            side = peering.far_side(vpc.id)
            if side and side.account_region and side.cidrs:
                ranges.append((side.vpc_id, side.account_region, side.cidrs))
        found: dict[str, tuple[AccountRegion, list[str]]] = {}
        for address in filter(None, map(as_address, self.target_ids)):
            for vpc_id, account_region, cidrs in ranges:
                if any(address in cidr for cidr in cidrs):
                    found.setdefault(vpc_id, (account_region, []))[1].append(str(address))
                    break
        return found

    @property
    def strangers(self) -> tuple[str, ...]:
        """Targets' addresses that lie in no VPC that is known here."""
        known = {address for _, addresses in self.targets_by_vpc.values() for address in addresses}
        return tuple(key for key in self.target_ids if as_address(key) and key not in known)

    @property
    def addresses(self) -> frozenset[Address]:
        """Every address that packets of the rows start from or go to."""
        named_ones = map(as_address, [*self.target_ids, self.question.client or ""])
        found: set[Address] = {address for address in named_ones if address is not None}
        for interface in (*self.client_interfaces, *self._node_interfaces(), *self._other_targets()):
            found |= set(interface.addresses)
        for zone in self.balancer.zones if self.balancer else ():
            found |= set(zone.private_addresses)
        return frozenset(found)

    def _node_interfaces(self) -> tuple[NetworkInterface, ...]:
        if self.balancer is None:
            return ()
        return self.state.seen(INTERFACE, {"description": f"ELB {self.balancer.path}"})

    def _other_targets(self) -> tuple[NetworkInterface, ...]:
        """Return the interfaces of targets that are no addresses: instances and load balancers."""
        wanted = [{"attachment.instance-id": key} for key in self.target_ids if key.startswith("i-")]
        wanted += [
            {"description": f"ELB {path_of(key)}"} for key in self.target_ids if key.startswith("arn:")
        ]
        return tuple(found for attribute in wanted for found in self.state.seen(INTERFACE, attribute))

    def _spots(self) -> Iterator[Spot]:
        if self.balancer is not None:
            for zone in self.balancer.zones:
                groups = self.balancer.group_ids
                yield Spot(self.balancer.account_region, self.balancer.vpc_id, zone.subnet_id, groups)
        for interface in self.client_interfaces:
            yield self.spot(interface, self.client_place)
        for interface in self._other_targets():
            yield self.spot(interface, self.question.account_region)
        for vpc_id, (account_region, addresses) in self.targets_by_vpc.items():
            for address in addresses:
                wanted = {"vpc-id": vpc_id, "addresses.private-ip-address": address}
                for interface in self.state.seen(INTERFACE, wanted):
                    yield self.spot(interface, account_region)
        for address in self.strangers:
            # In a VPC behind a transit gateway, perhaps.
            for interface in self.state.seen(INTERFACE, {"addresses.private-ip-address": address}):
                own = interface.account_region in (self.question.account_region, self.client_place)
                yield self.spot(interface, interface.account_region if own else self.question.account_region)

    @staticmethod
    def spot(interface: NetworkInterface, account_region: AccountRegion) -> Spot:
        """Return where an interface stands; ``place`` is where its surroundings can be asked for."""
        return Spot(
            account_region, interface.vpc_id, interface.subnet_id, interface.group_ids, interface.instance_id
        )

    def subnet(self, spot: Spot) -> Subnet | None:
        """Return a spot's subnet, when it is known."""
        found = self.state.subnet(spot.subnet_id)
        return found if isinstance(found, Subnet) else None


def named(group: TargetGroup, name: str) -> bool:
    """Whether a table's name may mean a group: ``tg-10022`` is also ``example-tg-10022``."""
    return group.name == name or group.name.endswith(f"-{name}")


def as_address(text: str) -> Address | None:
    """Return the address that a text is, if it is one."""
    try:
        return ip_address(text)
    except ValueError:
        return None
