"""Does the lab's AWS take exactly the calls that remedies can print?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nlbcheck
from nlbcheck.aws.apply import CHANGES
from nlbcheck.lab.endpoint.allowed import REMEDIES
from nlbcheck.model import Call
from tests.scenarios.faulty import report_on
from tests.scenarios.truth import CASES

ALLOWED = {(service, operation) for service, operations in REMEDIES.items() for operation in operations}
FLOORS = [Path(nlbcheck.__file__).with_name(name) for name in ("path", "diagnosis")]
"""Where remedies are made."""


def named_in(module: ast.Module) -> Iterator[str]:
    """Yield every string of a module, those put together of one word and another text too."""
    words = [node.value for node in ast.walk(module) if isinstance(node, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    yield from texts
    for node in ast.walk(module):
        match node:
            case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(rest))]):
                yield from (word + rest for word in texts if re.fullmatch("[A-Z][a-z]+", word))


def remedies_of(name: str) -> Iterator[Call]:
    report = report_on(CASES[name].network, name)
    findings = [*report.table, *(found for row in report.by_row() for found in row.all_findings)]
    for finding in findings:
        yield from finding.remedy.calls if finding.remedy else ()


def test_what_is_allowed_is_what_the_makers_of_remedies_name() -> None:
    named = {
        word
        for floor in FLOORS
        for path in floor.rglob("*.py")
        for word in named_in(ast.parse(path.read_text("utf-8")))
    }
    assert {(service, operation) for service, operation in CHANGES if operation in named} == ALLOWED


@pytest.mark.parametrize("name", CASES)
def test_the_remedies_of_every_fault_are_allowed(name: str) -> None:
    assert {(call.service, call.operation) for call in remedies_of(name)} <= ALLOWED
