"""Which route wins, held against a plain restatement of the rule."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.resources.route_table import Route, RouteOrigin, RouteState, RouteTable, RouteTargetKind
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import route_choice
from nlbcheck.path.route_choice import Choice
from tests.path.gates.building import ADDRESS, LISTS, PLACE, prefix_list, relaxed

prefixes = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.sampled_from([int(ADDRESS), int(IPv4Address("10.1.2.200")), int(IPv4Address("192.168.0.1"))]),
    st.integers(0, 32),
)
static_kinds = st.sampled_from([RouteTargetKind.PEERING, RouteTargetKind.TRANSIT_GATEWAY])


def static(destination: IPv4Network, kind: RouteTargetKind, target: int) -> Route:
    return Route(destination, None, kind, f"{kind}-{target}", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE)


def propagated(destination: IPv4Network) -> Route:
    origin = RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
    return Route(destination, None, RouteTargetKind.VPN_GATEWAY, "vgw", RouteState.ACTIVE, origin)


def listed(key: str) -> Route:
    kind = RouteTargetKind.TRANSIT_GATEWAY
    return Route(None, key, kind, f"by-{key}", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE)


OWN = IPv4Network("10.1.0.0/16")
LOCAL = Route(OWN, None, RouteTargetKind.LOCAL, "local", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE_TABLE)

routes = st.lists(
    st.one_of(
        st.builds(static, prefixes, static_kinds, st.integers(1, 3)),
        st.builds(propagated, prefixes),
        st.sampled_from([listed("pl-1"), listed("pl-2"), LOCAL]),
    ),
    max_size=8,
)


def table(found: list[Route]) -> RouteTable:
    return RouteTable("rtb-1", PLACE, None, "vpc-1", False, (), tuple(found), ())


def oracle(found: list[Route], address: IPv4Address) -> set[str]:
    """Try every length from the longest: the targets of the first that has a route, by rank."""
    local = LOCAL in found and address in IPv4Network("10.1.0.0/16")
    for length in range(32, -1, -1):
        block = IPv4Network((address, length), strict=False)
        statics = {r.target_id for r in found if r.destination == block and r.origin in _STATIC}
        lists = {r.target_id for r in found if r.prefix_list_id and block in LISTS[r.prefix_list_id]}
        learned = {r.target_id for r in found if r.destination == block and r.origin not in _STATIC}
        for targets in (statics, lists, learned if not local else set()):
            if targets:
                return {str(target) for target in targets}
    return set()


_STATIC = (RouteOrigin.CREATE_ROUTE, RouteOrigin.CREATE_ROUTE_TABLE)


@relaxed
@given(routes, st.sampled_from([ADDRESS, IPv4Address("10.1.2.200"), IPv4Address("8.8.8.8")]))
def test_the_route_that_wins(found: list[Route], address: IPv4Address) -> None:
    expected = oracle(found, address)
    match route_choice.select(table(found), address, prefix_list):
        case None:
            assert expected == set()
        case Choice(route=route):
            assert expected == {route.target_id}
        case NotVisible():
            assert len(expected) > 1  # two routes of one rank: AWS does not have that, or picks either


@relaxed
@given(routes, st.data())
def test_a_route_that_cannot_be_read_never_changes_the_answer_but_to_unknown(
    found: list[Route], data: st.DataObject
) -> None:
    before = route_choice.select(table(found), ADDRESS, prefix_list)
    if not found:
        return
    number = data.draw(st.integers(0, len(found) - 1))
    field = data.draw(st.sampled_from(["destination", "target_kind", "state", "origin"]))
    values: dict[str, Any] = {name: getattr(found[number], name) for name in Route.__dataclass_fields__} | {
        field: None
    }
    if field == "destination":
        values["prefix_list_id"] = None
    after = route_choice.select(
        table([*found[:number], Route(**values), *found[number + 1 :]]), ADDRESS, prefix_list
    )
    if isinstance(after, Choice) and isinstance(before, Choice):
        assert after.route.target_id == before.route.target_id
    elif not isinstance(before, NotVisible):
        assert isinstance(after, NotVisible) or after == before


def test_a_prefix_list_that_is_not_visible_makes_a_shorter_route_unsure() -> None:
    found = [static(IPv4Network("10.0.0.0/8"), RouteTargetKind.PEERING, 1), listed("pl-hidden")]
    assert isinstance(route_choice.select(table(found), ADDRESS, prefix_list), NotVisible)
    exact = [static(IPv4Network("10.1.2.3/32"), RouteTargetKind.PEERING, 1), listed("pl-hidden")]
    assert isinstance(route_choice.select(table(exact), ADDRESS, prefix_list), Choice)


def test_a_prefix_list_counts_by_its_longest_entry_and_loses_to_a_static_route() -> None:
    shorter = static(IPv4Network("10.1.0.0/16"), RouteTargetKind.PEERING, 1)
    same = static(IPv4Network("10.1.2.0/25"), RouteTargetKind.PEERING, 2)
    found = route_choice.select(table([shorter, listed("pl-1")]), ADDRESS, prefix_list)
    assert isinstance(found, Choice)
    assert (found.route.target_id, found.prefix) == ("by-pl-1", same.destination)
    found = route_choice.select(table([same, listed("pl-1")]), ADDRESS, prefix_list)
    assert isinstance(found, Choice)
    assert found.route is same


def test_the_local_route_beats_a_longer_propagated_one() -> None:
    found = route_choice.select(table([LOCAL, propagated(IPv4Network("10.1.2.0/24"))]), ADDRESS, prefix_list)
    assert isinstance(found, Choice)
    assert found.route is LOCAL


def test_a_table_without_a_route_proves_that_there_is_none() -> None:
    assert route_choice.select(table([LOCAL]), IPv4Address("8.8.8.8"), prefix_list) is None


def test_the_chosen_route_as_evidence() -> None:
    found = route_choice.select(table([LOCAL]), ADDRESS, prefix_list)
    assert isinstance(found, Choice)
    assert route_choice.describe(table([LOCAL]), found) == {
        "destination": "10.1.0.0/16", "prefix_list": None, "target": "local", "state": "active",
        "origin": "CreateRouteTable", "main": False,
    }  # fmt: skip


def test_what_a_gateway_has_told_a_table() -> None:
    learned = IPv4Network("192.168.0.0/16")
    made = static(IPv4Network("192.168.7.0/24"), RouteTargetKind.VPN_GATEWAY, 1)
    assert list(route_choice.prefixes_towards(table([propagated(learned), made]), "vgw")) == [learned]
    assert route_choice.has_static(table([made]), IPv4Address("192.168.7.7"))
    assert not route_choice.has_static(table([propagated(learned)]), IPv4Address("192.168.7.7"))
