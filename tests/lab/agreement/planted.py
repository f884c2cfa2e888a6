"""Compares a walk that overlooks network ACLs: ``python -m tests.lab.agreement.planted FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from nlbcheck.path.gates import network_acl
from nlbcheck.path.outcome import Passed
from tests.lab.agreement import cases, run

if __name__ == "__main__":
    with (
        patch.object(network_acl, "check", lambda *_packet, **_direction: Passed({})),
        patch.object(cases, "FOUND", Path(sys.argv[1])),
        patch.multiple(run, MORE=1.0, SHRINKING=10),
    ):
        sys.exit(run.run([cases.draw("planted", 0, 20)], 1))
