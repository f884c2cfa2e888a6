"""One lab, healthy and then broken by a call of AWS's API: does what reads each format read what is so?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import junitparser
import pytest

from tests.cli.labs import lab
from tests.formats.browser import chromium
from tests.formats.rendered import TAGS, blocks, tags
from tests.formats.test_github import parsed
from tests.lab.machine import needs_lab

ENDINGS = {
    "json": "json", "junit": "xml", "html": "html", "markdown": "md", "openmetrics": "prom", "github": "log",
}  # fmt: skip
BREAK = (
    "import boto3; boto3.client('ec2').replace_route(RouteTableId='rtb-0f211e7b1f3ee3b5a',"
    " DestinationCidrBlock='192.168.0.0/16', GatewayId='vgw-03ae8c53a427734bf')"
)
"""The first node's answers to the client leave through the VPN then."""


@dataclass(frozen=True)
class Run:
    """What one run has written."""

    status: int
    files: Mapping[str, Path]
    summary: Path

    def text(self, name: str) -> str:
        return self.files[name].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """The healthy run, and the failing one."""
    needs_lab()
    folder = tmp_path_factory.mktemp("lab")
    script, written = [], {}
    for name, before in (("healthy", ":"), ("failing", f'"$PYTHON" -c "{BREAK}"')):
        files = {kind: folder / f"{name}.{ending}" for kind, ending in ENDINGS.items()}
        summary = folder / f"{name}-summary.md"
        written[name] = files, summary
        formats = " ".join(f"-f {kind}:{path}" for kind, path in files.items())
        command = f'"$PYTHON" -m nlbcheck diagnose --all -q --timeout 2 --attempts 1 {formats}'
        script += [before, f"GITHUB_STEP_SUMMARY={summary} {command}", "echo $?"]
    status, said, errors = lab("bash", "-c", "\n".join(script), PYTHON=sys.executable)
    assert (status, errors) == (0, "")
    ended = map(int, said.split())
    return {name: Run(ended, *run) for (name, run), ended in zip(written.items(), ended, strict=True)}


def test_the_statuses_are_those_of_the_reports(runs: Mapping[str, Run]) -> None:
    assert [runs["healthy"].status, runs["failing"].status] == [0, 1]
    for run in runs.values():
        assert json.loads(run.text("json"))["exit_status"] == run.status
    causes = [row["cause"]["code"] for row in json.loads(runs["failing"].text("json"))["mappings"]]
    assert causes == ["route-leads-elsewhere"] * 5


def test_junitparser_reads_it(runs: Mapping[str, Run]) -> None:
    for name, failing in (("healthy", 0), ("failing", 5)):
        (suite,) = junitparser.JUnitXml.fromfile(str(runs[name].files["junit"]))
        assert (suite.tests, suite.failures) == (10, failing)
        failures = [item for case in suite for item in case.result]
        assert len(failures) == failing
        assert all("aws ec2 create-route" in item.text for item in failures)
        assert all("✗ routes private-1a-1" in item.text for item in failures)


def test_a_markdown_renderer_reads_it(runs: Mapping[str, Run]) -> None:
    for run in runs.values():
        text = run.text("markdown")
        assert tags(text) <= TAGS
        assert run.summary.read_text() == text
        assert any("aws ec2 create-route" in block for block in blocks(text)) == bool(run.status)


def test_the_runner_of_github_reads_it(runs: Mapping[str, Run]) -> None:
    levels = {
        name: [parsed(line).name for line in run.text("github").splitlines()] for name, run in runs.items()
    }
    assert levels == {"healthy": ["warning", "notice"], "failing": ["error", "warning", "notice"]}


def test_prometheus_reads_it(runs: Mapping[str, Run]) -> None:
    for run in runs.values():
        text = run.text("openmetrics")
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        successes = [line for line in text.splitlines() if line.startswith("nlbcheck_probe_success{")]
        assert [line[-3:] for line in successes].count("0.0") == (5 if run.status else 0)
        assert len(successes) == 10


def test_a_browser_reads_it(runs: Mapping[str, Run]) -> None:
    with chromium() as browser:
        for run in runs.values():
            page = run.files["html"]
            browser.show(page)
            assert browser.complaints() == []
            assert browser.requests() == {page.as_uri()}
            assert browser.violations() == []
            cards = browser.script("return document.querySelectorAll('article').length")
            assert cards == run.status
        drawn = browser.script("return document.querySelector('svg desc').textContent")
        assert "route table private-1a-1 (closed)" in drawn
