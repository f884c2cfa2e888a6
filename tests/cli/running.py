"""The command line as users run it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def nlbcheck(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``nlbcheck`` to its end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "nlbcheck", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if key != "NLBCHECK_MAPPING"} | dict(env or {}),
        timeout=60,
        check=False,
    )
