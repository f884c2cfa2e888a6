"""Does a run work from several vantage points: each with its own results, and the limits of all together?"""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.errors import ExitStatus
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Client, Code, Node, Observation, Report, Status, Verdict
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import Row, load
from nlbcheck.relays.table import Table
from nlbcheck.reports import reading
from nlbcheck.reports.diff import diff
from nlbcheck.reports.loading import Stored
from nlbcheck.reports.merging import merge
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from nlbcheck.run.probe import probe
from nlbcheck.run.smoke import smoke
from nlbcheck.run.watch import watch
from nlbcheck.vantage.places import Unopened
from tests.cli.relay import NO_AWS
from tests.diagnosis.diagnosing import TABLE, InMemory, everywhere, mutated, result
from tests.run.seats import Breaking, BreaksOff, seat
from tests.scenarios.mutations import peering_is
from tests.servers import Crowd, answers, closed_port, serving

WEB = answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")
LOST = Unopened(Client("1d", error="the host cannot be reached"))
ONE, TWO = seat("1a", "127.0.0.7"), seat("1c", "127.0.0.8")


def table(folder: Path, *ports: int, more: str = "") -> Table:
    rows = "".join(
        f"  - {{listener: {port}, target_group: tg-{number}, target_port: 80, target: 10.0.0.1}}\n"
        for number, port in enumerate(ports)
    )
    path = folder / "nlbcheck.yaml"
    path.write_text(f"static_ips: {{a: 127.0.0.1}}\n{more}mappings:\n{rows}")
    return load(path)


def of(report: Report, vantage: str) -> list[Verdict]:
    return [item.verdict for item in report.results if item.flow.vantage == vantage]


def read_again(report: Report) -> Report:
    return reading.report(json.loads(FORMATS["json"](report, Style())), "report.json")


def test_every_vantage_point_has_results_of_its_own(tmp_path: Path) -> None:
    def only_from_seven(peer: socket.socket) -> None:
        if peer.getpeername()[0] == "127.0.0.7":
            WEB(peer)

    with serving(only_from_seven) as port:
        report = probe(table(tmp_path, port), vantage=[ONE, TWO])
    assert [client.address for client in report.vantages] == ["127.0.0.7", "127.0.0.8"]
    assert (of(report, "1a"), of(report, "1c")) == ([Verdict.PASS], [Verdict.FAIL])
    assert report.exit_status is ExitStatus.BROKEN
    document = json.loads(FORMATS["json"](report, Style()))
    (mapping,) = document["mappings"]
    assert [node["vantage"] for node in mapping["nodes"]] == ["1a", "1c"]
    assert mapping["verdicts"] == {"1a": "pass", "1c": "fail"}
    assert [item["source"] for item in document["vantages"]] == ["1a", "1c"]
    for name in FORMATS:
        if name != "json":
            assert "tg-0 works from 1a, not from 1c." in FORMATS[name](report, Style(width=100)), name
    assert read_again(report).by_row()[0].verdict is Verdict.FAIL


def test_with_one_nothing_says_which(tmp_path: Path) -> None:
    with serving(WEB) as port:
        report = probe(table(tmp_path, port), vantage=ONE)
    document = json.loads(FORMATS["json"](report, Style()))
    assert "vantage" not in document["mappings"][0]["nodes"][0]
    assert "verdicts" not in document["mappings"][0]
    assert document["client"] == {"source": "1a", "address": "127.0.0.7"}
    assert "works from" not in FORMATS["table"](report, Style())


def test_the_limit_of_a_target_holds_over_all_of_them(tmp_path: Path) -> None:
    crowd = Crowd()
    with serving(crowd.answer) as port, serving(crowd.answer) as other, serving(crowd.answer) as third:
        report = probe(
            table(tmp_path, port, other, third), vantage=[seat(f"v{n}", "127.0.0.7") for n in range(6)],
            limits=Limits(per_target=2, rest=0),
        )  # fmt: skip
    assert set(report.verdicts) == {Verdict.PASS}
    assert len(report.results) == 18
    assert crowd.most <= 2


