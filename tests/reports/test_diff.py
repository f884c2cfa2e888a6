"""Does a comparison tell what changed, and nothing else?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats import Style
from nlbcheck.model import Client, Observation, Report, Status, Verdict
from nlbcheck.relays.table import Row, Table
from nlbcheck.reports import diff as comparison
from nlbcheck.reports.comparing import compare
from nlbcheck.reports.difference import Difference, Effect, ended
from nlbcheck.reports.loading import Stored
from nlbcheck.reports.state_changes import compare_states
from tests.aws.every_network import RELAYS, diagnosis
from tests.formats import reports
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, ok, report, with_result, with_row
from tests.scenarios.article import article
from tests.scenarios.article_faults import CASES as ARTICLE_FAULTS
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.faulty import broken, table_of
from tests.scenarios.truth import CASES as TRUTHS
from tests.scenarios.truth_networks import NETWORKS

GOOD = REPORTS["all-ok"]
KEY_3 = "SHA256:3" + "c" * 42
STYLE = Style(width=200)


def told(before: Report, after: Report) -> list[tuple[str, str]]:
    """Return each change's effect and sentence."""
    return [(change.effect.value, str(change)) for change in compare(before, after)]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_nothing_changed(name: str) -> None:
    assert compare(REPORTS[name], REPORTS[name]) == []


@pytest.mark.parametrize("name", RELAYS)
def test_nothing_changed_in_any_network(name: str) -> None:
    known = RELAYS[name]()
    found = known.ask(AwsState(known.whole))
    assert isinstance(found, Report)
    assert compare(found, found) == []
    assert compare_states(known.whole, known.whole) == compare_states(known.whole, known.whole)
    assert compare_states(known.whole, known.whole).changes == ()


class TestEndpoints:
    def test_what_fails_now_is_newly_broken(self) -> None:
        assert told(GOOD, REPORTS["one-refused"]) == [
            ("broken", "tg-10022[ap-northeast-1a]: ok -> refused"),
            ("broken", "tg-10022[ap-northeast-1c]: ok -> refused"),
        ]

    def test_what_failed_is_fixed(self) -> None:
        found = compare(REPORTS["dead-zone"], GOOD)
        assert {change.effect for change in found} == {Effect.FIXED}
        assert len(found) == 5
        assert ended(found) is ExitStatus.OK

    def test_what_was_not_tried_is_not_seen_any_more(self) -> None:
        found = compare(GOOD, REPORTS["interrupted"])
        assert {change.effect for change in found} == {Effect.UNSEEN}
        assert ended(found) is ExitStatus.UNSEEN

    def test_what_was_not_seen_and_fails_is_newly_broken(self) -> None:
        found = compare(REPORTS["interrupted"], report(silent))
        assert {change.effect for change in found} == {Effect.BROKEN}

    def test_what_fails_in_another_way_is_not_newly_broken(self) -> None:
        assert told(report(silent), with_failing(Status.REFUSED)) == [
            ("changed", f"{row.name}[{node.label}]: timed-out -> refused")
            for row in TABLE.rows
            for node in TABLE.static_ips
        ]

    def test_what_nobody_may_reach_is_broken_once_it_answers(self) -> None:
        rows = tuple(replace(row, spec=replace(row.spec, reachable=False)) for row in TABLE.rows[:1])
        forbidden = replace(TABLE, rows=rows, static_ips=TABLE.static_ips[:1])
        closed, opened = report(silent, forbidden), report(lambda row, node: ok(row), forbidden)
        assert ("broken", "tg-10022[ap-northeast-1a]: closed -> open: ok") in told(closed, opened)
        assert ("fixed", "tg-10022[ap-northeast-1a]: open: ok -> closed") in told(opened, closed)

    def test_how_many_of_several_connections_fail_is_chance(self) -> None:
        def some(row: Row, node: object) -> list[Observation]:
            return [ok(row), reports.failed(row, Status.TIMED_OUT, "no answer"), ok(row)]

        def others(row: Row, node: object) -> list[Observation]:
            return [*some(row, node), reports.failed(row, Status.TIMED_OUT, "no answer")]

        assert compare(reports.sampled(some), reports.sampled(others)) == []


def silent(row: Row, node: object) -> Observation:
    return reports.failed(row, Status.TIMED_OUT, "no answer within 3.0 s")


def with_failing(status: Status) -> Report:
    return report(lambda row, node: reports.failed(row, status, "it failed"))


