"""How is paramiko imported without what it can do without?

paramiko imports invoke for a feature of ssh_config files, and goes on where it is missing. Nothing here reads
such files, and importing invoke takes longer than a probe.
"""

from __future__ import annotations

import sys

_had_invoke = "invoke" in sys.modules
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type]  # None makes the import fail

import paramiko  # noqa: E402

if not _had_invoke:
    del sys.modules["invoke"]

__all__ = ["paramiko"]