def test_one_that_is_lost_costs_its_own_column(tmp_path: Path) -> None:
    with serving(WEB) as port:
        report = probe(table(tmp_path, port), vantage=[ONE, LOST])
    assert (of(report, "1a"), of(report, "1d")) == ([Verdict.PASS], [Verdict.UNKNOWN])
    assert report.exit_status is ExitStatus.UNSEEN
    assert report.remarks == ("Nothing was probed from 1d: the host cannot be reached.",)
    text = FORMATS["table"](report, Style())
    assert "Not probed     1d: the host cannot be reached" in text
    assert "tg-0 works from 1a. From 1d that is not known." in text
    again = read_again(report)
    assert again.vantages == report.vantages
    assert again.exit_status is ExitStatus.UNSEEN


def test_a_failure_outweighs_one_that_is_lost(tmp_path: Path) -> None:
    report = probe(table(tmp_path, closed_port()), vantage=[ONE, LOST])
    assert report.exit_status is ExitStatus.BROKEN


def test_one_that_goes_away_keeps_what_is_done(tmp_path: Path) -> None:
    with serving(WEB) as port, serving(WEB) as other:
        report = probe(table(tmp_path, port, other), vantage=[BreaksOff(ONE, 1), TWO])
    seen = [item.observation.status for item in report.results if item.observation]
    assert sorted(seen) == [Status.INTERRUPTED, Status.OK, Status.OK, Status.OK]
    assert of(report, "1a") == [Verdict.PASS, Verdict.UNKNOWN]
    assert of(report, "1c") == [Verdict.PASS, Verdict.PASS]
    assert report.exit_status is ExitStatus.UNSEEN
    assert report.remarks == ("1 probe was not made from 1a: the vantage point went away.",)


def test_an_interrupt_ends_all_that_is_left(tmp_path: Path) -> None:
    with serving(WEB) as port, serving(WEB) as other:
        report = probe(table(tmp_path, port, other), vantage=[Breaking(ONE, 1), TWO])
    seen = [item.observation.status for item in report.results if item.observation]
    assert seen.count(Status.OK) == 1
    assert seen.count(Status.INTERRUPTED) == 3
    assert report.exit_status is ExitStatus.INTERRUPTED
    assert report.remarks == ()


def test_what_is_forbidden_is_probed_from_each(tmp_path: Path) -> None:
    with serving(WEB) as port, serving(WEB) as closed:
        more = (
            f"forbidden: [{{name: db, address: 127.0.0.1, port: {closed}}}, "
            f"{{name: of-1a, client: 127.0.0.7, address: 127.0.0.1, port: {closed}}}]\n"
        )
        report = probe(table(tmp_path, port, more=more), vantage=[ONE, TWO])
    found = {group.row.name: [item.flow.vantage for item in group.results] for group in report.by_row()}
    assert found == {"tg-0": ["1a", "1c"], "db": ["1a", "1c"], "of-1a": ["1a"]}
    assert {item.code for item in report.findings} == {Code.REACHABLE_UNWANTED}


def test_a_watch_tells_changes_by_vantage_point(tmp_path: Path) -> None:
    from nlbcheck.formats import watched

    with serving(WEB) as port:
        known = table(tmp_path, port)
        rounds = watch(lambda: probe(known, vantage=[ONE, TWO, LOST]), 0)
        assert next(rounds).changes == ()
    lines = [watched.line(change, "now", Style()) for change in next(rounds).changes]
    assert [line.split(" 127")[0] for line in lines] == ["now tg-0[a] from 1a", "now tg-0[a] from 1c"]


