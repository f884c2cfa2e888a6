"""Is the report that a document is read into the one that it was written from?"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Call, FailOn, Node, Observation, Remedy, Report, Status, TargetsReached
from nlbcheck.model.smoked import Smoke
from nlbcheck.relays.table import Row
from nlbcheck.reports import reading
from tests.aws.every_network import RELAYS
from tests.formats import reports, test_diagnosis
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, with_result, with_row

SHORT = Style(width=100)
LONG = Style(width=100, verbose=True)
SMOKED = replace(
    REPORTS["dead-zone"], command="smoke", smoke=Smoke(1.5, "unseen", 4, 3, 0), fail_on=FailOn.WARN
)
FORBIDDEN = replace(
    TABLE, rows=tuple(replace(row, spec=replace(row.spec, reachable=False)) for row in TABLE.rows)
)
"""A table in which nobody may reach anything."""


def unwanted(row: Row, node: Node) -> Observation:
    status = {"tg-10022": Status.REFUSED, "tg-20022": Status.OK, "tg-30080": Status.UNREACHABLE}
    return Observation(row.check, status.get(row.name, Status.TIMED_OUT), error="it ended so")


UNWANTED = reports.report(unwanted, FORBIDDEN)
EVERY = {**REPORTS, **test_diagnosis.REPORTS, "smoked": SMOKED, "unwanted": UNWANTED}
EVIDENCE = re.compile(r'(<li><span class="mark pass" aria-hidden="true">✓</span> .*) <small>.*</small>')
"""In HTML the evidence of passed gates, which documents have that are written with ``-v``."""
DIAGNOSED = test_diagnosis.REPORTS["diagnosed-row-two-vantages"]


def written(report: Report, style: Style = SHORT) -> str:
    return FORMATS["json"](report, style)


def again(report: Report, style: Style = SHORT) -> Report:
    """Return the report that a report's document is read into."""
    return reading.report(json.loads(written(report, style)), "file.json")


def looks_the_same(report: Report, style: Style) -> None:
    """Hold every format of what is read against that of the report itself."""
    read = again(report, style)
    assert read.exit_status == report.exit_status
    for name, render in FORMATS.items():
        whole = render(report, style)
        assert render(read, style) == (whole if style.verbose else EVIDENCE.sub(r"\1", whole)), name


def rounded(report: Report) -> Report:
    """Return a report with times as a document has them."""

    def short(probe: Observation | None) -> Any:
        times = (probe.connect_ms, probe.total_ms) if probe else ()
        rounds = [None if time is None else round(time, 3) for time in times]
        return replace(probe, connect_ms=rounds[0], total_ms=rounds[1]) if probe else None

    results = (
        replace(item, observation=short(item.observation), samples=tuple(map(short, item.samples)))
        for item in report.results
    )
    return replace(report, results=tuple(results))


@pytest.mark.parametrize("style", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", sorted(EVERY))
def test_the_document_is_the_same_again(name: str, style: Style) -> None:
    assert written(again(EVERY[name], style), style) == written(EVERY[name], style)


@pytest.mark.parametrize("style", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"hostile", "hostile-table"}))
def test_every_format_is_the_same_again(name: str, style: Style) -> None:
    """A lone surrogate, as in the hostile ones, cannot stand in a document; nor can fractions of a µs."""
    looks_the_same(rounded(EVERY[name]), style)


@pytest.mark.parametrize("name", RELAYS)
def test_every_network_of_the_tests_is_the_same_again(name: str) -> None:
    known = RELAYS[name]()
    report = known.ask(AwsState(known.whole))
    assert isinstance(report, Report)
    assert written(again(report, LONG), LONG) == written(report, LONG)
    looks_the_same(report, SHORT)


@pytest.mark.parametrize("share", [0.0001, 0.9999, 1 / 3])
def test_a_share_is_never_rounded_to_none_or_all(share: float) -> None:
    report = with_result(DIAGNOSED, 0, reached=TargetsReached(1, 1, 0, (), share))
    document = json.loads(written(report))
    assert 0 < document["mappings"][0]["nodes"][0]["reached"]["failing_share"] < 1
    assert written(again(report)) == written(report)


