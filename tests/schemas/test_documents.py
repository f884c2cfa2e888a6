"""Does every document that nlbcheck writes fit its JSON Schema, and nothing else?

The reports, traces and snapshots of every network of the tests are held against them in
``tests/aws/test_every_network.py``, which makes them anyway.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nlbcheck import schemas
from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import snapshot_file
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import drift
from nlbcheck.diagnosis.drift import uncompared
from nlbcheck.diagnosis.drift.finding import of_balancer
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats import drift as drift_format
from nlbcheck.formats import inspection
from nlbcheck.model import Client
from nlbcheck.model.inspected import HostListener, HostLook, RouteBack
from nlbcheck.relays import Table
from nlbcheck.reports import diff, difference, reading
from nlbcheck.reports.loading import Stored
from nlbcheck.schemas import diff_schema
from tests.aws.every_network import RELAYS
from tests.cli.running import nlbcheck
from tests.formats.reports import REPORTS
from tests.formats.test_inspection import FOUND, HOST, LOOK
from tests.scenarios.article import article
from tests.scenarios.cloud import made_id
from tests.schemas.valid import wrong_in

TREE = Path(__file__).parents[2]
GOLDEN = sorted((TREE / "tests" / "golden").glob("*.json"))
SNAPSHOT = TREE / "sample_configs" / "snapshot.json"
DOCUMENTS = {
    "report": json.loads((TREE / "tests" / "golden" / "diagnosed-group.json").read_text()),
    "snapshot": json.loads(SNAPSHOT.read_text()),
    "table": json.loads((TREE / "sample_configs" / "nlbcheck.json").read_text()),
}


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_command_prints_a_schema_of_draft_2020_12(name: str) -> None:
    printed = json.loads(nlbcheck("schema", name).stdout)
    assert printed == schemas.schema(name)
    Draft202012Validator.check_schema(printed)
    used = {word for word in json.dumps(printed).split('"') if word.startswith("#/$defs/")}
    assert used == {f"#/$defs/{part}" for part in printed["$defs"]}


def test_another_document_has_none() -> None:
    with pytest.raises(KeyError):
        schemas.schema("picture")
    assert nlbcheck("schema", "picture").returncode == 2


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_stored_reports_fit(path: Path) -> None:
    assert wrong_in("report", json.loads(path.read_text())) == []


def test_the_drift_of_every_network_fits() -> None:
    found = set()
    for make in RELAYS.values():
        known = make()
        document = drift_of(known.whole, known.ask.keywords["table"])  # type: ignore[attr-defined]
        assert wrong_in("drift", document) == []
        found |= {finding["code"] for finding in document["findings"]}
    assert len(found) > 5


def drift_of(answers: Recording, table: Table) -> Any:
    found = drift.findings(AwsState(answers), table, table.rows)
    balancer = of_balancer(found.balancer) if found.balancer else None
    names = uncompared.names(table.rows)
    return json.loads(drift_format.document(balancer, found.findings, found.exit_status, names))


def test_what_commands_print_fits() -> None:
    snapshot = ("--snapshot", SNAPSHOT)
    table = ("-m", TREE / "sample_configs" / "nlbcheck.yaml")
    traced = nlbcheck("trace", *snapshot, "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-fjson")
    for name, done in {
        "report": nlbcheck("diagnose", "--all", "--no-probe", *table, *snapshot, "-v", "-f", "json"),
        "drift": nlbcheck("mapping", "check", *table, *snapshot, "-f", "json"),
        "trace": traced,
        "table": nlbcheck("mapping", "show", *table, "-f", "json"),
    }.items():
        assert wrong_in(name, json.loads(done.stdout)) == []


@pytest.mark.parametrize("before", sorted(REPORTS))
def test_what_changed_fits(before: str) -> None:
    cloud = article()
    del cloud.find("DescribeRouteTables", made_id("rtb", "client"))["Routes"][1:]
    then = Stored("a.json", REPORTS[before], recording=article().recording())
    for after, other in REPORTS.items():
        now = Stored("b.json", other, recording=cloud.recording() if after == "all-ok" else None)
        with suppress(InputError):  # of two that have nothing in common
            document = json.loads(diff.document(diff.diff(then, now)))
            assert wrong_in("diff", document) == [], after
            assert ("state" in document) is (after == "all-ok")


def test_the_words_of_a_change_are_those_of_the_schema() -> None:
    known = schemas.schema("diff")
    assert known["title"] == diff.SCHEMA
    assert tuple(effect.value for effect in difference.Effect) == diff_schema.EFFECTS


@pytest.mark.parametrize(
    "look",
    [
        LOOK,
        replace(LOOK, findings=(FOUND,), unseen=("the firewall",), notes=("processes",)),
        replace(LOOK, listeners=None, connections=None, device=None, health_port=None, preserves_client=None),
        replace(
            LOOK, rulings=(), routes=(RouteBack(HOST, None, said="unreachable"),), reverse_path_filter=None
        ),
        replace(
            LOOK, listeners=(HostListener(None, 22, None),), routes=(RouteBack(HOST, "br0", "10.0.0.1"),)
        ),
    ],
)
def test_a_look_at_a_host_fits(look: HostLook) -> None:
    document = json.loads(inspection.document([look], ["no login"], ExitStatus.UNSEEN))
    assert wrong_in("inspection", document) == []
    for key in document["targets"][0]:
        lacking = {name: value for name, value in document["targets"][0].items() if name != key}
        assert wrong_in("inspection", {**document, "targets": [lacking]}) != [], key


def test_a_snapshot_with_all_that_it_may_hold_fits() -> None:
    known = recording.read(SNAPSHOT)
    client = Client("i-0123456789abcdef0", "192.168.1.214", "eni-1", "subnet-1", "vpc-1")
    whole = snapshot_file.document(Snapshot(known, DOCUMENTS["table"], client, DOCUMENTS["report"]))
    assert {"table", "client", "report"} <= whole.keys()
    assert wrong_in("snapshot", json.loads(json.dumps(whole))) == []


@pytest.mark.parametrize("name", ["report", "snapshot"])
def test_a_document_that_lacks_a_key_is_refused(name: str) -> None:
    for key in schemas.schema(name)["required"]:  # type: ignore[union-attr]
        document = dict(DOCUMENTS[name])
        del document[key]
        assert wrong_in(name, document) != [], key


def objects(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where the objects of a report are that have keys of nlbcheck's."""
    if isinstance(value, dict) and not {"evidence", "detail", "parameters", "check"} & {*place[-1:]}:
        yield place
        for key, inner in value.items():
            yield from objects(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:1]):
            yield from objects(inner, (*place, number))


def at(document: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        document = document[key]
    return document


def test_no_object_of_a_report_has_a_key_that_the_schema_does_not_tell() -> None:
    places = list(objects(DOCUMENTS["report"]))
    assert len(places) > 20
    for place in places:
        document = copy.deepcopy(DOCUMENTS["report"])
        at(document, place)["more"] = 1
        assert wrong_in("report", document) != [], place


def test_what_the_reader_refuses_for_a_wrong_type_the_schema_refuses_too() -> None:
    for place in objects(DOCUMENTS["report"]):
        for key, value in at(DOCUMENTS["report"], place).items():
            document = copy.deepcopy(DOCUMENTS["report"])
            at(document, place)[key] = [] if isinstance(value, (str, int, dict)) else 1.5
            try:
                reading.report(document, "report.json")
            except InputError:
                assert wrong_in("report", document) != [], (*place, key)