class TestDiagnosis:
    """The article's network: its client, and a machine in the load balancer's own VPC."""

    def report(self, state: Recording | None = None) -> Report:
        office = InMemory(Client("office", "192.168.1.214"), TABLE, everywhere(Status.TIMED_OUT))
        inside = InMemory(Client("1a", "172.31.129.10"), TABLE, everywhere(Status.OK))
        held = Aws(held=Snapshot(state or mutated(peering_is("rejected"))))
        table = replace(TABLE, client=None)
        return diagnose(table, ["tg-20022"], aws=held, probing=True, vantage=[office, inside])

    def test_each_is_walked_from_its_own_interface(self) -> None:
        report = self.report()
        office, inside = report.vantages
        assert office.interface
        assert inside.interface
        assert office.interface != inside.interface
        assert office.vpc != inside.vpc

    def test_a_finding_belongs_to_the_vantage_point_that_made_it(self) -> None:
        report = self.report()
        codes = {
            name: {item.code for one in report.results if one.flow.vantage == name for item in one.findings}
            for name in ("office", "1a")
        }
        assert Code.PEERING_NOT_ACTIVE in codes["office"]
        assert Code.PEERING_NOT_ACTIVE not in codes["1a"]
        assert set(of(report, "office")) == {Verdict.FAIL}
        assert set(of(report, "1a")) == {Verdict.PASS}
        text = FORMATS["table"](report, Style(width=100))
        assert "tg-20022 works from 1a, not from office." in text
        assert "fails on every static IP from office" in text

    def test_the_target_is_not_blamed_that_answers_others(self) -> None:
        report = self.report(mutated())
        (row,) = report.rows
        assert row.cause is not None
        assert row.cause.code is Code.WIRE_CONTRADICTS_MODEL
        assert "though others are answered (1a)" in row.cause.summary
        assert Code.TARGET_SILENT not in {item.code for item in report.findings}
        assert report.exit_status is ExitStatus.BROKEN

    def test_one_that_is_lost_is_not_walked(self) -> None:
        office = InMemory(Client("office", "192.168.1.214"), TABLE, everywhere(Status.OK))
        held = Aws(held=Snapshot(mutated()))
        report = diagnose(TABLE, ["tg-20022"], aws=held, probing=True, vantage=[office, LOST])
        assert [client.source for client in report.vantages] == ["office", "1d"]
        assert set(of(report, "office")) == {Verdict.PASS}
        assert set(of(report, "1d")) == {Verdict.UNKNOWN}
        assert report.exit_status is ExitStatus.UNSEEN

    def test_one_that_does_not_know_its_address_is_the_client_that_is_named(self) -> None:
        def unaddressed(row: Row, _node: Node) -> Observation:
            return replace(result(row.check, Status.OK), local_address=None)

        bastion = InMemory(Client("bastion"), TABLE, unaddressed)
        held = Aws(held=Snapshot(mutated()))
        report = diagnose(TABLE, ["tg-20022"], aws=held, probing=True, vantage=bastion)
        assert [client.source for client in report.vantages] == ["bastion"]
        assert report.client.interface

    def test_who_answers_is_said_of_the_one_that_was_answered(self) -> None:
        def own_keys(row: Row, _node: Node) -> Observation:
            return shown(row, row.name)

        def one_key(row: Row, _node: Node) -> Observation:
            return shown(row, "shared")

        one = InMemory(Client("a", "192.168.1.5"), TABLE, own_keys)
        other = InMemory(Client("b", "192.168.1.6"), TABLE, one_key)
        report = probe(TABLE, ["tg-10022", "tg-20022"], vantage=[one, other])
        said = {
            name: {item.code for one in report.results if one.flow.vantage == name for item in one.findings}
            for name in ("a", "b")
        }
        assert said == {"a": set(), "b": {Code.WRONG_SERVER_ANSWERS}}
        assert not [item for row in report.rows for item in row.findings]


def shown(row: Row, key: str) -> Observation:
    detail = {"banner": "SSH-2.0-x", "key_type": "ssh-ed25519", "fingerprint": f"SHA256:{key}"}
    return result(row.check, Status.OK, **detail)


def test_smoke_asks_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NO_AWS.items():
        monkeypatch.setenv(name, value)
    with serving(WEB) as port:
        known = replace(table(tmp_path, port), region="ap-northeast-1")
        report = smoke(known, wait=0, steady=2, interval=0, settle=0, vantage=[ONE, TWO, LOST])
    assert [client.source for client in report.vantages] == ["1a", "1c", "1d"]
    assert report.smoke is not None
    assert report.smoke.good == 2
    assert (of(report, "1a"), of(report, "1c"), of(report, "1d")) == (
        [Verdict.PASS], [Verdict.PASS], [Verdict.UNKNOWN],
    )  # fmt: skip


def test_reports_are_joined_and_compared_by_vantage_point(tmp_path: Path) -> None:
    with serving(WEB) as port:
        both = probe(table(tmp_path, port), vantage=[ONE, TWO])
        one, two = (probe(table(tmp_path, port), vantage=point) for point in (ONE, TWO))
    merged = merge([("one.json", read_again(one)), ("two.json", read_again(two))])
    assert [client.source for client in merged.vantages] == ["1a", "1c"]
    assert [item.flow.vantage for item in merged.results] == ["1a", "1c"]
    later = probe(table(tmp_path, port), vantage=[ONE, TWO])
    found = diff(Stored("a.json", read_again(both)), Stored("b.json", read_again(later)))
    assert found.exit_status is ExitStatus.BROKEN
