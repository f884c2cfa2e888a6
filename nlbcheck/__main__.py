"""Run nlbcheck: as ``nlbcheck`` and as ``python -m nlbcheck``."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line; a Ctrl-C that comes while it is still being loaded ends it as any other does."""
    try:
        from nlbcheck.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        run()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said


if __name__ == "__main__":
    main()
