"""Which route of a table does the packet take, and does that lead to where it is to go?

The longest prefix; among equal ones static over prefix list over propagated:
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.
The VPC's local route beats a propagated one even where that is longer:
https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html. Of routes that a VPC Route Server
advertises AWS does not say that.
A route whose target is gone is a blackhole and drops the packet:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html.
A gateway endpoint's route is for its service's prefix list, which holds public addresses alone:
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing.
Endpoints of other types have routes for any list; but one with a short id is AWS's own: ids are long since
2018 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html), and customers make lists since
2020 (https://docs.aws.amazon.com/vpc/latest/userguide/WhatsNew.html).
A NAT gateway opens connections, and drops replies to others; a private one leads to a transit gateway or a
virtual private gateway, not to the internet:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html. An egress-only internet gateway carries
IPv6 only: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html. Replies of a
public address leave by the internet gateway that translates it, and no other way:
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.aws.resources.route_table import Route, RouteOrigin, RouteState, RouteTable, RouteTargetKind
from nlbcheck.model import Code, Confidence, Json, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match, longest_matches
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Evidence, Outcome, Passed, Problem, Stopped, Unseen, missing
from nlbcheck.path.packet import PrefixLists

_FROM_VGW = RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
PROPAGATED = (RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION, RouteOrigin.ADVERTISEMENT)


@dataclass(frozen=True, slots=True)
class Choice:
    """The route that wins, and the prefix by which it does."""

    route: Route
    prefix: Network

    @property
    def rank(self) -> int:
        """What decides between routes of one prefix: how they came into the table."""
        if self.route.prefix_list_id:
            return 1
        return 0 if self.route.origin in PROPAGATED else 2


def select(
    table: RouteTable,
    address: Address,
    prefix_list: PrefixLists,
    is_gateway_endpoint: Callable[[str], bool] = lambda _: False,
) -> Choice | NotVisible | None:
    """Return the route for an address; None when the table proves that there is none.

    Not visible when a route that cannot be read completely might win and lead elsewhere.
    """
    choices: list[Choice] = []
    unsure: list[tuple[Route, NotVisible]] = []
    for route in table.routes:
        if route.state is RouteState.FILTERED:
            continue
        match _prefix(route, table, address, prefix_list):
            case NotVisible() as fact:
                to = route.target_id if route.prefix_list_id and not routable(address) else None
                if to is None or not _to_endpoint(route) or not is_gateway_endpoint(to):
                    unsure.append((route, fact))
            case None:
                pass
            case prefix:
                choices.append(Choice(route, prefix))
    if any(_is_local(choice.route) for choice in choices):
        choices = [choice for choice in choices if choice.route.origin is not _FROM_VGW]
    longest = longest_matches(choices, address, lambda choice: choice.prefix)
    winner = max(longest, key=lambda choice: choice.rank, default=None)
    for route, fact in unsure:
        if winner is None or _may_beat(route, winner):
            return fact
    advertised = winner is not None and winner.route.origin is RouteOrigin.ADVERTISEMENT
    if winner and advertised and any(_is_local(choice.route) for choice in choices):
        what = (
            f"whether the route {winner.prefix} of a VPC Route Server goes before the local one in {table.id}"
        )
        return NotVisible(what, "", "", None)
    return winner if winner is None else _certain(winner, choices, table)


def _is_local(route: Route) -> bool:
    return route.target_kind is RouteTargetKind.LOCAL or route.origin is RouteOrigin.CREATE_ROUTE_TABLE


def _prefix(
    route: Route, table: RouteTable, address: Address, prefix_list: PrefixLists
) -> Network | NotVisible | None:
    """Return the longest prefix by which a route matches an address."""
    if route.destination is not None:
        return route.destination if address in route.destination else None
    if route.prefix_list_id is None:
        return _unread(table, route)
    if _is_of_gateway_endpoint(route) and not routable(address):
        return None
    entries = prefix_list(route.prefix_list_id)
    if not isinstance(entries, PrefixList):
        return missing(entries)
    return longest_match(entries.entries, address)


_OF_AWS = re.compile(r"pl-[0-9a-f]{8}")


def _is_of_gateway_endpoint(route: Route) -> bool:
    """Whether a route leads to an endpoint for a prefix list that is seen to be AWS's."""
    return _to_endpoint(route) and _OF_AWS.fullmatch(route.prefix_list_id or "") is not None


