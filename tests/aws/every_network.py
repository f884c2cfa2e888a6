"""Every network of the tests, each as what AWS would answer if everything was asked, and a question about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.diagnose import diagnose
from nlbcheck.diagnosis.survey import survey
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Client, Report
from nlbcheck.model.facts import AccountRegion
from nlbcheck.path.trace import Trace
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import RUN, TABLE
from tests.lab.agreement import cases
from tests.path import networks, test_networks, test_protocols, test_transit_peering
from tests.scenarios.article import article
from tests.scenarios.article_by_transit import behind_peered_hub, behind_transit
from tests.scenarios.article_faults import CASES as ARTICLE_FAULTS
from tests.scenarios.cloud import Cloud
from tests.scenarios.faulty import broken, table_of
from tests.scenarios.truth import CASES as TRUTHS
from tests.scenarios.truth_networks import NETWORKS

AGREEMENT = range(6)
"""Of the agreement's random networks, the numbers of some."""


@dataclass(frozen=True)
class Known:
    """A network: what each account and Region would answer, and what is asked about it."""

    clouds: tuple[Recording, ...]
    ask: Callable[[AwsState], Report | Trace]
    table: Table | None = None
    """The rows that are diagnosed; None where a connection is traced."""


def diagnosis(state: AwsState, table: Table, rows: tuple[Row, ...]) -> Report:
    """Diagnose rows without a probe."""
    surveyed = survey(state, table, rows, Client(table.client or "this machine"))
    return diagnose(state, table, surveyed, None, RUN)


def rows_of(recording: Recording | tuple[Recording, ...], table: Table, *names: str) -> Known:
    clouds = recording if isinstance(recording, tuple) else (recording,)
    return Known(clouds, partial(diagnosis, table=table, rows=table.select(names)), table)


def trace_in(cloud: Cloud | tuple[Recording, ...], source: str, destination: str, port: int) -> Known:
    clouds = cloud if isinstance(cloud, tuple) else (cloud.recording(),)
    return Known(clouds, partial(traced, source=source, address=ip_address(destination), port=port))


def _mutated(make: Callable[[], Cloud], mutate: Callable[[Cloud], object]) -> Recording:
    cloud = make()
    mutate(cloud)
    return cloud.recording()


def relays() -> Iterator[tuple[str, Callable[[], Known]]]:
    """Yield the networks around a load balancer; all rows of each are diagnosed."""
    yield "tg-10022", lambda: rows_of(article().recording(), TABLE, "tg-10022")
    for name, make in NETWORKS.items():
        yield name, lambda name=name, make=make: rows_of(make().cloud.recording(), table_of(name))
    for name, case in TRUTHS.items():
        yield (
            f"fault {name}",
            lambda name=name, case=case: rows_of(broken(case.network, [name]), table_of(case.network)),
        )
    for name, mutate, *_ in ARTICLE_FAULTS:
        yield f"article, {name}", lambda mutate=mutate: rows_of(_mutated(article, mutate), TABLE)
        yield (
            f"by transit, {name}",
            lambda mutate=mutate: rows_of(_mutated(behind_transit, mutate), TABLE),
        )
    yield "behind transit", lambda: rows_of(behind_transit().recording(), TABLE)
    yield (
        "behind peered hub",
        lambda: rows_of(tuple(cloud.recording() for cloud in behind_peered_hub()), TABLE),
    )
    yield "udp", lambda: rows_of(test_protocols.udp().recording(), TABLE)
    yield "behind an application load balancer", lambda: rows_of(test_protocols.behind().recording(), TABLE)


def traces() -> Iterator[tuple[str, Callable[[], Known]]]:
    """Yield the networks in which one connection after the other is traced."""
    for name, make in networks.ALL.items():
        yield f"trace {name}", lambda make=make: _traced(make())
    for name, what, mutate, *_ in test_networks.CASES:
        yield (
            f"trace {name}, {what}",
            lambda name=name, mutate=mutate: _traced(networks.ALL[name](), mutate),
        )
    for what, mutate, *_ in test_transit_peering.CASES:
        yield f"trace peered hubs, {what}", lambda mutate=mutate: _traced(networks.hubs(), mutate)
    yield (
        "trace two Regions",
        lambda: trace_in(
            tuple(cloud.recording() for cloud in networks.regions()), "10.1.1.10", "10.2.1.10", 443
        ),
    )
    for number in AGREEMENT:
        for place in range(6):
            yield f"agreement {number}, {place}", lambda n=number, p=place: _agreement(n, p)
    for path in sorted(cases.FOUND.glob("*.json")):
        yield f"found {path.stem}", lambda path=path: _connection(cases.read(path), 0)


def _traced(made: networks.Network, mutate: Callable[[Cloud], object] = lambda _: None) -> Known:
    mutate(made.cloud)
    return trace_in(made.cloud, made.source, made.destination, made.port)


def _agreement(number: int, place: int) -> Known:
    return _connection(cases.draw("asking", number, 20), place)


def _connection(case: cases.Case, place: int) -> Known:
    dialled = case.dialled[place % len(case.dialled)]
    return trace_in((case.recording,), dialled.source, dialled.address, dialled.port)


def places(known: Known) -> Mapping[AccountRegion, Recording]:
    """Return who can be asked: the account and Region of each recording, the load balancer's first."""
    return {
        AccountRegion(recording.answers[0].account, recording.answers[0].region): recording
        for recording in known.clouds
    }
