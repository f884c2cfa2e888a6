"""Take any answer away: what a diagnosis says may turn to unknown, never into its opposite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.model import Report, Verdict
from nlbcheck.relays import Table
from tests.aws.test_hostile import ENUMS, FIELDS, MEANT, STRANGE, changed
from tests.diagnosis.diagnosing import TABLE, diagnosed, mutated, row_of
from tests.path.test_three_values import less
from tests.scenarios.article import SNAPSHOT
from tests.scenarios.article_by_transit import behind_transit
from tests.scenarios.article_faults import CASES
from tests.scenarios.mutations import Mutation

ARTICLE = recording.read(SNAPSHOT)
TRANSIT = behind_transit().recording()
WITHOUT_STATIC_IPS = replace(TABLE, static_ips=())
RECORDINGS = [("article", ARTICLE), ("transit", TRANSIT)]
EVERY_ANSWER = [
    pytest.param(found, number, id=f"{name}-{number}-{answer.operation}")
    for name, found in RECORDINGS
    for number, answer in enumerate(found.answers)
]


def proven(report: Report) -> Iterator[tuple[str, Verdict]]:
    """Yield what is said of each row, as a whole and at each node; a warning is a pass."""
    for mapping in report.by_row():
        yield mapping.row.name, mapping.verdict
        for result in mapping.results:
            yield f"{mapping.row.name} at {result.flow.node.address}", result.verdict


@cache
def full(name: str, *, named: bool) -> dict[str, Verdict]:
    return dict(proven(diagnosed(dict(RECORDINGS)[name], table=TABLE if named else WITHOUT_STATIC_IPS)))


def outcome(verdict: Verdict) -> Verdict:
    """Return whether it works (however well), does not, or neither is proven."""
    return Verdict.PASS if verdict is Verdict.WARN else verdict


def assert_weaker(before: dict[str, Verdict], report: Report) -> None:
    for what, verdict in proven(report):
        allowed = (outcome(before[what]), Verdict.UNKNOWN)
        assert outcome(verdict) in allowed, f"{what}: {verdict} instead of {before[what]}"


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "not asked"])
@pytest.mark.parametrize(("found", "number"), EVERY_ANSWER)
def test_without_one_answer(found: Recording, number: int, refused: bool) -> None:
    name = "article" if found is ARTICLE else "transit"
    for table in (TABLE, WITHOUT_STATIC_IPS):
        report = diagnosed(less(found, number, refused=refused), table=table)
        assert_weaker(full(name, named=table is TABLE), report)
        assert len(report.gaps or ()) == refused


@pytest.mark.parametrize("operation", sorted({answer.operation for answer in ARTICLE.answers}))
def test_without_every_answer_of_a_call(operation: str) -> None:
    for name, found in RECORDINGS:
        kept = tuple(answer for answer in found.answers if answer.operation != operation)
        assert_weaker(full(name, named=True), diagnosed(replace(found, answers=kept)))


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_without_one_answer_about_something_broken(mutate: Mutation, port: int) -> None:
    broken = mutated(mutate)
    before = dict(proven(diagnosed(broken, names=[str(port)])))
    for number, answer in enumerate(broken.answers):
        about = str(answer.parameters)
        of_others = "targetgroup/" in about and f"tg-{port}/" not in about
        if not of_others and answer.operation not in ("DescribeRules", "GetCallerIdentity"):
            assert_weaker(before, diagnosed(less(broken, number, refused=number % 2 == 0), names=[str(port)]))


WORDS = [item for item in FIELDS if item[1][-1] in ENUMS and item[1][-1] not in ("Protocol", "IpProtocol")]
Place = tuple[int, tuple[object, ...]]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([item for item in FIELDS if item[1][-1] not in MEANT]))
def test_without_one_field(field: Place) -> None:
    assert_weaker(full("article", named=True), diagnosed(changed(*field)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WORDS))
def test_a_word_not_known_here(field: Place) -> None:
    assert_weaker(full("article", named=True), diagnosed(changed(*field, "a-new-word")))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FIELDS))
def test_new_fields_change_nothing(field: Place) -> None:
    number, path = field
    found = changed(number, (*path[:-1], "NewInTheNextYear"), {"Some": ["thing"]})
    assert dict(proven(diagnosed(found))) == full("article", named=True)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FIELDS), STRANGE)
def test_a_strange_value_is_never_a_crash(field: Place, value: object) -> None:
    diagnosed(changed(*field, value))


def verdicts(found: Recording, table: Table = TABLE) -> Sequence[Verdict]:
    return [mapping.verdict for mapping in diagnosed(found, table=table).by_row()]


def test_the_whole_recording_proves_something() -> None:
    """The tests above would pass for a diagnosis that never says anything."""
    assert set(verdicts(ARTICLE)) <= {Verdict.PASS, Verdict.WARN}
    assert set(verdicts(TRANSIT)) <= {Verdict.PASS, Verdict.WARN}
    for found, needed in (
        (ARTICLE, "DescribeVpcPeeringConnections"),
        (TRANSIT, "SearchTransitGatewayRoutes"),
    ):
        number = next(n for n, answer in enumerate(found.answers) if answer.operation == needed)
        report = diagnosed(less(found, number, refused=True))
        assert row_of(report, "tg-10022").verdict is Verdict.UNKNOWN