def test_what_a_finding_is_about_comes_back() -> None:
    remedy = Remedy("Admit it.", (Call("ec2", "CreateRoute", {"GatewayId": "vgw-1"}, "us-east-1"),))
    finding = replace(FULL_FINDING, remedy=remedy, subject="172.31.129.10:22")
    report = replace(with_row(REPORTS["all-ok"], 0, findings=(finding,)), remarks=("Mind this.",))
    read = again(report)
    assert read.rows[0].findings == (finding,)
    assert read.remarks == ("Mind this.",)
    assert read.findings[0].identity == finding.identity


def test_what_nobody_may_reach_is_judged_as_it_was() -> None:
    read = again(UNWANTED)
    assert [item.verdict.value for item in read.results[::2]] == ["fail", "pass", "fail", "pass", "unknown"]
    assert read.verdicts == UNWANTED.verdicts


class TestOtherVersions:
    def document(self) -> Any:
        return json.loads(written(DIAGNOSED))

    def test_what_a_newer_one_adds_is_ignored(self) -> None:
        document = self.document()
        for holder, _ in places(document):
            if isinstance(holder, dict) and "evidence" not in holder:
                holder.setdefault("new-key", {"anything": []})
        assert len(reading.report(document, "file.json").rows) == len(DIAGNOSED.rows)

    def test_what_an_older_one_lacks_is_unknown(self) -> None:
        document = self.document()
        contract = {"schema", "version", "started_at", "command", "exit_status", "client", "mappings", "gaps"}
        old = {key: value for key, value in document.items() if key in contract}
        for mapping in old["mappings"]:
            del mapping["relay"]
            for node in mapping["nodes"]:
                node.pop("vantage", None)
        read = reading.report(old, "file.json")
        assert [row.name for row in read.rows] == [row.name for row in DIAGNOSED.rows]
        assert read.exit_status == DIAGNOSED.exit_status
        assert {len(group.results) for group in read.by_row()} == {4}
        for render in FORMATS.values():
            assert render(read, SHORT)

    def test_commands_without_their_calls_are_not_lost(self) -> None:
        finding = {**report_json_of(FULL_FINDING)}
        commands = ["aws ec2 create-route --gateway-id vgw-1", "aws ec2 delete-route"]
        finding["remedy"] = {"text": "Add it.", "commands": commands, "verified": True}
        document = json.loads(written(REPORTS["all-ok"]))
        document["mappings"][0]["findings"] = [{**finding, "of_row": True}]
        (read,) = reading.report(document, "file.json").findings
        assert read.remedy
        assert read.remedy.text == f"Add it.; {'; '.join(commands)}"

    def test_a_code_that_this_one_does_not_know(self) -> None:
        document = json.loads(written(with_row(REPORTS["all-ok"], 0, findings=(FULL_FINDING,))))
        document["mappings"][0]["findings"][0]["code"] = "tea-cold"
        with pytest.raises(InputError) as error:
            reading.report(document, "file.json")
        assert str(error.value) == (
            "file.json: mappings[0].findings[0].code: expected a code that 'nlbcheck explain' lists, "
            'found "tea-cold"'
        )


