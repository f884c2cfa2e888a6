"""Is a change tried on a copy of the state, and refused where AWS would refuse it?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.errors import InputError
from nlbcheck.lab.article import SNAPSHOT
from nlbcheck.lab.rehearsal import rehearsed
from tests.lab import machine
from tests.lab.machine import NLBCHECK

TABLE = "rtb-0f211e7b1f3ee3b5a"
NO_WAY_BACK = {
    "service": "ec2",
    "operation": "DeleteRoute",
    "parameters": {"RouteTableId": TABLE, "DestinationCidrBlock": "192.168.0.0/16"},
}


def written(folder: Path, calls: Any) -> Path:
    path = folder / "calls.json"
    path.write_text(calls if isinstance(calls, str) else json.dumps(calls))
    return path


def test_a_change_is_seen_on_the_wire_and_the_recording_stays(tmp_path: Path) -> None:
    machine.needs_lab()
    before = SNAPSHOT.read_bytes()
    command = [*NLBCHECK, "lab", "run", "--apply", str(written(tmp_path, [NO_WAY_BACK])), "--"]
    probe = [*NLBCHECK, "probe", "tg-10080", "--timeout", "1", "-f", "json"]
    done = subprocess.run([*command, *probe], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    nodes = json.loads(done.stdout)["mappings"][0]["nodes"]
    assert [node["probe"]["status"] for node in nodes] == ["timed-out", "ok"]
    assert SNAPSHOT.read_bytes() == before


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ("{", "not complete JSON"),
        ({"calls": []}, "expected a list of"),
        ([{"service": "ec2"}], "call 1: expected a list of"),
        (
            [NO_WAY_BACK, {**NO_WAY_BACK, "operation": "DeleteRoutes"}],
            "call 2: ec2 DeleteRoutes: no such call",
        ),
        ([{**NO_WAY_BACK, "service": "s3"}], "call 1: s3 DeleteRoute: no such call"),
        ([{**NO_WAY_BACK, "parameters": {"RouteTableId": 7}}], "Invalid type for parameter RouteTableId"),
        ([NO_WAY_BACK, NO_WAY_BACK], "call 2, ec2 DeleteRoute, would be refused: InvalidRoute.NotFound"),
        (
            [{"service": "ec2", "operation": "DeleteVpc", "parameters": {"VpcId": "vpc-1"}}],
            "cannot be tried: UnsupportedOperation",
        ),
    ],
)
def test_what_cannot_be_applied_is_said(tmp_path: Path, calls: Any, problem: str) -> None:
    with pytest.raises(InputError, match=r"calls\.json") as raised:
        rehearsed(recording.read(SNAPSHOT), written(tmp_path, calls))
    assert problem in str(raised.value)
