"""Would AWS take every call of every remedy, in every network of the tests?

The parameters are held against botocore's model, and the calls against what the state forbids: on the state
as recorded nothing is printed that AWS would refuse.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from nlbcheck.aws import recording
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.endpoint.allowed import REMEDIES
from nlbcheck.model import Call, Finding, Report
from nlbcheck.path.refusals import refusal
from nlbcheck.relays import load
from tests.aws.every_network import RELAYS, TRACES, Known, rows_of
from tests.scenarios import reported

REPORTED = sorted(path.parent for path in Path(reported.__file__).parent.glob("*/table.yaml"))


@cache
def model(service: str, operation: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(operation)


def findings(known: Known) -> Iterator[Finding]:
    answer = known.ask(AwsState(known.whole))
    if isinstance(answer, Report):
        yield from (*answer.findings, *answer.table)
    else:
        yield from answer.findings


def check(known: Known) -> None:
    state = AwsState(known.whole)
    for finding in findings(known):
        check_words(state, finding)
        if finding.remedy:
            assert len({call.identity for call in finding.remedy.calls}) == len(finding.remedy.calls)
            for call in finding.remedy.calls:
                check_call(state, call)


def check_words(state: AwsState, finding: Finding) -> None:
    """Fail where a call is said to have no answer that has one, or a place is named twice."""
    missing, summary = finding.missing, finding.summary
    if missing and missing.operation and (missing.account_region or missing.error is None):
        places = state.answered_in(missing.service, missing.operation)
        asked = missing.account_region in places if missing.account_region else bool(places)
        assert not (asked and "No recorded answer" in summary), summary
    if missing and missing.account_region:
        assert summary.count(str(missing.account_region)) <= 1, summary


def check_call(state: AwsState, call: Call) -> None:
    assert call.operation in REMEDIES[call.service]
    assert refusal(state, call) is None
    shape = model(call.service, call.operation).input_shape
    report = ParamValidator().validate(call.parameters, shape)
    assert not report.has_errors(), report.generate_report()
    words = shlex.split(call.command)
    assert words[:3] == ["aws", call.service, xform_name(call.operation, "-")]
    options = {word.replace("--no-", "--") for word in words[3:] if word.startswith("--")}
    known = {f"--{xform_name(member, '-')}" for member in shape.members} | {"--ingress", "--region"}
    assert options <= known


@pytest.mark.parametrize("name", RELAYS)
def test_the_remedies_of_a_relay(name: str) -> None:
    check(RELAYS[name]())


@pytest.mark.parametrize("name", TRACES)
def test_the_remedies_of_a_traced_connection(name: str) -> None:
    check(TRACES[name]())


@pytest.mark.parametrize("folder", REPORTED, ids=lambda folder: folder.name)
def test_the_remedies_of_a_network_that_was_reported(folder: Path) -> None:
    recorded = recording.read(folder / "snapshot.json")
    check(rows_of((recorded,), load(folder / "table.yaml")))
