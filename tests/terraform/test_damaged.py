"""Is a plan that is damaged ever foretold to be better than the whole one?"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.errors import InputError
from nlbcheck.model import Report, Verdict
from nlbcheck.relays import load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.scenarios.article import article
from tests.scenarios.truth_networks import of_article
from tests.terraform.planning import plan
from tests.terraform.plans import CASES

BREAKING = [name for name, case in CASES.items() if "x" in case.breaks]
Place = tuple[int, str, str]
"""The number of a resource, before or after, and an attribute."""


@pytest.mark.parametrize("name", BREAKING)
def test_an_attribute_of_another_type_makes_no_plan_better(name: str, tmp_path: Path) -> None:
    document = plan(*CASES[name].changes(of_article().cloud))
    whole = _passing(_foretold(tmp_path, document))
    refused = 0
    for number, side, attribute in _places(document):
        damaged = copy.deepcopy(document)
        values = damaged["resource_changes"][number]["change"][side]
        values[attribute] = 5 if isinstance(values[attribute], list) else [1]
        try:
            better = _passing(_foretold(tmp_path, damaged)) - whole
        except InputError:
            refused += 1
            continue
        assert not better, (number, side, attribute)
    assert refused


def _places(document: Mapping[str, Any]) -> Iterator[Place]:
    for number, item in enumerate(document["resource_changes"]):
        for side in ("before", "after"):
            for attribute in item["change"].get(side) or ():
                yield number, side, attribute


def _foretold(folder: Path, document: Mapping[str, Any]) -> Report:
    (folder / "plan.json").write_text(json.dumps(document))
    (folder / "nlbcheck.yaml").write_text(of_article().document)
    recording.write(folder / "snapshot.json", article().recording())
    aws = Aws(snapshot=folder / "snapshot.json", plan=folder / "plan.json")
    return diagnose(load(folder / "nlbcheck.yaml"), aws=aws)


def _passing(report: Report) -> set[tuple[str, str]]:
    """Return the connections that are foretold to succeed."""
    failing = {row.name for row in report.rows if any(item.verdict is Verdict.FAIL for item in row.findings)}
    return {
        (result.flow.row, str(result.flow.node))
        for group in report.by_row()
        for result in group.results
        if result.verdict is Verdict.PASS and result.flow.row not in failing
    }
