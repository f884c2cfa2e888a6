"""Is a report put together in the table's order, and does it end with the right status?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.diagnosis.report import Run, assemble
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Check, Client, Code, Finding, Leg, Observation, Status, Verdict
from tests.formats.reports import REPORTS, TABLE, ok, report, with_result, with_row


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
        Verdict.ERROR: ExitStatus.INTERNAL,
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
    changed = with_result if on_node else with_row
    assert changed(whole, 0, findings=(finding,)).exit_status is expected


def test_a_failing_finding_does_not_hide_behind_a_crash_on_the_same_node():
    finding = Finding(Code.TARGET_DIFFERS, Verdict.FAIL, "A sentence.", Leg.TABLE)
    crashed = Observation(Check.SSH, Status.CRASHED)
    whole = with_result(REPORTS["all-ok"], 0, observation=crashed, findings=(finding,))
    assert whole.exit_status is ExitStatus.BROKEN


def test_rows_and_nodes_keep_their_order():
    whole = REPORTS["dead-zone"]
    assert [group.row.name for group in whole.by_row()] == [row.name for row in TABLE.rows]
    for group, row in zip(whole.by_row(), TABLE.rows, strict=True):
        assert [result.flow.node for result in group.results] == list(TABLE.static_ips)
        statuses = [result.observation and result.observation.status for result in group.results]
        assert statuses == [Status.OK, Status.TIMED_OUT]
        assert group.row.declared == row.targets


def test_selected_rows_are_read_with_the_whole_table_in_mind():
    rows = TABLE.rows[:1]
    flows = TABLE.flows(rows)
    seen = [ok(rows[0]) for _ in flows]
    run = Run("1", REPORTS["all-ok"].started_at, "probe")
    whole = assemble(TABLE, rows, flows, seen, Client("this machine"), run)
    assert [row.name for row in whole.rows] == ["tg-10022"]
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
