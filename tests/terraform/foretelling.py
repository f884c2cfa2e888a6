"""Carries plans out in one lab: ``python -m tests.terraform.foretelling NAME…`` writes a line for each.

A line is what probes see once AWS has done what the plan does, told in AWS's own terms.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.cli import cli
from nlbcheck.cli.options import VARIABLE
from nlbcheck.lab import stage
from nlbcheck.lab.emulation import running
from nlbcheck.lab.stage import Stage
from nlbcheck.relays import load
from tests.scenarios.truth import picture_of
from tests.scenarios.truth_networks import NETWORKS, hurried
from tests.terraform.plans import CASES


def picture(up: Stage, timeout: str) -> str:
    """Return the wire: for each static IP a word, with x for each row that fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        words = ["probe", "-q", "-f", "json", "--timeout", timeout, "-o", str(path)]
        with up.emulation.lab.at_client():
            cli.main(words, prog_name="nlbcheck", standalone_mode=False)
        report: Any = json.loads(path.read_text())
    return "".join(letter if letter in ". " else "x" for letter in picture_of(report))


def _become(real: Recording, _old: Recording) -> Recording:
    return real


def main(names: list[str]) -> int:
    """Bring the article's network up and change it."""
    made = hurried(NETWORKS["article"]())
    healthy = made.cloud.recording()

    def story(up: Stage) -> int:
        os.environ.clear()
        os.environ.update(up.emulation.lab.environment)
        for name in names:
            real = CASES[name].reality(made.cloud, healthy)
            up.change(partial(_become, real))
            seen = picture(up, "1")
            if seen != CASES[name].breaks:  # the machine may have stood still
                seen = picture(up, "10")
            sys.stdout.write(json.dumps({"name": name, "wire": seen}) + "\n")
            sys.stdout.flush()
            up.change(lambda _: healthy)
        return 0

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "nlbcheck.yaml"
        table.write_text(made.document)
        settings = running.settings(healthy, load(table))
        return stage.run(healthy, settings, {**os.environ, VARIABLE: str(table)}, story)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
