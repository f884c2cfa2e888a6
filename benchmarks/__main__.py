"""Run the benchmarks named on the command line, or all of them."""

from __future__ import annotations

import os
import sys
from importlib import import_module

BENCHMARKS = ("startup", "host_keys", "many_endpoints", "over_ssh", "diagnose", "many_relays", "lab", "fleet")


def main() -> None:
    """Run them one after the other, never two at once; Python has its bytecode, as where it is installed."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in sys.argv[1:] or BENCHMARKS:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark is called {name}; there are {', '.join(BENCHMARKS)}")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
