"""Do the pipelines' own commands pass in a healthy network, and fail, with the reports, in a broken one?"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml

from tests.cli.labs import lab_run
from tests.pipelines.test_read import PIPELINES, ROOT

QUICK = "smoke --interval 0 --settle 1 "
"""The commands say how long a real deployment may take; a lab is quicker."""


def of_gitlab() -> str:
    return "\n".join(yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())["smoke"]["script"])


def of_codebuild() -> str:
    phases = yaml.safe_load((PIPELINES / "buildspec.yml").read_text())["phases"]
    return "\n".join(phases["build"]["commands"])


def of_jenkins() -> str:
    steps = re.findall(r"^ *sh '(.*)'$", (PIPELINES / "Jenkinsfile").read_text(), re.MULTILINE)
    (smoke,) = [step for step in steps if "nlbcheck smoke" in step]
    return str(smoke).replace(".nlbcheck/bin/", "")


def of_action() -> str:
    (step,) = [step for step in action()["runs"]["steps"] if step.get("id") == "smoke"]
    return str(step["run"])


def action() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return document


def given() -> dict[str, str]:
    """What the action's inputs are by default, as its step gets them."""
    (step,) = [step for step in action()["runs"]["steps"] if step.get("id") == "smoke"]
    inputs = action()["inputs"]
    found = {}
    for variable, expression in step["env"].items():
        name = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", expression)
        assert name
        found[variable] = inputs[name.group(1)]["default"]
    return found


SCRIPTS = {"gitlab": of_gitlab, "codebuild": of_codebuild, "jenkins": of_jenkins, "action": of_action}


@pytest.fixture(scope="module", params=[(), ("--fault", "process-stopped")], ids=["healthy", "broken"])
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bool, Path]:
    """Whether the network is healthy, and the folder where each pipeline ran in it."""
    folder = tmp_path_factory.mktemp("pipelines")
    program = Path(sys.executable).with_name("nlbcheck")
    (folder / "runner" / "nlbcheck" / "bin").mkdir(parents=True)
    (folder / "runner" / "nlbcheck" / "bin" / "nlbcheck").symlink_to(program)
    script = ["set -u"]
    for name, of_pipeline in SCRIPTS.items():
        (folder / name).mkdir()
        step = folder / f"{name}.sh"
        step.write_text(of_pipeline().replace("smoke ", QUICK, 1).replace("--wait 5m", "--wait 1"))
        copied = f'cp "$NLBCHECK_MAPPING" {folder / name}/nlbcheck.yaml'
        ran = f"(cd {folder / name}; bash -eo pipefail {step} >{folder / name}/out 2>&1; echo $? >status)"
        script += [copied, ran]
    environment: dict[str, Any] = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder / "runner"),
        "GITHUB_OUTPUT": str(folder / "action" / "outputs"),
        "GITHUB_STEP_SUMMARY": str(folder / "action" / "summary.md"),
        **given(),
        "WAIT": "1",
    }
    status, _, errors = lab_run(*request.param, "--", "bash", "-c", "\n".join(script), **environment)
    assert status == 0, errors
    return not request.param, folder


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_exit_status_is_the_networks(runs: tuple[bool, Path], name: str) -> None:
    healthy, folder = runs
    told = (folder / name / "out").read_text()
    assert (folder / name / "status").read_text() == ("0\n" if healthy else "1\n"), told


@pytest.mark.parametrize("name", SCRIPTS)
def test_its_reports_are_there_and_can_be_read(runs: tuple[bool, Path], name: str) -> None:
    healthy, folder = runs
    (report,) = (folder / name).rglob("*.json")
    assert json.loads(report.read_text())["exit_status"] == (0 if healthy else 1)
    (results,) = (folder / name).rglob("*.xml")
    suites = junitparser.JUnitXml.fromfile(str(results))
    assert (suites.tests, suites.failures) == (10, 0 if healthy else 2)
    (page,) = (folder / name).rglob("*.html")
    assert page.read_text().startswith("<!doctype html>")


def test_the_action_annotates_and_sums_up(runs: tuple[bool, Path]) -> None:
    healthy, folder = runs
    assert (folder / "action" / "outputs").read_text() == f"exit-status={0 if healthy else 1}\n"
    errors = re.findall(r"^::error .*tg-10022", (folder / "action" / "out").read_text(), re.MULTILINE)
    assert bool(errors) is not healthy
    summary = (folder / "action" / "summary.md").read_text()
    assert ("target-not-listening" in summary) is not healthy
