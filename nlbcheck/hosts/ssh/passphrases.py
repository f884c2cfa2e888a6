"""Who is asked for the passphrase of a private key? A person at a terminal, and nobody else."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Asking = Callable[[str], str | None]
"""Asks a question, and returns the secret that was given; None where there is nobody to ask."""


def on_the_terminal(question: str) -> str | None:
    """Ask at the terminal that this process was started from, if there is one; nothing typed is shown."""
    try:
        with Path("/dev/tty").open("r+b", buffering=0):
            pass
    except OSError:
        return None
    with suppress(EOFError):
        return getpass.getpass(question)
    return None
