"""How is nlbcheck built? As setuptools does it, from the source tree alone, and to the same bytes each time.

setuptools packs into a wheel whatever an earlier build has left in build/lib, and the time of each file.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403

_EPOCH = "1577836800"
"""2020-01-01: a time for all files, where SOURCE_DATE_EPOCH names none (https://reproducible-builds.org)."""


def build_wheel(folder: str, *settings: Any) -> str:  # noqa: ANN401
    """Build a wheel into ``folder`` and return its name."""
    shutil.rmtree(Path("build", "lib"), ignore_errors=True)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _EPOCH)
    name: str = build_meta.build_wheel(folder, *settings)
    return name
