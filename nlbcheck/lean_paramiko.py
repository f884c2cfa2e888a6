"""How is paramiko imported without what it can do without, and without what it would say itself?

paramiko imports invoke for one feature of ssh_config files, and goes on where it is missing. Importing invoke
takes longer than a probe, so whoever reads such a file imports it, where the file has need of it.
"""

from __future__ import annotations

import logging
import sys

_had_invoke = "invoke" in sys.modules
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type]  # None makes the import fail

import paramiko  # noqa: E402

if not _had_invoke:
    del sys.modules["invoke"]

# Whoever uses paramiko reports every failure; paramiko would write it to stderr once more.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False

__all__ = ["paramiko"]
