"""Does one report say what several runs found, and of each connection whose it is?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Client, Gap, Observation, RelayReport, Report, Status, TargetReport, Verdict
from nlbcheck.relays.table import Row, Table
from nlbcheck.reports.merging import merge
from tests.formats import test_diagnosis
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, ok, report, with_row

GOOD = REPORTS["all-ok"]
DEAD = REPORTS["dead-zone"]
EVERY = {**REPORTS, **test_diagnosis.REPORTS}
LATER = timedelta(hours=1)


def fine(row: Row, node: object) -> Observation:
    return ok(row)


def elsewhere(found: Report, source: str = "this machine", address: str | None = "10.9.9.9") -> Report:
    """Return a report as another machine made it."""
    return replace(found, vantages=(Client(source, address),))


def later(found: Report) -> Report:
    return replace(found, started_at=found.started_at + LATER)


def of(*names: int) -> Table:
    return replace(TABLE, rows=tuple(TABLE.rows[number] for number in names))


def verdicts(found: Report) -> dict[str, list[str]]:
    """Return each row's verdicts, row by row."""
    return {group.row.name: [item.verdict.value for item in group.results] for group in found.by_row()}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_one_report_stays_the_same(name: str) -> None:
    merged = merge([("a.json", EVERY[name])])
    for style in (Style(), Style(verbose=True)):
        for render in FORMATS.values():
            assert render(merged, style) == render(EVERY[name], style)


class TestVantagePoints:
    def test_two_are_side_by_side(self) -> None:
        merged = merge([("a.json", GOOD), ("b.json", elsewhere(DEAD, "i-0123456789abcdef0", "10.9.9.9"))])
        assert [item.source for item in merged.vantages] == ["this machine", "i-0123456789abcdef0"]
        (first, *_) = merged.by_row()
        assert [(item.flow.vantage, item.flow.node.zone, item.verdict.value) for item in first.results] == [
            ("this machine", "ap-northeast-1a", "pass"),
            ("this machine", "ap-northeast-1c", "pass"),
            ("i-0123456789abcdef0", "ap-northeast-1a", "pass"),
            ("i-0123456789abcdef0", "ap-northeast-1c", "fail"),
        ]
        text = FORMATS["table"](merged, Style(width=200))
        assert "From i-0123456789abcdef0 (10.9.9.9), probed" in text
        assert merged.remarks == ()

    def test_two_machines_that_both_call_themselves_this_machine(self) -> None:
        merged = merge([("a.json", GOOD), ("b.json", elsewhere(GOOD)), ("c.json", elsewhere(DEAD))])
        assert [(item.source, item.address) for item in merged.vantages] == [
            ("this machine", "192.168.1.214"),
            ("10.9.9.9", "10.9.9.9"),
        ]
        assert {item.flow.vantage for item in merged.results} == {"this machine", "10.9.9.9"}
        assert len(merged.results) == 20

    def test_where_no_address_is_known_they_are_not_taken_for_one(self) -> None:
        merged = merge([(name, elsewhere(GOOD, address=None)) for name in ("a.json", "b.json", "c.json")])
        assert [item.source for item in merged.vantages] == [
            "this machine",
            "this machine (b.json)",
            "this machine (c.json)",
        ]


class TestRuns:
    def test_each_has_some_rows(self) -> None:
        merged = merge([("a.json", report(fine, of(0, 1))), ("b.json", report(fine, of(1, 2, 3, 4)))])
        assert [row.name for row in merged.rows] == [row.name for row in TABLE.rows]
        assert len(merged.results) == 10
        assert merged.remarks == (
            "2 connections are in a.json and b.json. b.json counts, the later report.",
            "If this machine is another host in each report, name the hosts: --via NAME=local.",
        )

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_latest_one_counts_in_whatever_order_they_are_named(self, order: int) -> None:
        files = [("old.json", DEAD), ("new.json", later(GOOD))]
        merged = merge(files[::order])
        assert merged.exit_status is ExitStatus.OK
        assert merged.started_at == DEAD.started_at
        remark, hint = merged.remarks
        assert hint.startswith("If this machine is another host in each report, name the hosts:")
        assert remark == "10 connections are in old.json and new.json. new.json counts, the later report."

    def test_what_an_old_run_says_of_a_row_is_gone_with_its_connections(self) -> None:
        old = with_row(GOOD, 0, findings=(FULL_FINDING,), cause=FULL_FINDING)
        assert merge([("a.json", old), ("b.json", later(GOOD))]).findings == []
        both = merge([("a.json", old), ("b.json", elsewhere(later(GOOD)))])
        assert both.findings == [FULL_FINDING]
        assert both.rows[0].cause == FULL_FINDING
        assert both.exit_status is ExitStatus.BROKEN

    def test_an_interrupted_one_that_another_completes(self) -> None:
        cut = REPORTS["interrupted"]
        assert merge([("a.json", cut), ("b.json", later(GOOD))]).exit_status is ExitStatus.OK
        assert merge([("a.json", cut), ("b.json", report(fine, of(0)))]).exit_status is ExitStatus.INTERRUPTED

    def test_what_aws_refused_and_the_targets(self) -> None:
        gaps = [Gap("ec2", f"Describe{name}", "1", "r", "Denied", f"ec2:Describe{name}") for name in "ab"]
        targets = [(TargetReport("10.0.0.1", 22, None, state),) for state in ("healthy", "unhealthy")]
        first = replace(with_row(GOOD, 0, targets=targets[0]), gaps=(gaps[0],))
        second = replace(with_row(elsewhere(later(GOOD)), 0, targets=targets[1]), gaps=tuple(gaps))
        merged = merge([("a.json", first), ("b.json", second), ("c.json", elsewhere(GOOD, "c"))])
        assert merged.gaps == tuple(gaps)
        assert merged.rows[0].targets == targets[1]
        assert merged.rows[1].targets is None
        assert merge([("a.json", GOOD), ("b.json", elsewhere(GOOD))]).gaps is None

    def test_commands(self) -> None:
        assert merge([("a.json", GOOD), ("b.json", elsewhere(GOOD))]).command == "probe"
        other = replace(elsewhere(GOOD), command="diagnose")
        assert merge([("a.json", GOOD), ("b.json", other)]).command == "report merge"