class TestRowsThatDiffer:
    def test_a_row_that_is_gone_is_told(self) -> None:
        fewer = report(lambda row, node: ok(row), replace(TABLE, rows=TABLE.rows[:4]))
        assert told(GOOD, fewer) == [
            ("removed", "tg-30080 is gone. Before: TCP:30080 to TargetServer3 10.0.0.10:80, in order")
        ]
        assert told(fewer, GOOD) == [
            ("added", "tg-30080 is new: TCP:30080 to TargetServer3 10.0.0.10:80, in order")
        ]

    def test_a_new_row_that_fails_is_newly_broken(self) -> None:
        fewer = report(lambda row, node: ok(row), replace(TABLE, rows=TABLE.rows[1:]))
        ((effect, sentence),) = told(fewer, REPORTS["one-refused"])
        assert (effect, sentence) == (
            "broken",
            "tg-10022 is new: TCP:10022 to TargetServer1 172.31.129.10:22, fails",
        )

    def test_a_new_static_ip(self) -> None:
        one = replace(TABLE, static_ips=TABLE.static_ips[:1])
        effects = [effect for effect, _ in told(report(lambda row, node: ok(row), one), GOOD)]
        assert effects == ["added"] * 5
        dead = [effect for effect, _ in told(report(lambda row, node: ok(row), one), REPORTS["dead-zone"])]
        assert dead == ["broken"] * 5
        assert [effect for effect, _ in told(GOOD, report(lambda row, node: ok(row), one))] == ["removed"] * 5

    def test_a_static_ip_with_another_address_is_that_of_its_zone(self) -> None:
        moved = tuple(replace(node, address=node.address + 1) for node in TABLE.static_ips)
        assert compare(GOOD, report(lambda row, node: ok(row), replace(TABLE, static_ips=moved))) == []

    def test_another_folder_and_another_machine_are_the_same(self) -> None:
        there = report(lambda row, node: ok(row), replace(TABLE, source="/builds/7/nlbcheck.yaml"))
        assert compare(GOOD, replace(there, vantages=(Client("ci-7", "10.9.9.9"),))) == []


class TestServers:
    def test_another_host_key(self) -> None:
        def other(row: Row, node: object) -> Observation:
            return ok(row, fingerprint=KEY_3) if row.name == "tg-10022" else ok(row)

        ((effect, sentence),) = told(GOOD, report(other))
        assert effect == "changed"
        assert sentence == (f"The host key of tg-10022: ssh-ed25519 {reports.KEY_1} -> ssh-ed25519 {KEY_3}")

    def test_fewer_of_several_keys_say_nothing(self) -> None:
        several = REPORTS["several-targets"]
        one = with_result(
            several, 0, samples=(several.results[0].samples[0],), observation=several.results[0].samples[0]
        )
        assert compare(several, one) == []

    def test_another_certificate_and_another_server(self) -> None:
        def https(until: str, server: str) -> Report:
            certificate = {"names": ["web.example"], "issuer": "CN=ours", "not_after": until}
            headers = {"Server": server, "ETag": until}
            return report(lambda row, node: ok(row, headers=headers, **certificate))

        found = told(https("2026-12-01", "Apache"), https("2027-03-01", "nginx"))
        assert (
            "changed",
            (
                "The certificate of tg-10080: web.example from CN=ours until 2026-12-01 -> "
                "web.example from CN=ours until 2027-03-01"
            ),
        ) in found
        assert (
            "changed",
            "The server of tg-10080: HTTP status 200, Server: Apache -> HTTP status 200, Server: nginx",
        ) in found
        assert len(found) == 8


