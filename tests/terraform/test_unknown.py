"""What is known only after an apply may be anything: does it leave a verdict unknown, and never turn one?"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.model import Report, Verdict
from nlbcheck.relays import load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.scenarios.article import article
from tests.scenarios.truth_networks import of_article
from tests.terraform.planning import Object, plan
from tests.terraform.plans import CASES


def foretold(tmp_path: Path, made: Object) -> Report:
    (tmp_path / "plan.json").write_text(json.dumps(made))
    if not (tmp_path / "snapshot.json").exists():
        recording.write(tmp_path / "snapshot.json", article().recording())
        (tmp_path / "nlbcheck.yaml").write_text(of_article().document)
    aws = Aws(snapshot=tmp_path / "snapshot.json", plan=tmp_path / "plan.json")
    return diagnose(load(tmp_path / "nlbcheck.yaml"), aws=aws)


def pictured(report: Report) -> str:
    """Return for each static IP a word: x fails, . passes, ? is not known."""
    letters = {Verdict.FAIL: "x", Verdict.UNKNOWN: "?"}
    told = []
    for group in report.by_row():
        own = {item.verdict for item in group.row.findings}
        row = "x" if Verdict.FAIL in own else "?" if Verdict.UNKNOWN in own else ""
        told.append([row or letters.get(item.verdict, ".") for item in group.results])
    return " ".join("".join(words) for words in zip(*told, strict=True))


def with_each_unknown(made: Object) -> Iterator[tuple[str, Object]]:
    """Yield a plan with each attribute after the apply unknown, one at a time."""
    for number, item in enumerate(made["resource_changes"]):
        for name in item["change"]["after"] or ():
            if name == "id" or item["change"]["actions"] == ["no-op"]:
                continue
            changed = copy.deepcopy(made)
            change: Any = changed["resource_changes"][number]["change"]
            del change["after"][name]
            change["after_unknown"][name] = True
            yield f"{item['address']}.{name}", changed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.code])
def test_a_value_that_is_not_known_turns_no_verdict(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    made = plan(*case.changes(of_article().cloud))
    for what, changed in with_each_unknown(made):
        for letter, real in zip(pictured(foretold(tmp_path, changed)), case.breaks, strict=True):
            assert letter in (real, "?"), f"{what}: {letter} is foretold, {real} it is"


def test_what_is_not_known_is_named(tmp_path: Path) -> None:
    made = plan(*CASES["a route replaced by a narrower one"].changes(of_article().cloud))
    change = made["resource_changes"][0]["change"]
    del change["after"]["destination_cidr_block"]
    change["after_unknown"]["destination_cidr_block"] = True
    report = foretold(tmp_path, made)
    assert set(pictured(report)) <= {"?", "x", " "}
    told = " ".join(report.remarks)
    assert "aws_route.to_relay.destination_cidr_block" in told
