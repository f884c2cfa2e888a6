"""How far along is a run that takes its time?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click

_WORTH_A_BAR = 1.0
"""Seconds; what is over sooner needs no bar."""


@contextmanager
def progress(total: int, label: str, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield a function to call as each of ``total`` things is done.

    A person at a terminal sees a bar on stderr once it has lasted a second; nobody else does.
    """
    started, done = time.monotonic(), 0
    advance: Callable[[int], None] | None = None
    shown = not quiet and sys.stderr.isatty()

    def step() -> None:
        nonlocal done, advance
        done += 1
        if advance:
            advance(1)
        elif shown and time.monotonic() - started > _WORTH_A_BAR:
            bar = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
            bar.update(done)
            advance = bar.update

    with ExitStack() as stack:
        yield step
