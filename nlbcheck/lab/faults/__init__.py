"""What can be broken in a lab, by name? One list; each fault is one function."""

from __future__ import annotations

from nlbcheck.lab.faults.catalogue import FAULTS
from nlbcheck.lab.faults.fault import Fault, inject, named

__all__ = ["FAULTS", "Fault", "inject", "named"]
