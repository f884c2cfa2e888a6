"""One of a network's accounts refuses every call: what is said is weaker, names it, and invents nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from ipaddress import ip_address
from itertools import combinations
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Code, Finding, Report, Verdict
from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.permissions import action
from nlbcheck.path.reach import Reach, Trace
from nlbcheck.relays import Table
from tests.aws.every_network import diagnosis
from tests.aws.replay import Replay
from tests.cli.running import nlbcheck
from tests.diagnosis.diagnosing import TABLE
from tests.diagnosis.test_three_values import assert_weaker, proven
from tests.path import front_doors, networks
from tests.scenarios.accounts import HOME, HUB, THEIRS, divided
from tests.scenarios.article import article
from tests.scenarios.article_by_transit import behind_peered_hub, behind_transit
from tests.scenarios.cloud import Cloud, Object, made_id, permission
from tests.scenarios.mutations import Mutation, own_acl, rules_of, without_route

OWNER = "555555555555"
SAMPLE = Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"
ERRORS = ("AccessDenied", "UnauthorizedOperation")
SERVER = ip_address("10.30.1.10")
VPC_1, VPC_2 = made_id("vpc", "vpc-1"), made_id("vpc", "vpc-2")


class Refuses(Mapping[str, str]):
    """Refuses every operation."""

    def __init__(self, error: str) -> None:
        self._error = error

    def __getitem__(self, _: str) -> str:
        return self._error

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


Ask = Callable[[AwsState], Report | Trace]


@dataclass(frozen=True)
class Divided:
    """A network of several accounts or Regions, and a question about it."""

    recordings: tuple[Recording, ...]
    ask: Ask

    @property
    def places(self) -> list[AccountRegion]:
        firsts = (recording.answers[0] for recording in self.recordings)
        return [AccountRegion(first.account, first.region) for first in firsts]

    def told(
        self, closed: Collection[AccountRegion] = (), error: str = ""
    ) -> tuple[Report | Trace, Recording]:
        """Return what is said where some places refuse all, and what was recorded for it."""
        sources = {
            place: Replay(recording, Refuses(error) if place in closed else None)
            for place, recording in zip(self.places, self.recordings, strict=True)
        }
        collector = Collector(sources)
        return collector.ask(self.ask), collector.recording


def rows(*recordings: Recording, table: Table = TABLE) -> Divided:
    return Divided(recordings, partial(diagnosis, table=table, rows=table.rows))


def peered(*mutations: Mutation) -> Divided:
    cloud = article()
    for mutate in mutations:
        mutate(cloud)
    return rows(*divided(cloud, {VPC_1: THEIRS}))


def three_peered() -> Divided:
    """The article's network with the first target in a VPC of a third account, peered with the others."""
    cloud = article()
    vpc = cloud.vpc("vpc-3", "10.30.0.0/16")
    net = cloud.subnet("net-3", vpc, "10.30.1.0/24", "a")
    peering = cloud.peering("vpc-2-to-vpc-3", VPC_2, vpc)
    cloud.route(cloud.route_table("table-3", vpc, net), "172.31.0.0/16", peering)
    for zone in "ac":
        cloud.route(made_id("rtb", f"private-1{zone}-1"), "10.30.0.0/16", peering)
    group = cloud.security_group("group-3", vpc, [permission("tcp", "172.31.0.0/16", port=22)])
    cloud.instance("server-3", net, str(SERVER), group)
    key = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.targets[key].clear()
    cloud.register(key, str(SERVER), 22, "all")
    first, *rest = TABLE.rows
    declared = replace(first, targets=tuple(replace(item, address=SERVER) for item in first.targets))
    table = replace(TABLE, rows=(declared, *rest))
    return rows(*divided(cloud, {VPC_1: THEIRS, vpc: "888888888888"}), table=table)


def at_hub(*mutations: Mutation, hub: str = HUB) -> Divided:
    cloud = behind_transit()
    for mutate in mutations:
        mutate(cloud)
    return rows(*divided(cloud, {VPC_1: THEIRS}, hub))