def _to_endpoint(route: Route) -> bool:
    return route.target_kind is RouteTargetKind.VPC_ENDPOINT


def _unread(table: RouteTable, route: Route) -> NotVisible:
    fact, place = f"a route of {table.id}", f"Routes[{table.routes.index(route)}]"
    return NotVisible(fact, "ec2", "DescribeRouteTables", table.account_region, unreadable=place)


def _may_beat(route: Route, winner: Choice) -> bool:
    if (route.target_kind, route.target_id, route.state) == (
        winner.route.target_kind,
        winner.route.target_id,
        winner.route.state,
    ):
        return False
    return winner.prefix.prefixlen < winner.prefix.max_prefixlen or not route.prefix_list_id


def _certain(winner: Choice, choices: list[Choice], table: RouteTable) -> Choice | NotVisible:
    """Return the winner, unless what cannot be read of it or of a rival could change the choice."""
    if winner.route.target_kind is None or winner.route.target_id is None:
        return _unread(table, winner.route)
    for rival in choices:
        same_target = (rival.route.target_kind, rival.route.target_id) == (
            winner.route.target_kind,
            winner.route.target_id,
        )
        if rival is winner or same_target:
            continue
        unread = None in (rival.route.origin, winner.route.origin)
        twice = rival.rank == winner.rank  # of two prefix lists AWS takes either
        if rival.prefix == winner.prefix and unread:
            return _unread(table, rival.route if rival.route.origin is None else winner.route)
        if rival.prefix == winner.prefix and twice:
            fact = f"which of two routes for {winner.prefix} in {table.id} AWS takes"
            return NotVisible(fact, "ec2", "DescribeRouteTables", table.account_region)
    beaten = [choice.route for choice in choices if choice is not winner]
    if winner.route.origin is None and any(map(_is_local, beaten)):
        return _unread(table, winner.route)
    learned = winner.route.origin is None or winner.route.origin in PROPAGATED
    for route in beaten if learned else ():
        if route.target_kind is None:
            return _unread(table, route)  # it may be the local route
    return winner


def describe(table: RouteTable, choice: Choice) -> dict[str, Json]:
    """Return the chosen route as evidence."""
    route = choice.route
    return {
        "destination": str(choice.prefix),
        "prefix_list": route.prefix_list_id,
        "target": route.target_id,
        "state": route.state.value if route.state else None,
        "origin": route.origin.value if route.origin else None,
        "main": table.main,
    }


def prefixes_towards(table: RouteTable, target_id: str) -> Iterator[Network]:
    """Return the propagated prefixes that lead to a gateway: those that it knows."""
    for route in table.routes:
        if route.target_id == target_id and route.origin in PROPAGATED and route.destination is not None:
            yield route.destination


def has_static(table: RouteTable, address: Address) -> bool:
    """Return whether a route that was made by hand, other than a default route, holds an address."""
    made = [route for route in table.routes if route.origin not in PROPAGATED and not _is_local(route)]
    prefixes = [route.destination for route in made if route.destination is not None]
    return any(address in prefix for prefix in prefixes if prefix.prefixlen)


def check_missing(table: RouteTable, address: Address) -> Stopped:
    """Say that a table has no route for an address, where something could carry packets to it."""
    summary = f"Route table {_name(table)} has no route for {address}."
    return Stopped(Problem(Code.ROUTE_MISSING, summary, subject=str(address)), _without_route(table, address))


