"""Do the lines for ``ip`` turn one program into another?"""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.lab import iproute
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute, Rule

DEVICES = st.sampled_from(["eth0", "peering", "vpn"])
NETWORKS = st.sampled_from([IPv4Network(text) for text in ("0.0.0.0/0", "10.0.0.0/16", "172.31.1.0/24")])
TABLES = st.sampled_from([100, 101, 254])
METRICS = st.integers(1, 3)
ROUTES = st.builds(PlannedRoute, NETWORKS, DEVICES, TABLES, METRICS) | st.builds(
    PlannedRoute, NETWORKS, st.none(), TABLES, METRICS, st.booleans()
)
ADDRESSES = st.tuples(DEVICES, st.sampled_from([IPv4Interface("10.0.0.1"), IPv4Interface("10.0.0.2")]))
RULES = st.builds(Rule, st.integers(100, 104), TABLES, st.none() | st.integers(0, 2))
PROGRAMS = st.builds(
    Namespace,
    name=st.just("vpc-1"),
    addresses=st.lists(ADDRESSES, unique=True).map(tuple),
    routes=st.lists(ROUTES, unique_by=lambda route: (route.table, route.destination, route.metric)).map(
        tuple
    ),
    rules=st.lists(RULES, unique=True).map(tuple),
)


def played(lines: list[str], state: set[str]) -> set[str]:
    """Play ``lines`` on a toy kernel, which holds one route for a destination, table and metric."""
    state = set(state)
    for line in lines:
        noun, verb, rest = line.split(" ", 2)
        if noun != "route":
            (state.add if verb == "add" else state.remove)(f"{noun} {rest}")
            continue
        words = rest.split()
        destination = words[words[0] in ("blackhole", "throw")]
        table, metric = (words[words.index(word) + 1] for word in ("table", "metric"))
        key = f"{destination} table {table} metric {metric}"
        present = {entry for entry in state if entry.startswith(f"{key}:")}
        assert present or verb == "replace", f"{line} with nothing to delete"
        state -= present
        if verb == "replace":
            state.add(f"{key}: {rest}")
    return state


def fresh(program: Namespace) -> set[str]:
    return played(iproute.change(Namespace(program.name), program), set())


def without(state: set[str], device: str) -> set[str]:
    return {entry for entry in state if f"dev {device}" not in entry}


@given(PROGRAMS, PROGRAMS)
def test_a_change_leads_from_one_program_to_the_other(before: Namespace, after: Namespace) -> None:
    assert played(iproute.change(before, after), fresh(before)) == fresh(after)


@given(PROGRAMS, PROGRAMS, DEVICES)
def test_what_a_device_took_along_is_not_asked_for_again(
    before: Namespace, after: Namespace, gone: str
) -> None:
    left = without(fresh(before), gone)
    assert played(iproute.change(before, after, [gone]), left) == fresh(after)


@given(PROGRAMS)
def test_nothing_is_done_where_nothing_changes(program: Namespace) -> None:
    assert iproute.change(program, program) == []


def test_lines_are_what_ip_understands() -> None:
    program = Namespace(
        "vpc-1",
        addresses=(("eth0", IPv4Interface("172.31.1.1")),),
        routes=(
            PlannedRoute(IPv4Network("10.0.0.0/16"), "vpn"),
            PlannedRoute(IPv4Network("172.31.1.1"), "to-ac1f0101", table=100),
            PlannedRoute(IPv4Network("0.0.0.0/0"), table=101, metric=7),
            PlannedRoute(IPv4Network("172.31.0.0/16"), table=101, onward=True),
        ),
        rules=(Rule(100, 100), Rule(200, 101, mark=7)),
    )
    assert iproute.plug(("lo", "vpn")) == ["link set dev lo up", "link set dev vpn arp off up"]
    assert iproute.unplug(("vpn",)) == ["link delete dev vpn"]
    assert iproute.change(Namespace("vpc-1"), program) == [
        "address add 172.31.1.1/32 dev eth0",
        "route replace 10.0.0.0/16 dev vpn table 254 metric 1",
        "route replace 172.31.1.1/32 dev to-ac1f0101 table 100 metric 1",
        "route replace blackhole 0.0.0.0/0 table 101 metric 7",
        "route replace throw 172.31.0.0/16 table 101 metric 1",
        "rule add priority 100 lookup 100",
        "rule add priority 200 fwmark 7 lookup 101",
    ]


def test_a_cable_is_laid_between_open_files() -> None:
    link = Link(LinkEnd("172.31.1.1", "eth0"), LinkEnd("vpc-2", "to-ac1f0101"))
    assert iproute.cable(link, {"172.31.1.1": 8, "vpc-2": 9}) == (
        "link add name eth0 address 02:00:00:00:00:01 netns /proc/self/fd/8 type veth "
        "peer name to-ac1f0101 address 02:00:00:00:00:01 netns /proc/self/fd/9"
    )
