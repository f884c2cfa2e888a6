"""Which peering connections join the networks of the lab?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation.seats import device
from nlbcheck.lab.plan import Link, LinkEnd


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering connection between two networks of the lab."""

    id: str
    sites: tuple[str, str]
    active: bool
    same_region: bool
    """Security group references and client addresses cross only inside one Region."""

    @property
    def device(self) -> str:
        """Its name at both routers."""
        return device("pcx", self.id)

    @property
    def link(self) -> Link:
        """The cable between both routers."""
        return Link(LinkEnd(self.sites[0], self.device), LinkEnd(self.sites[1], self.device))

    def far(self, site: str) -> str:
        """Return the other side."""
        return self.sites[1] if site == self.sites[0] else self.sites[0]


def tables_of(state: AwsState, subnets: Iterable[Subnet]) -> tuple[RouteTable, ...]:
    """Return the route tables that subnets use."""
    tables = [state.route_table_of(subnet) for subnet in subnets]
    return tuple({table.id: table for table in tables if isinstance(table, RouteTable)}.values())


def peerings(state: AwsState, tables: Iterable[RouteTable], sites: Iterable[str]) -> tuple[Peering, ...]:
    """Return the peering connections between ``sites`` that route tables name."""
    sites = set(sites)
    found: dict[str, Peering] = {}
    for key in targets(tables, RouteTargetKind.PEERING):
        peering = state.peering(key)
        if not isinstance(peering, PeeringConnection):
            continue
        ends = (peering.requester, peering.accepter)
        names = (ends[0].vpc_id, ends[1].vpc_id)
        if names[0] == names[1] or not sites.issuperset(names):
            continue
        regions = {end.account_region.region for end in ends if end.account_region}
        active = peering.status in (PeeringStatus.ACTIVE, None)
        found[key] = Peering(key, names, active, len(regions) <= 1)
    return tuple(found.values())


def targets(tables: Iterable[RouteTable], kind: RouteTargetKind) -> Iterable[str]:
    """Return the ids of what route tables point at, of one kind."""
    return dict.fromkeys(
        route.target_id
        for table in tables
        for route in table.routes
        if route.target_kind is kind and route.target_id
    )
