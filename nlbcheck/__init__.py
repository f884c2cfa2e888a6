"""Verify and troubleshoot connectivity through AWS Network Load Balancers.

``load`` reads a mapping table. ``probe``, ``diagnose``, ``smoke`` and ``trace`` are what the commands of the
same names do, and return what those print. Everything here is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlbcheck.errors import ExitStatus, InputError, NlbcheckError, UnseenError
    from nlbcheck.model import (
        Client,
        Code,
        Confidence,
        DeclaredTarget,
        Finding,
        Flow,
        Gap,
        Hop,
        Node,
        Observation,
        Path,
        Port,
        RelayReport,
        Remedy,
        Report,
        Result,
        RowReport,
        RowResults,
        Status,
        TargetReport,
        Verdict,
    )
    from nlbcheck.path.reach import Reach, Trace
    from nlbcheck.probes.limits import Limits
    from nlbcheck.relays import Row, Table, load
    from nlbcheck.run.aws import Aws
    from nlbcheck.run.diagnose import diagnose
    from nlbcheck.run.probe import probe
    from nlbcheck.run.progress import Progress
    from nlbcheck.run.smoke import smoke
    from nlbcheck.run.trace import trace
    from nlbcheck.vantage.port import Vantage
    from nlbcheck.vantage.streams import StreamVantage

__version__ = "0.1.0"

__all__ = [
    "Aws",
    "Client",
    "Code",
    "Confidence",
    "DeclaredTarget",
    "ExitStatus",
    "Finding",
    "Flow",
    "Gap",
    "Hop",
    "InputError",
    "Limits",
    "NlbcheckError",
    "Node",
    "Observation",
    "Path",
    "Port",
    "Progress",
    "Reach",
    "RelayReport",
    "Remedy",
    "Report",
    "Result",
    "Row",
    "RowReport",
    "RowResults",
    "Status",
    "StreamVantage",
    "Table",
    "TargetReport",
    "Trace",
    "UnseenError",
    "Vantage",
    "Verdict",
    "__version__",
    "diagnose",
    "load",
    "probe",
    "smoke",
    "trace",
]

_MODULES = {
    "errors": ("ExitStatus", "InputError", "NlbcheckError", "UnseenError"),
    "path.reach": ("Reach", "Trace"),
    "probes.limits": ("Limits",),
    "relays": ("Row", "Table", "load"),
    "run.aws": ("Aws",),
    "run.diagnose": ("diagnose",),
    "run.probe": ("probe",),
    "run.progress": ("Progress",),
    "run.smoke": ("smoke",),
    "run.trace": ("trace",),
    "vantage.port": ("Vantage",),
    "vantage.streams": ("StreamVantage",),
}
"""The names that come from elsewhere than ``model``."""
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'nlbcheck' has no attribute {name!r}")
    found: object = getattr(import_module(f"nlbcheck.{_MODULE_OF.get(name, 'model')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List what is public."""
    return __all__