class TestTables:
    def of_balancer(self, name: str | None, account: str | None = None, shift: int = 0) -> Report:
        nodes = tuple(
            replace(node, address=ip_address(int(node.address) + shift)) for node in TABLE.static_ips
        )
        found = report(fine, replace(TABLE, load_balancer=name, static_ips=nodes))
        (relay,) = found.relays
        return replace(found, relays=(replace(relay, account=account),))

    def test_two_load_balancers(self) -> None:
        merged = merge([("a.json", self.of_balancer("one")), ("b.json", self.of_balancer("two", shift=16))])
        assert [relay.name for relay in merged.relays] == ["one", "two"]
        assert len(merged.rows) == 10
        assert len(merged.results) == 20
        assert {
            (item.flow.relay, len(group.results)) for group in merged.by_row() for item in group.results
        } == {
            ("one", 2),
            ("two", 2),
        }

    def test_of_one_name_in_two_accounts(self) -> None:
        found = [self.of_balancer("one", account) for account in ("1" * 12, "2" * 12, "2" * 12)]
        merged = merge([("a.json", found[0]), ("b.json", found[1]), ("c.json", elsewhere(found[2]))])
        assert [(relay.name, relay.account) for relay in merged.relays] == [
            ("one", "1" * 12),
            ("one (b.json)", "2" * 12),
        ]
        assert len(merged.results) == 30

    def test_two_tables_in_files_of_one_name(self) -> None:
        merged = merge([("a.json", self.of_balancer(None)), ("b.json", self.of_balancer(None, shift=64))])
        assert [relay.name for relay in merged.relays] == ["nlbcheck.yaml", "nlbcheck.yaml (b.json)"]
        same = merge([("a.json", GOOD), ("b.json", elsewhere(GOOD))])
        assert [relay.name for relay in same.relays] == ["nlbcheck.yaml"]

    def test_what_is_known_of_a_load_balancer_is_joined(self) -> None:
        known = self.of_balancer("one", "1" * 12)
        (relay,) = merge([("a.json", self.of_balancer("one")), ("b.json", elsewhere(known))]).relays
        assert relay == RelayReport("one", "nlbcheck.yaml", "one", "1" * 12, "ap-northeast-1")

    def test_a_row_that_is_declared_otherwise_is_a_row_of_its_own(self) -> None:
        moved = replace(TABLE.rows[0], target_port=replace(TABLE.rows[0].target_port, number=2222))
        other = report(fine, replace(TABLE, rows=(moved, *TABLE.rows[1:])))
        merged = merge([("a.json", GOOD), ("b.json", elsewhere(other)), ("c.json", elsewhere(other, "c"))])
        names = [row.name for row in TABLE.rows]
        assert [row.name for row in merged.rows] == [*names, "tg-10022 (b.json)"]
        assert merged.remarks == (
            (
                "tg-10022 of nlbcheck.yaml is another row in b.json: TCP:10022 to TargetServer1 "
                "172.31.129.10:2222, not TCP:10022 to TargetServer1 172.31.129.10:22. Both are here."
            ),
        )
        assert {row: len(found) for row, found in verdicts(merged).items()} == {
            **dict.fromkeys(names, 6),
            "tg-10022": 2,
            "tg-10022 (b.json)": 4,
        }

    def test_a_name_that_only_one_table_resolves_is_the_same_target(self) -> None:
        (server,) = TABLE.rows[0].targets
        other = with_row(elsewhere(GOOD), 0, declared=(replace(server, address=None),))
        assert len(merge([("a.json", GOOD), ("b.json", other)]).rows) == 5


@pytest.mark.parametrize("name", sorted(EVERY))
def test_nothing_is_lost_of_two_different_reports(name: str) -> None:
    other = elsewhere(REPORTS["several-targets"], "there")
    merged = merge([("a.json", EVERY[name]), ("b.json", other)])
    own = {item.source for item in EVERY[name].vantages}
    assert len(merged.results) == len(EVERY[name].results) + len(other.results)
    assert [item.verdict for item in merged.results if item.flow.vantage in own] == [*EVERY[name].verdicts]
    assert max(merged.verdicts, key=lambda verdict: verdict.severity) is Verdict.FAIL
    document = json.loads(FORMATS["json"](merged, Style()))
    assert {node["vantage"] for row in document["mappings"] for node in row["nodes"]} == {*own, "there"}
    assert any(item.status is Status.TIMED_OUT for result in merged.results for item in result.connections)
