"""Which route of a table does the packet take?

The longest prefix; among equal ones static over prefix list over propagated:
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.
The VPC's local route beats a propagated one even where that is longer:
https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html. Of routes that a VPC Route Server
advertises AWS does not say that.
A gateway endpoint's route is for its service's prefix list, which holds public addresses alone:
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing.
Endpoints of other types have routes for any list; but one with a short id is AWS's own: ids are long since
2018 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html), and customers make lists since
2020 (https://docs.aws.amazon.com/vpc/latest/userguide/WhatsNew.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.aws.resources.route_table import Route, RouteOrigin, RouteState, RouteTable, RouteTargetKind
from nlbcheck.language import tell
from nlbcheck.model import Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match, longest_matches
from nlbcheck.path.outcome import missing
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
        what = tell(
            "whether the route {route} of a VPC Route Server takes precedence over the local route in "
            "{table}",
            route=winner.prefix,
            table=table.id,
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
        return unread(table, route)
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


def unread(table: RouteTable, route: Route) -> NotVisible:
    """Return the fact that is missing where a route cannot be read."""
    fact, place = tell("a route of {table}", table=table.id), f"Routes[{table.routes.index(route)}]"
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
        return unread(table, winner.route)
    for rival in choices:
        same_target = (rival.route.target_kind, rival.route.target_id) == (
            winner.route.target_kind,
            winner.route.target_id,
        )
        if rival is winner or same_target:
            continue
        untold = None in (rival.route.origin, winner.route.origin)
        twice = rival.rank == winner.rank  # of two prefix lists AWS takes either
        if rival.prefix == winner.prefix and untold:
            return unread(table, rival.route if rival.route.origin is None else winner.route)
        if rival.prefix == winner.prefix and twice:
            fact = tell(
                "which of two routes for {prefix} in {table} AWS uses", prefix=winner.prefix, table=table.id
            )
            return NotVisible(fact, "ec2", "DescribeRouteTables", table.account_region)
    beaten = [choice.route for choice in choices if choice is not winner]
    if winner.route.origin is None and any(map(_is_local, beaten)):
        return unread(table, winner.route)
    learned = winner.route.origin is None or winner.route.origin in PROPAGATED
    for route in beaten if learned else ():
        if route.target_kind is None:
            return unread(table, route)  # it may be the local route
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
