"""Runs one story of a test in a lab of its own; ``python -m tests.lab.stage MODULE STORY``."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from nlbcheck import relays
from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.lab import article
from nlbcheck.lab import stage as stages
from nlbcheck.lab.emulation import running
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.lab.session import Lab
from nlbcheck.lab.stage import Stage
from tests.lab import machine

Story = Callable[[Lab], Any] | Callable[[Emulation], Any] | Callable[[Stage], Any]


def play(story: Story) -> Any:
    """Return what ``story``, a function of a module, returns in the lab of the article's network.

    It is given the lab, the emulation or the whole stage, as its parameter is called.
    """
    return _played(story.__module__, story.__name__)


def play_on(network: Callable[[], Recording], story: Story) -> Any:
    """Return what ``story`` returns in the network of the recording that a function of a module makes."""
    return _played(story.__module__, story.__name__, network.__module__, network.__name__)


def _played(*words: str) -> Any:
    machine.needs_lab()
    done = subprocess.run(
        [sys.executable, "-m", __name__, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def _main(module: str, name: str, *network: str) -> int:
    story = getattr(importlib.import_module(module), name)
    wanted = next(iter(story.__annotations__))

    def with_emulation(emulation: Emulation) -> int:
        json.dump(story(emulation if wanted == "emulation" else emulation.lab), sys.stdout)
        return 0

    def with_stage(stage: Stage) -> int:
        json.dump(story(stage), sys.stdout)
        return 0

    if network:
        healthy = getattr(importlib.import_module(network[0]), network[1])()
        settings = running.settings(healthy)
    else:
        healthy = recording.read(article.SNAPSHOT)
        settings = running.settings(healthy, relays.load(article.TABLE))
    if wanted == "stage":
        return stages.run(healthy, settings, os.environ, with_stage)
    return running.run(healthy, settings, os.environ, with_emulation)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
