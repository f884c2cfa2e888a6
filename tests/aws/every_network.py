"""Every network of the tests: what AWS would answer if everything was asked, and a question about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address

from nlbcheck.aws.recording import Recording, document, parse
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import survey
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Client, Report
from nlbcheck.model.facts import AccountRegion
from nlbcheck.path.reach import Trace
from nlbcheck.relays import Row, Table
from tests.aws.replay import Replay
from tests.diagnosis.diagnosing import STARTED_AT, TABLE
from tests.lab.agreement import cases
from tests.path import (
    front_doors,
    networks,
    test_dialled,
    test_networks,
    test_protocols,
    test_transit_peering,
)
from tests.scenarios import test_documented_designs, test_reference_designs
from tests.scenarios.article import CLIENT, NODES, article
from tests.scenarios.article_by_transit import behind_peered_hub, behind_transit
from tests.scenarios.article_faults import CASES as ARTICLE_FAULTS
from tests.scenarios.article_inspected import beside_nodes, inspected
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.faulty import broken, table_of
from tests.scenarios.truth import CASES as TRUTHS
from tests.scenarios.truth_networks import NETWORKS, Network

THEIR_ACCOUNT = "999999999999"
NODE = NODES["a"]
FRONT_DOORS: Mapping[str, Callable[[], Cloud]] = {
    "an inner load balancer": front_doors.chained,
    "load balancers in a loop": front_doors.looping,
    "an application load balancer's address": front_doors.by_alb_address,
    "an endpoint as target": front_doors.endpoint_as_target,
}
AGREEMENT = range(6)
"""Of the agreement's random networks, the numbers of some."""


@dataclass(frozen=True)
class Known:
    """A network, and what is asked about it."""

    recordings: tuple[Recording, ...]
    """What each account and Region would answer, the load balancer's first."""
    ask: Callable[[AwsState], Report | Trace]

    @property
    def whole(self) -> Recording:
        """All that would be answered."""
        answers = tuple(answer for recording in self.recordings for answer in recording.answers)
        return replace(self.recordings[0], answers=answers)

    def sources(self) -> dict[AccountRegion, Replay]:
        """Return who answers calls."""
        firsts = [(recording.answers[0], recording) for recording in self.recordings]
        return {AccountRegion(first.account, first.region): Replay(known) for first, known in firsts}


Make = Callable[[], Known]

INSPECTED: Mapping[str, Callable[[], Cloud]] = {
    "inspection vpc": inspected,
    "inspection vpc without appliance mode": partial(inspected, appliance_mode=False),
    "inspection vpc before a target on premises": partial(inspected, on_premises=True),
    "firewalls beside nodes": beside_nodes,
}
"""Networks with firewalls on the path."""


def diagnosis(state: AwsState, table: Table, rows: tuple[Row, ...]) -> Report:
    """Diagnose rows without a probe."""
    surveyed = survey(state, table, rows, Client(table.client or "this machine"))
    return judge(state, table, [Sight(surveyed)], Run("1", STARTED_AT, "diagnose"))


def rows_of(recordings: tuple[Recording, ...], table: Table = TABLE, names: Sequence[str] = ()) -> Known:
    """Return the question that the diagnosis of rows is; without names, of all."""
    return Known(recordings, partial(diagnosis, table=table, rows=table.select(names)))


def trace_in(recordings: tuple[Recording, ...], source: str, destination: str, port: int) -> Known:
    """Return the question that a traced connection is."""
    return Known(recordings, partial(traced, source=source, address=ip_address(destination), port=port))


def two_accounts() -> tuple[Recording, Recording]:
    """Return the article's network with the client's VPC in an account of its own."""
    clouds = article(), article()
    theirs = made_id("vpc", "vpc-1")
    for cloud, own in zip(clouds, (False, True), strict=True):
        for operation, items in cloud.objects.items():
            if operation == "DescribeVpcPeeringConnections":
                items[0]["RequesterVpcInfo"]["OwnerId"] = THEIR_ACCOUNT
            else:
                items[:] = [item for item in items if (theirs in str(item)) is own]
    clouds[1].balancers.clear()
    clouds[1].groups.clear()
    text = json.dumps(document(clouds[1].recording())).replace(clouds[1].account, THEIR_ACCOUNT)
    joining = clouds[1].objects["DescribeVpcPeeringConnections"]
    there = parse(json.loads(text), "their account")
    answers = (
        replace(answer, response={"VpcPeeringConnections": joining})
        if answer.operation == "DescribeVpcPeeringConnections"
        else answer
        for answer in there.answers
    )
    return clouds[0].recording(), replace(there, answers=tuple(answers))


def shared_vpc() -> Recording:
    """Return the article's network with the load balancer in subnets that another account shares."""
    cloud = article()
    shared = ("DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls")
    for operation in shared:
        for item in cloud.objects[operation]:
            if item["VpcId"] == made_id("vpc", "vpc-2"):
                item["OwnerId"] = "555555555555"
    return cloud.recording()


