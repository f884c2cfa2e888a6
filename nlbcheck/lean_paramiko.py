"""How is paramiko imported without what it can do without, and without what it would say itself?

paramiko imports invoke for one feature of ssh_config files, and goes on where it is missing. Importing invoke
takes longer than a probe, so whoever reads such a file imports it, where the file has need of it.

paramiko waits by the system's clock. Where that is set meanwhile, as by NTP after a boot, a server that
answers would be called silent, and a silent one be waited for by hours: it gets a clock that nobody sets.
"""

from __future__ import annotations

import logging
import sys
import time
from types import SimpleNamespace

_had_invoke = "invoke" in sys.modules
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type]  # None makes the import fail

import paramiko  # noqa: E402

if not _had_invoke:
    del sys.modules["invoke"]

_AHEAD = time.time() - time.monotonic()


_CLOCK = SimpleNamespace(**{**vars(time), "time": lambda: _AHEAD + time.monotonic()})
"""What paramiko needs of time: the same hour, by a clock that goes on whatever is set."""

for _module in ("auth_handler", "buffered_pipe", "channel", "packet", "transport"):
    vars(sys.modules[f"paramiko.{_module}"])["time"] = _CLOCK

# Whoever uses paramiko reports every failure; paramiko would write it to stderr once more.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False

__all__ = ["paramiko"]
