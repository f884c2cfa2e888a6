"""Do the lines for ``ip`` turn one program into another?"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.lab import iproute
from nlbcheck.lab.plan import End, Link, Namespace, Route, Rule

DEVICES = st.sampled_from(["eth0", "peering", "vpn"])
NETWORKS = st.sampled_from([IPv4Network(text) for text in ("0.0.0.0/0", "10.0.0.0/16", "172.31.1.0/24")])
TABLES = st.sampled_from([100, 101, 254])
GATEWAYS = st.none() | st.just(IPv4Address("169.254.1.1"))
ROUTES = st.builds(Route, NETWORKS, DEVICES, GATEWAYS, TABLES) | st.builds(
    Route, NETWORKS, st.none(), st.none(), TABLES
)
RULES = st.builds(Rule, st.integers(100, 104), TABLES, st.none() | DEVICES, st.none() | st.integers(0, 2))
PROGRAMS = st.builds(
    Namespace,
    name=st.just("vpc-1"),
    routes=st.lists(ROUTES, unique_by=lambda route: (route.table, route.destination)).map(tuple),
    rules=st.lists(RULES, unique=True).map(tuple),
)


def played(lines: list[str], state: set[str]) -> set[str]:
    """Play ``lines`` on a toy kernel, which holds one route for a destination and table."""
    state = set(state)
    for line in lines:
        noun, verb, rest = line.split(" ", 2)
        words = rest.split()
        if noun == "rule":
            (state.add if verb == "add" else state.remove)(line.split(" ", 2)[2])
            continue
        destination = words[words[0] == "blackhole"]
        key = f"{destination} table {words[words.index('table') + 1]}"
        present = {entry for entry in state if entry.startswith(f"{key}:")}
        assert present or verb == "replace", f"{line} with nothing to delete"
        state -= present
        if verb == "replace":
            state.add(f"{key}: {rest}")
    return state


def fresh(program: Namespace) -> set[str]:
    return played(iproute.change(Namespace(program.name), program), set())


@given(PROGRAMS, PROGRAMS)
def test_a_change_leads_from_one_program_to_the_other(before: Namespace, after: Namespace) -> None:
    assert played(iproute.change(before, after), fresh(before)) == fresh(after)


@given(PROGRAMS)
def test_nothing_is_done_where_nothing_changes(program: Namespace) -> None:
    assert iproute.change(program, program) == []


def test_lines_are_what_ip_understands() -> None:
    program = Namespace(
        "vpc-1",
        addresses=(("lo", IPv4Interface("169.254.1.1")), ("vpn", IPv4Interface("169.254.2.0/31"))),
        routes=(
            Route(IPv4Network("10.0.0.0/16"), "vpn", IPv4Address("169.254.2.1")),
            Route(IPv4Network("172.31.1.1"), "to-ac1f0101", table=100),
            Route(IPv4Network("0.0.0.0/0"), table=101),
        ),
        rules=(Rule(100, 100), Rule(200, 101, incoming="vpn", mark=7)),
    )
    assert iproute.bring_up(program, ("vpn", "to-ac1f0101")) == [
        "address add 169.254.1.1/32 dev lo",
        "address add 169.254.2.0/31 dev vpn",
        "link set dev lo up",
        "link set dev vpn up",
        "link set dev to-ac1f0101 up",
        "route replace 10.0.0.0/16 via 169.254.2.1 dev vpn table 254 onlink",
        "route replace 172.31.1.1/32 dev to-ac1f0101 table 100",
        "route replace blackhole 0.0.0.0/0 table 101",
        "rule add priority 100 lookup 100",
        "rule add priority 200 iif vpn fwmark 7 lookup 101",
    ]


def test_a_cable_is_laid_between_open_files() -> None:
    link = Link(End("172.31.1.1", "eth0"), End("vpc-2", "to-ac1f0101"))
    assert iproute.cable(link, {"172.31.1.1": 8, "vpc-2": 9}) == (
        "link add name eth0 netns /proc/self/fd/8 type veth peer name to-ac1f0101 netns /proc/self/fd/9"
    )
