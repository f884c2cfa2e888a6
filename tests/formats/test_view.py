"""Is a report grouped once, counted alike everywhere, and does each vantage point keep what is its own?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

from nlbcheck.formats import FORMATS, Style
from nlbcheck.formats.view import View
from nlbcheck.model import (
    Client,
    Code,
    DeclaredTarget,
    Finding,
    Flow,
    Hop,
    Leg,
    Node,
    Observation,
    Path,
    Port,
    Report,
    Resource,
    Result,
    RowReport,
    Status,
    Verdict,
)
from nlbcheck.model.finding import Direction
from nlbcheck.model.observation import Check
from tests.diagnosis.diagnosing import diagnosed, everywhere, mutated
from tests.formats.reports import REPORTS
from tests.scenarios.mutations import many_listeners

NODES = (Node("a", ip_address("10.0.0.1")), Node("b", ip_address("10.0.0.2")))
CLIENT, HERE = Client("i-1", "192.0.2.1"), Client("this machine", "192.0.2.2")
ROW = RowReport(
    "nlb", "tg-1", Port("TCP", 1), "tg-1", (DeclaredTarget("server"),), Port("TCP", 22), targets=()
)
OPEN = Path(Leg.FRONT, Direction.REQUEST, (Hop("listener", Resource("listener", "l-1"), Verdict.PASS),))


def from_two(seen: Status) -> Report:
    """Return a report on one row: walked for the client, probed from here."""
    results = [
        Result(Flow("tg-1", node, 1, "server", vantage=vantage.source, relay="nlb"), probe, (OPEN,))
        for vantage, probe in ((CLIENT, None), (HERE, Observation(Check.TCP, seen)))
        for node in NODES
    ]
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Report("1", at, "diagnose", (CLIENT, HERE), (ROW,), tuple(results), gaps=())


def test_rows_and_findings_are_grouped_once() -> None:
    report = replace(REPORTS["dead-zone"])
    assert report.by_row() is report.by_row()
    assert View(report).rows is View(report).rows
    assert report.by_row()[0].all_findings is report.by_row()[0].all_findings
    assert report.findings is report.findings


def test_no_matrix_has_a_result_of_another_vantage_point() -> None:
    mine, theirs = View(from_two(Status.REFUSED)).matrices
    for matrix, vantage in ((mine, CLIENT), (theirs, HERE)):
        assert (matrix.vantage, matrix.nodes) == (vantage, NODES)
        for _, results in matrix.rows:
            assert {result.flow.vantage for result in results.values()} == {vantage.source}
    assert {result.verdict for _, results in mine.rows for result in results.values()} == {Verdict.PASS}


def test_each_format_says_whose_a_verdict_is() -> None:
    report = from_two(Status.REFUSED)
    texts = {name: render(report, Style(width=100)) for name, render in FORMATS.items()}
    assert "From i-1 (192.0.2.1), not probed" in texts["table"]
    assert "From this machine (192.0.2.2), probed" in texts["table"]
    assert "**From i-1 &#40;192.0.2.1&#41;, not probed**" in texts["markdown"]
    assert 'name="tg-1[a] from i-1"' in texts["junit"]
    assert 'name="tg-1[a] from this machine"' in texts["junit"]
    nodes = json.loads(texts["json"])["mappings"][0]["nodes"]
    assert [(it["vantage"], it["verdict"]) for it in nodes] == [
        ("i-1", "pass"),
        ("i-1", "pass"),
        ("this machine", "fail"),
        ("this machine", "fail"),
    ]
    assert report.exit_status == 1


def test_with_one_vantage_point_nothing_of_that_shows() -> None:
    for name, render in FORMATS.items():
        text = render(REPORTS["dead-zone"], Style())
        assert " from this machine" not in text
        assert '"vantage":' not in text, name


def test_a_warning_of_the_load_balancer_is_one() -> None:
    for wire in (None, everywhere(Status.OK)):
        report = diagnosed(mutated(many_listeners), wire)
        document = json.loads(FORMATS["json"](report, Style()))
        about = [item for item in report.findings if item.code is Code.LISTENER_QUOTA_NEAR]
        own = {item.identity for item in report.findings if item.verdict is Verdict.WARN}
        assert len({item.identity for item in about}) == 1
        assert document["summary"] == {"pass": 10, "warn": 0, "unknown": 0, "fail": 0, "error": 0}
        assert document["counts"]["warnings"] == len(own)
        last = FORMATS["table"](report, Style()).splitlines()[-1]
        assert last == f"10 ok; {len(own)} warnings"
        assert all(not node["findings"] for row in document["mappings"] for node in row["nodes"])
        assert all(
            "listener-quota-near" in {it["code"] for it in row["findings"]} for row in document["mappings"]
        )


def test_a_warning_that_rows_share_is_one() -> None:
    shared = Finding(
        Code.VPN_TUNNEL_DOWN, Verdict.WARN, "One of two tunnels is down.", Leg.BACK,
        resource=Resource("vpn-connection", "vpn-1"),
    )  # fmt: skip
    whole = REPORTS["all-ok"]
    report = replace(whole, results=tuple(replace(item, findings=(shared,)) for item in whole.results))
    assert View(report).summary == "10 ok with a warning; 1 warning"


def test_rows_that_fail_are_counted_as_rows() -> None:
    assert View(REPORTS["one-refused"]).summary == "1 of 5 rows fails; 8 ok, 2 failed"
    assert View(REPORTS["dead-zone"]).summary == "5 of 5 rows fail; 5 ok, 5 failed"