class TestFindings:
    def test_a_finding_that_fails_and_is_new_is_newly_broken(self) -> None:
        found = with_row(GOOD, 0, findings=(FULL_FINDING,))
        assert told(GOOD, found) == [
            ("broken", "sg-denies of tg-10022 is new: No rule of sg-1 admits the node.")
        ]
        assert told(found, GOOD) == [
            ("fixed", "sg-denies of tg-10022 is gone. Before: No rule of sg-1 admits the node.")
        ]

    def test_where_everything_failed_before_a_finding_breaks_nothing(self) -> None:
        before = with_failing(Status.TIMED_OUT)
        assert told(before, with_row(before, 0, findings=(FULL_FINDING,))) == [
            ("changed", "sg-denies of tg-10022 is new: No rule of sg-1 admits the node.")
        ]

    def test_a_warning_is_a_change(self) -> None:
        warning = replace(FULL_FINDING, verdict=Verdict.WARN)
        rows = tuple(replace(row, findings=(warning,)) for row in GOOD.rows)
        ((effect, sentence),) = told(GOOD, replace(GOOD, rows=rows))
        assert effect == "changed"
        names = ", ".join(row.name for row in GOOD.rows)
        assert sentence.startswith(f"sg-denies of {names} is new: ")

    def test_what_cannot_be_seen_any_more(self) -> None:
        hidden = replace(FULL_FINDING, verdict=Verdict.UNKNOWN)
        ((effect, _),) = told(GOOD, with_row(GOOD, 0, findings=(hidden,)))
        assert effect == "unseen"

    def test_of_the_table(self) -> None:
        ((effect, sentence),) = told(GOOD, replace(GOOD, table=(FULL_FINDING,)))
        assert (effect, sentence) == ("broken", "sg-denies is new: No rule of sg-1 admits the node.")

    def test_a_report_that_looked_at_aws_against_one_that_did_not(self) -> None:
        warning = replace(FULL_FINDING, verdict=Verdict.WARN)
        looked = replace(with_row(GOOD, 0, findings=(warning,), targets=()), gaps=())
        assert compare(GOOD, looked) == []
        assert compare(looked, GOOD) == []
        assert [*comparison.unlike(GOOD, looked)] == [
            "The earlier report did not read AWS. Causes, and findings that are gone, are not compared."
        ]


@cache
def diagnosed(network: str, fault: str | None = None) -> Report:
    recording = broken(network, [fault] if fault else [])
    table: Table = table_of(network)
    return diagnosis(AwsState(recording), table, table.rows)


@pytest.mark.parametrize("name", TRUTHS)
def test_every_fault_of_the_lab_is_newly_broken_and_then_fixed(name: str) -> None:
    network = TRUTHS[name].network
    healthy, faulty = diagnosed(network), diagnosed(network, name)
    there, back = compare(healthy, faulty), compare(faulty, healthy)
    is_broken = faulty.exit_status is ExitStatus.BROKEN
    assert (ended(there) is ExitStatus.BROKEN) is is_broken
    assert ended(back) is healthy.exit_status or not is_broken
    assert is_broken is any(change.effect in (Effect.FIXED, Effect.UNSEEN) for change in back)


@pytest.mark.parametrize("name", TRUTHS)
def test_every_fault_of_the_lab_shows_in_the_recorded_state(name: str) -> None:
    network = TRUTHS[name].network
    before, after = NETWORKS[network]().cloud.recording(), broken(network, [name])
    found = compare_states(before, after)
    is_same = before.answers == after.answers
    assert bool(found.changes) is not is_same, [str(change) for change in found.changes]
    assert found.uncompared == ()


def changed(change: Callable[[Cloud], object]) -> list[str]:
    """Return the sentences on what changes in the article's network."""
    cloud = article()
    change(cloud)
    return [str(item) for item in compare_states(article().recording(), cloud.recording()).changes]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("client's route missing", "route 172.31.0.0/16 -> {pcx} in route table client ({rtb}) is gone"),
        ("vpn down", "tunnel 35.74.10.11 of VPN connection on-premises ({vpn}): was UP, is now DOWN"),
        ("no listener", "listener TCP:10022 of example-nlb is gone"),
        ("peering deleted", "status of peering connection vpc-1-to-vpc-2 ({pcx}): was active, is no"),
        ("cross-zone off", "load_balancing.cross_zone.enabled of load balancer example-nlb: was true, is no"),
        (
            "unhealthy",
            ("target 172.31.129.10:22 of target group example-tg-10022: was healthy in zone ap-northeast-1a, "
            "is now unhealthy (Target.FailedHealthChecks) in zone ap-northeast-1a"),
        ),
        (
            "client's group lets nothing out",
            "outbound rule all traffic to 0.0.0.0/0 in security group client ({sg}) is gone",
        ),
    ],
)  # fmt: skip
def test_the_words_for_what_changed_in_aws(name: str, sentence: str) -> None:
    (mutate,) = (mutate for fault, mutate, *_ in ARTICLE_FAULTS if fault == name)
    ids = {
        "pcx": made_id("pcx", "vpc-1-to-vpc-2"),
        "rtb": made_id("rtb", "client"),
        "vpn": made_id("vpn", "on-premises"),
        "sg": made_id("sg", "client"),
    }
    assert any(told.startswith(sentence.format(**ids)) for told in changed(mutate)), changed(mutate)


