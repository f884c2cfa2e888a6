"""Runs one story of a test in a lab of its own; ``python -m tests.lab.stage MODULE STORY``."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from nlbcheck import mapping
from nlbcheck.lab import scenario, session
from nlbcheck.lab.session import Lab
from tests.lab import machine


def play(story: Callable[[Lab], Any]) -> Any:
    """Return what ``story``, a function of a module, returns in the lab of the article's network."""
    machine.needs_lab()
    done = subprocess.run(
        [sys.executable, "-m", __name__, story.__module__, story.__name__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def _main(module: str, name: str) -> int:
    story = getattr(importlib.import_module(module), name)

    def body(lab: Lab) -> int:
        json.dump(story(lab), sys.stdout)
        return 0

    plan = scenario.plan(mapping.load(scenario.TABLE))
    return session.run(plan, {"NLBCHECK_MAPPING": str(scenario.TABLE)}, body)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