OF_OWNER = ("DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls")
JOINING = ("DescribeVpcPeeringConnections", "DescribeVpnGateways", "DescribeVpnConnections")


def shared() -> Divided:
    """The load balancer in subnets that the VPCs' owner shares; only that one sees what joins the VPCs.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
    """
    whole = article().recording()
    mine, theirs = [], []
    for answer in whole.answers:
        text = json.dumps(answer.response)
        if answer.operation in (*OF_OWNER, *JOINING):
            text = text.replace(f'"OwnerId": "{HOME}"', f'"OwnerId": "{OWNER}"')
        response = json.loads(text)
        if answer.service == "ec2":
            theirs.append(replace(answer, account=OWNER, response=response))
            response = {key: _participants(answer.operation, value) for key, value in response.items()}
        mine.append(replace(answer, response=response))
    return rows(*(replace(whole, answers=tuple(answers)) for answers in (mine, theirs)))


def _participants(operation: str, items: list[Object]) -> list[Object]:
    """Return what is shown to whom subnets of the load balancer's VPC are shared."""
    return [] if operation in JOINING else [item for item in items if VPC_1 not in str(item)]


def consumed() -> Divided:
    return traced_between(front_doors.apart(), front_doors.CONSUMER, front_doors.ENDPOINT, 10022)


def traced_between(
    recordings: tuple[Recording, ...], source: str, destination: str, port: int = 443
) -> Divided:
    ask = partial(traced, source=source, address=ip_address(destination), port=port)
    return Divided(recordings, ask)


def two_regions() -> Divided:
    clouds = networks.regions()
    return traced_between(tuple(item.recording() for item in clouds), "10.1.1.10", "10.2.1.10")


def traced_in(make: Callable[[], networks.Network], hub: str = HOME) -> Divided:
    made = make()
    return traced_between(divided(made.cloud, {VPC_2: THEIRS}, hub), made.source, made.destination)


NETWORKS: dict[str, Callable[[], Divided]] = {
    "a client's VPC, peered": peered,
    "a client's and a target's VPC, peered": three_peered,
    "a client's VPC at the load balancer's hub": partial(at_hub, hub=HOME),
    "a client's VPC and the hub": at_hub,
    "a hub in another Region": lambda: rows(*(item.recording() for item in behind_peered_hub())),
    "an endpoint's consumer": consumed,
    "shared subnets": shared,
    "a traced connection, peered": partial(traced_in, networks.peered),
    "a traced connection at a hub": partial(traced_in, networks.transit, HUB),
    "a traced connection between hubs": two_regions,
}


def closed_places(make: Callable[[], Divided]) -> Iterator[tuple[AccountRegion, ...]]:
    """Yield every place of a network, and every two of three."""
    places = make().places
    for count in range(1, len(places)):
        yield from combinations(places, count)


CLOSED = [
    pytest.param(name, places, error, id=f"{name}, {' and '.join(map(str, places))}, {error}")
    for name, make in NETWORKS.items()
    for places in closed_places(make)
    for error in ERRORS
]


@cache
def whole(name: str) -> Report | Trace:
    return NETWORKS[name]().told()[0]


def findings_of(told: Report | Trace) -> tuple[Finding, ...]:
    return (*told.findings, *told.table) if isinstance(told, Report) else tuple(told.findings)


def codes(told: Report | Trace) -> set[str]:
    return {item.code for item in findings_of(told)}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_whole_network_is_in_order(name: str) -> None:
    """The tests below would pass for a network of which nothing is ever said."""
    found = whole(name)
    if isinstance(found, Report):
        assert found.exit_status is ExitStatus.OK
    else:
        assert (found.reach, found.findings) == (Reach.REACHABLE, ())