def check_joined(table: RouteTable, address: Address, vpc_id: str, far_vpc_id: str | None) -> Stopped:
    """Say that a table has no route for an address, and that nothing joins the VPC with where that is."""
    summary = f"Route table {_name(table)} has no route for {address}, and nothing there leads to it."
    text = "Join the networks by a VPN connection, a peering connection or a transit gateway."
    if far_vpc_id is not None:
        summary = f"Nothing joins {vpc_id} with {far_vpc_id}, where {address} is."
        text = f"Join {vpc_id} and {far_vpc_id} by a peering connection or a transit gateway."
    elif routable(address):
        text = "Give the VPC an internet gateway or a NAT gateway, and the table a route to it."
    problem = Problem(Code.VPCS_NOT_CONNECTED, summary, remedy.advice(text))
    return Stopped(problem, _without_route(table, address))


def _without_route(table: RouteTable, address: Address) -> Evidence:
    return {"table": table.id, "destination": str(address), "routes": len(table.routes)}


class Leads(Enum):
    """Where a route leads, seen from where a packet is to go."""

    THERE = auto()
    """There, as far as is known."""
    ELSEWHERE = auto()
    NO_REPLIES = auto()
    """To a NAT gateway, with a reply to a connection that this did not open."""
    NOT_BACK = auto()
    """Not to the internet gateway by which the connection came in."""


def check(table: RouteTable, choice: Choice, address: Address, vpc_id: str, leads: Leads) -> Outcome:
    """Say whether the route that wins takes a packet on; ``vpc_id`` is the VPC that it leaves."""
    evidence = describe(table, choice)
    if choice.route.target_kind is None or choice.route.target_id is None:
        return Unseen(_unread(table, choice.route), evidence)
    if leads is not Leads.THERE:
        return Stopped(_elsewhere(table, choice, address, vpc_id, leads), evidence)
    if choice.route.state is RouteState.BLACKHOLE:
        gone = "is a blackhole: its target is gone"
        summary = f"The route {choice.prefix} to {choice.route.target_id} in {_name(table)} {gone}."
        return Stopped(Problem(Code.ROUTE_BLACKHOLE, summary, subject=str(choice.prefix)), evidence)
    if choice.route.state is None:
        fact = f"the state of a route of {table.id}"
        return Unseen(NotVisible(fact, "ec2", "DescribeRouteTables", table.account_region), evidence)
    return Passed(evidence)


def _elsewhere(table: RouteTable, choice: Choice, address: Address, vpc_id: str, leads: Leads) -> Problem:
    if choice.route.target_kind is RouteTargetKind.LOCAL:
        summary = (
            f"{address} is meant to be reached outside {vpc_id}, but lies in its own range "
            f"{choice.prefix}: the local route wins."
        )
        fix = remedy.advice(
            "Renumber one of the two networks, or translate addresses between them (NAT): no route beats the "
            "local one for its range."
        )
        return Problem(Code.ADDRESS_OVERLAP, summary, fix)
    summary = (
        f"In {_name(table)} the route {choice.prefix} to {choice.route.target_id} wins for {address}, and "
    )
    match choice.route.target_kind:
        case RouteTargetKind.NAT_GATEWAY if leads is Leads.NO_REPLIES:
            summary += "leads to a NAT gateway, which drops replies to connections that it did not open."
        case _ if leads is Leads.NOT_BACK:
            summary += "does not lead back to the internet gateway by which the connection comes in."
        case RouteTargetKind.INTERNET_GATEWAY:
            summary += "leads to the internet, where private addresses are dropped."
        case RouteTargetKind.NAT_GATEWAY:
            summary += "leads to a NAT gateway, from where no route leads to it."
        case RouteTargetKind.EGRESS_ONLY_GATEWAY:
            summary += "leads to an egress-only internet gateway, which carries IPv6 only."
        case _:
            summary += "does not lead to it."
    problem = Problem(Code.ROUTE_LEADS_ELSEWHERE, summary, subject=str(address))
    if choice.route.target_kind is RouteTargetKind.VPN_GATEWAY:
        # A router on premises may send packets on: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPN_CloudHub.html
        return replace(problem, confidence=Confidence.LIKELY)
    return problem


def _name(table: RouteTable) -> Resource:
    return Resource("route-table", table.id, table.name)
