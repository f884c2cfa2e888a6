"""How far along is a run that takes its time?"""

from __future__ import annotations

import sys
import threading
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
    done = 0
    advance: Callable[[int], None] | None = None
    lock = threading.Lock()

    def step() -> None:
        nonlocal done
        with lock:
            done += 1
            if advance:
                advance(1)

    def show() -> None:
        nonlocal advance
        with lock:
            bar = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
            bar.update(done)
            advance = bar.update

    timer = threading.Timer(_WORTH_A_BAR, show)
    timer.daemon = True
    with ExitStack() as stack:
        if sys.stderr.isatty() and not quiet:
            timer.start()
        try:
            yield step
        finally:
            timer.cancel()
            with lock:
                advance = None
