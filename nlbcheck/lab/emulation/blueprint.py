"""Which namespaces, links and servers make up the network of a snapshot?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network

from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation import (
    acquaintances,
    endpoints,
    gateways,
    groups,
    internet_edges,
    links,
    nodes,
    outside,
    relays,
    services,
    transit,
    transits,
    vpcs,
    vpn,
)
from nlbcheck.lab.emulation.gateways import PrivateGateway, Vpn
from nlbcheck.lab.emulation.relays import Group, Member, Relay
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import INTERNET, ON_PREMISES, OUTSIDE, Role, Seat
from nlbcheck.lab.emulation.services import Wishes
from nlbcheck.lab.emulation.survey import Machines, survey
from nlbcheck.lab.emulation.transits import Transit
from nlbcheck.lab.emulation.vpcs import Surroundings
from nlbcheck.lab.plan import Link, Namespace, Plan


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A snapshot's network, ready to be brought up."""

    plan: Plan
    survey: Machines
    relays: tuple[Relay, ...]
    gateways: tuple[PrivateGateway, ...]
    transits: tuple[Transit, ...]
    remarks: tuple[str, ...]
    """What could not be brought up, one sentence each."""


def recorded(_group: Group, member: Member) -> HealthState | None:
    """Return a target's health as the snapshot has it."""
    return member.target.state


def draw(
    state: AwsState,
    wishes: Wishes | None = None,
    client: str | None = None,
    also: Iterable[str] = (),
    health: nodes.Health = recorded,
) -> Blueprint:
    """Return the network that a world describes, with the client where commands run.

    ``client`` and ``also`` name machines by instance id, interface id or address. InputError or
    UnseenError where the snapshot has no load balancer, or places that cannot be.
    """
    remarks = Remarks()
    found = relays.read(state, remarks)
    surveyed = survey(state, found, client, also, remarks)
    return _Draft(state, found, surveyed, remarks).finished(wishes or Wishes(), health)


class _Draft:
    def __init__(
        self, state: AwsState, found: tuple[Relay, ...], surveyed: Machines, remarks: Remarks
    ) -> None:
        self.state, self.relays, self.survey, self.remarks = state, found, surveyed, remarks
        sites = dict.fromkeys(seat.site for seat in surveyed.seats)
        self.vpcs = [vpc for site in sites if isinstance(vpc := state.vpc(site), Vpc)]
        known = {vpc.id for vpc in self.vpcs}
        self.foreign = [site for site in sites if site not in known and site not in OUTSIDE]
        self.endpoints = endpoints.links(state, surveyed.seats, found, remarks)
        self.around = self._surroundings()
        connected = [item for gateway in self.around.gateways for item in gateway.vpns]
        self.transit_vpns = self._transit_vpns()
        self.vpns = {item.connection.id: item for item in (*connected, *self.transit_vpns)}

    def finished(self, wishes: Wishes, health: nodes.Health) -> Blueprint:
        served = services.of(self.relays, self.survey, wishes, self.remarks)
        namespaces, links = self._routers()
        namespaces += [
            served.furnished(seat, self._machine(seat, served.firewall(seat), health))
            for seat in self.survey.seats
        ]
        return Blueprint(
            Plan(tuple(namespaces), tuple(links), served.services, self.survey.client.name),
            self.survey,
            self.relays,
            self.around.gateways,
            self.around.transits,
            self.remarks.sentences,
        )

    def _surroundings(self) -> Surroundings:
        subnets = {seat.subnet.id: seat.subnet for seat in self.survey.seats if seat.subnet}
        tables = links.tables_of(self.state, subnets.values())
        addresses = [address for seat in self.survey.seats for address in seat.addresses]
        sites = [vpc.id for vpc in self.vpcs] + self.foreign
        return Surroundings(
            links.peerings(self.state, tables, sites),
            gateways.private_gateways(self.state, self.vpcs, tables, self.remarks),
            transits.transits(self.state, self.vpcs, tables, addresses, self.remarks),
            internet_edges.edges(self.state, self.vpcs, self.survey.seats, self.remarks),
            tuple(seat for seat in self.survey.seats if seat.role is Role.NAT),
        )

    def _transit_vpns(self) -> list[Vpn]:
        """Return the VPN connections at transit gateways; on-premises reaches every VPC there."""
        ids = [
            item.resource for gateway in self.around.transits for item in gateway.attached
            if item.kind is TransitResource.VPN
        ]  # fmt: skip
        served = tuple(cidr for vpc in self.vpcs for cidr in vpc.cidrs if isinstance(cidr, IPv4Network))
        return list(gateways.transit_vpns(self.state, dict.fromkeys(ids), served, self.remarks))

    def _routers(self) -> tuple[list[Namespace], list[Link]]:
        built = [
            vpcs.router(self.state, vpc, self.survey.at(vpc.id), self.around, self._prefixes, self.remarks)
            for vpc in self.vpcs
        ]
        built += [self._foreign(site) for site in self.foreign]
        exits = [outside.Exit(item.device, item.served, item.up) for item in self.vpns.values()]
        if exits or self.survey.at(ON_PREMISES):
            built.append(outside.network(ON_PREMISES, self.survey.at(ON_PREMISES), exits))
        built += [vpn.gateway(item) for item in self.around.gateways]
        built += [internet_edges.gateway(item) for item in self.around.edges]
        if self.around.edges or self.survey.at(INTERNET):
            built.append(internet_edges.network(self.survey.at(INTERNET), self.around.edges))
        sites = [vpc.id for vpc in self.vpcs]
        for item in self.around.transits:
            links = transit.links(item, sites, self.around.transits, self.vpns)
            built.append((transit.gateway(item, self.vpns), tuple(links)))
        namespaces = [namespace for namespace, _ in built]
        joined = [link for _, links in built for link in links]
        joined += [item.link for item in self.around.peerings]
        return namespaces, joined + [item.link for item in self.endpoints]

    def _foreign(self, site: str) -> tuple[Namespace, tuple[Link, ...]]:
        """Return a VPC that the snapshot does not show, as a network outside."""
        exits = [
            outside.Exit(item.device, self._ranges(item.far(site)), item.active)
            for item in self.around.peerings
            if site in item.sites
        ]
        return outside.network(site, self.survey.at(site), exits)

    def _ranges(self, vpc_id: str) -> tuple[IPv4Network, ...]:
        cidrs = [vpc.cidrs for vpc in self.vpcs if vpc.id == vpc_id]
        return tuple(cidr for found in cidrs for cidr in found if isinstance(cidr, IPv4Network))

    def _machine(self, seat: Seat, firewall: groups.Firewall, health: nodes.Health) -> Namespace:
        who = acquaintances.of(seat, self.survey, self.around, self.relays)
        if seat.role is Role.ENDPOINT:
            leads = next((item for item in self.endpoints if item.seat == seat), None)
            return endpoints.machine(seat, leads, who, self._prefixes)
        if seat.role is not Role.NODE:
            return groups.machine(seat, groups.host(seat, who, self._prefixes, firewall))
        by = [item for item in self.endpoints if item.node == seat]
        relay, mark = acquaintances.relay_of(seat, self.relays)
        ruleset = nodes.ruleset(relay, seat, who, self._prefixes, mark, health, by)
        return endpoints.joined(groups.machine(seat, ruleset), by)

    def _prefixes(self, key: str) -> tuple[IPv4Network, ...]:
        found = self.state.prefix_list(key)
        if isinstance(found, PrefixList):
            return tuple(entry for entry in found.entries if isinstance(entry, IPv4Network))
        self.remarks.missing(found, "it holds nothing")
        return ()
