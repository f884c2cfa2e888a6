"""Plays faults in one lab: ``python -m tests.lab.closed_loop NETWORK FAULT…`` writes a line of JSON for each.

A play is: healthy, the fault, what a real ``nlbcheck diagnose`` says, the printed AWS calls (or the host is
healed), and what it says then.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3

from nlbcheck.aws.balancers import HealthState
from nlbcheck.cli import cli
from nlbcheck.cli.options import VARIABLE
from nlbcheck.lab import faults, stage
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage
from nlbcheck.lab.twin import running
from nlbcheck.mapping import load
from tests.lab import aws_command
from tests.scenarios import truth
from tests.scenarios.truth_networks import NETWORKS, hurried

TIMEOUT = 1.0
"""Seconds for a probe that gets no answer; an answer inside the lab takes a hundredth of that."""
_PATIENCE = 10.0
"""Seconds until health checks must have found out what has happened."""
_DIAGNOSE = ("diagnose", "--all", "-f", "json", "--timeout", str(TIMEOUT))


class Loop:
    """Breaks and mends one lab."""

    def __init__(self, up: Stage) -> None:
        self._up = up
        self._healthy = up.twin.recording
        self._settings = up.twin.settings
        self._session = boto3.Session()

    def play(self, name: str) -> dict[str, Any]:
        """Return what was seen before, with the fault, and after it was mended."""
        case = truth.CASES[name]
        seen: dict[str, Any] = {"before": self._seen("")}
        broken, changed = faults.inject(self._healthy, self._settings, [FAULTS[name]])
        started = time.monotonic()
        self._up.twin.settings = changed
        self._up.change(lambda _: broken)
        seen["with"] = self._seen(case.unhealthy, in_process=name not in truth.AS_A_COMMAND)
        seen["calls"] = [self._run(line) for line in _commands(seen["with"]["report"])]
        if case.mended_by is not truth.By.CALLS:
            self._restore()
        seen["after"] = self._seen("")
        self._restore()
        return {"fault": name, "seconds": round(time.monotonic() - started, 2), **seen}

    def _restore(self) -> None:
        self._up.twin.settings = self._settings
        self._up.change(lambda _: self._healthy)

    def _run(self, line: str) -> str:
        with self._up.twin.lab.at_client():
            return aws_command.run(self._session, line)

    def _seen(self, unhealthy: str, *, in_process: bool = True) -> dict[str, Any]:
        """Return the health that the checks come to, and what a diagnosis says then."""
        deadline = time.monotonic() + _PATIENCE
        while (health := self._unhealthy()) != unhealthy and time.monotonic() < deadline:
            time.sleep(0.05)
        report = self._diagnosed(in_process=in_process)
        return {"unhealthy": health, "wire": truth.picture_of(report), "report": report}

    def _unhealthy(self) -> str:
        """Return the listener ports with a target that its checks do not find healthy."""
        found = []
        for relay in self._up.twin.blueprint.relays:
            for branch in relay.branches:
                members = [(group, member) for group, _ in branch.shares for member in group.members]
                if any(self._up.checkers.health(*item) is HealthState.UNHEALTHY for item in members):
                    found.append(branch.listener.port)
        return " ".join(map(str, sorted(found)))

    def _diagnosed(self, *, in_process: bool) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            words = [*_DIAGNOSE, "-o", str(path)]
            if in_process:
                with self._up.twin.lab.at_client():
                    cli.main(words, prog_name="nlbcheck", standalone_mode=False)
            else:
                self._up.twin.lab.run([sys.executable, "-m", "nlbcheck", *words])
            return json.loads(path.read_text())


def _commands(report: Any) -> list[str]:
    """Return the command lines of a report's remedies in its order, each once."""
    findings = [finding for row in report["mappings"] for finding in row["findings"]]
    remedies = [finding["remedy"] for finding in findings if finding["remedy"]]
    return list(dict.fromkeys(line for remedy in remedies for line in remedy["commands"]))


def main(network: str, names: list[str]) -> int:
    """Bring a network up and play faults in it."""
    made = hurried(NETWORKS[network]())
    healthy = made.cloud.recording()

    def story(up: Stage) -> int:
        # What boto3 and nlbcheck find here is what a command of the lab finds.
        os.environ.clear()
        os.environ.update(up.twin.lab.environment)
        loop = Loop(up)
        for name in names:
            sys.stdout.write(json.dumps(loop.play(name)) + "\n")
            sys.stdout.flush()
        return 0

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "nlbcheck.yaml"
        table.write_text(made.document)
        settings = running.settings(healthy, load(table))
        return stage.run(healthy, settings, {**os.environ, VARIABLE: str(table)}, story)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