class TestWhatWasNotAsked:
    def without(self, operation: str) -> Recording:
        whole = article().recording()
        answers = tuple(item for item in whole.answers if item.operation != operation)
        return replace(whole, answers=answers)

    def test_is_neither_gone_nor_new(self) -> None:
        whole, less = article().recording(), self.without("DescribeRouteTables")
        for before, after, which in ((whole, less, "earlier"), (less, whole, "later")):
            found = compare_states(before, after)
            assert found.changes == ()
            (sentence,) = found.uncompared
            assert sentence.startswith("Not compared: ")
            assert sentence.endswith(f" route table that only the {which} recording was asked for.")

    def test_a_thing_that_cannot_be_read(self) -> None:
        cloud = article()
        del cloud.find("DescribeRouteTables", made_id("rtb", "client"))["VpcId"]
        found = compare_states(article().recording(), cloud.recording())
        assert found.changes == ()
        assert found.uncompared == ("Not compared: 1 route table that cannot be read.",)


def stored(name: str, report: Report | None = None, recording: Recording | None = None) -> Stored:
    status = report.exit_status if report else ExitStatus.OK
    return Stored(name, report, status, recording)


class TestTheDocument:
    def test_text_tells_the_gravest_first_and_the_sum_last(self) -> None:
        found = comparison.diff(stored("a.json", GOOD), stored("b.json", REPORTS["dead-zone"]))
        lines = comparison.text(found, STYLE).splitlines()
        assert lines == [
            "Before  a.json, probe at 2026-11-22T12:00:00Z",
            "After   b.json, probe at 2026-11-22T12:00:00Z",
            "",
            "Newly broken",
            (
                "  tg-10022[ap-northeast-1c], tg-10080[ap-northeast-1c], tg-20022[ap-northeast-1c], "
                "tg-20080[ap-northeast-1c], tg-30080[ap-northeast-1c]: ok -> timed-out"
            ),
            "",
            "5 newly broken",
        ]
        assert found.exit_status is ExitStatus.BROKEN

    def test_nothing_changed(self) -> None:
        found = comparison.diff(stored("a.json", GOOD), stored("b.json", GOOD))
        assert comparison.text(found, STYLE).splitlines()[-1] == "nothing changed"
        assert found.exit_status is ExitStatus.OK

    def test_json(self) -> None:
        cloud = article()
        del cloud.find("DescribeRouteTables", made_id("rtb", "client"))["Routes"][1:]
        before = stored("a.json", GOOD, article().recording())
        found = comparison.diff(before, stored("b.json", REPORTS["one-refused"], cloud.recording()))
        document: Any = json.loads(comparison.document(found))
        assert document["schema"] == "nlbcheck.diff/1"
        assert document["exit_status"] == 1
        assert document["summary"]["broken"] == 2
        assert document["changes"][0] == {
            "effect": "broken",
            "subject": "endpoint",
            "name": "tg-10022[ap-northeast-1a]",
            "rows": ["tg-10022"],
            "node": {
                "zone": "ap-northeast-1a",
                "address": "172.31.128.10",
                "port": 10022,
                "vantage": "this machine",
            },
            "before": "ok",
            "after": "refused",
            "summary": "tg-10022[ap-northeast-1a]: ok -> refused",
        }
        (route,) = document["state"]
        assert route["type"] == "route table"
        assert route["part"] == "route 172.31.0.0/16"
        assert route["after"] is None

    def test_nothing_in_common(self) -> None:
        with pytest.raises(InputError, match="nothing can be compared: one holds a report alone"):
            comparison.diff(stored("a.json", GOOD), stored("b.json", None, article().recording()))

    @pytest.mark.parametrize("name", sorted(REPORTS))
    def test_hostile_names_steer_no_terminal(self, name: str) -> None:
        later = stored("b.json", with_failing(Status.RESET))
        found = comparison.diff(stored("a\x1b[2J.json", REPORTS[name]), later)
        text = comparison.text(found, STYLE)
        assert all(line.isprintable() for line in text.splitlines())
        assert text.isascii() or "踏み台" in text
        assert json.loads(comparison.document(found))

    def test_it_says_what_makes_the_comparison_lame(self) -> None:
        other = replace(
            GOOD, vantages=(Client("ci-7", "10.9.9.9"),), started_at=datetime(2026, 11, 23, tzinfo=UTC)
        )
        assert [*comparison.unlike(GOOD, other)] == [
            "Connections start elsewhere: earlier at this machine (192.168.1.214), later at ci-7 (10.9.9.9)."
        ]


def test_changes_are_sorted_by_how_grave_they_are() -> None:
    later = with_row(report(silent, replace(TABLE, rows=TABLE.rows[:3])), 0)
    effects: list[Difference] = compare(GOOD, later)
    order = [*Effect]
    places = [order.index(item.effect) for item in effects]
    assert places == sorted(places)
