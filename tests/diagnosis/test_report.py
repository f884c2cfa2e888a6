"""Is a report put together in the table's order, and does it end with the right status?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.diagnosis.report import assemble
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Check, Client, Code, Finding, Leg, Observation, Status, Verdict
from tests.formats.reports import REPORTS, TABLE, ok, report


def ending(*statuses: Status, interrupted: bool = False) -> ExitStatus:
    """Return the exit status of a run whose first endpoints end like this and the rest well."""
    remaining = iter(statuses)

    def seen(row, node):
        return Observation(row.check, next(remaining, Status.OK))

    return report(seen, interrupted=interrupted).exit_status


@pytest.mark.parametrize("status", Status)
def test_one_status_decides(status):
    expected = {
        Verdict.PASS: ExitStatus.OK,
        Verdict.FAIL: ExitStatus.BROKEN,
        Verdict.UNKNOWN: ExitStatus.UNSEEN,
        Verdict.ERROR: ExitStatus.UNSEEN,
    }
    assert ending(status) is expected[status.verdict]


def test_broken_outweighs_what_could_not_be_seen():
    assert ending(Status.CRASHED, Status.REFUSED) is ExitStatus.BROKEN


def test_interrupted_outweighs_broken():
    assert ending(Status.REFUSED, interrupted=True) is ExitStatus.INTERRUPTED


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.WARN, ExitStatus.OK),
        (Verdict.UNKNOWN, ExitStatus.UNSEEN),
        (Verdict.FAIL, ExitStatus.BROKEN),
    ],
)
@pytest.mark.parametrize("on_node", [True, False])
def test_findings_decide_too(verdict, expected, on_node):
    finding = Finding(Code.TARGET_DIFFERS, verdict, "A sentence.", Leg.TABLE)
    whole = REPORTS["all-ok"]
    mapping = whole.mappings[0]
    if on_node:
        mapping = replace(mapping, nodes=(replace(mapping.nodes[0], findings=(finding,)),))
    else:
        mapping = replace(mapping, findings=(finding,))
    assert replace(whole, mappings=(mapping, *whole.mappings[1:])).exit_status is expected


def test_a_failing_finding_does_not_hide_behind_a_crash_on_the_same_node():
    whole = REPORTS["all-ok"]
    mapping = whole.mappings[0]
    finding = Finding(Code.TARGET_DIFFERS, Verdict.FAIL, "A sentence.", Leg.TABLE)
    node = replace(mapping.nodes[0], probe=Observation(Check.SSH, Status.CRASHED), findings=(finding,))
    assert replace(whole, mappings=(replace(mapping, nodes=(node,)),)).exit_status is ExitStatus.BROKEN


def test_rows_and_nodes_keep_their_order():
    whole = REPORTS["dead-zone"]
    assert [mapping.name for mapping in whole.mappings] == [row.name for row in TABLE.rows]
    for mapping, row in zip(whole.mappings, TABLE.rows, strict=True):
        assert [node.node for node in mapping.nodes] == list(TABLE.static_ips)
        statuses = [node.probe and node.probe.status for node in mapping.nodes]
        assert statuses == [Status.OK, Status.TIMED_OUT]
        assert mapping.target_address == row.target_address


def test_selected_rows_are_read_with_the_whole_table_in_mind():
    rows = TABLE.rows[:1]
    endpoints = TABLE.flows(rows)
    results = [ok(rows[0]) for _ in endpoints]
    whole = assemble(
        TABLE, rows, endpoints, results, version="1", started_at=REPORTS["all-ok"].started_at, command="probe"
    )
    assert [mapping.name for mapping in whole.mappings] == ["tg-10022"]
    assert whole.client == Client("this machine", "192.168.1.214")


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["10.0.0.1:1", "10.0.0.1:2"], "10.0.0.1"),
        (["10.0.0.1:1", None], "10.0.0.1"),
        (["10.0.0.1:1", "10.0.0.2:1"], None),
        ([None, None], None),
    ],
)
def test_client_address_is_the_one_that_was_used(addresses, expected):
    used = iter(addresses)

    def seen(row, node):
        return replace(ok(row), local_address=next(used))

    assert report(seen, replace(TABLE, rows=TABLE.rows[:1])).client.address == expected