def _relays() -> Iterator[tuple[str, Make]]:
    yield "tg-10022", partial(_article, lambda _: None, names=("tg-10022",))
    for name, make in NETWORKS.items():
        yield name, partial(_named, name, make)
    for name, case in TRUTHS.items():
        yield f"fault {name}", partial(_fault, name, case.network)
    for name, mutate, *_ in ARTICLE_FAULTS:
        yield f"article, {name}", partial(_article, mutate)
        yield f"by transit, {name}", partial(_article, mutate, behind_transit)
    yield "behind transit", partial(_article, lambda _: None, behind_transit)
    for name, cloud in INSPECTED.items():
        yield name, partial(_article, lambda _: None, cloud)
    yield "behind peered hub", lambda: rows_of(tuple(item.recording() for item in behind_peered_hub()))
    yield "udp", partial(_article, lambda _: None, test_protocols.udp)
    yield "behind an application load balancer", partial(_article, lambda _: None, test_protocols.behind)
    yield "two accounts", lambda: rows_of(two_accounts())
    for name, doors in FRONT_DOORS.items():
        yield name, partial(_article, lambda _: None, doors)
    consumer = replace(TABLE, client=front_doors.CONSUMER)
    yield "a consumer", lambda: rows_of((front_doors.consumed().recording(),), consumer)
    yield "a consumer in another account", lambda: rows_of(front_doors.apart(), consumer)
    yield "a consumer that is not seen", lambda: rows_of(front_doors.apart()[:1], consumer)
    yield "shared vpc", lambda: rows_of((shared_vpc(),))


def _traces() -> Iterator[tuple[str, Make]]:
    for name, make in networks.ALL.items():
        yield f"trace {name}", partial(_traced, make)
    for name, what, mutate, *_ in test_networks.CASES:
        yield f"trace {name}, {what}", partial(_traced, networks.ALL[name], mutate)
    for what, mutate, *_ in test_transit_peering.CASES:
        yield f"trace peered hubs, {what}", partial(_traced, networks.hubs, mutate)
    regions = ("10.1.1.10", "10.2.1.10", 443)
    yield (
        "trace two Regions",
        lambda: trace_in(tuple(cloud.recording() for cloud in networks.regions()), *regions),
    )
    endpoint = (front_doors.CONSUMER, front_doors.ENDPOINT, 10022)
    yield "trace to an endpoint", partial(_dialled, front_doors.consumed, *endpoint)
    yield "trace past an endpoint", partial(_dialled, front_doors.consumed, front_doors.CONSUMER, NODE, 10022)
    for name, doors in FRONT_DOORS.items():
        yield f"trace through {name}", partial(_dialled, doors, CLIENT, NODE, 443)
    for what, (change, source, address, port) in test_dialled.DIALLED.items():
        yield f"trace dialled, {what}", partial(_changed, change, source, address, port)
    yield "trace through the load balancer", partial(_dialled, article, CLIENT, "172.31.128.10", 10022)
    for make, mistake, *_ in test_reference_designs.CASES:
        named = getattr(mistake, "__name__", "as drawn").strip("_")
        yield f"trace {make.__name__}, {named}", partial(_drawn, make, mistake)
    for case in test_documented_designs.CASES:
        for address in case.told:
            yield f"trace {case.name}, {case.source} to {address}", partial(_documented, case, address)
    for number in AGREEMENT:
        for place in range(6):
            yield f"agreement {number}, {place}", partial(_agreement, number, place)


def _article(
    mutate: Callable[[Cloud], object], make: Callable[[], Cloud] = article, names: Sequence[str] = ()
) -> Known:
    cloud = make()
    mutate(cloud)
    return rows_of((cloud.recording(),), TABLE, names)


def _named(name: str, make: Callable[[], Network]) -> Known:
    return rows_of((make().cloud.recording(),), table_of(name))


def _fault(name: str, network: str) -> Known:
    return rows_of((broken(network, [name]),), table_of(network))


def _dialled(make: Callable[[], Cloud], source: str, destination: str, port: int) -> Known:
    return trace_in((make().recording(),), source, destination, port)


def _changed(change: Callable[[Cloud], object], source: str, destination: str, port: int) -> Known:
    cloud = test_dialled.facing()
    change(cloud)
    return trace_in((cloud.recording(),), source, destination, port)


def _traced(
    make: Callable[[], networks.Network], mutate: Callable[[Cloud], object] = lambda _: None
) -> Known:
    made = make()
    mutate(made.cloud)
    return trace_in((made.cloud.recording(),), made.source, made.destination, made.port)


def _drawn(make: Callable[[], networks.Network], mistake: Callable[[Cloud], object] | None) -> Known:
    made = test_reference_designs.made(make, mistake)
    return trace_in((made.cloud.recording(),), made.source, made.destination, made.port)


def _documented(case: test_documented_designs.Case, address: str) -> Known:
    return trace_in(case.make(), case.source, address, 10022)


def _agreement(number: int, place: int) -> Known:
    case = cases.draw("asking", number, 20)
    dialled = case.dialled[place % len(case.dialled)]
    return trace_in((case.recording,), dialled.source, dialled.address, dialled.port)


RELAYS: Mapping[str, Make] = dict(_relays())
"""The networks around a load balancer; all rows of each are diagnosed."""
TRACES: Mapping[str, Make] = dict(_traces())
"""The networks in which a connection is traced."""
