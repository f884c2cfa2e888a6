"""Is a disagreement found, made small and kept?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from tests.lab import machine
from tests.lab.agreement import cases
from tests.lab.agreement.judge import judge
from tests.lab.agreement.shrinking import shrunk
from tests.scenarios.article import CLIENT, article


def names_client(known: Recording) -> bool:
    return CLIENT in json.dumps(recording.document(known))


def test_what_is_not_needed_goes() -> None:
    small = shrunk(article().recording(), names_client, 60)
    assert names_client(small)
    (answer,) = small.answers
    assert len(json.dumps(answer.response)) < 2000


def test_nothing_goes_when_time_is_over() -> None:
    known = article().recording()
    assert shrunk(known, names_client, 0) == known


def test_a_defect_of_the_walk_is_found_made_small_and_kept(tmp_path: Path) -> None:
    machine.needs_lab()
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.agreement.planted", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    first, *_ = told = done.stderr.splitlines()
    assert f"the first of these is kept as {path}" in told
    assert json.loads(done.stdout)["disagreements"] == len(told) - 1
    case = cases.read(path)
    assert first.startswith(f"{case.name}: {case.dialled[0]}: walk Fate(")
    whole = cases.draw("planted", 0, 1).recording
    assert len(str(case.recording)) < len(str(whole))
    assert "nacl-denies" in judge(AwsState(case.recording), case.dialled[0]).codes