@pytest.mark.parametrize(("name", "closed", "error"), CLOSED)
def test_what_is_said_is_weaker_and_nothing_is_invented(
    name: str, closed: tuple[AccountRegion, ...], error: str
) -> None:
    found, held = NETWORKS[name]().told(closed, error)
    gaps = {(AccountRegion(gap.account, gap.region), gap.error) for gap in held.gaps}
    assert gaps
    assert gaps <= {(place, error) for place in closed}
    before = whole(name)
    assert codes(found) <= codes(before) | {Code.NOT_VISIBLE}
    assert not [item for item in findings_of(found) if item.verdict is Verdict.FAIL]
    if isinstance(found, Report) and isinstance(before, Report):
        assert_weaker(dict(proven(before)), found)
        assert found.exit_status is ExitStatus.UNSEEN
        assert {(gap.account, gap.permission) for gap in found.gaps or ()} == {
            (gap.account, action(gap.service, gap.operation)) for gap in held.gaps
        }
    elif isinstance(found, Trace):
        assert found.reach is Reach.UNKNOWN
    refused = [item for item in findings_of(found) if item.evidence.get("error") == error]
    assert refused
    for item in refused:
        account, permission = str(item.evidence["account"]), str(item.evidence["permission"])
        assert account in {place.account for place in closed}
        assert account in item.summary
        assert permission in item.summary
        assert error in item.summary
        assert item.remedy is not None
        assert permission in item.remedy.text


FAULTS: list[tuple[str, Callable[..., Divided], Mutation, str]] = [
    ("a rule of the targets", peered, rules_of("targets"), HOME),
    ("the client's route", peered, without_route("client", "172.31.0.0/16"), THEIRS),
    ("the client's network ACL", peered, own_acl("client-1a"), THEIRS),
    ("the nodes' route back", peered, without_route("private-1a-1", "192.168.0.0/16"), HOME),
    ("the hub's route to the nodes", at_hub, lambda cloud: hub_without(cloud, "172.31.0.0/16"), HUB),
    ("the hub's route to the client", at_hub, lambda cloud: hub_without(cloud, "192.168.0.0/16"), HUB),
    ("a rule of the targets at a hub", at_hub, rules_of("targets"), HOME),
]


def hub_without(cloud: Cloud, destination: str) -> None:
    routes = cloud.transit_routes[made_id("tgw-rtb", "hub")]
    routes[:] = [route for route in routes if route["DestinationCidrBlock"] != destination]


@pytest.mark.parametrize(("make", "mutate", "where"), [item[1:] for item in FAULTS], ids=lambda _: "")
def test_a_fault_is_told_where_its_own_account_is_read(
    make: Callable[..., Divided], mutate: Mutation, where: str
) -> None:
    network = make(mutate)
    before, _ = network.told()
    assert isinstance(before, Report)
    assert before.exit_status is ExitStatus.BROKEN
    for place in network.places:
        found, _ = network.told((place,), "AccessDenied")
        assert isinstance(found, Report)
        failing = {item.code for item in findings_of(found) if item.verdict is Verdict.FAIL}
        told = {item.code for item in findings_of(before) if item.verdict is Verdict.FAIL}
        assert failing <= told
        if place.account == where or place.account == HOME:
            assert (found.exit_status, failing) == (ExitStatus.UNSEEN, set())
        else:
            assert found.exit_status is (ExitStatus.BROKEN if failing else ExitStatus.UNSEEN)
        if where == HOME and place.account != HOME:
            assert failing == told


def test_a_snapshot_of_it_ends_with_status_3(tmp_path: Path) -> None:
    network = peered()
    _, held = network.told(network.places[1:], "AccessDenied")
    recording.write(tmp_path / "half.json", held)
    done = nlbcheck("diagnose", "--all", "--snapshot", tmp_path / "half.json", "-m", SAMPLE, cwd=tmp_path)
    assert done.returncode == ExitStatus.UNSEEN, done.stderr
    assert f"account {THEIRS}" in done.stdout
    assert "AccessDenied" in done.stdout
