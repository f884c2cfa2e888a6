"""What is said where several connections to one static IP do not all end alike?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Code, Confidence, Finding, Node, Report, RowResults, Status, Verdict
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import TABLE, Mutation, Wire, diagnosed, mutated, row_of
from tests.scenarios.mutations import ALL_IN, LINUX_PORTS, own_acl, rules_of

NAME = "tg-10022"
OK, SILENT, REFUSED = Status.OK, Status.TIMED_OUT, Status.REFUSED


def in_turn(*seen: Status, zone: str | None = None) -> Wire:
    """Answer the row's connections to each node in turn; ``zone`` is the only one where that is so."""
    made: Counter[Node] = Counter()

    def wire(row: Row, node: Node) -> Status:
        if row.name != NAME or zone not in (None, node.zone):
            return OK
        made[node] += 1
        return seen[(made[node] - 1) % len(seen)]

    return wire


def with_row(**changes: object) -> Table:
    """Return the article's table with its first row changed."""
    rows = [replace(row, **changes) if row.name == NAME else row for row in TABLE.rows]  # type: ignore[arg-type]
    return replace(TABLE, rows=tuple(rows))


def seen(wire: Wire, *mutations: Mutation, table: Table, names: Sequence[str] = (NAME,)) -> Report:
    return diagnosed(mutated(*mutations), wire, names, table)


ONE = with_row(samples=6)


def cause(report: Report) -> Finding:
    found = row_of(report, NAME).row.cause
    assert found is not None
    return found


def row(report: Report) -> RowResults:
    return row_of(report, NAME)


class TestOneTarget:
    """The same server answers some connections and not others."""

    def test_silence_at_times_is_told_as_a_share(self) -> None:
        report = seen(in_turn(OK, OK, SILENT), table=ONE)
        found = cause(report)
        assert (found.code, found.confidence) == (Code.TARGET_SILENT, Confidence.LIKELY)
        assert "2 of 6 connections to 172.31.128.10 get no answer" in found.summary
        assert "drops connections at times" in found.summary
        assert {result.verdict for result in row(report).results} == {Verdict.FAIL}
        assert (found.evidence["connections"], found.evidence["ended_so"]) == (6, 2)

    def test_a_refusal_at_times_is_never_certain(self) -> None:
        found = cause(seen(in_turn(OK, REFUSED, OK, OK, OK, OK), table=ONE))
        assert (found.code, found.confidence) == (Code.TARGET_NOT_LISTENING, Confidence.LIKELY)
        assert "1 of 6 connections to 172.31.128.10 is refused" in found.summary

    def test_both_are_told(self) -> None:
        report = seen(in_turn(OK, REFUSED, SILENT), table=ONE)
        codes = {item.code for item in row(report).all_findings}
        assert {Code.TARGET_SILENT, Code.TARGET_NOT_LISTENING} <= codes
        assert cause(report).code is Code.TARGET_SILENT

    def test_one_static_ip_alone(self) -> None:
        report = seen(in_turn(OK, SILENT, zone="ap-northeast-1c"), table=ONE)
        one, other = row(report).results
        assert (one.verdict, other.verdict) == (Verdict.PASS, Verdict.FAIL)
        text = " ".join(FORMATS["table"](report, Style()).split())
        assert "fails for some connections at ap-northeast-1c" in text

    def test_a_network_acl_that_lets_some_ports_through_explains_it(self) -> None:
        found = cause(seen(in_turn(OK, SILENT), own_acl("target-1a", ALL_IN, LINUX_PORTS), table=ONE))
        assert found.code is Code.NACL_NARROW_EPHEMERAL

    def test_what_one_connection_has_passed_is_open(self) -> None:
        report = seen(in_turn(SILENT, SILENT, OK), rules_of("targets"), table=ONE)
        codes = {item.code for item in row(report).all_findings}
        assert Code.SG_DENIES not in codes
        assert Code.WIRE_CONTRADICTS_MODEL in codes

    @pytest.mark.parametrize("status", [SILENT, REFUSED])
    def test_all_alike_is_what_one_connection_says(self, status: Status) -> None:
        several = seen(in_turn(status), table=ONE)
        alone = seen(in_turn(status), table=TABLE)
        assert cause(several) == cause(alone)
        assert [item.verdict for item in row(several).results] == [it.verdict for it in row(alone).results]

    def test_all_in_order(self) -> None:
        report = seen(in_turn(OK), table=ONE)
        assert (row(report).verdict, len(row(report).results[0].samples)) == (Verdict.PASS, 6)
        text = FORMATS["table"](seen(in_turn(OK), table=ONE, names=()), Style(width=120))
        assert "6 of 6 ok" in text

    def test_silence_stops_early(self) -> None:
        report = seen(in_turn(SILENT), table=with_row(samples=50))
        assert {len(result.samples) for result in row(report).results} == {4}