def report_json_of(finding: Any) -> dict[str, Any]:
    document = json.loads(written(with_row(REPORTS["all-ok"], 0, findings=(finding,))))
    found: dict[str, Any] = document["mappings"][0]["findings"][0]
    return found


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("schema", "nlbcheck.report/2", 'schema: expected "nlbcheck.report/1", found "nlbcheck.report/2"'),
        ("schema", None, "schema: expected text, found nothing"),
        ("started_at", "2026-11-22T12:00:00", "started_at: expected a time such as 2026-11-22T03:04:05Z, f"),
        ("started_at", "0001-01-01T00:00:00+23:59", "started_at: expected a time such as"),
        ("exit_status", "1", 'exit_status: expected a number, found "1"'),
        ("client", [], "client: expected an object, found []"),
        ("mappings.0", [], "mappings[0]: expected an object, found []"),
        ("mappings.0.listener.port", 65536, "mappings[0].listener.port: expected a port from 0 to 65535, f"),
        ("mappings.0.listener.port", 10.0, "mappings[0].listener.port: expected a number, found 10.0"),
        ("mappings.0.nodes.1.address", "10.0.0", 'nodes[1].address: expected an IP address, found "10.0.0"'),
        ("mappings.0.nodes.0.probe.status", "fine", "nodes[0].probe.status: expected one of ok, refused, t"),
        ("mappings.0.nodes.0.probe.attempts", -1, "probe.attempts: expected a number from 0, found -1"),
        ("mappings.0.nodes.0.probe.connect_ms", 10**400, "probe.connect_ms: expected a number, found 1000"),
        ("mappings.0.nodes.0.findings", {}, "mappings[0].nodes[0].findings: expected a list, found {}"),
        ("remarks", ["x", "\x1b[2J" * 20], ""),
        ("remarks", ["x", 7], "remarks[1]: expected text, found 7"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(path: str, value: object, problem: str) -> None:
    document = json.loads(written(REPORTS["one-refused"]))
    *holders, last = path.split(".")
    inside: Any = document
    for key in holders:
        inside = inside[int(key)] if key.isdecimal() else inside[key]
    inside[int(last) if last.isdecimal() else last] = value
    if not problem:
        reading.report(document, "a\nfile.json")
        return
    with pytest.raises(InputError) as error:
        reading.report(document, "a\nfile.json")
    assert str(error.value).startswith("a\\nfile.json: ")
    assert problem in str(error.value)


def test_what_is_nested_without_end_is_refused() -> None:
    document = json.loads(written(REPORTS["all-ok"]))
    deep: Any = {}
    for _ in range(200):
        deep = {"x": [deep]}
    document["mappings"][0]["nodes"][0]["probe"]["detail"] = deep
    with pytest.raises(InputError, match="detail: expected an object nested less deeply"):
        reading.report(document, "file.json")


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a JSON value: what holds it, and the key or number there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(inner):
        yield value, key
        yield from places(item)


def read_or_refused(document: Any) -> Report | str:
    """Return the report, or what is wrong with the document."""
    try:
        return reading.report(document, "file.json")
    except InputError as error:
        return str(error)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["ok", "fail", "warn", "unknown", "back", "reply", "10.0.0.1", "::1", reports.HOSTILE]),
    st.just([]),
    st.just({}),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)
DOCUMENTS = [json.loads(written(report)) for report in (DIAGNOSED, REPORTS["several-targets"])]


@given(st.data())
def test_a_document_with_anything_anywhere_is_refused_or_shown(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(DOCUMENTS) - 1))
    document = copy.deepcopy(DOCUMENTS[number])
    every = list(places(document))
    for place in data.draw(st.lists(st.integers(0, len(every) - 1), min_size=1, max_size=3)):
        holder, key = every[place]
        holder[key] = data.draw(VALUES)
    read = read_or_refused(document)
    if isinstance(read, str):
        assert read.startswith("file.json: ")
        assert ": expected " in read
        return
    for render in FORMATS.values():
        assert render(read, LONG)
    assert written(again(read)) == written(read)


@pytest.mark.parametrize(
    "odd",
    [[None], {"x": [1]}, "0001-01-01T00:00:00+14:00", 10**400],
    ids=["list", "object", "early", "long"],
)
def test_what_was_heard_and_what_was_found_may_be_anything(odd: object) -> None:
    """They are passed on as they are, whoever wrote them."""
    for document in DOCUMENTS:
        held = [item for item, key in places(document) if key in ("detail", "evidence")]
        for key in {key for item in held for kind in ("detail", "evidence") for key in item.get(kind, ())}:
            changed = copy.deepcopy(document)
            for item, kind in list(places(changed)):
                if kind in ("detail", "evidence") and key in item[kind]:
                    item[kind][key] = odd
            read = reading.report(changed, "file.json")
            for render in FORMATS.values():
                assert render(read, LONG)
